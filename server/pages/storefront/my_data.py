"""What is kept of a card's owner, and what they choose about it."""

from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from starlette.responses import Response

from server.accounts.rights import Right
from server.cards import card_detail
from server.customers import customer_sessions, my_data
from server.customers.my_data import Choices
from server.customers.own_acts import edits, joined_cards, messages
from server.edge.asks import Ask
from server.edge.fields import NAME_CHARS_MAX
from server.edge.routes import Body, Page, Redirect, Route, Unit, Visit
from server.edge.visitors import HELD_S, LANGUAGE_COOKIE
from server.pages import forms
from server.pages.account.sessions import device_name
from server.pages.forms import Form
from server.pages.render import address
from server.translations import LANGUAGES
from server.wallet import state

DATA, SESSIONS, SPOKEN = "/{slug}/data", "/{slug}/data/sessions", "/{slug}/language"
MESSAGES_SHOWN = 10


class Chosen(Body):
    name: Annotated[str, Field(max_length=NAME_CHARS_MAX)] = ""
    language: str
    consent: bool = False
    notices: bool = False


class Ended(Body):
    """Which session ends; without one, all but that of this browser."""

    session: UUID | None = None


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
    edits.rename(ask.ledger, ask.visit.owner, sent.name)
    return Redirect(f"/{ask.visit.company.slug}/data?saved=true")


def ended(ask: Ask) -> Page | Redirect:
    if ask.errors:
        return replace(_page(ask), status=422)
    owner = ask.visit.owner
    if ask.body.session is None:
        customer_sessions.end_all(ask.conn, ask.company_id, owner.customer_id, but=owner.id)
    else:
        customer_sessions.end(ask.conn, ask.company_id, ask.body.session, of=owner.customer_id)
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
        form = forms.stored(
            name=found.customer.name,
            language=mine.language or ask.words.language,
            consent=mine.consent,
            notices=mine.notices,
        )
    sent = messages.of_customer(ask.conn, company.id, owner.customer_id, MESSAGES_SHOWN)
    sessions = customer_sessions.of_customer(ask.conn, company.id, owner.customer_id)
    passes = state.of_cards(ask.conn, company.id, [found.card.id])
    values = {
        "wallets": [(one.maker.wallet, one.saved_at) for one in passes if one.is_in_a_wallet],
        "form": form,
        "customer": found.customer,
        "mine": mine,
        "offered": len(joined_cards.offered(ask.conn, company.id, owner)),
        "messages": [(messages.said(one.kind, ask.words), one.at) for one in sent],
        "sessions": [(one, device_name(one.device) if one.device else "") for one in sessions],
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
        while_suspended=True,
    ),
    Route(
        **_OWNER,
        method="POST",
        path=SESSIONS,
        handler=ended,
        title="Sign out elsewhere",
        body=Ended,
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
