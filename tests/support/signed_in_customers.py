"""Customers who have just entered a one-time code, for tests of what a storefront asks them to prove."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from loyalty.staff import Role
from server.bootstrap import Server
from server.cards import booking
from server.cards.booking_asks import Booker, Newcomer
from server.companies import staff
from server.customers import customer_sessions
from server.ledger.judging.savepoint_booking import Ledger
from server.ledger.rows import cards as card_rows


@dataclass(frozen=True)
class Customer:
    """Their session's token and their card."""

    token: str
    card_id: UUID


def a_card(server: Server, company_id: UUID, store_id: UUID, email: str = "") -> tuple[UUID, str]:
    """The id and code of a new card that is shown on a phone."""
    with server.units.write(company_id) as conn:
        manager = next(one for one in staff.listed(conn, company_id) if one.role.manages)
        by = Booker(staff_id=manager.id, role=Role.OWNER, store_id=store_id)
        newcomer = Newcomer(name="Zoe Muller" if email else "", email=email)
        made = booking.enrol(Ledger(conn, company_id, server.keys, server.now()), uuid4(), newcomer, by)
    assert made.shown is not None
    return made.booked.card.card.id, made.shown.token


def a_customer(server: Server, company_id: UUID, store_id: UUID, email: str) -> Customer:
    """Somebody with a card and this address, who has entered its code just now."""
    card_id, _code = a_card(server, company_id, store_id, email)
    return Customer(owner_of(server, company_id, card_id), card_id)


def owner_of(server: Server, company_id: UUID, card_id: UUID) -> str:
    """The session of a card's customer, who has entered a code just now."""
    with server.units.platform_write() as conn:
        customer_id = card_rows.load(conn, company_id, [card_id])[card_id].customer_id
        assert customer_id is not None
        return customer_sessions.begin(conn, company_id, customer_id, device="tests", now=server.now())
