"""Passwords: which ones are accepted, and their Argon2id hashes with the parameters of PINs.

Hashing takes a fraction of a second and 19 MiB, so it must not happen while a lock is held, and at most two at once.
"""

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

import resources
from loyalty.texts import folded
from server.refusals import No, Refused
from sync.protocol.sealing import PIN_MEMORY_KIB, PIN_PARALLELISM, PIN_TIME_COST

CHARS_MIN, CHARS_MAX = 10, 128
AT_ONCE = 2  # in a process
WAITING_MAX = 4  # more would keep everybody else from the office's threads

_hasher = PasswordHasher(time_cost=PIN_TIME_COST, memory_cost=PIN_MEMORY_KIB, parallelism=PIN_PARALLELISM)
_working = threading.BoundedSemaphore(AT_ONCE)
_admitted = threading.BoundedSemaphore(AT_ONCE + WAITING_MAX)
# A hash that no password is known for: an address without an account costs as much time as one with.
_NOBODYS = f"$argon2id$v=19$m={PIN_MEMORY_KIB},t={PIN_TIME_COST},p={PIN_PARALLELISM}${'A' * 22}${'A' * 43}"


def checked(password: str, *known: str) -> str:
    """*password* in NFC; refuses short, long and common ones, and those equal to a *known* text about its owner."""
    normal = unicodedata.normalize("NFC", password)
    if not CHARS_MIN <= len(normal) <= CHARS_MAX:
        raise Refused(No.PASSWORD_LENGTH)
    if normal.casefold() in _common():
        raise Refused(No.PASSWORD_COMMON)
    if folded(normal) in map(folded, known):
        raise Refused(No.PASSWORD_KNOWN)
    return normal


def hashed(password: str) -> str:
    """The hash of a checked password, with its salt and parameters."""
    with admission(), turn():
        return _hasher.hash(_encoded(password))


def matches(password: str, stored: str | None) -> bool:
    """True if *stored* is the hash of *password*; as slow for None, where there is no account."""
    with admission(), turn():
        try:
            return _hasher.verify(_NOBODYS if stored is None else stored, _encoded(password))
        except (VerificationError, InvalidHashError):
            return False


def require_free() -> None:
    """Refuses while as many hashes wait as may: a password that will not be looked at must not count as a try."""
    with admission():
        return


def is_outdated(stored: str) -> bool:
    """True for a hash with other parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def _encoded(password: str) -> bytes:
    normal = unicodedata.normalize("NFC", password[: 4 * CHARS_MAX])[: CHARS_MAX + 1]
    return normal.encode("utf-8", "surrogatepass")


@contextmanager
def admission() -> Iterator[None]:
    """A place among those who work or wait; refuses if there is none."""
    if not _admitted.acquire(blocking=False):
        raise Refused(No.BUSY)
    try:
        yield
    finally:
        _admitted.release()


@contextmanager
def turn() -> Iterator[None]:
    """One of the two turns to hash; waits for it."""
    with _working:
        yield


@cache
def _common() -> frozenset[str]:
    """Of the 30,000 most common passwords, those that are long enough to be chosen."""
    text = resources.path("passwords/common.txt").read_text("utf-8")
    return frozenset(line.casefold() for line in text.splitlines())
