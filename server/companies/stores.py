"""A company's stores."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, delete, func, insert, select, update

from loyalty.texts import clean
from server.companies.companies import checked_name
from server.db.tables import pairing_codes, stores, terminals
from server.db.units import next_version
from server.refusals import ChangedMeanwhile, No, Refused

_STORES = select(stores.c.store_id, stores.c.name, stores.c.version, stores.c.closed_at)


@dataclass(frozen=True, slots=True)
class Store:
    """A store of the company."""

    id: UUID
    name: str
    version: int
    closed_at: datetime | None = None  # since when nothing is booked there

    @property
    def is_closed(self) -> bool:
        return self.closed_at is not None


def create(conn: Connection, company_id: UUID, name: str, now: datetime) -> Store:
    """Creates a store; its name is unique within the company."""
    name = checked_name(name)
    if _find(conn, company_id, name) is not None:
        raise Refused(No.NAME_TAKEN, name)
    store = Store(uuid4(), name, next_version(conn, company_id))
    values = {"company_id": company_id, "store_id": store.id, "name": name, "version": store.version}
    conn.execute(insert(stores).values(values | {"created_at": now, "updated_at": now}))
    return store


def rename(conn: Connection, company_id: UUID, store_id: UUID, name: str, *, version: int, now: datetime) -> Store:
    """Gives the store another name; refuses an edit of an older *version*."""
    present = by_id(conn, company_id, store_id)
    if present.version != version:
        shown = {"id": str(present.id), "name": present.name, "version": present.version}
        raise ChangedMeanwhile(shown | {"closed_at": present.closed_at})
    name = checked_name(name)
    other = _find(conn, company_id, name)
    if other is not None and other.id != store_id:
        raise Refused(No.NAME_TAKEN, name)
    return _changed(conn, company_id, store_id, now, name=name)


def close(conn: Connection, company_id: UUID, store_id: UUID, now: datetime) -> Store:
    """Ends the booking in a store; refuses while tills stand there. Codes that would pair one are withdrawn.

    The caller holds the company's lock.
    """
    open_one(conn, company_id, store_id)
    left = tills(conn, company_id, store_id)
    if left:
        raise Refused(No.STORE_HAS_TILLS, ", ".join(left))
    offered = (pairing_codes.c.company_id == company_id, pairing_codes.c.store_id == store_id)
    conn.execute(delete(pairing_codes).where(*offered, pairing_codes.c.used_at.is_(None)))
    return _changed(conn, company_id, store_id, now, closed_at=now)


def reopen(conn: Connection, company_id: UUID, store_id: UUID, now: datetime) -> Store:
    """Lets a closed store book again; nothing if it is open."""
    present = by_id(conn, company_id, store_id)
    return _changed(conn, company_id, store_id, now, closed_at=None) if present.is_closed else present


def tills(conn: Connection, company_id: UUID, store_id: UUID) -> list[str]:
    """The names of the terminals in use in a store."""
    here = (terminals.c.company_id == company_id, terminals.c.store_id == store_id, terminals.c.revoked_at.is_(None))
    return list(conn.execute(select(terminals.c.name).where(*here).order_by(terminals.c.name)).scalars())


def open_one(conn: Connection, company_id: UUID, store_id: UUID) -> Store:
    """The store with this id, for what is booked or put there; refuses a closed one."""
    store = by_id(conn, company_id, store_id)
    if store.is_closed:
        raise Refused(No.STORE_CLOSED, store.name)
    return store


def by_id(conn: Connection, company_id: UUID, store_id: UUID) -> Store:
    """The store with this id."""
    query = _STORES.where(stores.c.company_id == company_id, stores.c.store_id == store_id)
    row = conn.execute(query).one_or_none()
    if row is None:
        raise Refused(No.STORE_UNKNOWN, str(store_id))
    return _read(row)


def by_name(conn: Connection, company_id: UUID, name: str) -> Store:
    """The store with this name."""
    found = _find(conn, company_id, clean(name))
    if found is None:
        raise Refused(No.STORE_UNKNOWN, name)
    return found


def listed(conn: Connection, company_id: UUID) -> list[Store]:
    """The company's stores, by name, the closed ones last."""
    mine = _STORES.where(stores.c.company_id == company_id)
    rows = conn.execute(mine.order_by(stores.c.closed_at.is_not(None), stores.c.name))
    return [_read(row) for row in rows]


def counts(conn: Connection, company_ids: Collection[UUID]) -> Counter[UUID]:
    """How many open stores each of these companies has."""
    theirs = (stores.c.company_id.in_(company_ids), stores.c.closed_at.is_(None))
    query = select(stores.c.company_id, func.count().label("stores")).where(*theirs)
    return Counter({row.company_id: row.stores for row in conn.execute(query.group_by(stores.c.company_id))})


def _changed(conn: Connection, company_id: UUID, store_id: UUID, now: datetime, **values: Any) -> Store:
    values |= {"version": next_version(conn, company_id), "updated_at": now}
    mine = update(stores).where(stores.c.company_id == company_id, stores.c.store_id == store_id)
    conn.execute(mine.values(values))
    return by_id(conn, company_id, store_id)


def _find(conn: Connection, company_id: UUID, name: str) -> Store | None:
    row = conn.execute(_STORES.where(stores.c.company_id == company_id, stores.c.name == name)).one_or_none()
    return None if row is None else _read(row)


def _read(row: Any) -> Store:
    return Store(row.store_id, row.name, row.version, row.closed_at)
