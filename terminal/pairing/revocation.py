"""The company has revoked this till: what it knew and its keys are erased. The journal stays: it is the till's own.

It begins with a mark in the profile, so that what a crash cut short is done at the next start.
"""

import os
from collections.abc import Callable

from terminal.machine.profiles import Profile
from terminal.problems import JournalUnwritable


def sign_off(profile: Profile, forget_keys: Callable[[], None]) -> None:
    """Erases replica, pool and keys, for good."""
    try:
        with profile.signed_off.open("wb") as mark:
            os.fsync(mark.fileno())
    except OSError as error:
        raise JournalUnwritable from error
    try:
        forget_keys()
    finally:
        profile.erase_what_was_told()
