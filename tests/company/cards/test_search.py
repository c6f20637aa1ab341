"""The list of cards: it follows the cards, and is filtered, sorted, paged and searched."""

from datetime import datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, select

from loyalty.codes import written
from loyalty.transactions import CustomerEdited
from server.cards import card_words, search
from server.cards.search import Filters, Listing, Sort
from server.db import paging
from server.db.batches import Batch
from server.db.paging import COUNTED_MAX, PAGE_ROWS, Count, CursorInvalid
from server.db.tables import cards
from server.db.work_tables import card_list
from server.db.work_tables import card_words as word_rows
from server.ledger.rows import cards as card_rows
from tests.support.listed_cards import Cards, side
from tests.support.paper_shop import PaperShop
from tests.support.plans import crowd, plans_of, scans_in

pytestmark = pytest.mark.slow

NAMES = ("Mária Lopez", "Marc Müller", "Li", "Anna-Lena Groß", "ÉLISE d'Arc", "Mara", "", "Бо́рис")


@pytest.fixture
def shop_cards(shop: PaperShop) -> Cards:
    return Cards(shop)


@pytest.fixture
def known(shop_cards: Cards) -> Cards:
    """Customers with all kinds of names, one with contacts."""
    for name in NAMES:
        shop_cards.enrol(name)
    shop_cards.enrol("Ana", email="Ana@Example.org", phone="621 123 456")
    shop_cards.sync()
    return shop_cards


def as_listed(shop: PaperShop) -> dict[UUID, tuple[Any, ...]]:
    columns = ("number_end", "enrolled_at", "enrolled_store_id", "last_activity_at", "is_active", "stamps", "points")
    return {row.card_id: tuple(getattr(row, name) for name in columns) for row in shop.rows(card_list)}


def as_on_cards(shop: PaperShop) -> dict[UUID, tuple[Any, ...]]:
    """What the list should have, read from the cards themselves."""
    with shop.units.read() as conn:
        rows = [card_rows.row_in(row) for row in conn.execute(card_rows.of_company(shop.company_id))]
    return {
        card.id: (
            card.number_end,
            card.created_at,
            card.enrolled_at_store,
            card.last_activity_at or card.created_at,
            card.is_active,
            card.stamp_count,
            card.points_balance,
        )
        for card in rows
        if card.created_at is not None and not card.retired
    }


def test_the_list_follows_the_cards(shop_cards: Cards) -> None:
    shop, (till, other) = shop_cards.shop, shop_cards.tills
    one, two = shop_cards.enrol("Ana"), shop_cards.enrol("Ben", till=1)
    shop_cards.sync()
    assert as_listed(shop) == as_on_cards(shop) and len(as_listed(shop)) == 2
    shop.passes(minutes=90)
    till.stamp(one, 3)
    other.earn(two, 1000, "R-1")
    till.replace(one, next(shop_cards.blanks).id)
    shop_cards.sync()
    assert as_listed(shop) == as_on_cards(shop)
    assert as_listed(shop)[one][5] == 3
    shop.blanks(3)
    shop_cards.sync()
    assert as_listed(shop) == as_on_cards(shop), "blanks are in nobody's hands"


def test_changes_are_followed_in_parts_and_from_where_the_last_run_stopped(shop: PaperShop) -> None:
    cards_of_shop = Cards(shop)
    blanks = shop.blanks(520)
    for blank in blanks:
        cards_of_shop.tills[0].enrol(blank.id)
    cards_of_shop.sync()
    assert as_listed(shop) == as_on_cards(shop) and len(as_listed(shop)) == 520


FOUND: dict[str, set[str]] = {
    "maria": {"Mária Lopez"},
    "MAR": {"Mária Lopez", "Marc Müller", "Mara"},
    "mar mul": {"Marc Müller"},
    "Müller, Marc": {"Marc Müller"},
    "li": {"Li"},
    "gross": {"Anna-Lena Groß"},
    "lena anna": {"Anna-Lena Groß"},
    "elise": {"ÉLISE d'Arc"},
    "борис": {"Бо́рис"},
    "m": set(),
    "marx": set(),
    "%": set(),
    "ana@example.org": {"Ana"},
    "ANA@EXAMPLE.ORG ": {"Ana"},
    "nobody@example.org": set(),
    "+352 621 123 456": {"Ana"},
    "621123456": {"Ana"},
    "0000": set(),
}


def test_a_customer_is_found_by_name_and_contact(known: Cards) -> None:
    for query, names in FOUND.items():
        assert known.found(query) == names, query


def test_a_card_is_found_by_its_number_as_it_is_written(known: Cards) -> None:
    (card,) = (card for card, name in known.names.items() if name == "Li")
    for query in (known.numbers[card], written(known.numbers[card]), written(known.numbers[card]).replace("-", " ")):
        assert [one.id for one in known.page(Listing(query)).cards] == [card]


def test_the_page_shows_whom_a_card_belongs_to(known: Cards) -> None:
    (card,) = known.page(Listing("ana@example.org")).cards
    assert (card.name, card.email, card.phone, card.is_verified) == ("Ana", "ana@example.org", "+352621123456", False)


def test_a_new_name_is_found_and_the_old_one_is_not(known: Cards) -> None:
    (card,) = (card for card, name in known.names.items() if name == "Li")
    till = known.tills[0]
    till.write(CustomerEdited(), card, side=side(known.shop, till, card, "Wang Xiu"))
    known.sync()
    assert known.found("li") == set() and len(known.page(Listing("wang")).cards) == 1
    with known.shop.units.read() as conn:
        kept = set(conn.execute(select(word_rows.c.word).where(word_rows.c.card_id == card)).scalars())
    assert kept == set(card_words.hashes_of(known.shop.keys.company(known.shop.company_id).lookup, "Wang Xiu"))


def test_no_name_can_be_read_in_the_list(known: Cards) -> None:
    with known.shop.units.read() as conn:
        words = set(conn.execute(select(word_rows.c.word)).scalars())
    assert all(len(word) == card_words.HASH_BYTES for word in words)
    other = known.shop.keys.platform
    assert words.isdisjoint(card_words.hashes_of(other, "Mária Lopez")), "another key gives other words"


@pytest.fixture
def many(shop_cards: Cards) -> Cards:
    """30 cards with many ties in everything they are sorted by."""
    shop, ids = shop_cards.shop, []
    for number in range(30):
        if number % 10 == 0:
            shop.passes(hours=25)
        ids.append(shop_cards.enrol("Ana" if number % 2 else "Anabel", till=number % 3 % 2))
    for number, card in enumerate(ids):
        if number % 4:
            shop_cards.tills[number % 3 % 2].stamp(card, number % 4)
        if number % 5 == 0:
            shop_cards.tills[number % 3 % 2].earn(card, 1000 * (number % 3), f"R-{number}")
    shop_cards.sync()
    return shop_cards


FILTERS: tuple[dict[str, Any], ...] = (
    {"stamps_min": 2},
    {"points_min": 1, "is_active": True},
    {"active_days": 2},
    {"is_active": False},
    {"reached": (3, 20), "is_active": True},
    {"reached": (None, 1)},
    {"reached": (None, None)},
    {"stamps_min": 1, "active_days": 2, "is_active": True},
)


def _is_reached(filters: Filters, stamps: int, points: int) -> bool:
    if filters.reached is None:
        return True
    row, cost = filters.reached
    return (row is not None and stamps >= row) or (cost is not None and points >= cost)


def test_filters_and_orders_list_what_they_say(many: Cards) -> None:
    everything = as_listed(many.shop)
    stores = {row[2] for row in everything.values()}
    assert len(stores) == 2
    ways = product((*FILTERS, {"stores": (stores.pop(),)}), Sort, (True, False))
    for number, (more, sort, descending) in enumerate(ways):
        filters = Filters(**more)
        since = many.shop.now - timedelta(days=filters.active_days or 10_000)
        key = {Sort.ENROLLED: 1, Sort.ACTIVITY: 3, Sort.STAMPS: 5, Sort.POINTS: 6}[sort]
        wanted = [
            (row[key], card)
            for card, row in everything.items()
            if (filters.stores is None or row[2] in filters.stores)
            and row[3] >= since
            and (filters.is_active is None or row[4] == filters.is_active)
            and (
                filters.reached is None or row[5] >= (filters.reached[0] or 99) or row[6] >= (filters.reached[1] or 99)
            )
            and row[5] >= (filters.stamps_min or 0)
            and row[6] >= (filters.points_min or 0)
        ]
        expected = [card for _, card in sorted(wanted, reverse=descending)]
        listing = Listing("ana" if number % 3 else "", filters, sort, descending)
        page = many.page(listing)
        assert [card.id for card in page.cards] == expected[:PAGE_ROWS]
        assert page.count == Count(len(expected), False)


@pytest.mark.parametrize("query", ["", "ana"])
@pytest.mark.parametrize("sort", [Sort.STAMPS, Sort.ACTIVITY])
def test_cursors_lead_through_every_card_once(many: Cards, sort: Sort, query: str) -> None:
    listing, found, cursor = Listing(query, sort=sort), [], None
    while True:
        page = many.after(listing, cursor, 7)
        found += [card.id for card in page.cards]
        cursor = page.next
        if cursor is None:
            break
    assert found == [card.id for number in (1, 2) for card in many.page(listing, number).cards]
    assert len(found) == 30 and PAGE_ROWS == 25
    with many.shop.units.read() as conn:
        parts = search.matching(conn, many.company, many.shop.keys, listing, many.shop.now)
        assert [card.id for part in parts for card in part] == found


@pytest.mark.parametrize("cursor", ["", "x", "é", "AAAA", "e30", "\0", "W10" * 2000])
def test_what_is_no_cursor_is_refused(many: Cards, cursor: str) -> None:
    with pytest.raises(CursorInvalid):
        many.after(Listing(), cursor, 5)


def test_a_cursor_belongs_to_its_filters(many: Cards) -> None:
    cursor = many.after(Listing(), None, 5).next
    for other in (Listing("ana"), Listing(filters=Filters(stamps_min=1)), Listing(sort=Sort.STAMPS)):
        with pytest.raises(CursorInvalid):
            many.after(other, cursor, 5)


def test_counting_stops_and_so_do_the_pages(shop: PaperShop) -> None:
    lists = Cards(shop)
    card_id = lists.enrol("Ana")
    lists.sync()
    (row,) = shop.rows(card_list)
    more = [
        dict(row._mapping) | {"card_id": uuid4(), "stamps": 0, "enrolled_at": shop.now - timedelta(days=1)}
        for _ in range(COUNTED_MAX + 1)
    ]
    with shop.units.write_unlocked() as conn:
        Batch(insert(card_list)).run(conn, more)
    page = lists.page(Listing(filters=Filters(stamps_min=0), sort=Sort.STAMPS), COUNTED_MAX // PAGE_ROWS + 1)
    assert page.count == Count(COUNTED_MAX, True) and page.cards == ()
    newest = lists.page(Listing(filters=Filters(stamps_min=0), sort=Sort.ENROLLED))
    assert [card.id for card in newest.cards] == [card_id], "where many match, the list is walked in its order"


def test_a_search_opens_no_more_names_than_it_may(known: Cards) -> None:
    key = known.shop.keys.company(known.shop.company_id).lookup
    row = {"company_id": known.shop.company_id, "word": card_words.word_hash(key, "mar")}
    times = {"created_at": known.shop.now, "updated_at": known.shop.now}
    with known.shop.units.write_unlocked() as conn:
        conn.execute(
            insert(word_rows), [row | times | {"card_id": UUID(int=number)} for number in range(search.OPENED_MAX)]
        )
    assert known.page(Listing("mar")).count.is_least
    assert [card.name for card in known.page(Listing("maria")).cards] == ["Mária Lopez"], "whole words come first"


def test_where_more_than_a_page_has_the_very_words_others_are_left_out(
    known: Cards, monkeypatch: pytest.MonkeyPatch
) -> None:
    known.enrol("Marcel")
    known.sync()
    assert {card.name for card in known.page(Listing("marc")).cards} == {"Marc Müller", "Marcel"}
    monkeypatch.setattr(search, "ALIKE_UP_TO", 0)
    page = known.page(Listing("marc"))
    assert ([card.name for card in page.cards], page.count) == (["Marc Müller"], Count(1, True))


def test_no_list_and_no_search_reads_all_cards(known: Cards) -> None:
    crowd(known.shop.units)
    queries = ("mar mul", "ana@example.org", "621 123 456", "4821-0937-5516")
    listings = [Listing(query) for query in queries]
    listings += [Listing("", Filters(**one), sort) for one, sort in product(FILTERS, Sort)]
    company = known.company
    with known.shop.units.read() as conn, plans_of(conn) as plans:
        for listing in listings:
            search.page_at(conn, company, known.shop.keys, listing, number=1, now=known.shop.now)
    assert len(plans) > 2 * len(listings)
    assert [scans_in(plan) for plan in plans if scans_in(plan)] == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_cards_that_are_switched_off_are_found_without_looking_at_the_others(known: Cards) -> None:
    with known.shop.units.read() as conn, plans_of(conn) as plans:
        listing = Listing(filters=Filters(is_active=False))
        search.page_at(conn, known.company, known.shop.keys, listing, number=1, now=known.shop.now)
    assert sum("ix_card_list_off" in plan for plan in plans) == 2, "the page and its count"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_where_the_cards_of_a_page_were_last_is_looked_up_by_each(known: Cards) -> None:
    with known.shop.units.read() as conn, plans_of(conn) as plans:
        search.page_at(conn, known.company, known.shop.keys, Listing(), number=1, now=known.shop.now)
    (plan,) = (plan for plan in plans if "CORRELATED SCALAR SUBQUERY" in plan)
    assert "SEARCH card_list USING INDEX sqlite_autoindex_card_list_1 (company_id=? AND card_id=?)" in plan


def test_a_plan_that_reads_all_cards_is_seen(known: Cards) -> None:
    with known.shop.units.read() as conn, plans_of(conn) as plans:
        conn.execute(select(cards.c.card_id).where(cards.c.stamp_count > 3)).all()
        conn.execute(
            select(cards.c.packed).where(cards.c.company_id == known.shop.company_id, cards.c.stamp_count > 3)
        ).all()
    assert [len(scans_in(plan)) > 0 for plan in plans] == [True, True], plans


def test_cursors_keep_what_they_are_given() -> None:
    values = (datetime.fromisoformat("2026-03-02T08:00:00.000001+00:00"), uuid4())
    cursor = paging.cursor_of(values, "cards", 7)
    assert paging.values_in(cursor, tuple[datetime, UUID], "cards", 7) == values
