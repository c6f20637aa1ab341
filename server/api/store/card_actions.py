"""`/api/store/v1/{slug}/cards/{card_id}/…`: what managers change on a card, and its code to print again."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from loyalty.money import AMOUNT_MINOR_MAX
from loyalty.texts import NOTE_CHARS_MAX
from server.accounts.rights import Right
from server.api.store.card import (
    CUSTOMER_EXAMPLE,
    VIEW_EXAMPLE,
    CardView,
    CustomerView,
    customer,
    customer_view,
    shown,
    view,
)
from server.cards import booking, card_detail, merging, qr_picture
from server.cards.booking_asks import Adjust, Asked, Booked, Deactivate, EditCustomer, Reactivate, Replace, Void
from server.cards.customer import customer_edit
from server.customers import erasure
from server.edge.asks import Ask
from server.edge.fields import EMAIL_CHARS_MAX, NAME_CHARS_MAX, Reason, Version, Whole
from server.edge.problem_json import HttpProblem
from server.edge.routes import Body, Example, Route, Unit

_PATH = "/api/store/v1/{slug}/cards/{card_id}"
_PLACE = {"card_id": str(VIEW_EXAMPLE["id"])}
_WHY = "given twice"
_TRANSACTION = "8c7f0f43-5d0a-4f0c-9d0a-6d1f1b6d2c11"
SVG = "image/svg+xml"


class AdjustBody(Body):
    """Exactly one of the two balances."""

    points: Whole = 0
    stamps: Whole = 0
    reason: Reason


class VoidBody(Body):
    transaction: UUID


class ReturnBody(Body):
    """A part of a purchase."""

    transaction: UUID
    amount_minor: Annotated[int, Field(ge=1, le=AMOUNT_MINOR_MAX)]


class SwitchBody(Body):
    reason: Annotated[str, Field(max_length=200)] = ""


class ReplaceBody(Body):
    """The code or number of the blank that continues the card."""

    code: Annotated[str, Field(min_length=1, max_length=200)]
    reason: Annotated[str, Field(max_length=200)] = ""


class MergeBody(Body):
    """The card that goes into this one; with `seen` it is refused if it would do something else by now."""

    merged: UUID
    seen: Annotated[str | None, Field(max_length=64)] = None


class MergeQuery(BaseModel):
    """The card that would go into this one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    merged: UUID


class MergeView(BaseModel):
    """Both cards as they are, and what the one that stays has afterwards; `mark` goes back as `seen`.

    Where both had a welcome, `taken` points of the second are taken back, and `shortfall` are spent already.
    """

    stays: CardView
    merged: CardView
    stamps: int
    points: int
    taken: int
    shortfall: int
    customer: CustomerView
    mark: str


class CustomerEdit(Body):
    """All of it as it is from now on."""

    name: Annotated[str, Field(max_length=NAME_CHARS_MAX)]
    note: Annotated[str, Field(max_length=NOTE_CHARS_MAX)] = ""
    email: Annotated[str, Field(max_length=EMAIL_CHARS_MAX)] = ""
    phone: Annotated[str, Field(max_length=40)] = ""
    language: Annotated[str | None, Field(max_length=2)] = None
    consent: bool
    version: Version


class BookedItem(BaseModel):
    id: UUID
    kind: str
    stamps: int
    points: int
    shortfall: int


class Acted(BaseModel):
    """What was booked, and the card after it."""

    transactions: list[BookedItem]
    card: CardView


class ErasedView(BaseModel):
    """Since when the card is nobody's, how many tills have data to erase, and how many have."""

    erased_at: datetime
    tills: int
    tills_done: int


def _acting(made: Callable[[Ask], Asked]) -> Callable[[Ask], Acted]:
    """A handler that books what a body asks for."""

    def handler(ask: Ask) -> Acted:
        assert ask.booking_id is not None, "this route books"
        booked = booking.book(ask.ledger, ask.booking_id, ask.id("card_id"), made(ask), ask.booker)
        ask.log(booked.main.kind.value, "card", ask.id("card_id"), after={"transaction": str(booked.main.id)})
        return _acted(ask, booked)

    return handler


def _acted(ask: Ask, booked: Booked) -> Acted:
    items = [
        BookedItem(
            id=fact.id,
            kind=fact.kind.value,
            stamps=fact.effect.stamps,
            points=fact.effect.points,
            shortfall=fact.effect.shortfall,
        )
        for fact in booked.transactions
    ]
    return Acted(transactions=items, card=shown(ask))


def _adjust(ask: Ask) -> Asked:
    return Adjust(points=ask.body.points, stamps=ask.body.stamps, reason=ask.body.reason)


def _void(ask: Ask) -> Asked:
    return Void(ask.body.transaction)


def _return(ask: Ask) -> Asked:
    return Void(ask.body.transaction, ask.body.amount_minor)


def _deactivate(ask: Ask) -> Asked:
    return Deactivate(ask.body.reason)


def _reactivate(ask: Ask) -> Asked:
    return Reactivate(ask.body.reason)


def _replace(ask: Ask) -> Asked:
    return Replace(ask.body.code, ask.body.reason)


def merge_seen(ask: Ask) -> MergeView:
    assert ask.company is not None, "the path names a company"
    keys, stays = ask.installation.keys.company(ask.company_id), ask.id("card_id")
    found = merging.preview(ask.conn, ask.company, keys, stays, ask.query.merged, now=ask.now)
    return MergeView(
        stays=view(found.stays),
        merged=view(found.merged),
        stamps=found.after.stamp_count,
        points=found.after.points_balance,
        taken=-found.effect.points,
        shortfall=found.effect.shortfall,
        customer=customer_view(found.customer),
        mark=found.mark,
    )


def merge(ask: Ask) -> Acted:
    assert ask.booking_id is not None, "this route books"
    stays, body = ask.id("card_id"), ask.body
    booked = merging.merge(ask.ledger, ask.booking_id, stays, body.merged, ask.who.staff_id, seen=body.seen)
    said = {"transaction": str(booked.main.id), "merged": str(body.merged)}
    ask.log("cards_merged", "card", stays, after=said)
    return _acted(ask, booked)


def edit_customer(ask: Ask) -> CustomerView:
    assert ask.company is not None, "the path names a company"
    edited: CustomerEdit = ask.body
    asked = EditCustomer(**edited.model_dump(exclude={"version"}))
    card_id = ask.id("card_id")
    customer_edit.edit(ask.ledger, uuid4(), ask.company, card_id, asked, by=ask.booker, version=edited.version)
    ask.log("customer_edited", "card", card_id)
    return customer(ask)


def code(ask: Ask) -> Response:
    """The card's code; who saw it is written down."""
    assert ask.company is not None, "the path names a company"
    keys = ask.installation.keys.company(ask.company_id)
    found = card_detail.of_card(ask.conn, ask.company, keys, ask.id("card_id"), ask.now)
    if found.codes is None:
        raise HttpProblem("unknown")
    with ask.installation.units.write_unlocked() as conn:
        ask.within(conn).log("card_code_shown", "card", ask.id("card_id"))
    return Response(qr_picture.picture(found.codes.token), media_type=SVG)


def erase(ask: Ask) -> ErasedView:
    assert ask.company is not None, "the path names a company"
    card_id = ask.id("card_id")
    keys = ask.installation.keys.company(ask.company_id)
    card_detail.of_card(ask.conn, ask.company, keys, card_id, ask.now)  # or it is unknown
    here = ask.installation
    if erasure.erase(ask.ledger, ask.company, [card_id], by=ask.who.staff_id, can_mail=here.can_mail):
        ask.log("customer_erased", "card", card_id)
    found = erasure.standing(ask.conn, ask.company_id, card_id)
    assert found is not None, "it was erased"
    return ErasedView(erased_at=found.at, tills=found.tills, tills_done=found.done)


_ACTED = {
    "transactions": [
        {
            "id": _TRANSACTION,
            "kind": "points_adjusted",
            "stamps": 0,
            "points": 20,
            "shortfall": 0,
        }
    ],
    "card": VIEW_EXAMPLE,
}


_OTHER = "6c6b0f43-5d0a-4f0c-9d0a-6d1f1b6d2c11"
_MERGED = {"id": _TRANSACTION, "kind": "cards_merged", "stamps": 0, "points": 0, "shortfall": 0}
_SEEN: dict[str, Any] = {
    "stays": VIEW_EXAMPLE,
    "merged": VIEW_EXAMPLE | {"id": _OTHER, "number": "553012047781", "number_end": "7781"},
}
_SEEN |= {"stamps": 9, "points": 206, "taken": 0, "shortfall": 0, "customer": CUSTOMER_EXAMPLE, "mark": "4f53"}


def _route(
    action: str, made: Callable[[Ask], Asked], title: str, body: type[Body], example: dict[str, object]
) -> Route:
    return Route(
        method="POST",
        path=f"{_PATH}/{action}",
        right=Right.CARDS_CHANGE,
        handler=_acting(made),
        title=title,
        body=body,
        answer=Acted,
        books=True,
        example=Example(path=_PLACE, body=example, answer=_ACTED),
    )


ROUTES = (
    _route("adjust", _adjust, "Corrects a balance.", AdjustBody, {"points": 20, "reason": _WHY}),
    _route("void", _void, "Takes a transaction back.", VoidBody, {"transaction": _TRANSACTION}),
    _route(
        "return",
        _return,
        "Returns a part of a purchase.",
        ReturnBody,
        {"transaction": _TRANSACTION, "amount_minor": 350},
    ),
    _route("deactivate", _deactivate, "Switches a card off.", SwitchBody, {"reason": "found on the street"}),
    _route("reactivate", _reactivate, "Switches a card on again.", SwitchBody, {}),
    _route("replace", _replace, "Continues a card under a blank's codes.", ReplaceBody, {"code": "482109375516"}),
    Route(
        method="GET",
        path=_PATH + "/merge",
        right=Right.CARDS_CHANGE,
        handler=merge_seen,
        title="Shows two cards and what merging one into the other would do.",
        query=MergeQuery,
        answer=MergeView,
        example=Example(path=_PLACE, query={"merged": _OTHER}, answer=_SEEN),
    ),
    Route(
        method="POST",
        path=_PATH + "/merge",
        right=Right.CARDS_CHANGE,
        handler=merge,
        title="Merges another card into a card, for good.",
        body=MergeBody,
        answer=Acted,
        books=True,
        example=Example(path=_PLACE, body={"merged": _OTHER}, answer={"transactions": [_MERGED], "card": VIEW_EXAMPLE}),
    ),
    Route(
        method="PATCH",
        path=_PATH + "/customer",
        right=Right.CARDS_CHANGE,
        handler=edit_customer,
        title="Edits the customer of a card.",
        body=CustomerEdit,
        answer=CustomerView,
        unit=Unit.COMPANY,
        example=Example(
            path=_PLACE,
            body={name: value or "" for name, value in CUSTOMER_EXAMPLE.items() if name != "verified"},
            answer=CUSTOMER_EXAMPLE,
        ),
    ),
    Route(
        method="POST",
        path=_PATH + "/erase",
        right=Right.CARDS_ERASE,
        handler=erase,
        title="Erases the customer of a card for good.",
        answer=ErasedView,
        confirms=True,
        example=Example(path=_PLACE, answer={"erased_at": "2026-03-02T08:00:00Z", "tills": 2, "tills_done": 0}),
    ),
    Route(
        method="GET",
        path=_PATH + "/code.svg",
        right=Right.CARDS_CHANGE,
        handler=code,
        title="Draws a card's QR code; this is written to the audit log.",
        media_type=SVG,
        example=Example(path=_PLACE),
    ),
)
