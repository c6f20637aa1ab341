"""What was sent to a customer, as they read it: the kinds of mails in their words, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, select

from server.db.work_tables import mails
from server.mail.letters import LetterKind, Words
from server.mail.outbox import MailState


def _(message: str) -> str:
    """Marks a word for the catalogues; it is translated when used."""
    return message


_KINDS = {
    LetterKind.EXPIRY_NOTICE: _("Points are about to lapse"),
    LetterKind.RETENTION_NOTICE: _("The card is about to end"),
    LetterKind.ONE_TIME_CODE: _("A code"),
    LetterKind.CONTACT_CHANGED: _("Another contact"),
}
_OTHER = _("A message")


@dataclass(frozen=True, slots=True)
class Message:
    """A mail to a customer."""

    kind: str
    at: datetime
    is_sent: bool


def of_customer(conn: Connection, company_id: UUID, customer_id: UUID, most: int | None = None) -> Sequence[Message]:
    """The latest mails to a customer, or all of them; those that were never to be sent are left out."""
    theirs = (mails.c.company_id == company_id, mails.c.customer_id == customer_id)
    query = select(mails.c.kind, mails.c.created_at, mails.c.state).where(*theirs, mails.c.state != MailState.DROPPED)
    rows = conn.execute(query.order_by(mails.c.created_at.desc(), mails.c.mail_id).limit(most))
    return [Message(row.kind, row.created_at, row.state == MailState.SENT) for row in rows]


def said(kind: str, words: Words) -> str:
    """What a mail was about."""
    return words.gettext(_KINDS[LetterKind(kind)] if kind in set(_KINDS) else _OTHER)
