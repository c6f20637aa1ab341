"""A lost phone or a stolen card: what becomes of the card is said before it is blocked or replaced."""

from typing import Any

from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from server.accounts.rights import Right
from server.cards import card_detail
from server.customers.own_acts import loss
from server.edge import visitors
from server.edge.asks import Ask
from server.edge.routes import Page, Redirect, Route, Visit
from server.edge.visitors import Keepsake
from server.pages import forms
from server.pages.forms import Form
from server.refusals import Refused

LOST, BLOCK, REPLACE = "/{slug}/lost", "/{slug}/lost/block", "/{slug}/lost/replace"


class Done(BaseModel):
    """Whether the card has just been blocked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    done: bool = False


def shown(ask: Ask) -> Page:
    return _page(ask, Form())


def blocked(ask: Ask) -> Page | Redirect:
    assert ask.booking_id is not None, "this form books"
    try:
        loss.block(ask.ledger, ask.booking_id, ask.visit.owner)
    except Refused as no:
        return _page(ask, forms.refused(ask, no))
    return Redirect(f"/{ask.visit.company.slug}/lost?done=true")


def replaced(ask: Ask) -> Page | Response:
    assert ask.booking_id is not None, "this form books"
    try:
        new = loss.replace(ask.ledger, ask.booking_id, ask.visit.owner)
    except Refused as no:
        return _page(ask, forms.refused(ask, no))
    slug = ask.visit.company.slug
    answer = Response(status_code=303, headers={"Location": f"/{slug}/card"})
    visitors.hand(answer, Keepsake.CARD, new.token, ask.installation.place, slug)
    return answer


def _page(ask: Ask, form: Form) -> Page:
    company, owner = ask.visit.company, ask.visit.owner
    keys = ask.installation.keys.company(company.id)
    found = loss.standing(ask.conn, company, owner, ask.now)
    values = {
        "form": form,
        "loss": found,
        "card": card_detail.of_card(ask.conn, company, keys, owner.card_id, ask.now),
        "replacements_max": loss.REPLACEMENTS_MAX,
        "done": isinstance(ask.query, Done) and ask.query.done,
    }
    if found.is_blocked:
        values["forgets"] = True  # this browser keeps no page of the card for when there is no network
    return Page("storefront/own_acts/lost.html", values, form.status)


_PROVEN: dict[str, Any] = {"right": Right.STOREFRONT, "visit": Visit.PROVEN, "title": "Lost phone"}

ROUTES = (
    Route(**_PROVEN, method="GET", path=LOST, handler=shown, query=Done),
    Route(**_PROVEN, method="POST", path=BLOCK, handler=blocked, books=True, while_suspended=True),
    Route(**_PROVEN, method="POST", path=REPLACE, handler=replaced, books=True),
)
