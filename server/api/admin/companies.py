"""`/api/admin/v1/companies`: the platform's companies, what is known of each, and what admins do about them."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from server.accounts import invitations, ownership
from server.accounts.ownership import Former
from server.accounts.rights import Right
from server.api.admin import terminals
from server.api.admin.terminals import Terminal
from server.companies import companies
from server.edge.asks import Ask
from server.edge.fields import Email, Name, Reason, Slug
from server.edge.routes import Body, Example, Route, Unit
from server.figures import overview
from server.figures.overview import Concern
from server.terminals import contacts

_PATH = "/api/admin/v1/companies"
_ONE = _PATH + "/{company_id}"
_ID = "4f0a2c1e-0c39-4d2b-8f57-2f9d2b1c6a10"
_AT = "2026-11-30T12:00:00Z"
Choice = Annotated[str, Field(min_length=1, max_length=60)]


class Company(BaseModel):
    """A company of the platform."""

    id: UUID
    slug: str
    name: str
    currency: str
    time_zone: str
    created_at: datetime
    is_suspended: bool


class Detail(Company):
    """A company with figures of the last 30 days; `counted_until` is null while they are not counted."""

    owners: list[str]
    stores: int
    program_version: int | None
    cards: int
    active_cards: int
    transactions: int
    rewards_given: int
    counted_until: datetime | None
    cases: int
    concern: Concern
    terminals: list[Terminal]


class NewCompany(Body):
    """A company and who owns it."""

    name: Name
    slug: Slug | None = None
    currency: Choice = "EUR"
    country: Choice = "LU"
    time_zone: Choice = "Europe/Luxembourg"
    owner: Name
    email: Email


class Created(Company):
    """A company that was just made. Without a mail server `link` opens its owner's invitation, and is shown once."""

    link: str | None


class Invite(Body):
    owner: Name
    email: Email


class HandOver(Body):
    owner: Name
    email: Email
    former: Former


class Invited(BaseModel):
    """An invitation that was just made. Without a mail server `link` opens it, and is shown this once."""

    link: str | None


class Support(Body):
    reason: Reason


class Viewing(BaseModel):
    """The session's new token, which sees the company and changes nothing."""

    token: str
    slug: str


def listed(ask: Ask) -> list[Company]:
    return [Company(**_fields(one)) for one in companies.listed(ask.conn)]


def shown(ask: Ask) -> Detail:
    conn, company = ask.conn, companies.by_id(ask.conn, ask.company_id)
    tills = contacts.standings(conn, company.id, None, company.settings, ask.now)
    seen = overview.of_company(conn, company, [one.state for one in tills], ask.now)
    return Detail(
        **_fields(company),
        owners=[one.email or one.name for one in ownership.owners(conn, company.id)],
        stores=seen.stores,
        program_version=None if seen.program is None else seen.program.version,
        cards=seen.cards.cards,
        active_cards=seen.cards.active,
        transactions=seen.last.transactions,
        rewards_given=seen.last.rewards_given,
        counted_until=seen.counted_until,
        cases=seen.cases,
        concern=seen.concern,
        terminals=[Terminal.model_validate(one) for one in tills],
    )


def create(ask: Ask) -> Created:
    sent: NewCompany = ask.body
    choices = {"currency": sent.currency, "country": sent.country, "time_zone": sent.time_zone}
    company = ownership.create(
        ask.conn, ask.installation.keys, ask.actor, name=sent.name, slug=sent.slug, choices=choices, now=ask.now
    )
    invitation = invitations.invite_owner(
        ask.conn, company.id, ask.actor, email=sent.email, name=sent.owner, now=ask.now
    )
    return Created(**_fields(company), link=ask.deliver(invitation, company))


def suspend(ask: Ask) -> None:
    ownership.set_suspended(ask.conn, ask.company_id, ask.actor, is_suspended=True, now=ask.now)


def resume(ask: Ask) -> None:
    ownership.set_suspended(ask.conn, ask.company_id, ask.actor, is_suspended=False, now=ask.now)


def hand_over(ask: Ask) -> Invited:
    sent: HandOver = ask.body
    invitation = ownership.hand_over(
        ask.conn, ask.company_id, ask.actor, email=sent.email, name=sent.owner, former=sent.former, now=ask.now
    )
    company = companies.by_id(ask.conn, ask.company_id)
    return Invited(link=None if invitation is None else ask.deliver(invitation, company))


def invite(ask: Ask) -> Invited:
    company = companies.by_id(ask.conn, ask.company_id)
    invitation = invitations.invite_owner(
        ask.conn, company.id, ask.actor, email=ask.body.email, name=ask.body.owner, now=ask.now
    )
    return Invited(link=ask.deliver(invitation, company))


def begin_support(ask: Ask) -> Viewing:
    company = companies.by_id(ask.conn, ask.company_id)
    return Viewing(token=ask.begin_support(company, ask.body.reason), slug=company.slug)


def _fields(company: companies.Company) -> dict[str, Any]:
    return {
        "id": company.id,
        "slug": company.slug,
        "name": company.name,
        "currency": company.settings.currency,
        "time_zone": company.settings.time_zone,
        "created_at": company.created_at,
        "is_suspended": company.suspended_at is not None,
    }


_COMPANY = {
    "id": _ID,
    "slug": "cafe-lumiere",
    "name": "Café Lumière",
    "currency": "EUR",
    "time_zone": "Europe/Luxembourg",
    "created_at": _AT,
    "is_suspended": False,
}
_DETAIL = _COMPANY | {
    "owners": ["luc@cafe-lumiere.example"],
    "stores": 4,
    "program_version": 7,
    "cards": 24_180,
    "active_cards": 18_412,
    "transactions": 96_230,
    "rewards_given": 6_204,
    "counted_until": _AT,
    "cases": 4,
    "concern": "tills_silent",
    "terminals": [terminals.EXAMPLE],
}
_PERSON = {"owner": "Luc Wagner", "email": "luc@cafe-lumiere.example"}
_LINK = {"link": "https://orion.example/account/links/…"}


def _route(method: str, path: str, handler: Any, title: str, **more: Any) -> Route:
    return Route(method=method, path=path, right=Right.PLATFORM, handler=handler, title=title, **more)


ROUTES = (
    _route("GET", _PATH, listed, "Lists the companies.", answer=list[Company], example=Example(answer=[_COMPANY])),
    _route(
        "POST",
        _PATH,
        create,
        "Creates a company and invites its owner.",
        body=NewCompany,
        answer=Created,
        status=201,
        confirms=True,
        example=Example(body={"name": "Café Lumière"} | _PERSON, answer=_COMPANY | _LINK),
    ),
    _route("GET", _ONE, shown, "A company.", answer=Detail, example=Example(answer=_DETAIL)),
    _route("POST", _ONE + "/suspend", suspend, "Suspends a company: its people change nothing, its tills serve on."),
    _route("POST", _ONE + "/resume", resume, "Resumes a suspended company."),
    _route(
        "POST",
        _ONE + "/hand-over",
        hand_over,
        "Takes a company from its owners for somebody else.",
        body=HandOver,
        answer=Invited,
        unit=Unit.COMPANY,
        confirms=True,
        example=Example(body=_PERSON | {"former": "managers"}, answer=_LINK),
    ),
    _route(
        "POST",
        _ONE + "/invitations",
        invite,
        "Invites an owner.",
        body=Invite,
        answer=Invited,
        confirms=True,
        example=Example(body=_PERSON, answer=_LINK),
    ),
    _route(
        "POST",
        _ONE + "/support",
        begin_support,
        "Begins a support view of at most 60 minutes; the owners are told.",
        body=Support,
        answer=Viewing,
        confirms=True,
        example=Example(body={"reason": "A till shows no cards"}, answer={"token": "kfl2…", "slug": "cafe-lumiere"}),
    ),
)
