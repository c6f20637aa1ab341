"""Erasing customers as the office does."""

from uuid import UUID

from server.companies import companies
from server.customers import erasure
from server.ledger.judging.savepoint_booking import Ledger
from tests.support.paper_shop import PaperShop


def erase(shop: PaperShop, *card_ids: UUID, can_mail: bool = False, by: UUID | None = None) -> None:
    """Erases the customers of these cards."""
    with shop.units.write(shop.company_id) as conn:
        company = companies.by_id(conn, shop.company_id)
        ledger = Ledger(conn, shop.company_id, shop.keys, shop.now)
        erasure.erase(ledger, company, card_ids, by=by, can_mail=can_mail)
