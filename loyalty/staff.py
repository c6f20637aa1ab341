"""Staff: roles, checks of new PINs, and the lock-out that doubles."""

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
    """Why *pin* cannot be set, or None."""
    if len(pin) != settings.pin_length or not (pin.isascii() and pin.isdigit()):
        return Refusal(Reason.PIN_LENGTH, limit=settings.pin_length)
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    if steps in ({0}, {1}, {9}):  # one digit repeated, or counting up or down, with 9 next to 0
        return Refusal(Reason.PIN_TRIVIAL)
    return None


def reset_refusal(manager: Role, colleague: Role) -> Refusal | None:
    """Why *manager* may not let *colleague* choose a new PIN, or None. Owners' PINs need an owner."""
    if not manager.manages:
        return Refusal(Reason.NOT_A_MANAGER)
    if colleague is Role.OWNER and manager is not Role.OWNER:
        return Refusal(Reason.OWNER_NEEDED)
    return None


@dataclass(frozen=True, slots=True)
class PinTries:
    """A person's wrong PINs at one till. Times are the till's running time in seconds, since its clock can be
    changed."""

    wrong: int = 0
    lockouts: int = 0
    locked_until_s: float = 0.0

    def tried(self, running_s: float, settings: Settings) -> "PinTries":
        """Counts an attempt, as wrong until it is known to be right."""
        wrong = self.wrong + 1
        if wrong < settings.pin_attempts:
            return replace(self, wrong=wrong)
        doubled = timedelta(minutes=settings.pin_lock_minutes) * 2 ** min(self.lockouts, LOCK_DOUBLINGS_MAX)
        return PinTries(0, self.lockouts + 1, running_s + doubled.total_seconds())

    def passed(self) -> "PinTries":
        """Resets all counts after a correct PIN."""
        return PinTries()

    def refusal(self, running_s: float) -> Refusal | None:
        """Why no PIN is accepted now, or None."""
        if running_s < self.locked_until_s:
            return Refusal(Reason.PIN_LOCKED, minutes=ceil_minutes(timedelta(seconds=self.locked_until_s - running_s)))
        return None

    def left(self, settings: Settings) -> int:
        """The number of attempts left before the lock-out."""
        return max(0, settings.pin_attempts - self.wrong)  # the limit may have been lowered since
