"""Merging two cards: the other one is found, both stand side by side with what one has afterwards, and it is asked."""

from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from loyalty.codes import written
from server.accounts.rights import Right
from server.cards import card_detail, display_names, merging, search
from server.cards.card_detail import CardDetail
from server.cards.merging import Preview
from server.cards.search import ListedCard, Listing
from server.companies.companies import Company
from server.edge.asks import Ask
from server.edge.problem_json import HttpProblem
from server.edge.routes import Body, Page, Redirect, Route
from server.pages import forms
from server.pages.forms import TOP, Form
from server.pages.office.card import PATH, Action
from server.refusals import ChangedMeanwhile, Refused

_PATH = f"{PATH}/merge"


def _(message: str) -> str:
    """Marks a sentence for the catalogues; it is translated when used."""
    return message


_WRONG = _("That is not what stands there.")
_CHANGED = _("One of the cards has changed in the meantime. Please look at them again.")


class MergeQuery(BaseModel):
    """What is searched for, the card that was found, and which of the two stays; without it the older one does."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    q: Annotated[str, Field(max_length=80)] = ""
    other: UUID | None = None
    stays: UUID | None = None


class MergeForm(Body):
    other: UUID
    stays: UUID
    seen: Annotated[str, Field(max_length=64)] = ""
    typed: Annotated[str, Field(max_length=80)] = ""


def asked(ask: Ask) -> Page:
    query: MergeQuery = ask.query
    if query.other is None:
        return _found(ask, query.q, Form())
    return _side_by_side(ask, query.other, query.stays, Form())


def merged(ask: Ask) -> Page | Redirect:
    assert ask.booking_id is not None, "this form books"
    if ask.errors:
        return _found(ask, "", forms.typed(ask))
    sent: MergeForm = ask.body
    stays, goes = _pair(ask, sent.other, sent.stays)
    form = forms.typed(ask)
    try:
        preview = _preview(ask, stays, goes)
        if sent.typed.strip() != to_type(preview):
            return _page(ask, preview, sent.other, Form(form.values, {"typed": ask.words.gettext(_WRONG)}))
        booked = merging.merge(ask.ledger, ask.booking_id, stays, goes, ask.who.staff_id, seen=sent.seen or None)
    except ChangedMeanwhile:
        form = Form({"typed": ""}, {TOP: ask.words.gettext(_CHANGED)})
        return replace(_side_by_side(ask, sent.other, sent.stays, form), status=409)
    except Refused as no:
        return _found(ask, "", forms.refused(ask, no))
    ask.log("cards_merged", "card", stays, after={"transaction": str(booked.main.id), "merged": str(goes)})
    path = PATH.format(**dict(ask.path, card_id=str(stays)))
    return Redirect(f"{path}?done={Action.MERGE.value}")


def to_type(preview: Preview) -> str:
    """What has to be typed before a merge: the name of the customer who stays, or else the card's last digits."""
    return preview.stays.customer.name or preview.stays.number_end


def _pair(ask: Ask, other: UUID, stays: UUID | None) -> tuple[UUID, UUID]:
    """The card that stays, and the one that goes into it."""
    card_id = ask.id("card_id")
    if stays is None:
        return merging.older(ask.conn, ask.company_id, card_id, other)
    if stays not in (card_id, other):
        raise HttpProblem("unknown")
    return stays, other if stays == card_id else card_id


def _preview(ask: Ask, stays: UUID, goes: UUID) -> Preview:
    company = _company(ask)
    return merging.preview(ask.conn, company, ask.installation.keys.company(company.id), stays, goes, now=ask.now)


def _side_by_side(ask: Ask, other: UUID, stays: UUID | None, form: Form) -> Page:
    try:
        preview = _preview(ask, *_pair(ask, other, stays))
    except Refused as no:
        return _found(ask, "", forms.refused(ask, no))
    return _page(ask, preview, other, form)


def _page(ask: Ask, preview: Preview, other: UUID, form: Form) -> Page:
    values: dict[str, Any] = {
        "merge": preview,
        "names": display_names.names(ask.conn, ask.company_id),
        "written": written,
        "card_id": ask.id("card_id"),
        "other": other,
        "named": to_type(preview),
        "form": form,
    }
    return Page("office/card_merge.html", values, form.status, is_still=True)


def _found(ask: Ask, wanted: str, form: Form) -> Page:
    """The cards to choose from: those that were searched for, or else those with the same contact."""
    company, keys = _company(ask), ask.installation.keys
    card = card_detail.of_card(ask.conn, company, keys.company(company.id), ask.id("card_id"), ask.now)
    text = wanted.strip() or card.customer.email or card.customer.phone or ""
    values: dict[str, Any] = {
        "card": card,
        "written": written,
        "number": _number(card),
        "query": wanted,
        "cards": _matching(ask, company, text, card.card.id) if text else (),
        "names": display_names.names(ask.conn, company.id),
        "form": form,
    }
    return Page("office/card_merge_search.html", values, form.status)


def _matching(ask: Ask, company: Company, text: str, own: UUID) -> list[ListedCard]:
    found = search.page_at(ask.conn, company, ask.installation.keys, Listing(text), number=1, now=ask.now)
    return [one for one in found.cards if one.id != own]


def _number(card: CardDetail) -> str:
    return written(card.codes.number) if card.codes else f"…{card.number_end}"


def _company(ask: Ask) -> Company:
    assert ask.company is not None, "the path names a company"
    return ask.company


ROUTES = (
    Route(method="GET", path=_PATH, right=Right.CARDS_CHANGE, handler=asked, title="Merge two cards", query=MergeQuery),
    Route(
        method="POST",
        path=_PATH,
        right=Right.CARDS_CHANGE,
        handler=merged,
        title="Merge two cards",
        body=MergeForm,
        books=True,
    ),
)
