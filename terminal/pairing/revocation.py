"""Revocation of this till: erases the company's data and the keys; the journal is kept.

A marker is written first, so that an interrupted erasure is completed at the next start.
"""

import os
from collections.abc import Callable

from sync.replica.disk import to_disk
from terminal.machine.profiles import Profile
from terminal.problems import JournalUnwritable

_NEW_MARK = os.O_WRONLY | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)  # a link there would have its target written


def sign_off(profile: Profile, forget_keys: Callable[[], None]) -> None:
    """Erases replica, pool and keys."""
    try:
        if profile.signed_off.is_symlink():
            profile.signed_off.unlink()
        with os.fdopen(os.open(profile.signed_off, _NEW_MARK, 0o600), "wb") as mark:
            os.fsync(mark.fileno())
        to_disk(profile.folder)
    except OSError as error:
        raise JournalUnwritable from error
    try:
        forget_keys()
    finally:
        profile.erase_company_data()
