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
WRITES: dict[str, dict[str, str]] = {
    "us": {},
    "fr": AZERTY,
    "be": AZERTY | {"6": "§", "8": "!", "/": "="},
    "de": QWERTZ | {"-": "ß", "_": "?", ":": "Ö", "#": "§"},
    "ch": QWERTZ | {"-": "'", "_": "?", ":": "é", "#": "*"},
    "ch-fr": QWERTZ | {"-": "'", "_": "?", ":": "ö", "#": "*"},
}
NEEDS_SHIFT = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ_:#")


def types(
    text: str, layout: str, *, caps: bool = False, linux: bool = True, pace_s: float = 0.004, at_s: float = 100.0
) -> list[KeyPress]:
    """The keys a system with this layout receives when a US scanner types *text*."""
    keys = []
    for each, step in zip(text, count()):
        sign = WRITES[layout].get(each, each)
        shift = each in NEEDS_SHIFT
        if caps and (sign.isascii() or sign == "Ö"):
            sign = sign.swapcase()  # other signs are unchanged
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
