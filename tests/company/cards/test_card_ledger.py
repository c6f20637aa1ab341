"""A card's ledger: everything that happened on it, and whether its row equals the sum."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from server.cards import card_detail, card_ledger
from server.cards.card_ledger import CardLedger, Group, HistoryFilters, State
from server.db.tables import cards
from server.ledger.rows import cards as card_rows
from tests.support.listed_cards import Cards
from tests.support.paper_shop import PaperShop
from tests.support.plans import crowd, plans_of, scans_in

pytestmark = pytest.mark.slow


def ledger_of(lists: Cards, card_id: UUID) -> CardLedger:
    company, shop = lists.company, lists.shop
    with shop.units.read() as conn:
        found = card_detail.of_card(conn, company, shop.keys.company(company.id), card_id, shop.now)
        return card_ledger.of_card(conn, company, found.opened)


def a_card_with_everything(shop: PaperShop) -> tuple[Cards, UUID]:
    """A card with stamps, points, a void, a purchase that was counted otherwise, and a void that waits."""
    lists = Cards(shop)
    till = lists.tills[0]
    card = lists.enrol("Ana", email="ana@example.org")
    till.sync()
    first = till.stamp(card, 2)
    till.earn(card, 10_00, "R-1")
    till.sync()
    shop.passes(minutes=5)
    till.earn(card, 10_00, "R-1")
    till.void_stamp(card, first.id)
    till.void_stamp(card, uuid4())
    lists.sync()
    return lists, card


def test_every_transaction_and_what_waits_is_in_it_newest_first(shop: PaperShop) -> None:
    lists, card = a_card_with_everything(shop)
    ledger = ledger_of(lists, card)
    booked = [event for event in ledger.events if event.state is not State.HELD]
    assert {event.fact.id for event in booked} == {row.transaction_id for row in shop.ledger(card)}
    assert [event.place for event in ledger.events] == sorted((event.place for event in ledger.events), reverse=True)
    assert (ledger.transactions, ledger.agrees) == (len(booked), True)
    for group in Group:
        wanted = ledger.listed(HistoryFilters(group=group))
        assert all(event.fact.kind in card_ledger.KINDS_OF[group] for event in wanted)
    assert sum(len(ledger.listed(HistoryFilters(group=group))) for group in Group) == len(ledger.events)
    assert [len(ledger.listed(HistoryFilters(state=one))) for one in (State.ADJUSTED, State.HELD)] == [1, 1]


def test_a_row_that_differs_from_the_sum_is_seen(shop: PaperShop) -> None:
    lists, card = a_card_with_everything(shop)
    (other,) = (row for row in shop.rows(cards, is_blank=True)[:1])
    with shop.units.write_unlocked() as conn:
        conn.execute(update(cards).where(cards.c.card_id == card).values(packed=other.packed))
    company = lists.company
    with shop.units.read() as conn:
        (opened,) = card_rows.load(conn, company.id, [card]).values()
        assert not card_ledger.of_card(conn, company, opened).agrees


def test_no_page_of_a_card_reads_all_cards_or_transactions(shop: PaperShop) -> None:
    lists, card = a_card_with_everything(shop)
    crowd(shop.units)
    company, keys = lists.company, shop.keys.company(shop.company_id)
    with shop.units.read() as conn, plans_of(conn) as plans:
        found = card_detail.of_card(conn, company, keys, card, shop.now)
        card_ledger.of_card(conn, company, found.opened)
    assert len(plans) > 4
    assert [scans_in(plan) for plan in plans if scans_in(plan)] == []
