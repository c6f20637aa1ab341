"""Keyboard layouts as data: what each key of a US keyboard types on another one, with and without Caps Lock.

A hand-held scanner presses the keys of a US keyboard; the system writes what they mean on its own. Reads no device.
"""

from enum import Enum
from functools import cache

from msgspec import Struct


class Lock(Enum):
    """What Caps Lock does to the keys that a scanner presses."""

    OFF = "off"  # nothing, or the scanner makes up for it
    LETTERS = "letters"  # letters change their case
    SHIFT = "shift"  # every key is shifted, as French and German Windows do it


class Layout(Struct, frozen=True):
    """The 47 keys of a US keyboard, row by row, as this layout writes them, plain and with Shift."""

    name: str
    plain: str
    shifted: str


US = Layout(
    "us",
    "`1234567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./",
    '~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:"ZXCVBNM<>?',
)
LAYOUTS = (
    US,
    Layout(
        "fr",
        "²&é\"'(-è_çà)=azertyuiop^$*qsdfghjklmùwxcvbn,;:!",
        "~1234567890°+AZERTYUIOP¨£µQSDFGHJKLM%WXCVBN?./§",
    ),
    Layout(  # French on a Mac types the same where our codes are concerned
        "be",
        "²&é\"'(§è!çà)-azertyuiop^$µqsdfghjklmùwxcvbn,;:=",
        "³1234567890°_AZERTYUIOP¨*£QSDFGHJKLM%WXCVBN?./+",
    ),
    Layout(
        "de",
        "^1234567890ß´qwertzuiopü+#asdfghjklöäyxcvbnm,.-",  # noqa: RUF001 - that is the key
        "°!\"§$%&/()=?`QWERTZUIOPÜ*'ASDFGHJKLÖÄYXCVBNM;:_",
    ),
    Layout(
        "ch",
        "§1234567890'^qwertzuiopü¨$asdfghjklöäyxcvbnm,.-",
        '°+"*ç%&/()=?`QWERTZUIOPè!£ASDFGHJKLéàYXCVBNM;:_',
    ),
    Layout(
        "ch-fr",
        "§1234567890'^qwertzuiopè¨$asdfghjkléàyxcvbnm,.-",
        '°+"*ç%&/()=?`QWERTZUIOPü!£ASDFGHJKLöäYXCVBNM;:_',
    ),
)


def undone(text: str, layout: Layout, lock: Lock) -> str | None:
    """What a scanner that presses US keys meant by *text*; None when it cannot have come from this layout."""
    meant = _meant(layout, lock)
    try:
        return "".join(meant[sign] for sign in text)
    except KeyError:
        return None


@cache
def _meant(layout: Layout, lock: Lock) -> dict[str, str]:
    """From a sign on the screen to the US sign whose key was pressed."""
    meant: dict[str, str] = {}
    for plain, shifted, us, us_shifted in zip(layout.plain, layout.shifted, US.plain, US.shifted, strict=True):
        for written, key in ((plain, us), (shifted, us_shifted)):
            for sign in _written(written, plain, shifted, lock):
                meant.setdefault(sign, key)
    return meant


def _written(sign: str, plain: str, shifted: str, lock: Lock) -> tuple[str, ...]:
    """What appears for a sign under Caps Lock; two where systems differ."""
    if lock is Lock.OFF:
        return (sign,)
    if lock is Lock.SHIFT:
        return (shifted if sign == plain else plain,)
    if plain.upper() == shifted:
        return (sign.swapcase(),)
    capital = "ẞ" if sign == "ß" else sign.upper()
    return (sign,) if capital == sign else (sign, capital)  # é becomes É on Linux only
