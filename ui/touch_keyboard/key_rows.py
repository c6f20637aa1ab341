"""The characters of the on-screen keyboard by row and language. Data only."""

from enum import Enum


class Layer(Enum):
    """The set of characters shown."""

    LETTERS = "letters"
    SIGNS = "signs"
    ACCENTS = "accents"
    PAD = "pad"  # a number pad


LETTERS = {
    "en": ("qwertyuiop", "asdfghjkl'", "zxcvbnm"),
    "fr": ("azertyuiop", "qsdfghjklm", "wxcvbn'"),
    "de": ("qwertzuiopü", "asdfghjklöä", "yxcvbnmß"),
    "lb": ("qwertzuiopë", "asdfghjkléä", "yxcvbnm'"),
}
SIGNS = ("1234567890", "@.-_+/:#&%", "'()!?,;=")
ACCENTS = ("àâäáãåæçñß", "éèêëíîïøœ", "óôöúùûüÿ")
PAD = ("789", "456", "123", "-0.")
ALWAYS = "@.-+"  # in the lowest row, as addresses need them


def rows(layer: Layer, language: str, *, capital: bool) -> tuple[str, ...]:
    """The characters of each row except the lowest."""
    found: tuple[str, ...]
    match layer:
        case Layer.LETTERS:
            found = LETTERS.get(language, LETTERS["en"])
        case Layer.SIGNS:
            found = SIGNS
        case Layer.ACCENTS:
            found = ACCENTS
        case Layer.PAD:
            found = PAD
    return tuple(_capital(row) for row in found) if capital else found


def _capital(row: str) -> str:
    return "".join("ẞ" if sign == "ß" else sign.upper() for sign in row)
