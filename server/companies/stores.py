"""A company's stores."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Connection, insert, select

from loyalty.texts import clean
from server.companies.companies import checked_name
from server.db.tables import stores
from server.db.units import next_version
from server.refusals import No, Refused


@dataclass(frozen=True, slots=True)
class Store:
    """A store of the company."""

    id: UUID
    name: str


def create(conn: Connection, company_id: UUID, name: str, now: datetime) -> Store:
    """Creates a store; its name is unique within the company."""
    name = checked_name(name)
    if _find(conn, company_id, name) is not None:
        raise Refused(No.NAME_TAKEN, name)
    store = Store(uuid4(), name)
    values = {"company_id": company_id, "store_id": store.id, "name": name, "version": next_version(conn, company_id)}
    conn.execute(insert(stores).values(values | {"created_at": now, "updated_at": now}))
    return store


def by_name(conn: Connection, company_id: UUID, name: str) -> Store:
    """The id of the store with this name."""
    found = _find(conn, company_id, clean(name))
    if found is None:
        raise Refused(No.STORE_UNKNOWN, name)
    return found


def listed(conn: Connection, company_id: UUID) -> list[Store]:
    """The company's stores, by name."""
    query = select(stores.c.store_id, stores.c.name).where(stores.c.company_id == company_id)
    return [Store(row.store_id, row.name) for row in conn.execute(query.order_by(stores.c.name))]


def _find(conn: Connection, company_id: UUID, name: str) -> Store | None:
    query = select(stores.c.store_id).where(stores.c.company_id == company_id, stores.c.name == name)
    store_id = conn.execute(query).scalar_one_or_none()
    return None if store_id is None else Store(store_id, name)
