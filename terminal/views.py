"""What a cashier may ask of the counter, and what a screen or a JSON line may show of it. Frozen values, no behaviour.

Asks decode from a JSON line by their `do`; a `Reply` encodes to the answer. Screen and JSON lines share them.
"""

from datetime import date, datetime
from uuid import UUID

import msgspec
from msgspec import UNSET, Struct, UnsetType

from terminal.ask import Ask, Override
from terminal.new_cards import HandedOver, NewCardView, ShowCode
from terminal.new_pins import ChangePin, ResetPin, Telephone, UnlockByPhone
from terminal.reports import Cursor, Decided, Open, Progress, Readiness, Report, ReportView, Served, UnusualView


class Pin(Ask, frozen=True, tag="pin"):
    """Who is on shift now."""

    staff: str
    pin: str


class Lock(Ask, frozen=True, tag="lock"):
    """Nobody is on shift any more."""


class Unlock(Ask, frozen=True, tag="unlock"):
    """A manager lifts a colleague's lock-out."""

    staff: str
    override: Override


class Colleagues(Ask, frozen=True, tag="staff"):
    """Who may work at this till: the name tiles."""


class Scan(Ask, frozen=True, tag="scan"):
    """A scanned or typed code: token, URL, or card number."""

    code: str


class Recognise(Ask, frozen=True, tag="recognise"):
    """Which of several readings of a code that a hand-held scanner typed is known here. Puts nothing in front."""

    readings: tuple[str, ...]


class Find(Ask, frozen=True, tag="find"):
    """Exactly one of the three."""

    email: str | None = None
    phone: str | None = None
    receipt: str | None = None


class PutAway(Ask, frozen=True, tag="put_away"):
    """No card is in front any more."""


class Stamp(Ask, frozen=True, tag="stamp"):
    """Stamps for the card in front."""

    count: int = 1


class Quote(Ask, frozen=True, tag="quote"):
    """What a purchase of this amount would give; writes nothing."""

    amount_minor: int
    receipt: str | None = None


class Earn(Ask, frozen=True, tag="earn"):
    """Points for a purchase; with `stamps` its stamps as well, both or neither."""

    amount_minor: int
    receipt: str | None = None
    stamps: int = 0


class Redeem(Ask, frozen=True, tag="redeem"):
    """A reward: "stamps", or a reward's id."""

    reward: str
    override: Override | None = None


class Void(Ask, frozen=True, tag="void"):
    """Takes a transaction back; a part of a purchase with `amount_minor`; `also` what was given in the same step."""

    entry: UUID
    amount_minor: int | None = None
    override: Override | None = None
    also: UUID | None = None


class QuoteVoid(Ask, frozen=True, tag="quote_void"):
    """What taking a transaction back, or a part of its purchase, would take from the card; writes nothing."""

    entry: UUID
    amount_minor: int | None = None


class Enrol(Ask, frozen=True, tag="enrol"):
    """A blank becomes a customer's card: the one whose code is named, or one of this till's own, to be shown."""

    code: str | None = None
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    language: str | None = None
    consent: bool = False


class Adjust(Ask, frozen=True, tag="adjust"):
    """A manager's correction."""

    points: int = 0
    stamps: int = 0
    reason: str = ""
    override: Override | None = None


class Deactivate(Ask, frozen=True, tag="deactivate"):
    """The card in front may not be used any more."""

    reason: str = ""
    override: Override | None = None


class Reactivate(Ask, frozen=True, tag="reactivate"):
    """The card in front may be used again."""

    reason: str = ""
    override: Override | None = None


class Replace(Ask, frozen=True, tag="replace"):
    """The history of the card in front goes on under a blank's number and code."""

    code: str
    reason: str = ""
    override: Override | None = None


class History(Ask, frozen=True, tag="history"):
    """The transactions of the card in front, newest first; `before` is the entry to go on from."""

    limit: int = 20
    before: UUID | None = None


class Recent(Ask, frozen=True, tag="recent"):
    """This till's last transactions, newest first, whichever card."""

    limit: int = 8


class Status(Ask, frozen=True, tag="status"):
    """How the till stands."""


class Sync(Ask, frozen=True, tag="sync"):
    """Exchange until nothing waits to be sent or fetched, or time is up."""

    timeout_s: float = 10.0


class Speak(Ask, frozen=True, tag="speak"):
    """Sentences come in this language from now on: en, fr, de or lb."""

    language: str


AnyAsk = (
    Pin
    | Lock
    | Unlock
    | ChangePin
    | ResetPin
    | Telephone
    | UnlockByPhone
    | Colleagues
    | Scan
    | Recognise
    | Find
    | PutAway
    | Stamp
    | Quote
    | Earn
    | Redeem
    | Void
    | QuoteVoid
    | Enrol
    | ShowCode
    | HandedOver
    | Adjust
    | Deactivate
    | Reactivate
    | Replace
    | History
    | Recent
    | Decided
    | Served
    | Open
    | Report
    | Status
    | Sync
    | Speak
)


class RefusalView(Struct, frozen=True, omit_defaults=True):
    """The counter's no: its reason, its numbers, and a sentence to say aloud."""

    reason: str
    text: str
    minutes: int | None = None
    hours: int | None = None
    days: int | None = None
    missing: int | None = None
    limit: int | None = None
    left: int | None = None
    minimum: int | None = None
    minimum_minor: int | None = None
    why: str | None = None
    seems: str | None = None
    by: str | None = None


class ProblemView(Struct, frozen=True):
    """The world's fault: one sentence and a way on."""

    kind: str
    text: str


class StampsView(Struct, frozen=True):
    """Stamps toward the next reward: `count` = what the server confirmed + what waits."""

    count: int
    target: int
    confirmed: int
    waiting: int
    until_reward: int
    reward: str = ""
    at_once: int = 1  # the most that one visit can give now; 0 where even one is refused


class PointsView(Struct, frozen=True):
    """Points: `balance` = what the server confirmed + what waits."""

    balance: int
    confirmed: int
    waiting: int


class RewardView(Struct, frozen=True):
    """A reward, and why it cannot be taken now, if so. `cost` in points; None for the stamps' own reward."""

    id: str
    name: str
    cost: int | None
    refusal: RefusalView | None


class CardView(Struct, frozen=True):
    """The card in front of the cashier."""

    id: UUID | None
    known: bool
    number_end: str
    name: str
    active: bool
    blank: bool
    by_code: bool  # put in front by its QR code, not by number or contact
    stamps: StampsView | None
    points: PointsView | None
    confirmed_at: datetime | None
    rewards: tuple[RewardView, ...]
    next_stamp: RefusalView | None
    expires_on: date | None
    held: int = 0  # entries of this till on the card that wait for something named


class EntryView(Struct, frozen=True):
    """What was just written. `stamps` and `points` as this till reckons them."""

    id: UUID
    seq: int
    kind: str
    stamps: int = 0
    points: int = 0
    reward_reached: bool = False
    undo_s: int = 0  # how long the undo button is offered


class StaffView(Struct, frozen=True):
    """A colleague: the name tile."""

    name: str
    role: str
    locked_minutes: int = 0


class HistoryRow(Struct, frozen=True):
    """One transaction as the till knows it. `state`: waiting, accepted, adjusted, rejected or held."""

    entry: UUID
    kind: str
    occurred_at: datetime
    stamps: int
    points: int
    state: str
    note: str = ""  # why adjusted, rejected or held, in words
    amount_minor: int | None = None
    receipt: str | None = None
    reward: str | None = None  # its name
    voided: bool = False
    returned_minor: int = 0  # what of a purchase has been returned so far
    can_void: bool = False
    own: bool = False  # written by this till
    card_id: UUID | None = None
    card: str = ""  # name, or "1234", the number's end
    staff: str = ""


class QuoteView(Struct, frozen=True):
    """What a purchase would give, or a return take; or why it does nothing."""

    amount_minor: int
    points: int
    refusal: RefusalView | None
    unusual: UnusualView | None = None
    stamps: int = 0


class StatusView(Struct, frozen=True, kw_only=True):
    """How the till stands. The first twelve are the public interface's."""

    online: bool
    confirmed_at: datetime | None
    waiting: int
    held: int
    last_seq: int
    acked_seq: int
    cursor: Cursor
    store: str
    terminal: str
    staff: StaffView | None
    readiness: Readiness
    problem: ProblemView | None
    company: str = ""
    currency: str = "EUR"
    program: str | None = None  # stamps, points or hybrid; None before the rules are in
    offline_since: datetime | None = None
    progress: Progress | None = None  # None once the first load is complete
    pair_again: bool = False  # the journal forked, or the till was revoked: serving goes on, pairing is needed
    too_old: bool = False
    rewards_stopped: bool = False
    warn: bool = False
    pin_required: str = "per_shift"
    pin_length: int = 4
    compared_at: datetime | None = None  # when the replica was last found equal to the server's rows
    differences: int = 0  # how often rows of it were found wrong, and fetched again
    code_kept: bool = False  # of the last card for a phone: it may never have been shown
    phone_cards: int = 0  # how many more customers could have one
    practice: bool = False  # a pretend shop: nothing is sent
    welcome_points: int = 0  # what a new card begins with


class Reply(Struct, frozen=True, omit_defaults=True):
    """The answer to an ask. `ok` says whether it was done; the rest is there where it belongs."""

    ok: bool
    card: CardView | UnsetType | None = UNSET
    entry: EntryView | None = None
    also: EntryView | None = None  # the stamps that a purchase gave in the same step
    new_card: NewCardView | None = None
    staff: StaffView | UnsetType | None = UNSET
    colleagues: tuple[StaffView, ...] | UnsetType = UNSET
    history: tuple[HistoryRow, ...] | UnsetType = UNSET
    today: int | None = None  # with the last transactions: how many there were today
    quote: QuoteView | None = None
    report: ReportView | None = None
    challenge: str | None = None  # what is read to head office over the telephone
    reading: int | None = None  # the one of the readings asked about that is known here
    status: StatusView | None = None
    refusal: RefusalView | None = None
    problem: ProblemView | None = None


ask_decoder: msgspec.json.Decoder[AnyAsk] = msgspec.json.Decoder(AnyAsk)
