"""PINs at the counter with small rules of its own."""

from typing import TYPE_CHECKING

from terminal.interface.asks import Unlock
from terminal.interface.pin_asks import ChangePin, ResetPin, Telephone, UnlockByPhone
from terminal.interface.views import Reply
from tests.support.fake_facts import refuse

if TYPE_CHECKING:
    from tests.support.fake_counter import FakeCounter

CHALLENGE, ANSWER = "4827 1950", "11990017"


def about_pins(counter: "FakeCounter", ask: Unlock | ChangePin | ResetPin | Telephone | UnlockByPhone) -> Reply:
    """What becomes of a lock-out or a new PIN."""
    no: Reply | None = None
    new: str | None = None
    match ask:
        case Telephone():
            return Reply(ok=True, challenge=CHALLENGE)
        case Unlock(override=override):
            no = counter.check(override.staff, override.pin)
        case ChangePin(pin=pin, new_pin=new):
            no = counter.check(ask.staff, pin)
        case ResetPin(override=override, new_pin=new):
            no = counter.check(override.staff, override.pin)
        case UnlockByPhone(answer=answer, new_pin=new):
            no = None if answer == ANSWER else refuse("answer_wrong", "Those were not the digits.", left=4)
    if new is not None and len(set(new)) == 1:
        return refuse("pin_trivial", "This PIN is too easy to guess. Please choose another.")
    if no is not None:
        return no
    counter.locked[ask.staff] = 0
    if new is not None:
        counter.pins[ask.staff] = new
    return Reply(ok=True, staff=counter.person(ask.staff))
