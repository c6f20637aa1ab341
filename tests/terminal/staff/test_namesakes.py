"""People whose names fold alike: requests by id, by exact name, and by a name that could be several people's."""

from collections.abc import Iterator

import pytest

from loyalty.texts import folded
from terminal.interface.ask import Override
from terminal.interface.asks import Adjust, AnyAsk, Pin, Scan, Unlock
from terminal.interface.pin_asks import ChangePin, ResetPin, Telephone, UnlockByPhone
from tests.support.paper_company import PaperTill, a_company
from tests.support.replies import refused, written

ANNA = Override("Anna", "2580")
CASHIER, MANAGER = "3690", "7412"  # PINs
PAIRS = [("Zoé", "ZOÉ"), ("Zoé", "Zoe\u0301"), ("Zoé", "Ｚｏé"), ("Zoé", "Zo\u200dé")]
OTHERWISE = ["zoé", "zoe\u0301", "ＺＯÉ"]  # spellings of nobody's row


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperTill]:
    """A till for requests that change nothing."""
    opened = PaperTill(tmp_path_factory.mktemp("idle"), a_company())
    for name, role in zip(PAIRS[0], ("cashier", "manager"), strict=True):
        opened.company.hires(name, role, CASHIER)
    card_id = opened.company.issues_card(points_balance=100)
    opened.hears()
    opened.serves(card_id)
    yield opened
    opened.stop()


def naming(name: str) -> list[AnyAsk]:
    """Every request that names a person."""
    return [
        Pin(name, CASHIER),
        Unlock(name, ANNA),
        ChangePin(name, CASHIER, "8064"),
        ResetPin(name, "8064", ANNA),
        ResetPin("Lena", "8064", Override(name, CASHIER)),
        Telephone(name),
        UnlockByPhone(name, "12345678", "8064"),
        Adjust(points=5, reason="a slip", override=Override(name, CASHIER)),
    ]


@pytest.mark.parametrize("name", OTHERWISE)
def test_a_name_that_could_be_two_peoples_is_refused_and_counts_as_nobodys_try(idle: PaperTill, name: str) -> None:
    before = idle.journal.head()
    for ask in naming(name):
        no = refused(idle.asks(ask))
        assert no.reason == "staff_ambiguous", ask
        assert no.text == "Several people here go by that name. Please name the person by id."
    assert idle.journal.head() == before


def test_two_rows_of_one_name_in_nfc_are_told_apart_by_id_only(till: PaperTill) -> None:
    apart, together = till.company.hires("Zoe\u0301", "cashier", CASHIER), till.company.hires("Zoé", "manager", MANAGER)
    till.hears()
    for name in ("Zoé", "Zoe\u0301"):
        assert refused(till.asks(Pin(name, MANAGER))).reason == "staff_ambiguous"
    assert till.asks(Pin(str(apart), CASHIER)).ok
    assert till.asks(Pin(str(together).upper(), MANAGER)).ok


@pytest.mark.slow
@pytest.mark.parametrize("names", PAIRS)
def test_an_id_names_one_of_them_in_every_request(till: PaperTill, names: tuple[str, str]) -> None:
    assert folded(names[0]) == folded(names[1])
    card_id = till.company.issues_card(points_balance=100)
    cashier, manager = (
        till.company.hires(name, role, pin)
        for name, role, pin in zip(names, ("cashier", "manager"), (CASHIER, MANAGER), strict=True)
    )
    till.hears()
    agrees = Override(str(manager), MANAGER)
    assert refused(till.asks(Pin(str(cashier), MANAGER))).reason == "pin_wrong"
    assert till.asks(Pin(str(cashier), CASHIER)).ok
    till.asks(Scan(till.company.tokens[card_id]))
    adjusted = till.journal.with_id(written(till.asks(Adjust(points=5, reason="a slip", override=agrees))).id)
    assert adjusted is not None
    assert (adjusted.entry.staff, adjusted.entry.override) == (cashier, manager)
    for _ in range(5):
        till.asks(Pin(str(cashier), "0000"))
    assert refused(till.asks(Pin(str(cashier), CASHIER))).reason == "pin_locked"
    assert refused(till.asks(Unlock(str(manager), agrees))).reason == "not_locked"
    assert till.asks(Unlock(str(cashier), agrees)).ok
    assert till.asks(ResetPin(str(cashier), "8064", agrees)).ok
    assert till.asks(ChangePin(str(cashier), "8064", "9053")).ok
    assert till.asks(Pin(str(manager), MANAGER)).ok, "whose PIN is as before"
