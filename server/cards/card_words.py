"""The words of customers' names as look-up hashes, by which encrypted names are found.

A name has the hash of each of its words and of the word's first three letters. Hashes are cut short: who looks one up
opens the names it leads to and compares.
"""

import hmac
import re
import unicodedata

from loyalty.texts import folded
from sync.protocol.sealing import Key

WORDS_MAX = 6
LETTERS = 3  # of a word's beginning
HASH_BYTES = 8
_WORD = re.compile(r"[^\W_]+")


def words_of(text: str) -> tuple[str, ...]:
    """The first words of a name without case and accents, each once."""
    plain = folded(text)
    if not plain.isascii():
        parts = unicodedata.normalize("NFKD", plain)
        plain = "".join(sign for sign in parts if not unicodedata.combining(sign)).casefold()
    return tuple(dict.fromkeys(_WORD.findall(plain)))[:WORDS_MAX]


def beginning(word: str) -> str:
    """The first letters of a word, by which it is also found."""
    return word[:LETTERS]


def hashes_of(key: Key, name: str | None) -> tuple[bytes, ...]:
    """The look-up hashes of a name, in a fixed order."""
    words = words_of(name or "")
    return tuple(sorted({word_hash(key, one) for word in words for one in (word, beginning(word))}))


def word_hash(key: Key, word: str) -> bytes:
    """The look-up hash of a folded word."""
    return hmac.digest(key.secret, b"word\x00" + word.encode(), "sha256")[:HASH_BYTES]


def is_named(name: str | None, wanted: tuple[str, ...]) -> bool:
    """True if every one of the *wanted* words begins a word of the name."""
    words = words_of(name or "")
    return all(any(word.startswith(one) for word in words) for one in wanted)
