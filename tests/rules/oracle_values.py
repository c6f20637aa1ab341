"""What the second implementation of the rules is told, and what it answers. Times are seconds since 1970."""

from dataclasses import dataclass

from tests.rules.authority_oracle import Hands

RATE_ONE = 1_000_000  # points per unit, in millionths
NOBODYS = Hands()


@dataclass(frozen=True)
class Rules:
    """A version of a program. Times are seconds since 1970."""

    version: int
    since: int
    announced: int  # tills could be told of it from then on
    stamps: bool
    points: bool
    target: int
    cooldown_s: int
    per_day: int
    per_visit: int
    rate: int
    minimum_purchase: int
    welcome: int
    expire_days: int
    rewards: dict[str, tuple[int, bool]]  # id → cost, active


@dataclass(frozen=True)
class Said:
    """A till's claim. `version` None: the version in force."""

    id: int
    card: int
    kind: str
    at: int
    version: int | None = None
    count: int = 0  # stamps, or points or stamps of a correction
    amount: int | None = None
    receipt: str | None = None
    reward: str = ""
    names: int | None = None  # what a void takes back, or whose case is decided
    choice: str = ""
    reason: str = ""
    blank: int = -1
    contact_known: bool = False  # the customer has a card already
    hands: Hands = NOBODYS


@dataclass
class Row:
    """A transaction in the ledger."""

    id: int | None  # None: a consequence of another
    card: int
    kind: str
    at: int
    version: int
    stamps: int = 0
    points: int = 0
    short: int = 0
    amount: int = 0  # of a purchase, or the returned part
    receipt: str | None = None
    names: int | None = None
    reversed: bool = False
    is_moved: bool = False  # a purchase whose points went on to another card: its receipt stays used
    hands: Hands = NOBODYS
    heard: int = 0  # when the company heard of it


@dataclass(frozen=True)
class Answer:
    """The verdict's word and the rows written."""

    word: str
    rows: tuple[Row, ...] = ()
    known: bool = False  # it was not allowed, and its till could know
    unknown: bool = False  # it was not allowed, or against a limit, and its till could not know
    case: str | None = None  # the kind of the case that it opens
