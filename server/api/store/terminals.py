"""`/api/store/v1/{slug}/terminals` and `pairing-codes`: a company's tills, and the codes that pair new ones."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from server.accounts.rights import Right
from server.cards import pools
from server.db.units import UnitOfWork
from server.edge.asks import Ask
from server.edge.fields import Name, Version
from server.edge.lists import OfStore
from server.edge.routes import Body, Example, Route, Unit
from server.refusals import No, Refused
from server.terminals import contact_log, contacts, pairing, revocation, terminals
from server.terminals.contacts import State
from server.terminals.terminals import Terminal

_PATH = "/api/store/v1/{slug}/terminals"
_CODES = "/api/store/v1/{slug}/pairing-codes"
_ID = "7c0b4f0e-3d52-4a55-9a3c-6f2d1f9f6a10"
_STORE = "0b6f3a52-6f0e-4c55-9d3e-0d8f0d2a7c11"


class Standing(BaseModel):
    """A till as it was last heard of; `waiting` is what it has not handed over at least, null if none is known."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    store_id: UUID
    store: str
    version: int
    state: State
    seen_at: datetime | None
    waiting: int | None
    days_left: int
    program_version: str | None
    is_outdated: bool
    blanks_left: int = 0


class Gap(BaseModel):
    """A time without contact of an hour or more, and how many entries the till had made by its end."""

    model_config = ConfigDict(from_attributes=True)

    since: datetime
    until: datetime
    entries: int


class Renamed(BaseModel):
    """A till under its new name."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    version: int


class Offer(BaseModel):
    """A pairing code. Its text is answered once, when it is made."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    store_id: UUID
    name: str
    expires_at: datetime
    paired_at: datetime | None
    terminal_id: UUID | None
    heard_at: datetime | None
    code: str | None = None


class Rename(Body):
    name: Name
    version: Version


class Revoke(Body):
    """The till's name, typed, as what it holds may be lost."""

    name: Name


class NewOffer(Body):
    store_id: UUID
    name: Name


def listed(ask: Ask) -> list[Standing]:
    assert ask.company is not None, "it is in the path"
    found = contacts.standings(ask.conn, ask.company_id, ask.shown_stores, ask.company.settings, ask.now)
    left = pools.left(ask.conn, ask.company_id)
    return [Standing.model_validate(one).model_copy(update={"blanks_left": left.get(one.id, 0)}) for one in found]


def gaps(ask: Ask) -> list[Gap]:
    till = _own(ask, in_use=False)
    return [Gap.model_validate(one) for one in contact_log.gaps(ask.conn, ask.company_id, till.id)]


def rename(ask: Ask) -> Renamed:
    before = _own(ask)
    name, version = ask.body.name, ask.body.version
    after = terminals.rename(ask.conn, ask.company_id, before.id, name, version=version, now=ask.now)
    ask.log("terminal_renamed", "terminal", after.id, before={"name": before.name}, after={"name": after.name})
    return Renamed.model_validate(after)


def retire(ask: Ask) -> None:
    till = _own(ask)
    terminals.sign_off(ask.conn, ask.company_id, till.id, ask.now)
    ask.log("terminal_retired", "terminal", till.id, before={"name": till.name, "store": till.store})


def revoke(ask: Ask) -> None:
    till = _own(ask, in_use=False)
    if ask.body.name != till.name:
        raise Refused(No.NAME_DIFFERS, till.name)
    revocation.begin(ask.conn, ask.company_id, till.id, ask.now)
    ask.log("terminal_revoked", "terminal", till.id, before={"name": till.name, "store": till.store})


def offer(ask: Ask) -> Offer:
    here, name, store_id = ask.installation, ask.body.name, ask.body.store_id
    ask.who.require_in(store_id)

    def noted(conn: UnitOfWork, offer_id: UUID) -> None:
        inside = ask.within(conn)
        inside.who.require_in(store_id)
        inside.log("pairing_offered", "terminal", offer_id, after={"name": name, "store": store_id})

    made, text = pairing.offer(here.units, here.keys, ask.company_id, store_id, name, now=ask.now, noted=noted)
    return Offer.model_validate(made).model_copy(update={"code": text})


def offered(ask: Ask) -> Offer:
    found = pairing.offered(ask.conn, ask.company_id, ask.id("offer_id"))
    ask.who.require_in(found.store_id)
    return Offer.model_validate(found)


def _own(ask: Ask, *, in_use: bool = True) -> Terminal:
    """The till in the path; one that is signed off can still be revoked."""
    return terminals.of_stores(ask.conn, ask.company_id, ask.id("terminal_id"), ask.who.store_ids, in_use=in_use)


_STANDING = {
    "id": _ID,
    "name": "Till 2",
    "store_id": _STORE,
    "store": "Gare",
    "version": 12,
    "state": "offline",
    "seen_at": "2026-11-30T13:40:00Z",
    "waiting": 3,
    "days_left": 7,
    "program_version": "1.4.0",
    "is_outdated": False,
    "blanks_left": 48,
}
_OFFER = {
    "id": "5b7a3f0c-90a4-4f3e-8a39-3f1c5b8d2e77",
    "store_id": _STORE,
    "name": "Till 3",
    "expires_at": "2026-12-01T14:05:00Z",
    "paired_at": None,
    "terminal_id": None,
    "heard_at": None,
    "code": "K7QM-4T2X-9BWD",
}

ROUTES = (
    Route(
        method="GET",
        path=_PATH,
        right=Right.TERMINALS_READ,
        handler=listed,
        title="Lists the tills in use, the worst first.",
        query=OfStore,
        answer=list[Standing],
        example=Example(answer=[_STANDING]),
    ),
    Route(
        method="GET",
        path=_PATH + "/{terminal_id}/gaps",
        right=Right.TERMINALS_READ,
        handler=gaps,
        title="Lists when a till was out of touch in the last 35 days, the newest first.",
        answer=list[Gap],
        example=Example(
            answer=[{"since": "2026-11-27T18:02:00Z", "until": "2026-11-30T07:10:00Z", "entries": 214}],
        ),
    ),
    Route(
        method="PATCH",
        path=_PATH + "/{terminal_id}",
        right=Right.TERMINALS_CHANGE,
        handler=rename,
        title="Renames a till.",
        body=Rename,
        answer=Renamed,
        example=Example(body={"name": "Till 2", "version": 12}, answer={"id": _ID, "name": "Till 2", "version": 13}),
    ),
    Route(
        method="POST",
        path=_PATH + "/{terminal_id}/retire",
        right=Right.TERMINALS_CHANGE,
        handler=retire,
        title="Signs off a till whose keys are not at risk.",
        status=204,
    ),
    Route(
        method="POST",
        path=_PATH + "/{terminal_id}/revoke",
        right=Right.TERMINALS_CHANGE,
        handler=revoke,
        title="Signs off a till that may be stolen; a job gives the others new keys.",
        body=Revoke,
        status=204,
        confirms=True,
        example=Example(body={"name": "Till 2"}),
    ),
    Route(
        method="POST",
        path=_CODES,
        right=Right.TERMINALS_CHANGE,
        handler=offer,
        title="Makes a code that pairs one till.",
        body=NewOffer,
        answer=Offer,
        status=201,
        unit=Unit.OWN,
        example=Example(body={"store_id": _STORE, "name": "Till 3"}, answer=_OFFER),
    ),
    Route(
        method="GET",
        path=_CODES + "/{offer_id}",
        right=Right.TERMINALS_CHANGE,
        handler=offered,
        title="Tells whether a code has been used.",
        answer=Offer,
        example=Example(answer=_OFFER | {"code": None}),
    ),
)
