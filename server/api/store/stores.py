"""`/api/store/v1/{slug}/stores`: a company's stores."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from server.accounts.rights import Right
from server.companies import stores
from server.edge.asks import Ask
from server.edge.fields import Name, Version
from server.edge.routes import Body, Example, Route

_PATH = "/api/store/v1/{slug}/stores"
_EXAMPLE = {"id": "0b6f3a52-6f0e-4c55-9d3e-0d8f0d2a7c11", "name": "Gare", "version": 12, "closed_at": None}
_CLOSED = _EXAMPLE | {"version": 13, "closed_at": "2026-11-30T12:00:00Z"}


class Store(BaseModel):
    """A store; an edit sends the `version` it saw. In one that is closed nothing is booked."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    version: int
    closed_at: datetime | None


class NewStore(Body):
    name: Name


class StoreEdit(Body):
    name: Name
    version: Version


def listed(ask: Ask) -> list[Store]:
    return [Store.model_validate(one) for one in stores.listed(ask.conn, ask.company_id)]


def create(ask: Ask) -> Store:
    store = stores.create(ask.conn, ask.company_id, ask.body.name, ask.now)
    ask.log("store_created", "store", store.id, after={"name": store.name})
    return Store.model_validate(store)


def edit(ask: Ask) -> Store:
    edited: StoreEdit = ask.body
    store_id, version = ask.id("store_id"), edited.version
    before = stores.by_id(ask.conn, ask.company_id, store_id)
    store = stores.rename(ask.conn, ask.company_id, store_id, edited.name, version=version, now=ask.now)
    ask.log("store_renamed", "store", store_id, before={"name": before.name}, after={"name": store.name})
    return Store.model_validate(store)


def close(ask: Ask) -> Store:
    store = stores.close(ask.conn, ask.company_id, ask.id("store_id"), ask.now)
    ask.log("store_closed", "store", store.id, before={"name": store.name})
    return Store.model_validate(store)


def reopen(ask: Ask) -> Store:
    store = stores.reopen(ask.conn, ask.company_id, ask.id("store_id"), ask.now)
    ask.log("store_reopened", "store", store.id, after={"name": store.name})
    return Store.model_validate(store)


ROUTES = (
    Route(
        method="GET",
        path=_PATH,
        right=Right.SETUP_READ,
        handler=listed,
        title="Lists the stores.",
        answer=list[Store],
        example=Example(answer=[_EXAMPLE]),
    ),
    Route(
        method="POST",
        path=_PATH,
        right=Right.SETUP_CHANGE,
        handler=create,
        title="Creates a store.",
        body=NewStore,
        answer=Store,
        status=201,
        example=Example(body={"name": "Gare"}, answer=_EXAMPLE),
    ),
    Route(
        method="PATCH",
        path=_PATH + "/{store_id}",
        right=Right.SETUP_CHANGE,
        handler=edit,
        title="Renames a store.",
        body=StoreEdit,
        answer=Store,
        example=Example(body={"name": "Gare", "version": 12}, answer=_EXAMPLE),
    ),
    Route(
        method="POST",
        path=_PATH + "/{store_id}/close",
        right=Right.SETUP_CHANGE,
        handler=close,
        title="Closes a store in which no till stands: nothing is booked there any more.",
        answer=Store,
        example=Example(answer=_CLOSED),
    ),
    Route(
        method="POST",
        path=_PATH + "/{store_id}/reopen",
        right=Right.SETUP_CHANGE,
        handler=reopen,
        title="Lets a closed store book again.",
        answer=Store,
        example=Example(answer=_EXAMPLE),
    ),
)
