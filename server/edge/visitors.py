"""Who looks at a company's storefront: by a card's code, or by a session that a one-time code began; in cookies.

A card's code is a bearer secret at the counter already, so who has it sees what a till would show. Nothing is kept of
it on the server, and a code that was replaced leads to no card here.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from loyalty.codes import Token, parse
from server import translations
from server.companies.companies import Company
from server.customers import customer_sessions, holders
from server.customers.customer_sessions import LONGEST, CustomerSession
from server.customers.one_time_codes import LASTS
from server.db.units import UnitOfWork
from server.edge.problem_json import HttpProblem
from server.edge.public_url import Place
from server.edge.routes import Route, Visit
from server.translations import Translator

HELD_S = 400 * 86_400  # the longest that browsers keep a cookie
LANGUAGE_COOKIE = "language"  # chosen on any storefront


class Keepsake(StrEnum):
    """What a storefront hands to a browser, as a part of the cookie's name, and for how long."""

    CARD = "card"  # a card's code
    SESSION = "me"
    CHALLENGE = "code"  # that a one-time code was asked for here

    @property
    def lasts_s(self) -> int:
        lasts = {Keepsake.SESSION: LONGEST.total_seconds(), Keepsake.CHALLENGE: LASTS.total_seconds()}
        return int(lasts.get(self, HELD_S))


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks at the storefront of a company."""

    company: Company
    card_id: UUID | None  # whose code they hold, or else their own
    session: CustomerSession | None
    kept: dict[Keepsake, str]

    @property
    def held(self) -> UUID:
        """The card that they hold, on routes that need one."""
        assert self.card_id is not None, "this route is for anybody"
        return self.card_id

    @property
    def owner(self) -> CustomerSession:
        """Their session, on routes that need one."""
        assert self.session is not None, "this route is for who has not signed in, too"
        return self.session


def kept(request: Request, place: Place, slug: str) -> dict[Keepsake, str]:
    """What the browser was handed here before; a program sends the session's token as a bearer, or the card's code."""
    found = {one: request.cookies.get(_cookie(one, place, slug), "") for one in Keepsake}
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and token.strip():
        found[Keepsake.SESSION] = token.strip()
        if isinstance(parse(token.strip()), Token):
            found[Keepsake.CARD] = token.strip()
    return found


def visitor(conn: UnitOfWork, route: Route, kept: dict[Keepsake, str], company: Company, now: datetime) -> Visitor:
    """The visitor of a request; refuses who cannot prove what the route asks for."""
    session = customer_sessions.find(conn, company.id, kept[Keepsake.SESSION], now)
    card_id = holders.card_of(conn, company.id, kept[Keepsake.CARD])
    if card_id is None and session is not None:
        card_id = session.card_id
    match route.visit:
        case Visit.HOLDER if card_id is None:
            raise HttpProblem("card_needed")
        case Visit.OWNER if session is None:
            raise HttpProblem("code_needed")
        case Visit.PROVEN if session is None or not session.is_proven(now):
            raise HttpProblem("code_needed")
    if route.changes and company.suspended_at is not None and not route.while_suspended:
        raise HttpProblem("suspended")
    return Visitor(company, card_id, session, kept)


def words(request: Request, visitor: Visitor) -> Translator:
    """In the language that the visitor has chosen, else the customer's, else what the browser prefers among those that
    the company speaks."""
    settings = visitor.company.settings
    spoken, own = settings.languages, None if visitor.session is None else visitor.session.language
    preferred = next((one for one in (request.cookies.get(LANGUAGE_COOKIE), own) if one in spoken), None)
    accepted = request.headers.get("accept-language")
    return Translator(translations.chosen(accepted, preferred, among=spoken), settings.currency)


def hand(answer: Response, one: Keepsake, value: str, place: Place, slug: str) -> None:
    """Hands something to the browser, which no script and no other site can read; what is empty is taken away."""
    if not place.may_set_cookies:
        raise HttpProblem("https_needed")
    name, lasts_s = _cookie(one, place, slug), one.lasts_s if value else 0
    answer.set_cookie(name, value, lasts_s, path="/", secure=place.is_https, httponly=True, samesite="lax")


def _cookie(one: Keepsake, place: Place, slug: str) -> str:
    """Browsers keep `__Host-` cookies to this host and to TLS."""
    return f"__Host-{one}-{slug}" if place.is_https else f"{one}-{slug}"
