"""The counter's views for screens and JSON lines: frozen values. A `Reply` answers a request."""

from datetime import date, datetime
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from loyalty.refusals import By, Reason, Seems, Why
from terminal.interface.report_views import Cursor, Progress, Readiness, ReportView, UnusualView


class RefusalView(Struct, frozen=True, omit_defaults=True):
    """A refusal: its reason, its numbers, and a sentence to say aloud."""

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
    """A failure of the environment: one sentence that also says what to do."""

    kind: str
    text: str


class StampsView(Struct, frozen=True):
    """Stamps toward the next reward: `count` = confirmed by the server + waiting."""

    count: int
    target: int
    confirmed: int
    waiting: int
    until_reward: int
    reward: str = ""
    at_once: int = 1  # the most one visit can give now; 0 if none

    @property
    def ready(self) -> int:
        """The number of rewards that the stamps suffice for."""
        return max(0, self.count) // self.target if self.target > 0 else 0

    @property
    def shown(self) -> int:
        """Stamps shown in the row: all of a full card, else those toward the next reward."""
        return self.after(0)

    def after(self, more: int) -> int:
        """Stamps shown in the row after *more* are given."""
        count = max(0, self.count + more)
        if count <= self.target or self.target < 1:
            return count
        return count % self.target or self.target


class PointsView(Struct, frozen=True):
    """Points: `balance` = confirmed by the server + waiting."""

    balance: int
    confirmed: int
    waiting: int


class RewardView(Struct, frozen=True):
    """A reward, and why it is unavailable now, if so. `cost` in points; None for the stamp reward."""

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
    by_code: bool  # found by its QR code, not by number or contact
    stamps: StampsView | None
    points: PointsView | None
    confirmed_at: datetime | None
    rewards: tuple[RewardView, ...]
    next_stamp: RefusalView | None
    expires_on: date | None
    held: int = 0  # this till's held entries on the card
    note: str = ""  # the staff's note on the customer
    asked_about: bool = False  # a case about it waits for a manager of the store


class EntryView(Struct, frozen=True):
    """An entry just written; `stamps` and `points` as computed by this till."""

    id: UUID
    seq: int
    kind: str
    stamps: int = 0
    points: int = 0
    reward_reached: bool = False
    undo_s: int = 0  # how long undo is offered


class StaffView(Struct, frozen=True):
    """A colleague's name tile. Requests name a person by this id, or by a unique name."""

    id: UUID
    name: str
    role: str
    locked_minutes: int = 0


class HistoryRow(Struct, frozen=True):
    """A transaction as known here. `state`: waiting, accepted, adjusted, rejected or held."""

    entry: UUID
    kind: str
    occurred_at: datetime
    stamps: int
    points: int
    state: str
    note: str = ""  # why adjusted, rejected or held
    amount_minor: int | None = None
    receipt: str | None = None
    reward: str | None = None  # its name
    voided: bool = False
    returned_minor: int = 0  # the amount of a purchase returned so far
    can_void: bool = False
    own: bool = False  # written by this till
    card_id: UUID | None = None
    card: str = ""  # name, or the number's last digits
    staff: str = ""
    manager: str = ""  # who agreed, where one had to


class ChoiceView(Struct, frozen=True, omit_defaults=True):
    """A choice of a case. What it does is given as far as this till can work it out."""

    choice: str
    refusal: RefusalView | None = None  # why it is impossible now
    stamps: int = 0  # what the card gets or loses
    points: int = 0
    missing: int = 0  # stamps or points that the card does not have, and the company bears
    asks_amount: bool = False  # points have to be typed


class OwnDecision(Struct, frozen=True, omit_defaults=True):
    """What somebody decided at this till, and what the company says to it."""

    choice: str
    state: str  # waiting, accepted, adjusted, rejected, held
    at: datetime
    by: str
    note: str = ""  # why it was not accepted as it was


class CaseView(Struct, frozen=True, omit_defaults=True):
    """A case of the store. `state`: open, waiting, sent (decided at this till, not by the company yet), decided,
    settled."""

    id: UUID
    number: int
    kind: str
    state: str
    occurred_at: datetime
    card_id: UUID | None = None
    card: str = ""  # the customer's name, or the last digits of the number
    unit: str | None = None
    amount: int = 0
    stake_minor: int | None = None
    terminal: str = ""
    staff: str = ""  # who did it
    choice: str | None = None
    decided_by: str = ""
    decided_at: datetime | None = None
    settled_by: str | None = None
    own: OwnDecision | None = None
    choices: tuple[ChoiceView, ...] = ()
    history: tuple[HistoryRow, ...] = ()  # what happened on the card in this store around it, oldest first
    more: int = 0  # rows of that time that are left out

    @property
    def is_open(self) -> bool:
        """True if somebody has to decide it."""
        return self.state in ("open", "waiting")


class QuoteView(Struct, frozen=True):
    """What a purchase would give or a return take, or why it does nothing."""

    amount_minor: int
    points: int
    refusal: RefusalView | None
    unusual: UnusualView | None = None
    stamps: int = 0


class StatusView(Struct, frozen=True, kw_only=True):
    """The till's status. The first twelve fields belong to the public interface."""

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
    currency: str
    company: str = ""
    program: str | None = None  # stamps, points or hybrid; None until known
    offline_since: datetime | None = None
    progress: Progress | None = None  # None once the first load is complete
    pair_again: bool = False  # the till must be paired again, but can still serve
    too_old: bool = False
    rewards_stopped: bool = False
    warn: bool = False
    pin_required: str = "per_shift"
    pin_length: int = 4
    compared_at: datetime | None = None  # when the replica was last verified
    differences: int = 0  # how often rows differed and were fetched again
    restored_at: datetime | None = None  # when the server was first met after it was restored from a backup
    code_kept: bool = False  # the last phone card's code is kept, as it may not have been shown
    phone_cards: int = 0  # how many are left
    practice: bool = False  # a practice shop; nothing is sent
    plain_http: bool = False  # the connection to the server has no TLS
    welcome_points: int = 0  # points of a new card
    time_zone: str = ""  # the company's, in which days and hours are told
    server: str = ""  # the address that the till exchanges with
    cases: int = 0  # of the store, that somebody has to decide


class NewCardView(Struct, frozen=True):
    """A new phone card: its number and code."""

    card_number: str
    qr_code: str

    def __repr__(self) -> str:
        return "NewCardView(…)"


class Reply(Struct, frozen=True, omit_defaults=True):
    """The answer to a request: `ok` if it was done, and the fields that belong to it."""

    ok: bool
    card: CardView | UnsetType | None = UNSET
    entry: EntryView | None = None
    also: EntryView | None = None  # the stamps given in the same step as a purchase
    new_card: NewCardView | None = None
    staff: StaffView | UnsetType | None = UNSET
    colleagues: tuple[StaffView, ...] | UnsetType = UNSET
    history: tuple[HistoryRow, ...] | UnsetType = UNSET
    rows: tuple[HistoryRow, ...] | UnsetType = UNSET  # history rows of the entries just written
    today: int | None = None  # the number of transactions today
    quote: QuoteView | None = None
    report: ReportView | None = None
    cases: tuple[CaseView, ...] | UnsetType = UNSET
    case: CaseView | None = None
    challenge: str | None = None  # the digits to read to head office
    reading: int | None = None  # index of the known reading
    status: StatusView | None = None
    refusal: RefusalView | None = None
    problem: ProblemView | None = None
