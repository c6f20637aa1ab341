"""`/api/auth/v1`: signing in, sessions, passwords and links, for programs; they send the token as a bearer."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from server.accounts import invitations, links, members, sessions, sign_in
from server.accounts.links import LinkKind
from server.accounts.rights import Right
from server.accounts.sessions import NewSession, Session
from server.edge.asks import Ask
from server.edge.fields import Email, Password
from server.edge.routes import Body, Example, Route, Unit

_PATH = "/api/auth/v1"
_AT = "2026-11-30T12:00:00Z"
_ID = "5e0c2a52-6f0e-4c55-9d3e-0d8f0d2a7c11"
_BEGUN = {"token": "kfl2…", "expires_at": _AT}


class SignIn(Body):
    email: Email
    password: Password


class Begun(BaseModel):
    """A session that has begun or got a new token, which is shown this once."""

    token: str
    expires_at: datetime


class Membership(BaseModel):
    """A company of the account."""

    slug: str
    name: str
    role: str


class Me(BaseModel):
    """The account that is signed in."""

    id: UUID
    email: str
    is_admin: bool
    language: str | None
    companies: list[Membership]


class SessionInForce(BaseModel):
    """Where the account is signed in."""

    id: UUID
    device: str
    address: str
    began_at: datetime
    seen_at: datetime
    is_this: bool


class Confirm(Body):
    password: Password


class NewPassword(Body):
    password: Password
    new: Password


class Forgot(Body):
    email: Email


class Chosen(Body):
    password: Password


class Opened(BaseModel):
    """What a link in a mail is for; reading does not use it up."""

    kind: str
    email: str
    needs_new_password: bool


def begin(ask: Ask) -> Begun:
    here, sent = ask.installation, ask.body
    began = sign_in.sign_in(
        here.units,
        here.keys,
        email=sent.email,
        password=sent.password,
        device=ask.device,
        address=ask.address,
        now=ask.now,
    )
    return _begun(began)


def end(ask: Ask) -> None:
    sessions.end(ask.conn, ask.who.account_id, ask.who.session.id)


def me(ask: Ask) -> Me:
    session = ask.who.session
    found = members.companies_of(ask.conn, ask.who.account_id)
    return Me(
        id=ask.who.account_id,
        email=ask.who.email,
        is_admin=session.is_admin,
        language=ask.who.language,
        companies=[Membership(slug=one.slug, name=one.company, role=one.role.value) for one in found],
    )


def listed(ask: Ask) -> list[SessionInForce]:
    return [_in_force(one, ask.who.session.id) for one in sessions.listed(ask.conn, ask.who.account_id, ask.now)]


def end_one(ask: Ask) -> None:
    sessions.end(ask.conn, ask.who.account_id, ask.id("session_id"))


def end_others(ask: Ask) -> None:
    sessions.end_all(ask.conn, ask.who.account_id, keep=ask.who.session.id)


def confirm(ask: Ask) -> None:
    here = ask.installation
    sign_in.confirm(here.units, here.keys, ask.who.session, ask.body.password, ask.now)


def change(ask: Ask) -> Begun:
    here, sent = ask.installation, ask.body
    began = sign_in.change_password(
        here.units,
        here.keys,
        ask.who.session,
        password=sent.password,
        new=sent.new,
        address=ask.address,
        now=ask.now,
    )
    return _begun(began)


def forgot(ask: Ask) -> None:
    here = ask.installation
    url = here.place.url
    sign_in.request_reset(
        here.units, here.keys, email=ask.body.email, address=ask.address, words=ask.words, url=url, now=ask.now
    )


def opened(ask: Ask) -> Opened:
    link = links.read(ask.conn, ask.path["token"], ask.now)
    is_new = link.kind is LinkKind.RESET or invitations.needs_new_password(ask.conn, link)
    return Opened(kind=link.kind.value, email=link.email, needs_new_password=is_new)


def use(ask: Ask) -> Begun:
    here, token, password = ask.installation, ask.path["token"], ask.body.password
    who: dict[str, Any] = {"device": ask.device, "address": ask.address, "now": ask.now}
    with here.units.read() as conn:
        kind = links.read(conn, token, ask.now).kind
    if kind is LinkKind.INVITATION:
        return _begun(invitations.accept(here.units, here.keys, token=token, password=password, **who))
    return _begun(sign_in.reset_password(here.units, here.keys, token=token, new=password, **who))


def _begun(began: NewSession) -> Begun:
    return Begun(token=began.token, expires_at=began.session.expires_at)


def _in_force(session: Session, this: UUID) -> SessionInForce:
    return SessionInForce(
        id=session.id,
        device=session.device,
        address=session.address,
        began_at=session.began_at,
        seen_at=session.seen_at,
        is_this=session.id == this,
    )


def _route(method: str, path: str, handler: Any, title: str, **more: Any) -> Route:
    values: dict[str, Any] = {"right": Right.OWN_ACCOUNT, "handler": handler, "title": title}
    return Route(method=method, path=_PATH + path, **(values | more))


_ANYBODY = {"right": Right.ANYBODY, "unit": Unit.OWN}

ROUTES = (
    _route(
        "POST",
        "/sign-in",
        begin,
        "Begins a session.",
        body=SignIn,
        answer=Begun,
        example=Example(body={"email": "luc@example.com", "password": "three words apart"}, answer=_BEGUN),
        **_ANYBODY,
    ),
    _route("POST", "/sign-out", end, "Ends this session."),
    _route(
        "GET",
        "/me",
        me,
        "Who is signed in, and in which companies.",
        answer=Me,
        example=Example(
            answer={
                "id": _ID,
                "email": "luc@example.com",
                "is_admin": False,
                "language": "fr",
                "companies": [{"slug": "cafe-lumiere", "name": "Café Lumière", "role": "owner"}],
            }
        ),
    ),
    _route(
        "GET",
        "/sessions",
        listed,
        "Lists the account's sessions.",
        answer=list[SessionInForce],
        example=Example(
            answer=[
                {
                    "id": _ID,
                    "device": "Firefox",
                    "address": "203.0.113.0",
                    "began_at": _AT,
                    "seen_at": _AT,
                    "is_this": True,
                }
            ]
        ),
    ),
    _route("DELETE", "/sessions/{session_id}", end_one, "Ends one session."),
    _route("POST", "/sessions/end-others", end_others, "Ends all other sessions."),
    _route(
        "POST",
        "/confirm",
        confirm,
        "Gives the password again, which holds for five minutes.",
        body=Confirm,
        unit=Unit.OWN,
        example=Example(body={"password": "three words apart"}),
    ),
    _route(
        "POST",
        "/password",
        change,
        "Changes the password and ends all other sessions.",
        body=NewPassword,
        answer=Begun,
        unit=Unit.OWN,
        example=Example(body={"password": "three words apart", "new": "four words far apart"}, answer=_BEGUN),
    ),
    _route(
        "POST",
        "/forgot",
        forgot,
        "Sends a link for a new password; known and unknown addresses get the same answer.",
        body=Forgot,
        example=Example(body={"email": "luc@example.com"}),
        **_ANYBODY,
    ),
    _route(
        "GET",
        "/links/{token}",
        opened,
        "Says what a link is for.",
        right=Right.ANYBODY,
        answer=Opened,
        example=Example(answer={"kind": "invitation", "email": "luc@example.com", "needs_new_password": True}),
    ),
    _route(
        "POST",
        "/links/{token}",
        use,
        "Uses a link: accepts an invitation or sets a new password.",
        body=Chosen,
        answer=Begun,
        example=Example(body={"password": "three words apart"}, answer=_BEGUN),
        **_ANYBODY,
    ),
)
