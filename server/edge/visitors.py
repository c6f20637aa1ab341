"""Who looks at a company's storefront, and the card that they hold: the code of a card lies in a cookie.

A code is a bearer secret at the counter already, so who has it sees what a till would show. Nothing is kept on the
server, and a code that was replaced leads to no card here.
"""

from dataclasses import dataclass
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from server import translations
from server.companies.companies import Company
from server.customers import holders
from server.db.units import UnitOfWork
from server.edge.problem_json import HttpProblem
from server.edge.public_url import Place
from server.edge.routes import Route, Visit
from server.translations import Translator

HELD_S = 400 * 86_400  # the longest that browsers keep a cookie
LANGUAGE_COOKIE = "language"  # chosen on any storefront


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks at the storefront of a company."""

    company: Company
    card_id: UUID | None  # of the card whose code they hold

    @property
    def held(self) -> UUID:
        """The card that they hold, on routes that need one."""
        assert self.card_id is not None, "this route is for anybody"
        return self.card_id


def visitor(conn: UnitOfWork, route: Route, request: Request, place: Place, company: Company) -> Visitor:
    """The visitor of a request; refuses who cannot prove what the route asks for."""
    token = request.cookies.get(_cookie(place, company.slug), "")
    card_id = holders.card_of(conn, company.id, token)
    if route.visit is Visit.HOLDER and card_id is None:
        raise HttpProblem("card_needed")
    if route.changes and company.suspended_at is not None and not route.while_suspended:
        raise HttpProblem("suspended")
    return Visitor(company, card_id)


def words(request: Request, company: Company) -> Translator:
    """In the language that the visitor has chosen, or the browser prefers among those the company speaks."""
    spoken = company.settings.languages
    picked = request.cookies.get(LANGUAGE_COOKIE)
    accepted = request.headers.get("accept-language")
    preferred = picked if picked in spoken else None
    return Translator(translations.chosen(accepted, preferred, among=spoken), company.settings.currency)


def hold(answer: Response, token: str, place: Place, slug: str) -> None:
    """Hands the code of a card to the browser, which no script and no other site can read; an empty one is removed."""
    if not place.may_set_cookies:
        raise HttpProblem("https_needed")
    lasts_s = HELD_S if token else 0
    name = _cookie(place, slug)
    answer.set_cookie(name, token, lasts_s, path="/", secure=place.is_https, httponly=True, samesite="lax")


def _cookie(place: Place, slug: str) -> str:
    """Browsers keep `__Host-` cookies to this host and to TLS."""
    return f"__Host-card-{slug}" if place.is_https else f"card-{slug}"
