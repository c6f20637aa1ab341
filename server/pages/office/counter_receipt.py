"""Returns at the counter: the purchases of a receipt, of which all or a part comes back."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from loyalty.refusals import Reason, Refusal
from loyalty.texts import RECEIPT_CHARS_MAX
from server.accounts.rights import Right
from server.counter import desk
from server.counter.desk import Desk
from server.edge.asks import Ask
from server.edge.routes import Page, Redirect, Route
from server.pages import amounts, forms
from server.pages.counter_desk import (
    PATH,
    Overridden,
    agreed,
    currency_of,
    desk_in,
    place_at,
    said,
    stores_of,
    without_override,
)
from server.refusals import No, Refused


class ReceiptQuery(BaseModel):
    at: UUID | None = None  # the store, where none is chosen in the bar
    receipt: Annotated[str, Field(max_length=RECEIPT_CHARS_MAX)] = ""


class Returned(Overridden):
    original: UUID
    amount: Annotated[str, Field(max_length=40)] = ""  # empty: all of it
    receipt: Annotated[str, Field(max_length=RECEIPT_CHARS_MAX)]  # by which it was found


def by_receipt(ask: Ask) -> Page:
    return _receipt_page(ask, desk_in(ask, ask.query.at), ask.query.receipt)


def give_back(ask: Ask) -> Page | Redirect:
    back: Returned | None = ask.body
    if back is None:
        return _receipt_page(ask, desk_in(ask, None), "")
    minor = amounts.minor(back.amount, currency_of(ask)) if back.amount.strip() else None
    try:
        here = desk.at(ask, back.store)
        if back.amount.strip() and minor is None:
            raise Refused(No.REFUSED, refusal=Refusal(Reason.AMOUNT_NOT_POSITIVE))
        assert ask.booking_id is not None, "the route books"
        booked = here.void(ask.booking_id, back.original, minor)
    except Refused as no:
        if no.refusal is None:
            raise
        return _receipt_page(ask, without_override(ask, back.store), back.receipt, (back.original, no))
    return Redirect(place_at(ask, here, done=booked.main.id))


def _receipt_page(ask: Ask, here: Desk | None, receipt: str, refused: tuple[UUID, Refused] | None = None) -> Page:
    place, refusal = said(ask, refused) or (None, None)
    values = {
        "here": here,
        "stores": stores_of(ask),
        "receipt": receipt,
        "purchases": [] if here is None or not receipt.strip() else here.purchases(receipt),
        "place": place,
        "refusal": refusal,
        "managers": [] if here is None or here.role.manages else here.managers(),
        "typed_amount": forms.typed(ask).value("amount"),
    }
    return Page("office/counter_receipt.html", values, 200 if refused is None else 409)


ROUTES = (
    Route(
        method="GET",
        path=PATH + "/receipt",
        right=Right.COUNTER,
        handler=by_receipt,
        title="By receipt",
        query=ReceiptQuery,
    ),
    Route(
        method="POST",
        path=PATH + "/receipt",
        right=Right.VOID,
        handler=give_back,
        title="By receipt",
        body=Returned,
        books=True,
        ahead=agreed,
    ),
)
