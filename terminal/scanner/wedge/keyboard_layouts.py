"""Keyboard layouts: what each key of a US keyboard types on another layout, with and without Caps Lock.

A hand-held scanner presses US keys, which the system interprets by its own layout.
"""

from enum import Enum
from functools import cache

from msgspec import Struct


class Lock(Enum):
    """The effect of Caps Lock on the keys a scanner presses."""

    OFF = "off"  # none, or compensated by the scanner
    LETTERS = "letters"  # letters change their case
    SHIFT = "shift"  # all keys are shifted, as on French and German Windows


class Layout(Struct, frozen=True):
    """The signs of the 47 US keys on this layout, row by row, plain and with Shift."""

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
    Layout(  # equal to French on a Mac for our codes
        "be",
        "²&é\"'(§è!çà)-azertyuiop^$µqsdfghjklmùwxcvbn,;:=",
        "³1234567890°_AZERTYUIOP¨*£QSDFGHJKLM%WXCVBN?./+",
    ),
    Layout(
        "de",
        "^1234567890ß´qwertzuiopü+#asdfghjklöäyxcvbnm,.-",  # noqa: RUF001 - the key's sign
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
    # Wherever a keyboard swaps Y and Z, or types - otherwise, a text read without it would be another card's.
    Layout(  # the same signs as ours where codes are concerned, but for #
        "gb",
        "`1234567890-=qwertyuiop[]#asdfghjkl;'zxcvbnm,./",
        '¬!"£$%^&*()_+QWERTYUIOP{}~ASDFGHJKL:@ZXCVBNM<>?',
    ),
    Layout(
        "it",
        "\\1234567890'ìqwertyuiopè+ùasdfghjklòàzxcvbnm,.-",
        '|!"£$%&/()=?^QWERTYUIOPé*§ASDFGHJKLç°ZXCVBNM;:_',
    ),
    Layout(
        "es",
        "º1234567890'¡qwertyuiop`+çasdfghjklñ´zxcvbnm,.-",  # noqa: RUF001 - that is the key
        'ª!"·$%&/()=?¿QWERTYUIOP^*ÇASDFGHJKLÑ¨ZXCVBNM;:_',
    ),
    Layout(
        "pt",
        "\\1234567890'«qwertyuiop+´~asdfghjklçºzxcvbnm,.-",  # noqa: RUF001
        '|!"#$%&/()=?»QWERTYUIOP*`^ASDFGHJKLÇªZXCVBNM;:_',
    ),
    Layout(  # Finnish is the same
        "se",
        "§1234567890+´qwertyuiopå¨'asdfghjklöäzxcvbnm,.-",  # noqa: RUF001
        '½!"#¤%&/()=?`QWERTYUIOPÅ^*ASDFGHJKLÖÄZXCVBNM;:_',
    ),
    Layout(  # Norwegian is the same where our codes are concerned, but for : of pairing codes
        "dk",
        "½1234567890+´qwertyuiopå¨'asdfghjklæøzxcvbnm,.-",  # noqa: RUF001
        '§!"#¤%&/()=?`QWERTYUIOPÅ^*ASDFGHJKLÆØZXCVBNM;:_',
    ),
    Layout(
        "nl",
        "@1234567890/°qwertyuiop¨*<asdfghjkl+´zxcvbnm,.-",  # noqa: RUF001
        "§!\"#$%&_()'?~QWERTYUIOP^|>ASDFGHJKL±`ZXCVBNM;:=",
    ),
    Layout(  # Slovene, Serbian in Latin letters and Bosnian are the same
        "hr",
        "¸1234567890'+qwertzuiopšđžasdfghjklčćyxcvbnm,.-",  # noqa: RUF001
        '¨!"#$%&/()=?*QWERTZUIOPŠĐŽASDFGHJKLČĆYXCVBNM;:_',
    ),
    Layout(
        "hu",
        "0123456789öüóqwertzuiopőúűasdfghjkléáyxcvbnm,.-",
        "§'\"+!%/=()ÖÜÓQWERTZUIOPŐÚŰASDFGHJKLÉÁYXCVBNM?:_",
    ),
    Layout(
        "cz",
        ";+ěščřžýáíé=´qwertzuiopú)¨asdfghjklů§yxcvbnm,.-",  # noqa: RUF001
        "°1234567890%ˇQWERTZUIOP/('ASDFGHJKL\"!YXCVBNM?:_",
    ),
    Layout(
        "al",
        "\\1234567890-=qwertzuiopç@]asdfghjklë[yxcvbnm,./",
        "|!\"#$%^&*()_+QWERTZUIOPÇ'}ASDFGHJKLË{YXCVBNM;:?",
    ),
    Layout(
        "tr",
        '"1234567890*-qwertyu\u0131opğü,asdfghjklşizxcvbnmöç.',
        "é!'^+%&/()=?_QWERTYUIOPĞÜ;ASDFGHJKLŞİZXCVBNMÖÇ:",
    ),
)


def undone(text: str, layout: Layout, lock: Lock) -> str | None:
    """The text a scanner meant by *text*; None if it cannot come from this layout."""
    meant = _meant(layout, lock)
    try:
        return "".join(meant[sign] for sign in text)
    except KeyError:
        return None


@cache
def _meant(layout: Layout, lock: Lock) -> dict[str, str]:
    """Map from a sign on the screen to the US sign of the pressed key."""
    meant: dict[str, str] = {}
    for plain, shifted, us, us_shifted in zip(layout.plain, layout.shifted, US.plain, US.shifted, strict=True):
        for written, key in ((plain, us), (shifted, us_shifted)):
            for sign in _written(written, plain, shifted, lock):
                meant.setdefault(sign, key)
    return meant


def _written(sign: str, plain: str, shifted: str, lock: Lock) -> tuple[str, ...]:
    """The signs that may appear for a sign under Caps Lock; two if systems differ."""
    if lock is Lock.OFF:
        return (sign,)
    if lock is Lock.SHIFT:
        return (shifted if sign == plain else plain,)
    if plain.upper() == shifted:
        return (shifted if sign == plain else plain,)
    capital = "ẞ" if sign == "ß" else sign.upper()
    return (sign,) if capital == sign else (sign, capital)  # on Linux only, é becomes É
