"""Owners of cards who block and replace them by themselves, as on the company's pages."""

from uuid import UUID, uuid4

from server.cards import blanks
from server.cards.blanks import Blank
from server.ledger.judging.savepoint_booking import Ledger
from server.ledger.own_bookings import owner_acts
from server.ledger.rows import cards as card_rows
from tests.support.paper_shop import PaperShop


def block(shop: PaperShop, card_id: UUID) -> None:
    """The owner switches the card off."""
    with shop.units.write(shop.company_id) as conn:
        ledger = Ledger(conn, shop.company_id, shop.keys, shop.now)
        owner_acts.block(ledger, uuid4(), card_rows.load(conn, shop.company_id, [card_id])[card_id])


def replace(shop: PaperShop, card_id: UUID) -> Blank:
    """The owner goes on under a new code."""
    with shop.units.write(shop.company_id) as conn:
        drawn = blanks.random_blanks()
        (new,) = blanks.issue(conn, shop.company_id, shop.keys, drawn, count=1, now=shop.now, pooled=True)
        loaded = card_rows.load(conn, shop.company_id, [card_id, new.id])
        ledger = Ledger(conn, shop.company_id, shop.keys, shop.now)
        owner_acts.replace(ledger, uuid4(), loaded[card_id], loaded[new.id])
    return new
