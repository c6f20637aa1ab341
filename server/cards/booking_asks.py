"""What a person in a browser can ask for a card, who asks, and what was booked."""

from dataclasses import dataclass
from uuid import UUID

from loyalty.staff import Role
from loyalty.transactions import Transaction
from server.cards.blanks import Blank
from server.ledger.rows.cards import OpenCard

STAMP_REWARD = "stamps"


@dataclass(frozen=True, slots=True)
class Stamp:
    count: int = 1


@dataclass(frozen=True, slots=True)
class Earn:
    amount_minor: int
    receipt: str = ""


@dataclass(frozen=True, slots=True)
class Redeem:
    """Takes a reward; without the card's code a manager has to agree."""

    reward: str  # an id, or "stamps"
    by_code: bool


@dataclass(frozen=True, slots=True)
class Void:
    """Takes a transaction back, or a part of a purchase."""

    original: UUID
    amount_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Adjust:
    """Corrects one of the two balances."""

    points: int = 0
    stamps: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Deactivate:
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Reactivate:
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Replace:
    """Moves the card to the number and code of a blank."""

    code: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditCustomer:
    """What is known of the customer from now on, in full; a new contact is not verified."""

    name: str = ""
    note: str = ""
    email: str = ""
    phone: str = ""
    language: str | None = None  # None: as it was
    consent: bool = False


Asked = Stamp | Earn | Redeem | Void | Adjust | Deactivate | Reactivate | Replace | EditCustomer


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """A customer who gets a card: the blank with this code, or without one a card for their phone."""

    code: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    language: str | None = None
    consent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Booker:
    """Who asks, and where."""

    staff_id: UUID
    role: Role
    store_id: UUID | None  # None: in no store, as on a card's page; then what is taken back says it, or the enrolment
    override_id: UUID | None = None  # a manager who agrees, whose PIN was right

    @property
    def manager_agrees(self) -> bool:
        return self.role.manages or self.override_id is not None


@dataclass(frozen=True, slots=True)
class Booked:
    """What was booked, and the card after it."""

    transactions: tuple[Transaction, ...]
    card: OpenCard

    @property
    def main(self) -> Transaction:
        """The transaction that was asked for, without its consequences."""
        return next(fact for fact in self.transactions if fact.follows is None)


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A customer's new card; *shown* are its codes if it was made for their phone."""

    booked: Booked
    shown: Blank | None
