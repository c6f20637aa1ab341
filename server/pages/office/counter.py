"""Serving customers in a browser, in the till's words: scan or type, the card in front, the last transactions."""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

import segno
from babel.numbers import get_currency_symbol
from pydantic import BaseModel, Field

from loyalty import phrases
from loyalty.money import minor_digits
from loyalty.program import Program
from loyalty.refusals import Reason, Refusal
from loyalty.texts import ID_CHARS_MAX, RECEIPT_CHARS_MAX
from loyalty.transactions import Kind
from server.accounts.rights import Right
from server.cards.booking_asks import Asked, Booked, Earn, Redeem, Stamp
from server.companies import programs
from server.counter import desk, views
from server.counter.desk import Desk
from server.counter.found_card_tokens import FoundBy, FoundCard
from server.edge.asks import Ask
from server.edge.fields import Whole
from server.edge.routes import Body, Page, Redirect, Route, Unit
from server.pages import amounts, forms
from server.pages.counter_desk import (
    PATH,
    Code,
    Contact,
    FoundByWords,
    Overridden,
    agreed,
    currency_of,
    desk_in,
    place_at,
    said,
    stores_of,
    without_override,
)
from server.pages.office import counter_enrolment
from server.pages.render import formats
from server.refusals import No, Refused
from sync.protocol.rows import TransactionRow

CODE_SHOWN = timedelta(minutes=10)  # a new card's code, for the customer's phone
UNDO = timedelta(seconds=10)  # as long as a till offers it

# Where a refusal is shown: at the field that was typed into, or in the button's place.
AT_CODE, AT_CONTACT, AT_STAMP, AT_POINTS = "code", "contact", "stamp", "points"

RATE_ONE = 1_000_000  # the script counts in millionths of a point
ASKS_A_MANAGER = {
    Reason.MANAGER_NEEDED,
    Reason.NOT_A_MANAGER,
    Reason.STAFF_UNKNOWN,
    Reason.PIN_WRONG,
    Reason.PIN_LOCKED,
}


class CounterQuery(BaseModel):
    """The store, the card in front, and what was last done."""

    at: UUID | None = None  # the store, where none is chosen in the bar
    card: UUID | None = None
    by: FoundByWords = ""
    done: UUID | None = None
    code_shown: bool = False


class LookUp(Body):
    store: UUID
    code: Code = ""
    by_camera: bool = False
    email: Contact = ""
    phone: Contact = ""


class StampGiven(Overridden):
    card: UUID
    count: Whole = 1


class Purchase(Overridden):
    card: UUID
    amount: Annotated[str, Field(max_length=40)] = ""
    receipt: Annotated[str, Field(max_length=RECEIPT_CHARS_MAX)] = ""


class RewardTaken(Overridden):
    card: UUID
    reward: Annotated[str, Field(min_length=1, max_length=ID_CHARS_MAX)]


class TakenBack(Overridden):
    original: UUID


def shown(ask: Ask) -> Page:
    query: CounterQuery = ask.query
    here = desk_in(ask, query.at)
    try:
        found = None if query.card is None or here is None else here.found(query.card, query.by)
    except Refused:  # looked up by somebody else, or long ago
        found = None
    return _page(ask, here, found, done=query.done, code_shown=query.code_shown)


def look_up(ask: Ask) -> Page | Redirect:
    typed: LookUp | None = ask.body
    here = desk_in(ask, None if typed is None else typed.store)
    if typed is None or here is None:
        return _page(ask, here)
    if not (typed.code or typed.email or typed.phone):
        return Redirect(place_at(ask, here))
    try:
        found = here.look_up(code=typed.code, by_camera=typed.by_camera, email=typed.email, phone=typed.phone)
    except Refused as no:
        return _page(ask, here, refused=(AT_CODE if typed.code else AT_CONTACT, no))
    card = here.view(found)
    if card.blank:
        return counter_enrolment.page(ask, here, forms.stored(code=typed.code))
    return Redirect(place_at(ask, here, card=card.id, by=card.by))


def stamp(ask: Ask) -> Page | Redirect:
    return _given(ask, AT_STAMP, lambda _found: Stamp(ask.body.count))


def earn(ask: Ask) -> Page | Redirect:
    def asked(_found: FoundCard) -> Asked:
        minor = amounts.minor(ask.body.amount, currency_of(ask))
        return Earn(0 if minor is None else minor, ask.body.receipt)

    return _given(ask, AT_POINTS, asked)


def redeem(ask: Ask) -> Page | Redirect:
    reward = "" if ask.body is None else ask.body.reward
    return _given(ask, f"reward {reward}", lambda found: Redeem(reward, by_code=found.by is FoundBy.CODE))


def void(ask: Ask) -> Page | Redirect:
    taken: TakenBack | None = ask.body
    if taken is None:
        return _page(ask, desk_in(ask, None))
    try:
        here = desk.at(ask, taken.store)
        assert ask.booking_id is not None, "the route books"
        booked = here.void(ask.booking_id, taken.original)
    except Refused as no:
        if no.refusal is None:
            raise
        here = without_override(ask, taken.store)
        return _page(ask, here, _in_front(here, taken.card, taken.by), refused=(f"void {taken.original}", no))
    return Redirect(place_at(ask, here, card=taken.card, by=taken.by, done=booked.main.id))


def _given(ask: Ask, place: str, asked: Callable[[FoundCard], Asked]) -> Page | Redirect:
    """Books on the card in front; a refusal is shown in the button's place."""
    body: Any = ask.body
    if body is None:
        return _page(ask, desk_in(ask, None))
    try:
        here = desk.at(ask, body.store)
        found = here.found(body.card, body.by)
        assert ask.booking_id is not None, "the route books"
        booked: Booked = here.book(ask.booking_id, found.id, asked(found))
    except Refused as no:
        here = without_override(ask, body.store)
        if no.reason is No.CARD_UNKNOWN:  # looked up by somebody else, or long ago
            no = Refused(No.REFUSED, refusal=Refusal(Reason.NO_CARD))
            return _page(ask, here, refused=(AT_CODE, no))
        if no.refusal is None:
            raise
        return _page(ask, here, _in_front(here, body.card, body.by), refused=(place, no))
    return Redirect(place_at(ask, here, card=found.id, by=body.by, done=booked.main.id))


def _in_front(here: Desk, card_id: UUID | None, by: str) -> FoundCard | None:
    try:
        return None if card_id is None else here.found(card_id, by)
    except Refused:
        return None


def _page(
    ask: Ask,
    here: Desk | None,
    found: FoundCard | None = None,
    *,
    refused: tuple[str, Refused] | None = None,
    done: UUID | None = None,
    code_shown: bool = False,
) -> Page:
    """The counter with a card in front, or without one."""
    card = None if here is None or found is None else here.view(found)
    place, refusal = said(ask, refused) or ("", None)
    last = [] if here is None else here.last()
    newest = next((one for one in last if one.row.id == done), None)
    codes = None
    if here is not None and card is not None and code_shown and here.has_enrolled(card.id, ask.now - CODE_SHOWN):
        codes = here.codes(card.id)
    program = programs.versions(ask.conn, ask.company_id).at(ask.now)
    mine = stores_of(ask)
    values = {
        "here": here,
        "stores": mine,
        "store": None if here is None else next(one for one in mine if one.id == here.store_id),
        "card": card,
        "place": place,
        "refusal": refusal,
        "typed": forms.typed(ask).values,
        "last": last,
        "newest": newest,
        "undo_s": 0 if newest is None else _left_s(newest.row.recorded_at + UNDO - ask.now),
        "managers": [] if here is None or here.role.manages else here.managers(),
        "codes": codes,
        "drawing": None if codes is None else _drawn(codes.token),
        "is_reached": newest is not None and _is_reached(newest, card),
        "ready": _ready(ask, card),
        "what": _sentences(ask, program),
        "asks_a_manager": ASKS_A_MANAGER,
        "rate": 0 if program is None else int(program.points_per_unit * RATE_ONE),
        "digits": minor_digits(currency_of(ask)),
        "currency_sign": get_currency_symbol(currency_of(ask), ask.words.language),
        "one_point": ask.words.ngettext("{count} point", "{count} points", 1),
        "many_points": ask.words.ngettext("{count} point", "{count} points", 5),
    }
    return Page("office/counter.html", values, 200 if refused is None and not ask.errors else 409)


def _ready(ask: Ask, card: views.CardView | None) -> str:
    """What is reached besides the row of stamps that is shown."""
    row = None if card is None else card.stamps
    if row is None or not row.ready:
        return ""
    said = ask.words.ngettext(
        "{n} reward ready, {count} of {target}", "{n} rewards ready, {count} of {target}", row.ready
    )
    return said.format(n=row.ready, count=row.shown, target=row.target)


def _sentences(ask: Ask, program: Program | None) -> Callable[[TransactionRow], str]:
    """Words for what was booked: "+46 points for 31.20 €"."""
    words, f = ask.words, formats(ask)
    rewards = {} if program is None else {reward.id: reward.name for reward in program.rewards}

    def effect(row: TransactionRow) -> str:
        parts = []
        if row.stamps:
            said = words.ngettext("{count} stamp", "{count} stamps", abs(row.stamps))
            parts.append(said.format(count=f.signed(row.stamps)))
        if row.points:
            said = words.ngettext("{count} point", "{count} points", abs(row.points))
            parts.append(said.format(count=f.signed(row.points)))
        return ", ".join(parts)

    def what(row: TransactionRow) -> str:
        kind, found = Kind(row.kind), effect(row)
        if kind is Kind.POINTS_EARNED and row.amount_minor is not None:
            return words.gettext("{points} for {amount}").format(points=found, amount=f.money(row.amount_minor))
        if kind is Kind.STAMP_EARNED:
            return found
        name = phrases.kind(kind, words)
        if kind is Kind.POINTS_REDEEMED:
            name = rewards.get(row.reward or "", name)
        elif kind is Kind.STAMP_REDEEMED and program is not None:
            name = program.stamp_reward.name
        return f"{name}, {found}" if found else name

    return what


def _left_s(left: timedelta) -> int:
    return max(0, int(left.total_seconds()))


def _is_reached(newest: desk.LastRow, card: views.CardView | None) -> bool:
    """True if the stamp just given has filled the row."""
    if card is None or card.stamps is None or newest.row.kind != Kind.STAMP_EARNED:
        return False
    before = card.stamps.count - newest.row.stamps
    return card.stamps.count // card.stamps.target > before // card.stamps.target


def _drawn(text: str) -> str:
    """A QR code as the address of a picture, dark on light in every look."""
    return segno.make(text, error="m", micro=False).svg_data_uri(scale=6, border=4, dark="#000", light="#fff")


def _books(name: str, handler: Callable[[Ask], Any], body: type[Body], right: Right = Right.COUNTER) -> Route:
    return Route(
        method="POST",
        path=f"{PATH}/{name}",
        right=right,
        handler=handler,
        title="Counter",
        body=body,
        books=True,
        ahead=agreed,
    )


ROUTES = (
    Route(method="GET", path=PATH, right=Right.COUNTER, handler=shown, title="Counter", query=CounterQuery),
    Route(
        method="POST",
        path=PATH + "/look-up",
        right=Right.COUNTER,
        handler=look_up,
        title="Counter",
        body=LookUp,
        unit=Unit.READ,
        while_suspended=True,
    ),
    _books("stamp", stamp, StampGiven),
    _books("earn", earn, Purchase),
    _books("redeem", redeem, RewardTaken),
    _books("void", void, TakenBack, Right.VOID),
)
