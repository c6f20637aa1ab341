"""A company's stores."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Connection, func, insert, select, update

from loyalty.texts import clean
from server.companies.companies import checked_name
from server.db.tables import stores
from server.db.units import next_version
from server.refusals import ChangedMeanwhile, No, Refused

_STORES = select(stores.c.store_id, stores.c.name, stores.c.version)


@dataclass(frozen=True, slots=True)
class Store:
    """A store of the company."""

    id: UUID
    name: str
    version: int


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
        raise ChangedMeanwhile({"id": str(present.id), "name": present.name, "version": present.version})
    name = checked_name(name)
    other = _find(conn, company_id, name)
    if other is not None and other.id != store_id:
        raise Refused(No.NAME_TAKEN, name)
    changed = Store(store_id, name, next_version(conn, company_id))
    mine = update(stores).where(stores.c.company_id == company_id, stores.c.store_id == store_id)
    conn.execute(mine.values(name=name, version=changed.version, updated_at=now))
    return changed


def by_id(conn: Connection, company_id: UUID, store_id: UUID) -> Store:
    """The store with this id."""
    query = _STORES.where(stores.c.company_id == company_id, stores.c.store_id == store_id)
    row = conn.execute(query).one_or_none()
    if row is None:
        raise Refused(No.STORE_UNKNOWN, str(store_id))
    return Store(row.store_id, row.name, row.version)


def by_name(conn: Connection, company_id: UUID, name: str) -> Store:
    """The store with this name."""
    found = _find(conn, company_id, clean(name))
    if found is None:
        raise Refused(No.STORE_UNKNOWN, name)
    return found


def listed(conn: Connection, company_id: UUID) -> list[Store]:
    """The company's stores, by name."""
    rows = conn.execute(_STORES.where(stores.c.company_id == company_id).order_by(stores.c.name))
    return [Store(row.store_id, row.name, row.version) for row in rows]


def counts(conn: Connection, company_ids: Collection[UUID]) -> Counter[UUID]:
    """How many stores each of these companies has."""
    query = select(stores.c.company_id, func.count().label("stores")).where(stores.c.company_id.in_(company_ids))
    return Counter({row.company_id: row.stores for row in conn.execute(query.group_by(stores.c.company_id))})


def _find(conn: Connection, company_id: UUID, name: str) -> Store | None:
    row = conn.execute(_STORES.where(stores.c.company_id == company_id, stores.c.name == name)).one_or_none()
    return None if row is None else Store(row.store_id, row.name, row.version)
