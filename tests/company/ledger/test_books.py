"""Every stored card equals its ledger, and a new program takes no reward away."""

import pytest
from msgspec.structs import replace
from sqlalchemy import update

from loyalty.program import Reward
from server.db.tables import cards, transactions
from server.ledger.feed.check import check
from sync.protocol.card_packing import packed
from tests.support.paper_shop import PaperShop, a_coffee_program

CROISSANT = Reward(id="croissant", name="Croissant", cost=10)


def wrong_cards(shop: PaperShop) -> tuple[object, ...]:
    with shop.units.read() as conn:
        return check(conn, shop.company_id).wrong


def a_busy_day(shop: PaperShop) -> list[object]:
    """Transactions of many kinds; returns the cards involved."""
    shop.set_program(a_coffee_program(welcome_bonus=20, rewards=(CROISSANT,)))
    till = shop.till()
    found = [shop.enrolled(till, email=f"{name}@example.org") for name in ("ana", "ben", "cleo")]
    for card in found:
        till.stamp(card, 11)
        earned = till.earn(card, 1234, "R-1")
        till.redeem(card)
        till.redeem(card, "croissant")
        till.void_points(card, earned.id, 400)
        shop.passes(minutes=1)
    (blank,) = shop.blanks()
    till.replace(found[0], blank.id)
    till.sync()
    return [*found, blank.id]


@pytest.mark.slow
def test_what_exchanges_write_adds_up(shop: PaperShop) -> None:
    involved = a_busy_day(shop)
    with shop.units.read() as conn:
        checked = check(conn, shop.company_id)
    assert (checked.cards, checked.wrong) == (len(involved), ())


@pytest.mark.slow
def test_a_tampered_balance_is_found(shop: PaperShop) -> None:
    card, other, *_ = a_busy_day(shop)
    with shop.units.write(shop.company_id) as conn:
        more = {"points_balance": cards.c.points_balance + 1}
        conn.execute(update(cards).where(cards.c.card_id == card).values(more))
    assert wrong_cards(shop) == (card,)
    with shop.units.write(shop.company_id) as conn:
        said = packed(replace(shop.said(other), marks=()))  # type: ignore[arg-type]
        conn.execute(update(cards).where(cards.c.card_id == other).values(packed=said))
    assert set(wrong_cards(shop)) == {card, other}


def test_a_tampered_blank_is_found(shop: PaperShop) -> None:
    (blank,) = shop.blanks()
    with shop.units.write(shop.company_id) as conn:
        conn.execute(update(cards).values(stamp_count=9))
    assert wrong_cards(shop) == (blank.id,)


@pytest.mark.slow
def test_a_card_that_cannot_be_read_is_found(shop: PaperShop) -> None:
    card, *_ = a_busy_day(shop)
    for torn in (b"", b"\x81\xa1", b"\x82\xa1k\x01\xa1e\xa1\xff"):
        with shop.units.write(shop.company_id) as conn:
            conn.execute(update(cards).where(cards.c.card_id == card).values(packed=torn))
        assert wrong_cards(shop) == (card,)


@pytest.mark.slow
def test_a_transaction_that_went_missing_is_found(shop: PaperShop) -> None:
    card, *_ = a_busy_day(shop)
    with shop.units.write(shop.company_id) as conn:
        one = shop.ledger(card)[1]  # type: ignore[arg-type]
        conn.execute(transactions.delete().where(transactions.c.transaction_id == one.transaction_id))
    assert wrong_cards(shop) == (card,)


@pytest.mark.slow
def test_a_dearer_program_grants_what_reached_rewards_lack(shop: PaperShop) -> None:
    shop.set_program(a_coffee_program(stamps_target=5, rewards=(CROISSANT,)))
    till = shop.till()
    reached, missing, rich = (shop.enrolled(till) for _ in range(3))
    till.stamp(reached, 6)
    till.stamp(missing, 4)
    till.earn(reached, 1200)
    till.earn(missing, 900)
    till.earn(rich, 9900)
    till.sync()
    shop.set_program(a_coffee_program(stamps_target=8, rewards=(Reward(id="croissant", name="Croissant", cost=15),)))
    till.sync()
    balances = [(till.card(card).stamp_count, till.card(card).points_balance) for card in (reached, missing, rich)]
    assert balances == [(8, 15), (4, 9), (0, 99)]
    granted = shop.ledger(reached)[-2:]
    assert [(row.kind, row.stamps, row.points) for row in granted] == [
        ("stamps_adjusted", 2, 0),
        ("points_adjusted", 0, 3),
    ]
    assert {row.program_number for row in granted} == {3}
    assert wrong_cards(shop) == ()


def test_a_cheaper_program_grants_nothing(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    till.stamp(card, 12)
    till.sync()
    shop.set_program(a_coffee_program(stamps_target=5))
    assert shop.kinds(card) == ["card_created", "stamp_earned"]
