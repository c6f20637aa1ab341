"""Sessions: a random token in a cookie or an `Authorization` header, stored as its hash.

The token is renewed at every change of role, so that one that was read or planted before is worth nothing after it.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, bindparam, delete, insert, or_, select, update

from server.db.account_tables import accounts, sessions
from server.db.lookups import Query
from server.keys import token_hash
from server.refusals import No, Refused

TOKEN_BYTES = 32
IDLE = timedelta(hours=12)
LONGEST = timedelta(days=30)
ADMIN_IDLE = timedelta(minutes=30)
ADMIN_LONGEST = timedelta(hours=12)
CONFIRMED_FOR = timedelta(minutes=5)
SEEN_EVERY = timedelta(minutes=1)  # how exact `seen_at` is: one write a minute, not one a request
DEVICE_CHARS_MAX = 200

_ALL = select(sessions, accounts.c.email, accounts.c.is_admin, accounts.c.language).join(
    accounts, accounts.c.account_id == sessions.c.account_id
)
_BY_TOKEN = Query(_ALL.where(sessions.c.token_hash == bindparam("token")))


@dataclass(frozen=True, slots=True)
class Support:
    """A support view: the company that an admin looks at, and until when."""

    company_id: UUID
    until: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """A session in force, with its account."""

    id: UUID
    account_id: UUID
    email: str
    is_admin: bool
    language: str | None
    began_at: datetime
    seen_at: datetime
    expires_at: datetime  # however busy it is
    confirmed_until: datetime | None
    device: str
    address: str  # cut to its network
    support: Support | None

    def must_be_seen(self, now: datetime) -> bool:
        """True if `seen` has something to write."""
        return now - self.seen_at >= SEEN_EVERY

    def is_confirmed(self, now: datetime) -> bool:
        """True while the password is not asked for again."""
        return self.confirmed_until is not None and now < self.confirmed_until

    def require_confirmed(self, now: datetime) -> None:
        """Refuses unless the password was asked for within five minutes."""
        if not self.is_confirmed(now):
            raise Refused(No.CONFIRM_NEEDED)


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session that has just begun or got a new token, which is shown this once."""

    session: Session
    token: str

    def __repr__(self) -> str:
        return f"NewSession(session={self.session!r})"


def begin(conn: Connection, account_id: UUID, *, device: str, address: str, now: datetime) -> NewSession:
    """Begins a session of an account; *address* is cut already."""
    is_admin = conn.execute(select(accounts.c.is_admin).where(accounts.c.account_id == account_id)).scalar_one()
    token = secrets.token_urlsafe(TOKEN_BYTES)
    values = {
        "token_hash": token_hash(token),
        "session_id": uuid4(),
        "account_id": account_id,
        "seen_at": now,
        "expires_at": now + (ADMIN_LONGEST if is_admin else LONGEST),
        "device": device[:DEVICE_CHARS_MAX],
        "address": address,
        "created_at": now,
        "updated_at": now,
    }
    conn.execute(insert(sessions).values(values))
    return _new(conn, token, now)


def find(conn: Connection, token: str, now: datetime) -> Session | None:
    """The session of a token; None if it is unknown, ended, or over."""
    row = _BY_TOKEN.first(conn, token=token_hash(token))
    return None if row is None or not _in_force(row, now) else _read(row, now)


def seen(conn: Connection, session: Session, now: datetime) -> None:
    """Notes a request."""
    mine = update(sessions).where(sessions.c.session_id == session.id)
    conn.execute(mine.values(seen_at=now, updated_at=now))


def confirm(conn: Connection, session: Session, now: datetime) -> None:
    """Notes that the password was given again."""
    mine = update(sessions).where(sessions.c.session_id == session.id)
    conn.execute(mine.values(confirmed_until=now + CONFIRMED_FOR, updated_at=now))


def renewed(conn: Connection, session: Session, now: datetime, support: Support | None = None) -> NewSession:
    """The same session under a new token, with or without a support view; the former token ends."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    values = {
        "token_hash": token_hash(token),
        "support_company_id": None if support is None else support.company_id,
        "support_until": None if support is None else support.until,
        "updated_at": now,
    }
    conn.execute(update(sessions).where(sessions.c.session_id == session.id).values(values))
    return _new(conn, token, now)


def listed(conn: Connection, account_id: UUID, now: datetime) -> list[Session]:
    """An account's sessions in force, the latest used first."""
    rows = conn.execute(_ALL.where(sessions.c.account_id == account_id).order_by(sessions.c.seen_at.desc()))
    return [_read(row, now) for row in rows if _in_force(row, now)]


def end(conn: Connection, account_id: UUID, session_id: UUID) -> None:
    """Ends one of the account's sessions."""
    conn.execute(delete(sessions).where(sessions.c.account_id == account_id, sessions.c.session_id == session_id))


def end_all(conn: Connection, account_id: UUID, *, keep: UUID | None = None) -> None:
    """Ends all sessions of an account but *keep*."""
    mine = delete(sessions).where(sessions.c.account_id == account_id)
    conn.execute(mine if keep is None else mine.where(sessions.c.session_id != keep))


def end_expired(conn: Connection, now: datetime) -> int:
    """Deletes sessions that are over; returns their number."""
    over = or_(sessions.c.expires_at <= now, sessions.c.seen_at <= now - IDLE)
    return conn.execute(delete(sessions).where(over)).rowcount


def _new(conn: Connection, token: str, now: datetime) -> NewSession:
    return NewSession(_read(_BY_TOKEN.first(conn, token=token_hash(token)), now), token)


def _in_force(row: Any, now: datetime) -> bool:
    idle = ADMIN_IDLE if row.is_admin else IDLE
    return bool(now < row.expires_at and now - row.seen_at < idle)


def _read(row: Any, now: datetime) -> Session:
    support = None
    if row.support_company_id is not None and now < row.support_until:
        support = Support(row.support_company_id, row.support_until)
    return Session(
        id=row.session_id,
        account_id=row.account_id,
        email=row.email,
        is_admin=row.is_admin,
        language=row.language,
        began_at=row.created_at,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
        confirmed_until=row.confirmed_until,
        device=row.device,
        address=row.address,
        support=support,
    )
