"""The audit log: who did what to what, as whom, and from where. Rows are appended and, after three years, forgotten.

A company's rows are its own; what admins do to companies, limits and accounts is the platform's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Table, delete, func, insert, select, tuple_

from server.accounts import ip_networks
from server.db.account_tables import accounts, audit, platform_audit
from server.db.tables import staff

KEPT_FOR = timedelta(days=3 * 365 + 1)
COMMAND = "command"  # the role of who used the command line

_PERSONAL = frozenset({"email", "phone", "note", "birthday", "address", "verifier", "pin", "password", "code", "token"})
_NAMED = frozenset({"company", "store", "terminal", "program", "reward", "look"})  # whose name is nobody's


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: an account in a role, or the command line."""

    account_id: UUID | None
    role: str
    address: str  # as the request came from; it is cut before it is kept


BY_COMMAND = Actor(None, COMMAND, "")


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the log."""

    id: UUID
    at: datetime
    account_id: UUID | None
    who: str | None  # the name in the company, or the account's address; None: the command line, or somebody deleted
    role: str
    action: str
    subject: str
    subject_id: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    address: str


def append(
    conn: Connection,
    company_id: UUID | None,
    actor: Actor,
    action: str,
    *,
    subject: str,
    now: datetime,
    subject_id: UUID | str | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Appends a row to a company's log, or without a company to the platform's.

    *subject* is the kind of what it was done to; *before* and *after* are the fields that changed, of personal ones
    only that they did.
    """
    values = {
        "audit_id": uuid4(),
        "account_id": actor.account_id,
        "role": actor.role,
        "action": action,
        "subject": subject,
        "subject_id": None if subject_id is None else str(subject_id),
        "before": _kept(subject, before),
        "after": _kept(subject, after),
        "address": ip_networks.kept(actor.address),
        "created_at": now,
        "updated_at": now,
    }
    if company_id is None:
        conn.execute(insert(platform_audit).values(values))
    else:
        conn.execute(insert(audit).values(values | {"company_id": company_id}))


def listed(
    conn: Connection,
    company_id: UUID | None,
    *,
    limit: int,
    after: tuple[datetime, UUID] | None = None,
    offset: int = 0,
) -> list[Line]:
    """The newest rows of a company's log or the platform's, or those that follow the row *after* in that order.

    *offset* leaves out as many of them.
    """
    table: Table = platform_audit if company_id is None else audit
    name = accounts.c.email
    query = select(table, name.label("email"))
    if company_id is not None:
        person = (staff.c.company_id == table.c.company_id) & (staff.c.account_id == table.c.account_id)
        query = select(table, name.label("email"), staff.c.name.label("person")).where(table.c.company_id == company_id)
        query = query.select_from(table.outerjoin(accounts, accounts.c.account_id == table.c.account_id))
        query = query.outerjoin(staff, person)
    else:
        query = query.select_from(table.outerjoin(accounts, accounts.c.account_id == table.c.account_id))
    if after is not None:
        place = tuple_(*after, types=[table.c.created_at.type, table.c.audit_id.type])
        query = query.where(tuple_(table.c.created_at, table.c.audit_id) < place)
    query = query.order_by(table.c.created_at.desc(), table.c.audit_id.desc()).limit(limit).offset(offset)
    return [
        Line(
            row.audit_id,
            row.created_at,
            row.account_id,
            row.email if company_id is None else row.person or row.email,
            row.role,
            row.action,
            row.subject,
            row.subject_id,
            row.before,
            row.after,
            row.address,
        )
        for row in conn.execute(query)
    ]


def counted(conn: Connection, company_id: UUID | None, most: int) -> int:
    """How many rows a log has, counted up to *most*."""
    table: Table = platform_audit if company_id is None else audit
    query = select(table.c.audit_id)
    some = (query if company_id is None else query.where(table.c.company_id == company_id)).limit(most).subquery()
    number: int = conn.execute(select(func.count()).select_from(some)).scalar_one()
    return number


def forget_old(conn: Connection, company_id: UUID | None, now: datetime) -> int:
    """Deletes what is older than three years; returns the number of rows."""
    table: Table = platform_audit if company_id is None else audit
    old = delete(table).where(table.c.created_at < now - KEPT_FOR)
    return conn.execute(old if company_id is None else old.where(table.c.company_id == company_id)).rowcount


def _kept(subject: str, fields: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if fields is None:
        return None
    personal = _PERSONAL if subject in _NAMED else _PERSONAL | {"name"}
    return {name: None if name in personal else value for name, value in fields.items()}
