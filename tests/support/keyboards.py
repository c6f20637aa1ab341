"""Keyboards as systems have them, and a hand-held scanner that presses the keys of a US one on them.

Written from the systems' own layout files, sign by sign, and not from
`terminal.scanner.wedge.keyboard_layouts`, which it checks.
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
    """What a system with this layout hears when a scanner set to US types *text*."""
    keys = []
    for each, step in zip(text, count()):
        sign = WRITES[layout].get(each, each)
        shift = each in NEEDS_SHIFT
        if caps and (sign.isascii() or sign == "Ö"):
            sign = sign.swapcase()  # signs that are no letters stay
        elif caps:
            sign = "ẞ" if sign == "ß" else sign.upper() if linux else sign
        keys.append(KeyPress(sign, shift, at_s + step * pace_s))
    return keys


def types_with_shift_lock(text: str, layout: str, *, pace_s: float = 0.004, at_s: float = 100.0) -> list[KeyPress]:
    """The same where Caps Lock shifts every key, as on French Windows; digits and letters only."""
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
