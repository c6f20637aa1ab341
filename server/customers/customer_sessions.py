"""Sessions of customers who have proven a contact: a random token in a cookie, stored as its hash."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, bindparam, delete, insert, or_, select, update

from server.db.account_tables import customer_sessions
from server.db.lookups import Query
from server.db.tables import cards, customers
from server.keys import token_hash

TOKEN_BYTES = 32
IDLE, LONGEST = timedelta(days=90), timedelta(days=400)
PROVEN_FOR = timedelta(minutes=10)  # since the code, for what moves value or data
SEEN_EVERY = timedelta(days=1)  # how exact `seen_at` is
DEVICE_CHARS_MAX = 200

_BY_TOKEN = Query(
    select(customer_sessions, customers.c.language, cards.c.card_id)
    .join(
        customers,
        (customers.c.company_id == customer_sessions.c.company_id)
        & (customers.c.customer_id == customer_sessions.c.customer_id),
    )
    .join(cards, (cards.c.company_id == customers.c.company_id) & (cards.c.customer_id == customers.c.customer_id))
    .where(customer_sessions.c.company_id == bindparam("company"), customer_sessions.c.token_hash == bindparam("token"))
    .where(cards.c.is_retired.is_(False))
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class CustomerSession:
    """A session in force."""

    id: UUID
    customer_id: UUID
    card_id: UUID
    language: str | None  # the customer's
    began_at: datetime
    seen_at: datetime
    proven_at: datetime  # when the last code was entered
    device: str
    proved: Mapping[bytes, datetime] = field(default_factory=dict)  # by hash, of others, in the last ten minutes

    def must_be_seen(self, now: datetime) -> bool:
        """True if `seen` has something to write."""
        return now - self.seen_at >= SEEN_EVERY

    def is_proven(self, now: datetime) -> bool:
        """True while no code is asked for again."""
        return now - self.proven_at < PROVEN_FOR


def begin(
    conn: Connection,
    company_id: UUID,
    customer_id: UUID,
    *,
    device: str,
    now: datetime,
    before: CustomerSession | None = None,
) -> str:
    """Begins a session instead of the one *before* it in the same browser; returns its token."""
    if before is not None:
        end(conn, company_id, before.id)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    values = {
        "company_id": company_id,
        "token_hash": token_hash(token),
        "session_id": uuid4(),
        "customer_id": customer_id,
        "proven_at": now,
        "seen_at": now,
        "expires_at": now + LONGEST,
        "device": device[:DEVICE_CHARS_MAX],
        "created_at": now,
        "updated_at": now,
    }
    conn.execute(insert(customer_sessions).values(values))
    return token


def find(conn: Connection, company_id: UUID, token: str, now: datetime) -> CustomerSession | None:
    """The session of a token; None if it is unknown, ended, or over."""
    row = _BY_TOKEN.first(conn, company=company_id, token=token_hash(token)) if token else None
    if row is None or now >= row.expires_at or now - row.seen_at >= IDLE:
        return None
    return CustomerSession(
        row.session_id,
        row.customer_id,
        row.card_id,
        row.language,
        row.created_at,
        row.seen_at,
        row.proven_at,
        row.device,
        _lately(row.proved or {}, now),
    )


def seen(conn: Connection, company_id: UUID, session: CustomerSession, now: datetime) -> None:
    """Notes a request."""
    conn.execute(update(customer_sessions).where(*_one(company_id, session.id)).values(seen_at=now, updated_at=now))


def note_proved(conn: Connection, company_id: UUID, session: CustomerSession, contact: bytes, now: datetime) -> None:
    """Notes that a code has proven a contact of another customer in this session, for the next ten minutes."""
    proved = {one.hex(): at.isoformat() for one, at in {**session.proved, contact: now}.items()}
    mine = update(customer_sessions).where(*_one(company_id, session.id))
    conn.execute(mine.values(proved=proved, updated_at=now))


def forget_proofs(conn: Connection, company_id: UUID) -> None:
    """Keeps no hash of a contact that was proven in a session of somebody else's."""
    theirs = (customer_sessions.c.company_id == company_id, customer_sessions.c.proved.is_not(None))
    conn.execute(update(customer_sessions).where(*theirs).values(proved=None))


def hand_over(conn: Connection, company_id: UUID, session: CustomerSession, customer_id: UUID, now: datetime) -> None:
    """The session goes on as that of the customer who stays when two become one."""
    mine = update(customer_sessions).where(*_one(company_id, session.id))
    conn.execute(mine.values(customer_id=customer_id, updated_at=now))


def of_customer(conn: Connection, company_id: UUID, customer_id: UUID) -> list[Any]:
    """All sessions of a customer, the newest first."""
    theirs = select(customer_sessions).where(*_theirs(company_id, customer_id))
    return list(conn.execute(theirs.order_by(customer_sessions.c.created_at.desc())))


def end(conn: Connection, company_id: UUID, session_id: UUID, *, of: UUID | None = None) -> None:
    """Ends a session, if it is one *of* this customer's."""
    one = delete(customer_sessions).where(*_one(company_id, session_id))
    conn.execute(one if of is None else one.where(customer_sessions.c.customer_id == of))


def end_all(conn: Connection, company_id: UUID, customer_id: UUID, *, but: UUID | None = None) -> int:
    """Ends a customer's sessions but one; returns how many."""
    theirs = delete(customer_sessions).where(*_theirs(company_id, customer_id))
    if but is not None:
        theirs = theirs.where(customer_sessions.c.session_id != but)
    return conn.execute(theirs).rowcount


def forget_expired(conn: Connection, company_id: UUID, now: datetime) -> int:
    """Deletes sessions that are over; returns their number."""
    over = or_(customer_sessions.c.expires_at <= now, customer_sessions.c.seen_at <= now - IDLE)
    return conn.execute(delete(customer_sessions).where(customer_sessions.c.company_id == company_id, over)).rowcount


def _lately(proved: Mapping[str, str], now: datetime) -> Mapping[bytes, datetime]:
    """The contacts whose codes were entered within the last ten minutes."""
    times = {bytes.fromhex(contact): datetime.fromisoformat(at) for contact, at in proved.items()}
    return {contact: at for contact, at in times.items() if now - at < PROVEN_FOR}


def _theirs(company_id: UUID, customer_id: UUID) -> tuple[Any, Any]:
    return customer_sessions.c.company_id == company_id, customer_sessions.c.customer_id == customer_id


def _one(company_id: UUID, session_id: UUID) -> tuple[Any, Any]:
    return customer_sessions.c.company_id == company_id, customer_sessions.c.session_id == session_id
