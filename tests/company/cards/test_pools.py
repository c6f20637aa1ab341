"""Blanks that are reserved for one till each, to be shown on its screen."""

from uuid import UUID

from server.cards import pools as pools_of
from server.db.tables import pools
from sync.protocol.messages import POOL_LOW, POOL_SIZE, Pool, decode
from sync.protocol.sealing import Purpose, unseal
from tests.support.databases import ON_SQLITE
from tests.support.paper_shop import PaperShop
from tests.support.paper_till import PaperTill

pytestmark = ON_SQLITE


def given(till: PaperTill) -> set[UUID]:
    """The till's own blanks, as the server sends them when it asks."""
    box = till.exchange(pool=0).pool
    assert till.sealing is not None
    return set() if box is None else {one.card for one in decode(Pool, unseal(till.sealing, box, Purpose.POOL)).blanks}


def test_no_blank_is_in_two_pools_and_none_is_counted_for_another_till(shop: PaperShop) -> None:
    one, two = shop.till("Till 1"), shop.till("Till 2")
    first, second = given(one), given(two)
    assert len(first) == len(second) == POOL_SIZE
    assert first.isdisjoint(second)
    assert (given(one), given(two)) == (first, second)
    with shop.units.read() as conn:
        assert pools_of.left(conn, shop.company_id) == {one.id: POOL_SIZE, two.id: POOL_SIZE}


def test_a_used_blank_is_sent_no_more_and_a_pool_is_made_up_once_it_is_half_used(shop: PaperShop) -> None:
    till = shop.till()
    whole = given(till)
    *used, last = sorted(whole)[: POOL_SIZE - POOL_LOW]
    for blank in used:
        till.enrol(blank)
    till.sync()
    with shop.units.read() as conn:
        assert pools_of.left(conn, shop.company_id) == {till.id: POOL_LOW + 1}
    assert given(till) == whole - set(used), "more than half are left"
    till.enrol(last)
    till.sync()
    again = given(till)
    assert len(again) == POOL_SIZE
    assert again & whole == whole - {*used, last}
    assert {row.card_id for row in shop.rows(pools)} == again, "used ones are reserved for nobody"


def test_reserved_blanks_are_known_as_such_at_every_till(shop: PaperShop) -> None:
    one, two = shop.till("Till 1"), shop.till("Till 2")
    (printed,) = shop.blanks()
    reserved = given(one)
    for till in (one, two):
        till.sync()
        assert {blank: till.card(blank).pooled for blank in (*reserved, printed.id)} == {
            **dict.fromkeys(reserved, True),
            printed.id: False,
        }


def test_nothing_is_reserved_while_the_counters_make_no_new_cards(shop: PaperShop) -> None:
    shop.set(counter_enrolment="false")
    till = shop.till()
    assert given(till) == set()
    assert shop.rows(pools) == []
    shop.set(counter_enrolment="true")
    assert len(given(till)) == POOL_SIZE
