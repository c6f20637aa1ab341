"""What a screen or a JSON line may show of the counter: frozen values, no behaviour. A `Reply` answers an ask."""

from datetime import date, datetime
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from loyalty.refusals import By, Reason, Seems, Why
from terminal.interface.report_views import Cursor, Progress, Readiness, ReportView, UnusualView


class RefusalView(Struct, frozen=True, omit_defaults=True):
    """The counter's no: its reason, its numbers, and a sentence to say aloud."""

    reason: Reason
    text: str
    minutes: int | None = None
    hours: int | None = None
    days: int | None = None
    missing: int | None = None
    limit: int | None = None
    left: int | None = None
    minimum: int | None = None
    minimum_minor: int | None = None
    why: Why | None = None
    seems: Seems | None = None
    by: By | None = None


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
    note: str = ""  # what staff wrote about the customer


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
    """A colleague: the name tile. Asks name a person by this id, or by a name that is one person's alone."""

    id: UUID
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


class NewCardView(Struct, frozen=True):
    """A card from the pool, for the customer's phone."""

    card_number: str
    qr_code: str

    def __repr__(self) -> str:
        return "NewCardView(…)"


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
    rows: tuple[HistoryRow, ...] | UnsetType = UNSET  # what was just written, as its history shows it
    today: int | None = None  # with the last transactions: how many there were today
    quote: QuoteView | None = None
    report: ReportView | None = None
    challenge: str | None = None  # what is read to head office over the telephone
    reading: int | None = None  # the one of the readings asked about that is known here
    status: StatusView | None = None
    refusal: RefusalView | None = None
    problem: ProblemView | None = None
