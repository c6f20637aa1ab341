"""Forms on a card's page: what managers correct, take back, switch off and on, replace and edit."""

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from loyalty.money import minor_digits
from loyalty.texts import NOTE_CHARS_MAX
from server.accounts.rights import Right
from server.cards import booking
from server.cards.booking_asks import Adjust, Asked, Booked, Deactivate, EditCustomer, Reactivate, Replace, Void
from server.cards.customer import customer_edit
from server.edge.asks import Ask
from server.edge.fields import EMAIL_CHARS_MAX, NAME_CHARS_MAX, Reason, Version, Whole
from server.edge.routes import Body, Page, Redirect, Route
from server.pages import forms
from server.pages.forms import TOP, Form
from server.pages.office.card import PATH, Action, page
from server.refusals import ChangedMeanwhile, Refused

_AMOUNT = re.compile(r"\d{1,9}(?:[.,]\d{1,3})?\Z")


def _(message: str) -> str:
    """Marks a sentence for the catalogues; it is translated when used."""
    return message


_NO_AMOUNT = _("Please type an amount like 3.50.")
_CHANGED = _("Somebody else has changed this in the meantime. Please look at it again.")


class AdjustForm(Body):
    what: Literal["points", "stamps"]
    change: Whole
    reason: Reason


class VoidForm(Body):
    row: UUID
    amount: Annotated[str, Field(max_length=20)] = ""  # a part of a purchase


class SwitchForm(Body):
    reason: Annotated[str, Field(max_length=200)] = ""


class ReplaceForm(Body):
    code: Annotated[str, Field(min_length=1, max_length=200)]
    reason: Annotated[str, Field(max_length=200)] = ""


class CustomerForm(Body):
    name: Annotated[str, Field(max_length=NAME_CHARS_MAX)] = ""
    note: Annotated[str, Field(max_length=NOTE_CHARS_MAX)] = ""
    email: Annotated[str, Field(max_length=EMAIL_CHARS_MAX)] = ""
    phone: Annotated[str, Field(max_length=40)] = ""
    language: Annotated[str | None, Field(max_length=2)] = None
    consent: bool = False
    version: Version


def _adjust(ask: Ask) -> Asked:
    return Adjust(reason=ask.body.reason, **{ask.body.what: ask.body.change})


def _void(ask: Ask) -> Asked:
    return Void(ask.body.row, _minor(ask) if ask.body.amount.strip() else None)


def _deactivate(ask: Ask) -> Asked:
    return Deactivate(ask.body.reason)


def _reactivate(ask: Ask) -> Asked:
    return Reactivate(ask.body.reason)


def _replace(ask: Ask) -> Asked:
    return Replace(ask.body.code, ask.body.reason)


class _Mistyped(Exception):
    """A field that its model takes and its form does not."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(field)
        self.field, self.sentence = field, sentence


def _minor(ask: Ask) -> int:
    """A typed amount in minor units; raises `_Mistyped`."""
    assert ask.company is not None, "the path names a company"
    typed = ask.body.amount.strip().replace("\u00a0", "")
    digits = minor_digits(ask.company.settings.currency)
    amount = Decimal(typed.replace(",", ".")).scaleb(digits) if _AMOUNT.match(typed) else None
    if amount is None or amount != int(amount):
        raise _Mistyped("amount", ask.words.gettext(_NO_AMOUNT))
    return int(amount)


def _booking(action: Action, made: Callable[[Ask], Asked]) -> Callable[[Ask], Page | Redirect]:
    """A handler that books what a form asks for, and leads back to the card."""

    def book(ask: Ask) -> Booked:
        assert ask.booking_id is not None, "this form books"
        return booking.book(ask.ledger, ask.booking_id, ask.id("card_id"), made(ask), ask.booker)

    return _handler(action, book)


def _edit(ask: Ask) -> Booked:
    assert ask.booking_id is not None, "this form books"
    assert ask.company is not None, "the path names a company"
    edited: CustomerForm = ask.body
    asked = EditCustomer(**edited.model_dump(exclude={"version"}))
    card_id = ask.id("card_id")
    return customer_edit.edit(
        ask.ledger, ask.booking_id, ask.company, card_id, asked, by=ask.booker, version=edited.version
    )


def _handler(action: Action, book: Callable[[Ask], Booked]) -> Callable[[Ask], Page | Redirect]:
    def handler(ask: Ask) -> Page | Redirect:
        if ask.errors:
            return page(ask, action, _row(ask), forms.typed(ask))
        try:
            booked = book(ask)
        except _Mistyped as no:
            return page(ask, action, _row(ask), Form(forms.typed(ask).values, {no.field: no.sentence}))
        except ChangedMeanwhile as stale:
            present: dict[str, Any] = {"version": stale.present["version"]}
            form = Form(dict(forms.typed(ask).values) | present, {TOP: ask.words.gettext(_CHANGED)})
            return replace(page(ask, action, None, form), status=409)
        except Refused as no:
            return page(ask, action, _row(ask), forms.refused(ask, no))
        ask.log(booked.main.kind.value, "card", ask.id("card_id"), after={"transaction": str(booked.main.id)})
        return Redirect(f"{PATH.format(**ask.path)}?done={action.value}")

    return handler


def _row(ask: Ask) -> UUID | None:
    """The row of the history that a form belongs to."""
    try:
        return UUID(str((ask.form or {}).get("row")))
    except ValueError:
        return None


def _route(action: Action, handler: Callable[[Ask], Page | Redirect], body: type[Body]) -> Route:
    return Route(
        method="POST",
        path=f"{PATH}/{action.value}",
        right=Right.CARDS_CHANGE,
        handler=handler,
        title="Card",
        body=body,
        books=True,
    )


ROUTES = (
    _route(Action.ADJUST, _booking(Action.ADJUST, _adjust), AdjustForm),
    _route(Action.VOID, _booking(Action.VOID, _void), VoidForm),
    _route(Action.DEACTIVATE, _booking(Action.DEACTIVATE, _deactivate), SwitchForm),
    _route(Action.REACTIVATE, _booking(Action.REACTIVATE, _reactivate), SwitchForm),
    _route(Action.REPLACE, _booking(Action.REPLACE, _replace), ReplaceForm),
    _route(Action.EDIT, _handler(Action.EDIT, _edit), CustomerForm),
)
