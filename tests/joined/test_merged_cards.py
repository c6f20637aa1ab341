"""Two cards merged at the company while two tills are out of contact with entries on both."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from server.cards.blanks import Blank
from server.db.tables import customers, transactions
from sync.exchange import failures
from sync.protocol.messages import ExchangeRequest, ExchangeResponse
from terminal.interface.ask import Override
from terminal.interface.asks import Earn, EditCustomer, Enrol, Pin, Redeem, Refresh, Replace, Scan, Stamp, Void
from tests.company.transfer.files import csv_of, imported
from tests.support.databases import ON_SQLITE
from tests.support.joined_till import JoinedTill
from tests.support.merges import balance, has_its_books_in_order, merged
from tests.support.paper_shop import PaperShop, a_coffee_program
from tests.support.replies import card, points, refused, stamps, status, written

pytestmark = pytest.mark.slow

ANNA = Override("Anna", "4711")
WELCOME = a_coffee_program(welcome_bonus=20)


@pytest.fixture
def tills(tills: tuple[JoinedTill, JoinedTill], shop: PaperShop) -> tuple[JoinedTill, JoinedTill]:
    """Two tills that give a welcome."""
    shop.set_program(WELCOME)
    for till in tills:
        till.sync()
    return tills


@pytest.fixture
def cards(tills: tuple[JoinedTill, JoinedTill], shop: PaperShop) -> tuple[Blank, Blank]:
    """Two cards of one customer, each with its welcome, known at both tills."""
    here, there = tills
    one, other = shop.blanks(2)
    here.sync()
    for blank, name in ((one, "Zoe"), (other, "Zoe W.")):
        written(here.asks(Enrol(code=blank.token, name=name)))
    here.sync()
    there.sync()
    return one, other


def out_of_contact(*tills: JoinedTill) -> None:
    for till in tills:
        till.wire.is_up = False


def loses_answers(till: JoinedTill, count: int) -> None:
    """The till's next exchanges reach the company, and their answers are lost on the way back."""
    carry: Callable[[ExchangeRequest, float], ExchangeResponse] = till.wire.exchange
    left = iter(range(count))

    def exchange(request: ExchangeRequest, deadline_s: float) -> ExchangeResponse:
        answer = carry(request, deadline_s)
        if next(left, None) is not None:
            raise failures.Unreachable
        return answer

    till.wire.exchange = exchange  # type: ignore[method-assign]


def seen(till: JoinedTill, blank: Blank) -> tuple[int, int]:
    """Stamps and points that the till shows for a code."""
    reply = till.asks(Scan(blank.token))
    return stamps(reply).count, points(reply).balance


def served_offline(tills: tuple[JoinedTill, JoinedTill], cards: tuple[Blank, Blank]) -> None:
    """Both tills collect for both cards, and take back something."""
    one, other = cards
    out_of_contact(*tills)
    for till in tills:
        till.asks(Scan(one.token))
        written(till.asks(Stamp(2)))
        till.asks(Scan(other.token))
        written(till.asks(Stamp(3)))
        given = written(till.asks(Earn(1000)))
        written(till.asks(Void(given.id)))
        written(till.asks(Earn(500)))
    assert [seen(till, other) for till in tills] == [(3, 25)] * 2


@pytest.mark.parametrize("lost", [0, 1, 3])
@ON_SQLITE
def test_balances_equal_the_fold_and_nothing_is_booked_twice(
    tills: tuple[JoinedTill, JoinedTill], cards: tuple[Blank, Blank], shop: PaperShop, lost: int
) -> None:
    """Answers are lost, and a till ends in between and starts again."""
    here, there = tills
    one, other = cards
    served_offline(tills, cards)
    merged(shop, one.id, other.id)
    here.wire.is_up = True
    loses_answers(here, lost)
    here.wire.entries_max = 3
    here.sync()
    here.stop()
    here.start()
    here.asks(Pin("Lena", "4711"))
    there.wire.is_up = True
    for till in (there, here, there):
        till.sync()
    assert balance(shop, one.id) == (10, 30), "10 stamps; one welcome, and 5 points from each till"
    assert [seen(till, blank) for till in tills for blank in cards] == [(10, 30)] * 4
    booked = Counter(row.kind for row in shop.rows(transactions))
    assert booked == {
        "card_created": 2,
        "welcome_bonus": 2,
        "cards_merged": 1,
        "stamp_earned": 4,
        "points_earned": 4,
        "points_voided": 2,
    }
    assert [status(till.asks(Refresh())).waiting for till in tills] == [0, 0]
    assert has_its_books_in_order(shop)


@pytest.mark.parametrize("merged_first", [True, False], ids=["merged first", "handed over first"])
def test_a_till_out_of_contact_leads_on_once_it_knows(
    tills: tuple[JoinedTill, JoinedTill], cards: tuple[Blank, Blank], shop: PaperShop, merged_first: bool
) -> None:
    """The old code serves the card that stays without a network, and takes its reward."""
    _here, there = tills
    one, other = cards
    served_offline(tills, cards)
    there.wire.is_up = True
    if merged_first:
        merged(shop, one.id, other.id)
        there.sync()
    else:
        there.sync()
        merged(shop, one.id, other.id)
        there.sync()
    assert [seen(there, blank) for blank in cards] == [(5, 25)] * 2
    out_of_contact(there)
    there.asks(Scan(other.token))
    written(there.asks(Stamp(5)))
    written(there.asks(Redeem("stamps")))
    assert [seen(there, blank) for blank in cards] == [(0, 25)] * 2
    for till in (*tills, *tills):
        till.wire.is_up = True
        till.sync()
    assert [seen(till, blank) for till in tills for blank in cards] == [(5, 30)] * 4
    assert balance(shop, one.id) == (5, 30)
    assert has_its_books_in_order(shop)


def test_the_card_in_front_goes_on_as_the_one_that_stays(
    tills: tuple[JoinedTill, JoinedTill], cards: tuple[Blank, Blank], shop: PaperShop
) -> None:
    here, _there = tills
    one, other = cards
    here.asks(Scan(other.token))
    written(here.asks(Stamp()))
    merged(shop, one.id, other.id)
    here.sync()
    assert card(here.asks(Refresh())).id == one.id
    written(here.asks(Stamp()))
    here.sync()
    assert balance(shop, one.id) == (2, 20)


def test_a_card_that_is_replaced_after_the_merge_leaves_no_code_in_use(
    tills: tuple[JoinedTill, JoinedTill], cards: tuple[Blank, Blank], shop: PaperShop
) -> None:
    here, there = tills
    one, other = cards
    (new,) = shop.blanks()
    merged(shop, one.id, other.id)
    here.sync()
    here.asks(Scan(other.token))
    written(here.asks(Replace(code=new.token, reason="lost", override=ANNA)))
    for blank in cards:
        assert refused(here.asks(Scan(blank.token))).reason == "card_replaced", "here at once"
    here.sync()
    there.sync()
    for till in tills:
        assert [refused(till.asks(Scan(blank.token))).reason for blank in cards] == ["card_replaced"] * 2
        assert card(till.asks(Scan(new.token))).id == one.id


def test_a_name_that_a_till_had_typed_on_the_card_that_went_is_read_everywhere(
    tills: tuple[JoinedTill, JoinedTill], cards: tuple[Blank, Blank], shop: PaperShop
) -> None:
    here, there = tills
    one, other = cards
    out_of_contact(here)
    here.asks(Scan(other.token))
    written(here.asks(EditCustomer(name="Zoé Weber", email="zoe@example.lu", override=ANNA)))
    merged(shop, one.id, other.id)
    here.wire.is_up = True
    for till in (here, there, here):
        till.sync()
    assert [card(till.asks(Scan(one.token))).name for till in tills] == ["Zoé Weber"] * 2
    assert len(shop.rows(customers)) == 1
    assert has_its_books_in_order(shop)


def test_an_imported_code_of_the_card_that_went_leads_to_the_one_that_stays(
    tills: tuple[JoinedTill, JoinedTill], cards: tuple[Blank, Blank], shop: PaperShop
) -> None:
    here, _there = tills
    one, _other = cards
    imported(shop, csv_of("code;stamps", "K-17;9"))
    here.sync()
    brought = card(here.asks(Scan("K-17"))).id
    assert brought is not None
    merged(shop, one.id, brought)
    here.sync()
    out_of_contact(here)
    found = here.asks(Scan("K-17"))
    assert (card(found).id, card(found).by_code, stamps(found).count) == (one.id, True, 9)
    written(here.asks(Stamp()))
    here.wire.is_up = True
    here.sync()
    assert balance(shop, one.id) == (10, 20)
    imported(shop, csv_of("code;stamps", "K-17;1", "K-18;2"))
    assert balance(shop, one.id) == (10, 20), "the code clashes with its card, as ever"
    assert has_its_books_in_order(shop)


def test_a_till_that_begins_anew_gets_the_same_from_a_whole_feed(
    tills: tuple[JoinedTill, JoinedTill], cards: tuple[Blank, Blank], shop: PaperShop, tmp_path: Path
) -> None:
    """Also where the rows of both cards come in different pages."""
    here, _there = tills
    one, other = cards
    here.asks(Scan(other.token))
    written(here.asks(Stamp(4)))
    here.sync()
    merged(shop, one.id, other.id)
    newcomer = JoinedTill(tmp_path / "new", shop, "Till 3")
    newcomer.wire.rows_max = 1
    newcomer.sync()
    newcomer.asks(Pin("Lena", "4711"))
    assert [seen(newcomer, blank) for blank in cards] == [(4, 20)] * 2
    newcomer.stop()
