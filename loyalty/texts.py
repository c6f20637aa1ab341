"""Rules for typed texts: their length and characters, and which spellings are the same name.

Till and server apply them to every typed text and every look-up of a name.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import TypeVar

NAME_CHARS_MAX = 80  # names of companies, stores, tills, people, customers and rewards
CASE_NOTE_CHARS_MAX = 500  # on a decided case
NOTE_CHARS_MAX = 120  # a note on a customer
CONTACT_CHARS_MAX = 254  # the longest e-mail address that can be delivered
RECEIPT_CHARS_MAX = 64
OLD_CODE_CHARS_MAX = 128  # codes of another program
REASON_CHARS_MAX = 200
ID_CHARS_MAX = 40  # ids of rewards
BYTES_A_CHAR = 4  # in UTF-8, so that a limit in characters also limits bytes

# Invisible letters, symbols and marks.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0\ufffc")
_JOINERS = frozenset("\u200c\u200d")  # needed by some scripts and emoji, between two characters
_VARIANTS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
# Texts of these signs alone, which most are, need only their spaces put right, and their case to be folded.
_PLAIN = re.compile("[ -~\u00c0-\u00ff]*")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

T = TypeVar("T")


def clean(text: str) -> str:
    """*text* in NFC, with single spaces and without invisible characters; empty if nothing is visible."""
    if _PLAIN.fullmatch(text):
        return " ".join(text.split())
    while (cleaned := _cleaned_once(text)) != text:  # what was taken out may have kept other signs apart
        text = cleaned
    return cleaned


def _cleaned_once(text: str) -> str:
    kept = "".join(map(_kept, unicodedata.normalize("NFC", text)))
    joined = unicodedata.normalize("NFC", " ".join(kept.split()))
    trimmed = joined.strip(" \u200c\u200d")
    return trimmed if any(map(_is_seen, trimmed)) else ""


def hides(text: str) -> bool:
    """True for a text with control characters, direction overrides or other invisible characters."""
    return any(map(_is_hidden, text.strip()))


def name_of(text: str) -> str | None:
    """*text* normalised as a name; None if it is empty, too long, or has hidden characters."""
    name = clean(text)
    return name if 1 <= len(name) <= NAME_CHARS_MAX and not hides(text) else None


def folded(text: str) -> str:
    """A key that is equal for spellings of one name: ignores case, width and spaces, but not accents."""
    if _PLAIN.fullmatch(text):
        return " ".join(text.casefold().split())
    while (again := _folded_once(text)) != text:  # folding can take a sign apart into one that is not seen alone
        text = again
    return again


def _folded_once(text: str) -> str:
    plain = _VARIANTS.sub("", clean(text)).translate({ord(one): None for one in _JOINERS})
    wide = unicodedata.normalize("NFKC", plain)
    return " ".join(unicodedata.normalize("NFKC", wide.casefold()).split())


def matches(typed: str, named: Iterable[tuple[str, T]]) -> list[T]:
    """The items called *typed*: those with exactly this name, or else all with the same folded name."""
    candidates = [(name, one) for name, one in named if folded(name) == folded(typed)]
    exact = [one for name, one in candidates if clean(name) == clean(typed)]
    return exact or [one for _, one in candidates]


def escaped(text: str, *, keep: str = "") -> str:
    """*text* for a terminal's screen: escapes hidden characters and unusual spaces, except those in *keep*."""
    return "".join(
        one if one in keep or one in _JOINERS or (one.isprintable() and not _is_hidden(one)) else _spelled(one)
        for one in text
    )


def _kept(one: str) -> str:
    if one.isspace() or unicodedata.category(one) in {"Cc", "Zl", "Zp"}:
        return " "
    return "" if _is_hidden(one) else one


def _is_seen(one: str) -> bool:
    return unicodedata.category(one)[0] in "LNPS"


def _is_hidden(one: str) -> bool:
    return one not in _JOINERS and (one in _BLANK or unicodedata.category(one) in _HIDDEN)


def _spelled(one: str) -> str:
    """The JSON escape of a character, so that JSON texts keep their meaning."""
    units = one.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
