"""Keyboard layouts of real systems, and a simulated scanner that presses US keys on them.

Taken from the systems' layout files, independent of `terminal.scanner.wedge.keyboard_layouts`, which they test.
"""

from itertools import count

from terminal.scanner.wedge.wedge import KeyPress

AZERTY = {"a": "q", "q": "a", "w": "z", "z": "w", "A": "Q", "Q": "A", "W": "Z", "Z": "W", "m": ",", "M": "?"}
AZERTY |= dict(zip("1234567890", "&é\"'(-è_çà", strict=True)) | {
    ":": "M",
    "/": "!",
    "#": "3",
    ".": ":",
    "-": ")",
    "_": "°",
}
QWERTZ = {"y": "z", "z": "y", "Y": "Z", "Z": "Y", "/": "-", ".": "."}
SLASHED = {"/": "-", ".": "."}
WRITES: dict[str, dict[str, str]] = {
    "us": {},
    "fr": AZERTY,
    "be": AZERTY | {"6": "§", "8": "!", "/": "="},
    "de": QWERTZ | {"-": "ß", "_": "?", ":": "Ö", "#": "§"},
    "ch": QWERTZ | {"-": "'", "_": "?", ":": "é", "#": "*"},
    "ch-fr": QWERTZ | {"-": "'", "_": "?", ":": "ö", "#": "*"},
    "gb": {"#": "£"},
    "it": SLASHED | {"-": "'", "_": "?", ":": "ç", "#": "£"},
    "es": SLASHED | {"-": "'", "_": "?", ":": "Ñ", "#": "·"},
    "pt": SLASHED | {"-": "'", "_": "?", ":": "Ç", "#": "#"},
    "se": SLASHED | {"-": "+", "_": "?", ":": "Ö", "#": "#"},
    "dk": SLASHED | {"-": "+", "_": "?", ":": "Æ", "#": "#"},
    "nl": SLASHED | {"-": "/", "_": "?", ":": "±", "#": "#"},
    "hr": QWERTZ | {"-": "'", "_": "?", ":": "Č", "#": "#"},
    "hu": QWERTZ | {"0": "ö", "-": "ü", "_": "Ü", ":": "É", "#": "+"},
    "cz": QWERTZ | dict(zip("1234567890", "+ěščřžýáíé", strict=True)) | {"-": "=", "_": "%", ":": '"', "#": "3"},
    "al": QWERTZ | {"-": "-", "_": "_", ":": "Ë", "#": "#", "/": "/"},
    "tr": {"i": "\u0131", "-": "*", "_": "?", ":": "Ş", "#": "^", "/": ".", ".": "ç"},
}
_LETTER_KEYS = {"hu": "öüÜÉ", "it": "", "es": "Ñ", "pt": "Ç", "dk": "Æ", "hr": "Č", "al": "Ë", "tr": "ŞÇç"}
NEEDS_SHIFT = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ_:#")


def types(
    text: str, layout: str, *, caps: bool = False, linux: bool = True, pace_s: float = 0.004, at_s: float = 100.0
) -> list[KeyPress]:
    """The keys a system with this layout receives when a US scanner types *text*."""
    keys = []
    for each, step in zip(text, count()):
        sign = WRITES[layout].get(each, each)
        shift = each in NEEDS_SHIFT
        if caps and layout == "tr" and sign in "\u0131I":
            sign = "I" if sign == "\u0131" else "\u0131"
        elif caps and (sign.isascii() or sign in _LETTER_KEYS.get(layout, "Ö")):
            sign = sign.swapcase()  # signs that are no letters stay
        elif caps:
            sign = "ẞ" if sign == "ß" else sign.upper() if linux else sign
        keys.append(KeyPress(sign, shift, at_s + step * pace_s))
    return keys


def types_with_shift_lock(text: str, layout: str, *, pace_s: float = 0.004, at_s: float = 100.0) -> list[KeyPress]:
    """The same if Caps Lock shifts every key, as on French Windows; digits and letters only."""
    keys = []
    for each, step in zip(text, count()):
        written = WRITES[layout].get(each.lower(), each.lower())
        shift = each in NEEDS_SHIFT
        if each.isdigit():
            sign = each
        else:
            capital = "?" if written == "," else written.upper()
            sign = written if shift else capital
        keys.append(KeyPress(sign, shift, at_s + step * pace_s))
    return keys
