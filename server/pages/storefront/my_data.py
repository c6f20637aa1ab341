"""What is kept of a card's owner, and what they choose about it."""

from typing import Annotated, Any

from pydantic import Field
from starlette.responses import Response

from server.accounts.rights import Right
from server.cards import card_detail
from server.customers import customer_sessions, my_data
from server.customers.my_data import Choices
from server.edge.asks import Ask
from server.edge.routes import Body, Page, Redirect, Route, Unit, Visit
from server.edge.visitors import HELD_S, LANGUAGE_COOKIE
from server.pages import forms
from server.pages.forms import Form
from server.pages.render import address
from server.translations import LANGUAGES

DATA, SESSIONS, SPOKEN = "/{slug}/data", "/{slug}/data/sessions", "/{slug}/language"


class Chosen(Body):
    language: str
    consent: bool = False
    notices: bool = False


class Spoken(Body):
    """A language, and what the page where it is chosen was opened with."""

    language: str
    store: Annotated[str, Field(max_length=100)] = ""
    via: Annotated[str, Field(max_length=100)] = ""


class Done(Body):
    saved: bool = False


def shown(ask: Ask) -> Page:
    return _page(ask)


def chosen(ask: Ask) -> Page | Redirect:
    if ask.errors:
        return _page(ask, forms.typed(ask))
    sent: Chosen = ask.body
    choices = Choices(_spoken(ask, sent.language), sent.consent, sent.notices)
    my_data.choose(ask.conn, ask.company_id, ask.visit.owner.customer_id, choices, ask.now)
    return Redirect(f"/{ask.visit.company.slug}/data?saved=true")


def others_ended(ask: Ask) -> Redirect:
    owner = ask.visit.owner
    customer_sessions.end_all(ask.conn, ask.company_id, owner.customer_id, but=owner.id)
    return Redirect(f"/{ask.visit.company.slug}/data?saved=true")


def spoken(ask: Ask) -> Response:
    """Keeps the language of a visitor who is not signed in."""
    where = f"/{ask.visit.company.slug}"
    if ask.body is not None and (ask.body.store or ask.body.via):
        where = address(f"{where}/join", store=ask.body.store, via=ask.body.via)
    answer = Response(status_code=303, headers={"Location": where})
    if ask.body is not None:
        language, place = _spoken(ask, ask.body.language), ask.installation.place
        answer.set_cookie(LANGUAGE_COOKIE, language, HELD_S, path="/", secure=place.is_https, samesite="lax")
    return answer


def _spoken(ask: Ask, language: str) -> str:
    """One of the company's languages: another one than it offers is taken for the page's."""
    return language if language in ask.visit.company.settings.languages else ask.words.language


def _page(ask: Ask, form: Form | None = None) -> Page:
    company, owner = ask.visit.company, ask.visit.owner
    keys = ask.installation.keys.company(company.id)
    found = card_detail.of_card(ask.conn, company, keys, owner.card_id, ask.now)
    mine = my_data.of_customer(ask.conn, company.id, owner.customer_id)
    if form is None:
        form = forms.stored(language=mine.language or ask.words.language, consent=mine.consent, notices=mine.notices)
    values = {
        "form": form,
        "customer": found.customer,
        "mine": mine,
        "sessions": customer_sessions.of_customer(ask.conn, company.id, owner.customer_id),
        "own_session": owner.id,
        "spoken": [(one, LANGUAGES[one]) for one in company.settings.languages],
        "saved": isinstance(ask.query, Done) and ask.query.saved,
    }
    return Page("storefront/my_data.html", values, form.status)


_OWNER: dict[str, Any] = {"right": Right.STOREFRONT, "visit": Visit.OWNER}

ROUTES = (
    Route(**_OWNER, method="GET", path=DATA, handler=shown, title="My data", query=Done),
    Route(
        **_OWNER,
        method="POST",
        path=DATA,
        handler=chosen,
        title="My data",
        body=Chosen,
        unit=Unit.PLATFORM,
        while_suspended=True,
    ),
    Route(
        **_OWNER,
        method="POST",
        path=SESSIONS,
        handler=others_ended,
        title="Sign out elsewhere",
        unit=Unit.PLATFORM,
        while_suspended=True,
    ),
    Route(
        method="POST",
        path=SPOKEN,
        right=Right.STOREFRONT,
        visit=Visit.ANYBODY,
        handler=spoken,
        title="Language",
        body=Spoken,
        unit=Unit.PLATFORM,
        while_suspended=True,
    ),
)
