"""`/api/store/v1/{slug}/staff`, `pin-changes` and `invitations`: who works in a company."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from loyalty.staff import Role
from server.accounts import colleagues, invitations, links
from server.accounts.colleagues import Person
from server.accounts.members import Member
from server.accounts.rights import Right
from server.companies import staff
from server.edge.asks import Ask
from server.edge.fields import Email, Name, Version
from server.edge.lists import OfStore
from server.edge.routes import Body, Example, Route, Unit
from server.refusals import No, Refused
from server.terminals import terminals

_ROOT = "/api/store/v1/{slug}"
_PATH = _ROOT + "/staff"
_ID = "9a4d6c3e-7a52-4f0e-9f21-1d2f5b8c7a33"
_STORE = "0b6f3a52-6f0e-4c55-9d3e-0d8f0d2a7c11"
Pin = Annotated[str, Field(min_length=1, max_length=20, repr=False)]


class Colleague(BaseModel):
    """A present or former member of staff; `store_ids` is null for all stores."""

    id: UUID
    name: str
    role: Role
    store_ids: list[UUID] | None
    active: bool
    has_pin: bool
    email: str | None
    version: int


class NewColleague(Body):
    """Somebody new; without a PIN a manager lets them choose one at a till."""

    name: Name
    role: Role
    store_ids: Annotated[list[UUID], Field(min_length=1)] | None
    pin: Annotated[str | None, Field(min_length=1, max_length=20, repr=False)] = None


class Edit(Body):
    name: Name
    role: Role
    store_ids: Annotated[list[UUID], Field(min_length=1)] | None
    version: Version


class NewPin(Body):
    pin: Pin


class Challenge(Body):
    """The eight digits that a till shows to somebody who is locked out."""

    terminal_id: UUID
    challenge: Annotated[str, Field(min_length=1, max_length=20)]


class Answer(BaseModel):
    """What to read to them; it is good once."""

    answer: str


class PinChange(BaseModel):
    """A PIN that a till has set, or was not let set."""

    model_config = ConfigDict(from_attributes=True)

    at: datetime
    name: str
    answering: str | None
    terminal: str
    store: str
    word: str
    reason: str | None


class NewInvitation(Body):
    """Of somebody who works there already (`staff_id`), or of somebody new."""

    email: Email
    staff_id: UUID | None = None
    name: Name | None = None
    role: Role | None = None
    store_ids: Annotated[list[UUID], Field(min_length=1)] | None = None


class Invited(BaseModel):
    """The link is answered only where the server sends no mail."""

    email: str
    link: str | None


class Invitation(BaseModel):
    id: str
    email: str
    name: str | None
    role: str | None
    store_ids: list[UUID] | None
    expires_at: datetime


def listed(ask: Ask) -> list[Colleague]:
    return [_colleague(one) for one in colleagues.listed(ask.conn, _member(ask), ask.shown_stores)]


def hire(ask: Ask) -> Colleague:
    here, new = ask.installation, ask.body
    assert ask.company is not None, "it is in the path"
    pepper = here.keys.company(ask.company_id).pepper
    newcomer = (
        staff.without_pin(new.name, new.role, pepper)
        if new.pin is None
        else staff.newcomer(new.name, new.role, new.pin, ask.company.settings, pepper)
    )
    with here.units.write(ask.company_id) as conn:
        by, store_ids = _member(ask.within(conn)), None if new.store_ids is None else frozenset(new.store_ids)
        colleagues.hire(conn, by, ask.actor, newcomer=newcomer, store_ids=store_ids, now=ask.now)
        return _colleague(colleagues.found(conn, by, None, newcomer.id))


def change(ask: Ask) -> Colleague:
    edit: Edit = ask.body
    colleagues.change(
        ask.conn,
        _member(ask),
        ask.actor,
        staff_id=ask.id("staff_id"),
        version=edit.version,
        name=edit.name,
        role=edit.role,
        store_ids=None if edit.store_ids is None else frozenset(edit.store_ids),
        now=ask.now,
    )
    return _colleague(colleagues.found(ask.conn, _member(ask), None, ask.id("staff_id")))


def set_pin(ask: Ask) -> None:
    """Hashes the PIN before the company's lock is taken."""
    here, staff_id = ask.installation, ask.id("staff_id")
    assert ask.company is not None, "it is in the path"
    pepper = here.keys.company(ask.company_id).pepper
    verifier = staff.pin_verifier(staff_id, ask.body.pin, ask.company.settings, pepper)
    with here.units.write(ask.company_id) as conn:
        colleagues.set_pin(
            conn, _member(ask.within(conn)), ask.actor, staff_id=staff_id, verifier=verifier, now=ask.now
        )


def dismiss(ask: Ask) -> None:
    colleagues.dismiss(ask.conn, _member(ask), ask.actor, staff_id=ask.id("staff_id"), now=ask.now)


def unlock(ask: Ask) -> Answer:
    till = terminals.of_stores(ask.conn, ask.company_id, ask.body.terminal_id, ask.who.store_ids)
    digits = colleagues.unlock(
        ask.conn,
        ask.installation.keys,
        _member(ask),
        ask.actor,
        staff_id=ask.id("staff_id"),
        till=till.name,
        challenge=ask.body.challenge,
        now=ask.now,
    )
    return Answer(answer=digits)


def pin_changes(ask: Ask) -> list[PinChange]:
    return [PinChange.model_validate(one) for one in staff.pins(ask.conn, ask.company_id, ask.who.store_ids)]


def invite(ask: Ask) -> Invited:
    new: NewInvitation = ask.body
    by = _member(ask)
    if new.staff_id is not None:
        made = invitations.invite_colleague(
            ask.conn, by, ask.actor, staff_id=new.staff_id, email=new.email, now=ask.now
        )
    else:
        if new.name is None or new.role is None:
            raise Refused(No.NAME_INVALID)
        made = invitations.invite(
            ask.conn,
            by,
            ask.actor,
            email=new.email,
            name=new.name,
            role=new.role,
            store_ids=new.store_ids,
            now=ask.now,
        )
    return Invited(email=made.email, link=ask.deliver(made, ask.company, by=by.name))


def invited(ask: Ask) -> list[Invitation]:
    return [
        Invitation(
            id=one.id,
            email=one.email,
            name=one.name,
            role=one.role,
            store_ids=None if one.store_ids is None else list(one.store_ids),
            expires_at=one.expires_at,
        )
        for one in links.invitations(ask.conn, ask.company_id, ask.now)
        if invitations.may_make(_member(ask), one)
    ]


def withdraw(ask: Ask) -> None:
    invitations.withdraw_own(ask.conn, _member(ask), ask.actor, ask.path["link_id"], ask.now)


def _member(ask: Ask) -> Member:
    assert ask.who.member is not None, "the path names a company"
    return ask.who.member


def _colleague(person: Person) -> Colleague:
    one = person.colleague
    store_ids = None if one.store_ids is None else sorted(one.store_ids)
    return Colleague(
        id=one.id,
        name=one.name,
        role=one.role,
        store_ids=store_ids,
        active=one.active,
        has_pin=one.has_pin,
        email=person.email,
        version=one.version,
    )


_EXAMPLE = {
    "id": _ID,
    "name": "Ana",
    "role": "cashier",
    "store_ids": [_STORE],
    "active": True,
    "has_pin": True,
    "email": None,
    "version": 12,
}
_INVITATION = {
    "id": "5f" * 32,
    "email": "ana@example.com",
    "name": "Ana",
    "role": "cashier",
    "store_ids": [_STORE],
    "expires_at": "2026-12-07T14:05:00Z",
}
_PIN_CHANGE = {
    "at": "2026-11-30T14:05:00Z",
    "name": "Ana",
    "answering": "Sofie",
    "terminal": "Till 1",
    "store": "Gare",
    "word": "accepted",
    "reason": None,
}

ROUTES = (
    Route(
        method="GET",
        path=_PATH,
        right=Right.STAFF_READ,
        handler=listed,
        title="Lists present and former staff.",
        query=OfStore,
        answer=list[Colleague],
        example=Example(answer=[_EXAMPLE]),
    ),
    Route(
        method="POST",
        path=_PATH,
        right=Right.STAFF_CHANGE,
        handler=hire,
        title="Adds somebody to the staff.",
        body=NewColleague,
        answer=Colleague,
        status=201,
        unit=Unit.OWN,
        confirms=True,
        example=Example(body={"name": "Ana", "role": "cashier", "store_ids": [_STORE], "pin": "4711"}, answer=_EXAMPLE),
    ),
    Route(
        method="PATCH",
        path=_PATH + "/{staff_id}",
        right=Right.STAFF_CHANGE,
        handler=change,
        title="Changes somebody's name, role and stores.",
        body=Edit,
        answer=Colleague,
        confirms=True,
        example=Example(body={"name": "Ana", "role": "cashier", "store_ids": [_STORE], "version": 12}, answer=_EXAMPLE),
    ),
    Route(
        method="POST",
        path=_PATH + "/{staff_id}/pin",
        right=Right.STAFF_CHANGE,
        handler=set_pin,
        title="Sets somebody's PIN.",
        body=NewPin,
        unit=Unit.OWN,
        status=204,
        example=Example(body={"pin": "4711"}),
    ),
    Route(
        method="POST",
        path=_PATH + "/{staff_id}/dismiss",
        right=Right.STAFF_CHANGE,
        handler=dismiss,
        title="Ends somebody's work.",
        status=204,
    ),
    Route(
        method="POST",
        path=_PATH + "/{staff_id}/unlock",
        right=Right.STAFF_CHANGE,
        handler=unlock,
        title="Answers the digits of a till at which somebody is locked out.",
        body=Challenge,
        answer=Answer,
        example=Example(
            body={"terminal_id": "7c0b4f0e-3d52-4a55-9a3c-6f2d1f9f6a10", "challenge": "4821 0937"},
            answer={"answer": "55160482"},
        ),
    ),
    Route(
        method="GET",
        path=_ROOT + "/pin-changes",
        right=Right.STAFF_READ,
        handler=pin_changes,
        title="Lists the PINs that tills have set.",
        answer=list[PinChange],
        example=Example(answer=[_PIN_CHANGE]),
    ),
    Route(
        method="GET",
        path=_ROOT + "/invitations",
        right=Right.STAFF_CHANGE,
        handler=invited,
        title="Lists invitations that are not accepted yet.",
        answer=list[Invitation],
        example=Example(answer=[_INVITATION]),
    ),
    Route(
        method="POST",
        path=_ROOT + "/invitations",
        right=Right.STAFF_CHANGE,
        handler=invite,
        title="Invites somebody to the office.",
        body=NewInvitation,
        answer=Invited,
        status=201,
        confirms=True,
        example=Example(
            body={"email": "ana@example.com", "name": "Ana", "role": "cashier", "store_ids": [_STORE]},
            answer={"email": "ana@example.com", "link": None},
        ),
    ),
    Route(
        method="DELETE",
        path=_ROOT + "/invitations/{link_id}",
        right=Right.STAFF_CHANGE,
        handler=withdraw,
        title="Takes an invitation back.",
        status=204,
    ),
)
