"""Merging cards of a company on paper, as a manager does it in an office."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import update

from loyalty.staff import Role
from server.cards import booking, merging
from server.cards.booking_asks import Booked, Booker, Newcomer
from server.cards.merging import Preview
from server.companies import companies
from server.db.tables import customers
from server.ledger.feed.check import check
from server.ledger.judging.savepoint_booking import Ledger
from tests.support.paper_shop import PaperShop


def merged(shop: PaperShop, stays: UUID, goes: UUID, booking_id: UUID | None = None, **asked: Any) -> Booked:
    """Merges the second card into the first."""
    with shop.units.write(shop.company_id) as conn:
        ledger = Ledger(conn, shop.company_id, shop.keys, shop.now)
        return merging.merge(ledger, booking_id or uuid4(), stays, goes, shop.manager, **asked)


def handed_out(shop: PaperShop, *, name: str = "", email: str = "", phone: str = "") -> UUID:
    """The card of a customer who got it from somebody in a browser."""
    (blank,) = shop.blanks()
    with shop.units.write(shop.company_id) as conn:
        by = Booker(staff_id=shop.manager, role=Role.MANAGER, store_id=shop.store(conn, "Gare").id)
        ledger = Ledger(conn, shop.company_id, shop.keys, shop.now)
        booking.enrol(ledger, uuid4(), Newcomer(code=blank.token, name=name, email=email, phone=phone), by)
    return blank.id


def previewed(shop: PaperShop, stays: UUID, goes: UUID) -> Preview:
    """What merging the second card into the first would do."""
    with shop.units.read() as conn:
        company = companies.by_id(conn, shop.company_id)
        return merging.preview(conn, company, shop.keys.company(shop.company_id), stays, goes, now=shop.now)


def has_its_books_in_order(shop: PaperShop) -> bool:
    """True if each card and each sum equals what the ledger adds up to."""
    with shop.units.read() as conn:
        found = check(conn, shop.company_id)
    return found.wrong == () and found.wrong_sums == 0


def balance(shop: PaperShop, card: UUID) -> tuple[int, int]:
    """Stamps and points on a card."""
    row = shop.said(card)
    return row.stamp_count, row.points_balance


def verified(shop: PaperShop, card: UUID, at: datetime) -> None:
    """Notes that the card's customer has proved that the contact is theirs."""
    with shop.units.write(shop.company_id) as conn:
        mine = (customers.c.company_id == shop.company_id, customers.c.customer_id == shop.card(card).customer_id)
        conn.execute(update(customers).where(*mine).values(verified_at=at))
