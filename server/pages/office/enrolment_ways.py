"""Ways to join: for each store the address where customers take a card, its code, and a poster."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

from markupsafe import Markup
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from server.accounts.rights import Right
from server.cards.paper import drawing, poster
from server.cards.paper.poster import Poster
from server.companies import looks, programs, stores
from server.companies.stores import Store
from server.customers.joining.self_enrolment import PRINTED, Via
from server.edge.asks import Ask
from server.edge.routes import Page, Route
from server.ledger.own_bookings import joins
from server.pages import qr_codes
from server.pages.render import address
from server.refusals import No, Refused

_PATH = "/office/{slug}/enrolment/ways"
_PDF = "application/pdf"
COUNTED = timedelta(days=30)


def _(message: str) -> str:
    """Marks a word for the catalogues; it is translated when used."""
    return message


_WAYS = {
    Via.LINK: _("by link"),
    Via.POSTER: _("by poster"),
    Via.WINDOW: _("by the code in the window"),
    Via.TILL: _("by the code at the till"),
    PRINTED: _("by a printed card"),
}


@dataclass(frozen=True, slots=True)
class Way:
    """How customers of a store take a card."""

    store: Store
    link: str
    code: Markup


class PosterQuery(BaseModel):
    """Which poster: it says where it hangs, so that cards can be counted by it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    store: UUID | None = None  # None: the first one
    via: Literal[Via.POSTER, Via.WINDOW, Via.TILL] = Via.POSTER


def shown(ask: Ask) -> Page:
    company = ask.company
    assert company is not None, "the path names a company"
    open_ones = [one for one in stores.listed(ask.conn, company.id) if not one.is_closed]
    links = [(one, _link(ask, one.id, Via.LINK)) for one in open_ones]
    counted = joins.by_way(ask.conn, company.id, ask.now - COUNTED)
    values = {
        "is_open": company.settings.self_enrolment,
        "ways": [Way(store, link, qr_codes.svg(link)) for store, link in links],
        "counted": [(ask.words.gettext(said), counted[way]) for way, said in _WAYS.items() if counted.get(way)],
        "days": COUNTED.days,
    }
    return Page("office/enrolment_ways.html", values)


def printed(ask: Ask) -> Response:
    """The poster of a store."""
    company, query = ask.company, ask.query
    assert company is not None, "the path names a company"
    store = _store(ask, query.store)
    look = looks.of_company(ask.conn, company.id)
    languages = company.settings.languages[:2]
    promise = next((look.promises[one] for one in languages if look.promises.get(one)), "")
    if not promise:
        program = programs.versions(ask.conn, company.id).at(ask.now)
        promise = next(iter(drawing.wording(company.name, program, languages[:1]).promises), look.name)
    made = Poster(look.name, promise, _link(ask, store.id, query.via), tuple(languages), look.shade)
    with drawing.turn():
        content = poster.pdf(made)
    name = f"{company.slug}-{query.via}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=_PDF, headers=headers)


def _store(ask: Ask, wished: UUID | None) -> Store:
    if wished is not None:
        return stores.open_one(ask.conn, ask.company_id, wished)
    store = next((one for one in stores.listed(ask.conn, ask.company_id) if not one.is_closed), None)
    if store is None:
        raise Refused(No.STORE_UNKNOWN)
    return store


def _link(ask: Ask, store_id: UUID, via: Via) -> str:
    return address(ask.to(f"/{ask.path['slug']}/join"), store=store_id, via=via.value)


_READ: dict[str, Any] = {"method": "GET", "right": Right.ENROLMENT_READ}

ROUTES = (
    Route(**_READ, path=_PATH, handler=shown, title="Ways to join"),
    Route(**_READ, path=_PATH + "/poster", handler=printed, title="A poster", query=PosterQuery, media_type=_PDF),
)
