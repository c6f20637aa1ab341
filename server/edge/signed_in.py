"""Who asks: the session of a cookie or a bearer token, as whom it acts, and whether it may.

A changing request with a cookie must come from our own pages, as a browser sends the cookie for any page.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from server.accounts import members, sessions
from server.accounts.members import Member
from server.accounts.rights import Right, Role, Scope, scope_of
from server.accounts.sessions import LONGEST, Session
from server.db.units import UnitOfWork
from server.edge.problem_json import HttpProblem
from server.edge.public_url import Place
from server.edge.routes import Route
from server.refusals import Refused


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks for what a route names, and on what they may use its right."""

    account_id: UUID
    email: str
    language: str | None
    role: Role
    scope: Scope  # of the route's right
    session: Session
    member: Member | None = None  # on pages of a company

    @property
    def company_id(self) -> UUID | None:
        return None if self.member is None else self.member.company_id

    @property
    def slug(self) -> str | None:
        return None if self.member is None else self.member.slug

    @property
    def staff_id(self) -> UUID | None:
        return None if self.member is None else self.member.staff_id

    @property
    def is_support(self) -> bool:
        return self.role is Role.SUPPORT

    @property
    def store_ids(self) -> frozenset[UUID] | None:
        """The stores that the route may be used on; None: all."""
        if self.member is None or self.scope is Scope.ALL:
            return None
        return self.member.store_ids

    def stores_with(self, right: Right) -> frozenset[UUID] | None:
        """The stores that *right* may be used on; None: all."""
        if self.member is None or scope_of(right, self.role) is Scope.ALL:
            return None
        return self.member.store_ids

    def may(self, right: Right) -> bool:
        """True if they may use *right* on anything: what one may not use is not shown."""
        return scope_of(right, self.role) is not Scope.NO

    def may_in(self, store_id: UUID | None) -> bool:
        """True if the route's right covers this store."""
        return self.store_ids is None or store_id in self.store_ids

    def require_in(self, store_id: UUID | None) -> None:
        """Refuses a store that the route's right does not cover."""
        if not self.may_in(store_id):
            raise HttpProblem("not_allowed")


@dataclass(frozen=True, slots=True)
class Credentials:
    """A session's token as the request brings it."""

    token: str | None
    is_cookie: bool


def credentials(request: Request, place: Place) -> Credentials:
    """The token of a request; a bearer wins over a cookie."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and token.strip():
        return Credentials(token.strip(), is_cookie=False)
    return Credentials(request.cookies.get(place.cookie) or None, is_cookie=True)


def set_cookie(answer: Response, token: str, place: Place) -> None:
    """Hands a session's token to the browser, which no script and no other site can read; an empty one is removed."""
    if not place.may_set_cookies:
        raise HttpProblem("https_needed")
    lasts_s = int(LONGEST.total_seconds()) if token else 0
    answer.set_cookie(place.cookie, token, lasts_s, path="/", secure=place.is_https, httponly=True, samesite="lax")


def require_same_site(request: Request, route: Route, held: Credentials, place: Place) -> None:
    """Refuses a changing request that another site made a browser send."""
    if not route.changes or not held.is_cookie or route.is_one_click:
        return
    says_nothing = not {"sec-fetch-site", "origin"} & set(request.headers)
    if says_nothing and held.token is None and route.is_api:
        return  # a program that signs in: browsers always send one of them
    if not is_same_site(request, place):
        raise HttpProblem("cross_site")


def is_same_site(request: Request, place: Place) -> bool:
    """True if a browser sends the request from one of our own pages."""
    site = request.headers.get("sec-fetch-site")
    return site == "same-origin" if site is not None else request.headers.get("origin") == place.url


def session_of(conn: UnitOfWork, token: str | None, now: datetime) -> Session | None:
    """The session in force of a token; None for nobody."""
    return None if token is None else sessions.find(conn, token, now)


def asker(conn: UnitOfWork, route: Route, session: Session | None, slug: str | None) -> Asker | None:
    """Who asks; None on what is for anybody. Refuses strangers to the company and whoever lacks the right."""
    if session is None:
        if scope_of(route.right, Role.NOBODY) is Scope.NO:
            raise HttpProblem("sign_in_needed")
        return None
    member = None if slug is None else _member(conn, session, slug)
    role = _role(session, member)
    scope = scope_of(route.right, role)
    if scope is Scope.NO:
        raise HttpProblem("not_allowed")
    if route.changes and not route.while_suspended and member is not None and member.is_suspended:
        raise HttpProblem("suspended")
    return Asker(session.account_id, session.email, session.language, role, scope, session, member)


def recognised(conn: UnitOfWork, session: Session, slug: str | None) -> Asker | None:
    """Who is signed in, for the frame around a refusal: it gives them no right. None for strangers to the company."""
    try:
        member = None if slug is None else members.in_company(conn, session, slug)
    except Refused:
        return None
    role = _role(session, member)
    return Asker(session.account_id, session.email, session.language, role, Scope.NO, session, member)


def _role(session: Session, member: Member | None) -> Role:
    if member is not None:
        return member.role
    return Role.ADMIN if session.is_admin else Role.ACCOUNT


def _member(conn: UnitOfWork, session: Session, slug: str) -> Member:
    try:
        return members.in_company(conn, session, slug)
    except Refused:
        raise HttpProblem("unknown") from None
