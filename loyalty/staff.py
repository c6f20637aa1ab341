"""People at the counter: roles, what makes a PIN too easy, and the lock-out that doubles."""

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from itertools import pairwise

from loyalty.refusals import Reason, Refusal
from loyalty.settings import Settings
from loyalty.stamps import ceil_minutes

LOCK_DOUBLINGS_MAX = 12  # 15 minutes doubled 12 times is six weeks


class Role(StrEnum):
    """What a person may do."""

    CASHIER = "cashier"
    MANAGER = "manager"
    OWNER = "owner"

    @property
    def manages(self) -> bool:
        return self is not Role.CASHIER


def pin_refusal(pin: str, settings: Settings) -> Refusal | None:
    """Why *pin* cannot be set; None when it can."""
    if len(pin) != settings.pin_length or not (pin.isascii() and pin.isdigit()):
        return Refusal(Reason.PIN_LENGTH, limit=settings.pin_length)
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    if steps in ({0}, {1}, {9}):  # one digit repeated, or counted up or down, 9 and 0 being neighbours
        return Refusal(Reason.PIN_TRIVIAL)
    return None


def reset_refusal(manager: Role, colleague: Role) -> Refusal | None:
    """Why *manager* may not let *colleague* choose a new PIN. An owner's is for owners alone."""
    if not manager.manages:
        return Refusal(Reason.NOT_A_MANAGER)
    if colleague is Role.OWNER and manager is not Role.OWNER:
        return Refusal(Reason.OWNER_NEEDED)
    return None


@dataclass(frozen=True, slots=True)
class PinTries:
    """One person's wrong PINs at one till. Times are the till's running time in seconds, never its clock."""

    wrong: int = 0
    lockouts: int = 0
    locked_until_s: float = 0.0

    def tried(self, running_s: float, settings: Settings) -> "PinTries":
        """One more try, counted as wrong until it is known to have passed."""
        wrong = self.wrong + 1
        if wrong < settings.pin_attempts:
            return replace(self, wrong=wrong)
        doubled = timedelta(minutes=settings.pin_lock_minutes) * 2 ** min(self.lockouts, LOCK_DOUBLINGS_MAX)
        return PinTries(0, self.lockouts + 1, running_s + doubled.total_seconds())

    def passed(self) -> "PinTries":
        """The right PIN: everything is forgotten."""
        return PinTries()

    def refusal(self, running_s: float) -> Refusal | None:
        """Why no PIN is taken now; None when one is."""
        if running_s < self.locked_until_s:
            return Refusal(Reason.PIN_LOCKED, minutes=ceil_minutes(timedelta(seconds=self.locked_until_s - running_s)))
        return None

    def left(self, settings: Settings) -> int:
        """How many tries are left before the lock-out."""
        return max(0, settings.pin_attempts - self.wrong)  # the attempts may have been lowered since
