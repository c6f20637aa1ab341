"""The outbox: mails wait here, encrypted, from the unit of work that causes them until they are sent.

A company's mails lie in `mails` under its data key, those to accounts about no company in `platform_mails`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Row, Table, func, insert, select, true, update

from server.db import job_queue
from server.db.job_queue import DueJob
from server.db.tables import customers
from server.db.work_tables import mails, platform_mails
from server.keys import Keys
from server.mail.letters import Letter, LetterKind
from sync.protocol import sealing
from sync.protocol.sealing import Key

JOB = "mail"  # sends what is queued
LISTED_MAX = 200
TRIED_FOR = timedelta(hours=24)
KEPT_FOR = timedelta(days=7)  # address and body
WIPED_AT_ONCE = 500


class MailState(StrEnum):
    """How far a mail has come."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"  # nobody tried to send it, or what it says no longer holds


class Body(Struct, frozen=True):
    """What is encrypted of a letter."""

    subject: str
    text: str
    html: str
    unsubscribe: str | None = None


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail of the outbox; address and body are None once they are wiped."""

    id: UUID
    company_id: UUID | None
    kind: str
    language: str
    state: MailState
    address: str | None
    body: Body | None
    tries: int
    next_at: datetime | None
    error: str | None
    created_at: datetime
    updated_at: datetime


def queue(
    conn: Connection,
    keys: Keys,
    letter: Letter,
    to: str,
    *,
    company_id: UUID | None,
    now: datetime,
    is_sent: bool = True,
    customer_id: UUID | None = None,
    mail_id: UUID | None = None,
) -> UUID:
    """Puts a letter into the outbox within the caller's unit of work; returns the mail's id.

    Without *is_sent* it is dropped at once: the same work for an address that must not be told from one that gets it.
    A *mail_id* of the caller's is one that the outbox does not have yet.
    """
    mail_id, key = mail_id or uuid4(), _key(keys, company_id)
    body = msgspec.json.encode(Body(letter.subject, letter.text, letter.html, letter.unsubscribe)).decode()
    row = {
        "mail_id": mail_id,
        "kind": letter.kind,
        "language": letter.language,
        "address": sealing.encrypt(key, mail_id, to),
        "body": sealing.encrypt(key, mail_id, body),
        "sealed_key": key.id,
        "state": MailState.QUEUED if is_sent else MailState.DROPPED,
        "priority": letter.priority,
        "tries": 0,
        "next_at": now if is_sent else None,
        "created_at": now,
        "updated_at": now,
    }
    if company_id is not None:
        row |= {"company_id": company_id, "customer_id": customer_id}
    conn.execute(insert(_table(company_id)).values(row))
    job_queue.wake(conn, DueJob(company_id, JOB), now)
    return mail_id


def waiting(conn: Connection) -> int:
    """How many mails of all companies wait to be sent."""
    count = 0
    for table in (mails, platform_mails):
        count += conn.execute(select(func.count()).where(table.c.next_at.is_not(None))).scalar_one()
    return count


def claim(conn: Connection, keys: Keys, company_id: UUID | None, now: datetime) -> Mail | None:
    """The next mail to be sent, noted as tried: should its outcome be lost, it is tried again."""
    table = _table(company_id)
    ready = select(table).where(_of(company_id), table.c.next_at <= now).order_by(table.c.priority, table.c.next_at)
    row = conn.execute(ready.limit(1)).one_or_none()
    if row is None:
        return None
    again_at = now + job_queue.again_after(row.tries)
    _change(conn, company_id, row.mail_id, now, tries=row.tries + 1, next_at=again_at)
    return opened(keys, company_id, row)


def note_sent(conn: Connection, mail: Mail, now: datetime) -> None:
    """The mail server has taken the mail."""
    _end(conn, mail, now, state=MailState.SENT, error=None)


def note_later(conn: Connection, mail: Mail, error: str, now: datetime) -> None:
    """The mail could not be sent now: it is tried again, and after 24 hours it has failed."""
    if now - mail.created_at >= TRIED_FOR:
        note_failed(conn, mail, error, now)
    else:
        _change(conn, mail.company_id, mail.id, now, error=error)


def note_failed(conn: Connection, mail: Mail, error: str, now: datetime) -> None:
    """The mail cannot be sent."""
    _end(conn, mail, now, state=MailState.FAILED, error=error)


def note_undeliverable(conn: Connection, keys: Keys, mail: Mail, now: datetime) -> None:
    """Notes at the company's customers who have the mail's address that nothing arrives there."""
    if mail.company_id is None or mail.address is None:
        return
    hashed = sealing.email_hmac(keys.company(mail.company_id).lookup, mail.address)
    if hashed is None:  # nobody has it
        return
    theirs = (customers.c.company_id == mail.company_id, customers.c.email_hmac == hashed)
    conn.execute(update(customers).where(*theirs).values(undeliverable_at=now, updated_at=now))


def drop_old(conn: Connection, company_id: UUID | None, now: datetime) -> int:
    """Gives up mails that nobody could send for 24 hours, as there is no mail server; returns how many."""
    table = _table(company_id)
    old = (_of(company_id), table.c.next_at.is_not(None), table.c.created_at <= now - TRIED_FOR)
    values = {"state": MailState.DROPPED, "next_at": None, "updated_at": now}
    conn.execute(update(table).where(*old, table.c.kind.in_(_WIPED_WHEN_DONE)).values(address=None, body=None))
    return conn.execute(update(table).where(*old).values(values)).rowcount


def wipe(conn: Connection, company_id: UUID | None, now: datetime) -> int:
    """Forgets address and body of some mails older than 7 days; returns of how many."""
    table = _table(company_id)
    old = (_of(company_id), table.c.created_at < now - KEPT_FOR, table.c.address.is_not(None))
    some = select(table.c.mail_id).where(*old).limit(WIPED_AT_ONCE)
    found = list(conn.execute(some).scalars())
    values = {"address": None, "body": None, "updated_at": now}
    conn.execute(update(table).where(_of(company_id), table.c.mail_id.in_(found)).values(values))
    return len(found)


def next_try(conn: Connection, company_id: UUID | None) -> datetime | None:
    """When the next mail is to be tried; None if none waits."""
    table = _table(company_id)
    found: datetime | None = conn.execute(select(func.min(table.c.next_at)).where(_of(company_id))).scalar_one()
    return found


def listed(conn: Connection, keys: Keys, company_id: UUID | None) -> list[Mail]:
    """The newest mails of a company, or those of the platform."""
    table = _table(company_id)
    query = select(table).order_by(table.c.created_at.desc(), table.c.mail_id).limit(LISTED_MAX)
    if company_id is not None:
        query = query.where(table.c.company_id == company_id)
    return [opened(keys, company_id, row) for row in conn.execute(query)]


def masked(address: str | None) -> str | None:
    """An address of which one can tell whose it is only if one knows it: "l…@example.com"."""
    if address is None:
        return None
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}…@{domain}"


def opened(keys: Keys, company_id: UUID | None, row: Row[Any]) -> Mail:
    """A row of the outbox with its address and body in clear."""
    address, body = (_opened(keys, company_id, row, sealed) for sealed in (row.address, row.body))
    return Mail(
        row.mail_id,
        company_id,
        row.kind,
        row.language,
        MailState(row.state),
        address,
        None if body is None else _body.decode(body),
        row.tries,
        row.next_at,
        row.error,
        row.created_at,
        row.updated_at,
    )


def _opened(keys: Keys, company_id: UUID | None, row: Row[Any], sealed: bytes | None) -> str | None:
    if sealed is None:
        return None
    key = keys.platform_data if company_id is None else keys.company(company_id).data_with(row.sealed_key)
    if key is None or key.id != row.sealed_key:
        return None
    try:
        return sealing.decrypt(key, row.mail_id, sealed)
    except sealing.Unopenable:
        return None  # an unreadable mail must not hide the others


def _key(keys: Keys, company_id: UUID | None) -> Key:
    return keys.platform_data if company_id is None else keys.company(company_id).data


def _end(conn: Connection, mail: Mail, now: datetime, **values: object) -> None:
    if mail.kind in _WIPED_WHEN_DONE:
        values |= {"address": None, "body": None}
    _change(conn, mail.company_id, mail.id, now, next_at=None, **values)


def _change(conn: Connection, company_id: UUID | None, mail_id: UUID, now: datetime, **values: object) -> None:
    table = _table(company_id)
    one = update(table).where(_of(company_id), table.c.mail_id == mail_id)
    conn.execute(one.values(updated_at=now, **values))


def _of(company_id: UUID | None) -> ColumnElement[bool]:
    return true() if company_id is None else mails.c.company_id == company_id


def _table(company_id: UUID | None) -> Table:
    return platform_mails if company_id is None else mails


_WIPED_WHEN_DONE = frozenset({LetterKind.ERASED})  # nothing else is kept of whom they are to
_body = msgspec.json.Decoder(Body)
