"""Head office's answer at a till: for the person and the moment that it was asked for."""

from terminal.interface.pin_asks import Telephone, UnlockByPhone
from tests.support.paper_company import PaperTill
from tests.support.replies import refused


def digits(till: PaperTill, name: str) -> str:
    challenge = till.asks(Telephone(name)).challenge
    assert challenge is not None
    return till.company.answers_by_phone(name, challenge)


def test_an_answer_is_taken_once_from_whom_it_is_for_and_before_its_quarter_of_an_hour_is_over(
    till: PaperTill,
) -> None:
    challenge = till.asks(Telephone("Lena")).challenge
    assert challenge is not None
    for_another = till.company.answers_by_phone("Anna", challenge)
    assert refused(till.asks(UnlockByPhone("Anna", for_another))).reason == "challenge_over"
    in_time = UnlockByPhone("Lena", till.company.answers_by_phone("Lena", challenge))
    till.machine.passes(minutes=15, milliseconds=-1)
    assert till.asks(in_time).ok
    assert refused(till.asks(in_time)).reason == "challenge_over"
    late = UnlockByPhone("Lena", digits(till, "Lena"))
    till.machine.passes(minutes=15)
    assert refused(till.asks(late)).reason == "challenge_over"
