"""What may be asked about PINs beside entering one: a new one of one's own or a colleague's, and the telephone."""

from terminal.interface.ask import Ask, Override


class ChangePin(Ask, frozen=True, tag="change_pin"):
    """Somebody chooses a new PIN of their own, and enters the one they have."""

    staff: str
    pin: str
    new_pin: str


class ResetPin(Ask, frozen=True, tag="reset_pin"):
    """A manager lets a colleague choose a new PIN, who is not locked out any more."""

    staff: str
    new_pin: str
    override: Override


class Telephone(Ask, frozen=True, tag="telephone"):
    """Nobody here can help: digits to be read to head office, for one person at this till."""

    staff: str


class UnlockByPhone(Ask, frozen=True, tag="unlock_by_phone"):
    """What head office answered. It ends a lock-out, and a new PIN may be chosen with it."""

    staff: str
    answer: str
    new_pin: str | None = None
