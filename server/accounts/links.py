"""Links in mails: random tokens, stored as hashes, each used once before it expires or is replaced.

Opening a link only reads it, as mail scanners open every one; the form behind it uses it.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, insert, or_, select, update

from server.accounts.accounts import folded_email, typed_email
from server.db.account_tables import links
from server.keys import token_hash
from server.refusals import No, Refused

TOKEN_BYTES = 32
_KEPT_FOR = timedelta(days=7)  # after it has expired or was used


class LinkKind(StrEnum):
    """What a link is for."""

    RESET = "reset"
    INVITATION = "invitation"


LASTS = {LinkKind.RESET: timedelta(hours=1), LinkKind.INVITATION: timedelta(days=7)}
ADMIN = "admin"  # the role of an invitation to no company


@dataclass(frozen=True, slots=True)
class Link:
    """What a link opens. An invitation has a role, and a company unless it is an admin's."""

    kind: LinkKind
    email: str
    expires_at: datetime
    id: str = ""
    account_id: UUID | None = None
    company_id: UUID | None = None
    staff_id: UUID | None = None  # who is invited, if they work there already
    name: str | None = None
    role: str | None = None
    store_ids: tuple[UUID, ...] | None = None  # None: all
    invited_by: UUID | None = None  # None: the command line


def address(url: str, token: str) -> str:
    """The address of the form that a link opens."""
    return f"{url}/account/links/{token}"


def reset(email: str, account_id: UUID | None, now: datetime) -> Link:
    """A link that sets a new password; without an account, one that nobody gets."""
    return Link(LinkKind.RESET, typed_email(email), now + LASTS[LinkKind.RESET], account_id=account_id)


def make(conn: Connection, link: Link, now: datetime) -> str:
    """Stores a link in place of an earlier one for the same; returns its token, which is not stored."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    folded = folded_email(link.email)
    same = (links.c.email_folded == folded, links.c.kind == link.kind.value)
    conn.execute(delete(links).where(*same, links.c.company_id.is_not_distinct_from(link.company_id)))
    values = {
        "link_hash": token_hash(token),
        "kind": link.kind.value,
        "email": link.email,
        "email_folded": folded,
        "account_id": link.account_id,
        "company_id": link.company_id,
        "staff_id": link.staff_id,
        "name": link.name,
        "role": link.role,
        "stores": None if link.store_ids is None else [str(one) for one in link.store_ids],
        "invited_by": link.invited_by,
        "expires_at": link.expires_at,
        "created_at": now,
        "updated_at": now,
    }
    conn.execute(insert(links).values(values))
    return token


def read(conn: Connection, token: str, now: datetime) -> Link:
    """The link of a token, unchanged; refuses one that is unknown, used, replaced or too old."""
    row = conn.execute(select(links).where(links.c.link_hash == token_hash(token))).first()
    if row is None or row.used_at is not None or now >= row.expires_at:
        raise Refused(No.LINK_INVALID)
    return _read(row)


def use(conn: Connection, token: str, now: datetime) -> Link:
    """The same, once: the link is used up with the caller's unit of work."""
    open_one = (links.c.link_hash == token_hash(token), links.c.used_at.is_(None), links.c.expires_at > now)
    if conn.execute(update(links).where(*open_one).values(used_at=now, updated_at=now)).rowcount == 0:
        raise Refused(No.LINK_INVALID)
    return _read(conn.execute(select(links).where(links.c.link_hash == token_hash(token))).one())


def invitations(conn: Connection, company_id: UUID | None, now: datetime) -> list[Link]:
    """The invitations into a company that can still be accepted, or those of admins; by address."""
    query = select(links).where(
        links.c.kind == LinkKind.INVITATION.value,
        links.c.company_id.is_not_distinct_from(company_id),
        links.c.used_at.is_(None),
        links.c.expires_at > now,
    )
    return [_read(row) for row in conn.execute(query.order_by(links.c.email_folded))]


def withdraw(conn: Connection, company_id: UUID | None, link_id: str) -> Link | None:
    """Deletes an invitation into a company, or an admin's; returns it if it was there."""
    for link in _of_kind(conn, LinkKind.INVITATION, company_id):
        if link.id == link_id:
            conn.execute(delete(links).where(links.c.link_hash == bytes.fromhex(link.id)))
            return link
    return None


def forget_expired(conn: Connection, now: datetime) -> int:
    """Deletes links that were used or have expired a week ago; returns their number."""
    old = now - _KEPT_FOR
    return conn.execute(delete(links).where(or_(links.c.expires_at <= old, links.c.used_at <= old))).rowcount


def _of_kind(conn: Connection, kind: LinkKind, company_id: UUID | None) -> list[Link]:
    query = select(links).where(links.c.kind == kind.value, links.c.company_id.is_not_distinct_from(company_id))
    return [_read(row) for row in conn.execute(query)]


def _read(row: Any) -> Link:
    return Link(
        kind=LinkKind(row.kind),
        email=row.email,
        expires_at=row.expires_at,
        id=row.link_hash.hex(),
        account_id=row.account_id,
        company_id=row.company_id,
        staff_id=row.staff_id,
        name=row.name,
        role=row.role,
        store_ids=None if row.stores is None else tuple(map(UUID, row.stores)),
        invited_by=row.invited_by,
    )
