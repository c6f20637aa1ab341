"""The outbox: mails wait here, encrypted, from the unit of work that causes them until they are sent.

A company's mails lie in `mails` under its data key, those to accounts about no company in `platform_mails`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Row, Table, insert, select

from server.db.work_tables import mails, platform_mails
from server.keys import Keys
from server.mail.letters import Letter
from sync.protocol import sealing
from sync.protocol.sealing import Key

LISTED_MAX = 200


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


def queue(conn: Connection, keys: Keys, letter: Letter, to: str, *, company_id: UUID | None, now: datetime) -> UUID:
    """Puts a letter into the outbox within the caller's unit of work; returns the mail's id."""
    mail_id, key = uuid4(), _key(keys, company_id)
    body = msgspec.json.encode(Body(letter.subject, letter.text, letter.html)).decode()
    row = {
        "mail_id": mail_id,
        "kind": letter.kind,
        "language": letter.language,
        "address": sealing.encrypt(key, mail_id, to),
        "body": sealing.encrypt(key, mail_id, body),
        "sealed_key": key.id,
        "state": MailState.QUEUED,
        "priority": letter.priority,
        "tries": 0,
        "next_at": now,
        "created_at": now,
        "updated_at": now,
    }
    conn.execute(insert(_table(company_id)).values(row if company_id is None else {"company_id": company_id, **row}))
    return mail_id


def listed(conn: Connection, keys: Keys, company_id: UUID | None) -> list[Mail]:
    """The newest mails of a company, or those of the platform."""
    table = _table(company_id)
    query = select(table).order_by(table.c.created_at.desc(), table.c.mail_id).limit(LISTED_MAX)
    if company_id is not None:
        query = query.where(table.c.company_id == company_id)
    return [opened(keys, company_id, row) for row in conn.execute(query)]


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


def _table(company_id: UUID | None) -> Table:
    return platform_mails if company_id is None else mails


_body = msgspec.json.Decoder(Body)
