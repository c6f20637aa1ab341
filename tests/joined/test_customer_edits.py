"""A customer edited at one till, as the company and another till have it afterwards."""

import pytest

from terminal.interface.ask import Override
from terminal.interface.asks import EditCustomer, Enrol, Find, PutAway, Scan
from tests.support.joined_till import JoinedTill
from tests.support.paper_shop import PaperShop
from tests.support.replies import card, refused, written

pytestmark = pytest.mark.slow

ANNA = Override("Anna", "4711")


def test_an_edit_reaches_the_other_till_and_the_old_contact_finds_nobody(
    tills: tuple[JoinedTill, JoinedTill], shop: PaperShop
) -> None:
    here, there = tills
    (blank,) = shop.blanks()
    here.sync()
    written(here.asks(Enrol(code=blank.token, name="Zoe", email="zoe@example.lu")))
    here.sync()
    written(here.asks(EditCustomer(name="Zoé", note="oat milk", email="weber@example.lu", override=ANNA)))
    for till in (here, there):
        till.sync()
    for till in (here, there):
        till.asks(PutAway())
        assert refused(till.asks(Find(email="zoe@example.lu"))).reason == "unknown_card"
        found = card(till.asks(Find(email="weber@example.lu")))
        assert (found.name, found.note) == ("Zoé", "oat milk")
    assert shop.cases() == []


def test_the_edit_recorded_last_holds_at_both_tills(tills: tuple[JoinedTill, JoinedTill], shop: PaperShop) -> None:
    here, there = tills
    (blank,) = shop.blanks()
    here.sync()
    written(here.asks(Enrol(code=blank.token, name="Zoe")))
    here.sync()
    there.sync()
    there.asks(Scan(blank.token))
    written(there.asks(EditCustomer(name="Zoé there", override=ANNA)))
    written(here.asks(EditCustomer(name="Zoé here", override=ANNA)))
    assert card(there.asks(Scan(blank.token))).name == "Zoé there"
    here.sync()
    there.sync()
    here.sync()
    assert [card(till.asks(Scan(blank.token))).name for till in (here, there)] == ["Zoé there", "Zoé there"]
