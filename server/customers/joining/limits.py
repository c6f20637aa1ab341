"""How many cards are made at once before a code has to be entered first, so that a robot earns nothing and fills no
table."""

from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from server.accounts import attempts, ip_networks
from server.accounts.attempts import Limit
from server.keys import Keys
from server.ledger.own_bookings import joins
from server.refusals import TooMany

OF_ADDRESS = (Limit("join_hour", 30, timedelta(hours=1)), Limit("join_day", 100, timedelta(days=1)))
OF_CONTACT = Limit("join_contact", 3, timedelta(days=1))
OF_COMPANY_LEAST = 100  # an hour
TIMES, BUSIEST_OF = 5, timedelta(days=30)


def take(conn: Connection, keys: Keys, company_id: UUID, *, address: str, contact: bytes | None, now: datetime) -> bool:
    """Counts a card that is asked for; False if a code has to be entered first. *contact* is a look-up hash."""
    whence = ip_networks.limited(address)
    try:
        for limit in OF_ADDRESS:
            attempts.take(conn, keys.platform, limit, whence, now)
        if contact is not None:
            attempts.take(conn, keys.platform, OF_CONTACT, f"{company_id} {contact.hex()}", now)
        _take_of_company(conn, keys, company_id, now)
    except TooMany:
        return False
    return True


def _take_of_company(conn: Connection, keys: Keys, company_id: UUID, now: datetime) -> None:
    """Only a busy company is looked at. Its busiest hour counts cards whose contact was proven: others would raise the
    limit for who makes them up."""
    try:
        attempts.take(conn, keys.platform, _of_company(OF_COMPANY_LEAST), str(company_id), now)
    except TooMany:
        proven = joins.proven_since(conn, company_id, now - BUSIEST_OF)
        hours = Counter(at.replace(minute=0, second=0, microsecond=0) for at in proven)
        busiest = max(hours.values(), default=0)
        attempts.take(conn, keys.platform, _of_company(TIMES * busiest), str(company_id), now)


def _of_company(count: int) -> Limit:
    return Limit("join_company", count, timedelta(hours=1))
