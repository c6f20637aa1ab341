"""Several interpretations of a typed scan: a known card decides."""

from loyalty.codes import make_token
from terminal.interface.asks import Recognise, Stamp, Status
from tests.support.paper_company import PaperTill
from tests.support.replies import card, status


def swapped(token: str) -> str:
    """The token as typed on a German keyboard."""
    return token.translate(str.maketrans("yzYZ", "zyZY"))


def test_the_reading_that_is_known_here_is_meant(till: PaperTill) -> None:
    marie = till.company.tokens[till.company.issues_card("Marie")]
    till.hears()
    assert till.asks(Recognise((make_token(bytes(24)), marie))).reading == 1
    assert till.asks(Recognise(("https://example.com", "not a code", marie))).reading == 2


def test_no_reading_is_known(till: PaperTill) -> None:
    stranger = make_token(bytes(range(24)))
    reply = till.asks(Recognise((stranger, swapped(stranger))))
    assert reply.ok
    assert reply.reading is None


def test_recognising_puts_no_card_in_front_and_writes_nothing(till: PaperTill) -> None:
    paul = till.company.issues_card("Paul")
    marie = till.company.tokens[till.company.issues_card("Marie")]
    till.hears()
    till.serves(paul)
    before = status(till.asks(Status())).last_seq
    till.asks(Recognise((marie,)))
    assert status(till.asks(Status())).last_seq == before
    assert card(till.asks(Stamp())).name == "Paul"


def test_a_list_without_end_is_not_read_to_its_end(till: PaperTill) -> None:
    marie = till.company.tokens[till.company.issues_card("Marie")]
    till.hears()
    strangers = tuple(make_token(index.to_bytes(24)) for index in range(24))
    assert till.asks(Recognise((*strangers, marie))).reading is None
