"""A company's terminals: look-up by token, revocation and the list. Pairing is in `pairing`, exchanges in
`exchange`."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, select, update

from loyalty.texts import clean
from server.companies.companies import checked_name
from server.db.tables import pairing_codes, stores, terminals
from server.db.units import next_version
from server.refusals import ChangedMeanwhile, No, Refused
from sync.protocol.sealing import token_hash


@dataclass(frozen=True, slots=True)
class Terminal:
    """A paired till."""

    company_id: UUID
    id: UUID
    name: str
    store: str
    store_id: UUID
    version: int
    acked_seq: int
    paired_at: datetime
    last_seen_at: datetime | None
    forked: bool
    revoked: bool
    differences: int  # how often its replica was found wrong and repaired
    differed_at: datetime | None


@dataclass(frozen=True, slots=True)
class TokenOwner:
    """The terminal that a token belongs to."""

    company_id: UUID
    terminal_id: UUID
    revoked: bool
    sealing_public: bytes


def by_token(conn: Connection, token: str) -> TokenOwner | None:
    """The owner of a token; None if the token is unknown.

    Works without a company, which the token determines. It compares hashes, so timing reveals nothing.
    """
    if not token.isascii():
        return None
    columns = (terminals.c.company_id, terminals.c.terminal_id, terminals.c.revoked_at, terminals.c.sealing_public)
    row = conn.execute(select(*columns).where(terminals.c.token_hash == token_hash(token))).one_or_none()
    if row is None:
        return None
    return TokenOwner(row.company_id, row.terminal_id, row.revoked_at is not None, row.sealing_public)


def revoke(conn: Connection, company_id: UUID, name: str, now: datetime) -> UUID:
    """Revokes the terminal called *name* from the commit on; repeats for the latest revoked one of that name if none is
    active."""
    called = (terminals.c.company_id == company_id, terminals.c.name == clean(name))
    query = select(terminals.c.terminal_id, terminals.c.revoked_at).where(*called)
    rows = conn.execute(query).all()
    if not rows:
        raise Refused(No.TERMINAL_UNKNOWN, name)
    active = [row for row in rows if row.revoked_at is None]
    if not active:
        latest: UUID = max(rows, key=lambda row: row.revoked_at).terminal_id
        return latest
    (found,) = active
    sign_off(conn, company_id, found.terminal_id, now)
    terminal_id: UUID = found.terminal_id
    return terminal_id


def sign_off(conn: Connection, company_id: UUID, terminal_id: UUID, now: datetime) -> None:
    """Ends a terminal's work from the commit on; its name becomes free."""
    values = {"revoked_at": now, "version": next_version(conn, company_id), "updated_at": now}
    mine = (terminals.c.company_id == company_id, terminals.c.terminal_id == terminal_id)
    if conn.execute(update(terminals).where(*mine, terminals.c.revoked_at.is_(None)).values(values)).rowcount == 0:
        raise Refused(No.TERMINAL_UNKNOWN, str(terminal_id))


def rename(
    conn: Connection, company_id: UUID, terminal_id: UUID, name: str, *, version: int, now: datetime
) -> Terminal:
    """Gives the terminal another name; refuses an edit of an older *version*."""
    present = of_stores(conn, company_id, terminal_id, None)
    if present.version != version:
        raise ChangedMeanwhile({"id": str(present.id), "name": present.name, "version": present.version})
    name = checked_name(name)
    namesake = (terminals.c.company_id == company_id, terminals.c.name == name, terminals.c.revoked_at.is_(None))
    if conn.execute(select(terminals.c.terminal_id).where(*namesake, terminals.c.terminal_id != terminal_id)).first():
        raise Refused(No.NAME_TAKEN, name)
    awaited = (pairing_codes.c.company_id == company_id, pairing_codes.c.terminal_name == name)
    is_open = (pairing_codes.c.used_at.is_(None), pairing_codes.c.expires_at > now)
    if conn.execute(select(pairing_codes.c.code_hash).where(*awaited, *is_open)).first() is not None:
        raise Refused(No.NAME_TAKEN, name)
    mine = update(terminals).where(terminals.c.company_id == company_id, terminals.c.terminal_id == terminal_id)
    conn.execute(mine.values(name=name, version=next_version(conn, company_id), updated_at=now))
    return by_id(conn, company_id, terminal_id)


def of_stores(
    conn: Connection, company_id: UUID, terminal_id: UUID, store_ids: Collection[UUID] | None, *, in_use: bool = True
) -> Terminal:
    """The terminal of this id for who may act on those of these stores, or of all.

    With *in_use* one that is signed off is refused, as its name may be another's by now.
    """
    found = by_id(conn, company_id, terminal_id)
    if in_use and found.revoked:
        raise Refused(No.TERMINAL_UNKNOWN, str(terminal_id))
    if store_ids is not None and found.store_id not in store_ids:
        raise Refused(No.NOT_ALLOWED)
    return found


def by_id(conn: Connection, company_id: UUID, terminal_id: UUID) -> Terminal:
    """The terminal with this id, which may be signed off."""
    found = _found(conn, company_id, terminals.c.terminal_id == terminal_id)
    if not found:
        raise Refused(No.TERMINAL_UNKNOWN, str(terminal_id))
    return found[0]


def listed(conn: Connection, company_id: UUID) -> Sequence[Terminal]:
    """All terminals the company has had, by name."""
    return _found(conn, company_id)


def _found(conn: Connection, company_id: UUID, *where: ColumnElement[bool]) -> list[Terminal]:
    same_store = (terminals.c.company_id == stores.c.company_id) & (terminals.c.store_id == stores.c.store_id)
    query = select(terminals, stores.c.name.label("store")).join(stores, same_store)
    rows = conn.execute(query.where(terminals.c.company_id == company_id, *where).order_by(terminals.c.name)).all()
    return [
        Terminal(
            company_id,
            row.terminal_id,
            row.name,
            row.store,
            row.store_id,
            row.version,
            row.acked_seq,
            row.created_at,
            row.last_seen_at,
            row.forked_at is not None,
            row.revoked_at is not None,
            row.differences,
            row.differed_at,
        )
        for row in rows
    ]
