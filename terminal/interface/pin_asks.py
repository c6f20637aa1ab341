"""Requests on PINs: changing one's own, resetting a colleague's, and unlocking by phone."""

from terminal.interface.ask import Ask, Override


class ChangePin(Ask, frozen=True, tag="change_pin"):
    """Changes one's own PIN, given the present one."""

    staff: str
    pin: str
    new_pin: str


class ResetPin(Ask, frozen=True, tag="reset_pin"):
    """Lets a colleague choose a new PIN and ends a lock-out; for managers."""

    staff: str
    new_pin: str
    override: Override


class Telephone(Ask, frozen=True, tag="telephone"):
    """Requests digits to read to head office for one person, if no manager is present."""

    staff: str


class UnlockByPhone(Ask, frozen=True, tag="unlock_by_phone"):
    """Enters head office's answer, which ends a lock-out and may set a new PIN."""

    staff: str
    answer: str
    new_pin: str | None = None
