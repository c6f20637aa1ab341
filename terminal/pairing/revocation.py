"""Revocation of this till: erases the company's data and the keys; the journal is kept.

A marker is written first, so that an interrupted erasure is completed at the next start.
"""

import os
from collections.abc import Callable

from terminal.machine.profiles import Profile
from terminal.problems import JournalUnwritable


def sign_off(profile: Profile, forget_keys: Callable[[], None]) -> None:
    """Erases replica, pool and keys."""
    try:
        with profile.signed_off.open("wb") as mark:
            os.fsync(mark.fileno())
    except OSError as error:
        raise JournalUnwritable from error
    try:
        forget_keys()
    finally:
        profile.erase_company_data()
