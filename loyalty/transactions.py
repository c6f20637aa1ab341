"""The transactions of a card's ledger: a closed union of bodies, and the fields that all transactions share.

A journal entry names a body; the server determines its effect. Transactions are immutable. Values created for every
entry are named tuples, because creating one takes a fifth of a dataclass's time.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, cast, get_args
from uuid import UUID, uuid5


class Kind(StrEnum):
    """The kinds of transactions, as spelled in journal, tables and JSON."""

    CARD_CREATED = "card_created"
    CARD_DEACTIVATED = "card_deactivated"
    CARD_REACTIVATED = "card_reactivated"
    CARD_REPLACED = "card_replaced"
    CUSTOMER_EDITED = "customer_edited"
    STAMP_EARNED = "stamp_earned"
    STAMP_REDEEMED = "stamp_redeemed"
    STAMP_VOIDED = "stamp_voided"
    POINTS_EARNED = "points_earned"
    POINTS_REDEEMED = "points_redeemed"
    REDEMPTION_VOIDED = "redemption_voided"
    POINTS_VOIDED = "points_voided"
    POINTS_ADJUSTED = "points_adjusted"
    STAMPS_ADJUSTED = "stamps_adjusted"
    POINTS_EXPIRED = "points_expired"
    EXPIRY_REVERSED = "expiry_reversed"
    WELCOME_BONUS = "welcome_bonus"
    CASE_DECIDED = "case_decided"
    CARDS_MERGED = "cards_merged"


# The reason of an adjustment that brings over a balance from another program. It happened at the customer's last
# activity there, and counts as one here.
IMPORTED = "import"
LOST = "lost"  # the reason of what a card's owner has booked by themselves, as phone or card were lost
ERASED = "erased"  # in place of a reason that was erased with the customer, and of what was booked by erasing them


@dataclass(frozen=True, slots=True, kw_only=True)
class CardCreated:
    """A blank was enrolled. Personal fields are stored elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardDeactivated:
    """The card was switched off until reactivated."""

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardReactivated:
    """The card was switched on again."""

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardReplaced:
    """The card continues under the number and code of a blank."""

    blank: UUID
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerEdited:
    """A manager changed the customer's name, note or contact. The personal fields lie elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StampEarned:
    """A visit that earns stamps."""

    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class StampRedeemed:
    """A reward taken for a full row of stamps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StampVoided:
    """An earning of stamps was voided."""

    corrects: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsEarned:
    """A purchase."""

    amount_minor: int
    receipt: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsRedeemed:
    """A reward taken for points."""

    reward: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RedemptionVoided:
    """A redemption of stamps or points was voided."""

    corrects: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsVoided:
    """A return of a whole purchase, or of a part of its amount."""

    corrects: UUID
    amount_minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsAdjusted:
    """A manager's correction of points."""

    points: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StampsAdjusted:
    """A manager's correction of stamps."""

    stamps: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsExpired:
    """The balance expired for lack of activity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpiryReversed:
    """An expiry was reversed."""

    corrects: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class WelcomeBonus:
    """The program's bonus for a new card, given once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDecided:
    """A manager decided a case. The ledger keeps which and how; what else was typed lies with the case."""

    case: UUID
    choice: str
    card: UUID | None = None  # that an entry turned out to be about
    blank: UUID | None = None  # for a second customer
    amount: int | None = None  # typed, where the choice asks for it
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardsMerged:
    """The ledger of another card of the customer goes on in this one."""

    merged: UUID


Body = (
    CardCreated
    | CardDeactivated
    | CardReactivated
    | CardReplaced
    | CustomerEdited
    | StampEarned
    | StampRedeemed
    | StampVoided
    | PointsEarned
    | PointsRedeemed
    | RedemptionVoided
    | PointsVoided
    | PointsAdjusted
    | StampsAdjusted
    | PointsExpired
    | ExpiryReversed
    | WelcomeBonus
    | CaseDecided
    | CardsMerged
)

BODY_OF: dict[Kind, type[Body]] = {
    Kind.CARD_CREATED: CardCreated,
    Kind.CARD_DEACTIVATED: CardDeactivated,
    Kind.CARD_REACTIVATED: CardReactivated,
    Kind.CARD_REPLACED: CardReplaced,
    Kind.CUSTOMER_EDITED: CustomerEdited,
    Kind.STAMP_EARNED: StampEarned,
    Kind.STAMP_REDEEMED: StampRedeemed,
    Kind.STAMP_VOIDED: StampVoided,
    Kind.POINTS_EARNED: PointsEarned,
    Kind.POINTS_REDEEMED: PointsRedeemed,
    Kind.REDEMPTION_VOIDED: RedemptionVoided,
    Kind.POINTS_VOIDED: PointsVoided,
    Kind.POINTS_ADJUSTED: PointsAdjusted,
    Kind.STAMPS_ADJUSTED: StampsAdjusted,
    Kind.POINTS_EXPIRED: PointsExpired,
    Kind.EXPIRY_REVERSED: ExpiryReversed,
    Kind.WELCOME_BONUS: WelcomeBonus,
    Kind.CASE_DECIDED: CaseDecided,
    Kind.CARDS_MERGED: CardsMerged,
}
KIND_OF: dict[type[Body], Kind] = {body: kind for kind, body in BODY_OF.items()}

GRANTED = "program"  # the reason of what a new version grants; pages and tills translate it into a sentence

# Kinds that only the server books; claims of them are rejected.
SERVER_ONLY = frozenset({Kind.POINTS_EXPIRED, Kind.EXPIRY_REVERSED, Kind.WELCOME_BONUS, Kind.CARDS_MERGED})


class Effect(NamedTuple):
    """A transaction's change of the card, and the part that could not be taken."""

    stamps: int = 0
    points: int = 0
    shortfall: int = 0


NO_EFFECT = Effect()


class Context(NamedTuple):
    """Who, where and when; the same for a claim and its transaction."""

    occurred_at: datetime
    program_version: int
    store_id: UUID
    terminal_id: UUID | None = None
    staff_id: UUID | None = None
    override_id: UUID | None = None


class Claim(NamedTuple):
    """What a counter says happened on a card, before its effect is determined."""

    id: UUID
    body: Body
    context: Context


class Transaction(NamedTuple):
    """One transaction in a card's ledger."""

    id: UUID
    card_id: UUID
    body: Body
    effect: Effect
    context: Context
    follows: UUID | None = None  # the transaction that caused this one

    @property
    def kind(self) -> Kind:
        return KIND_OF[type(self.body)]


def following_id(transaction_id: UUID, kind: Kind) -> UUID:
    """The id of a consequence of a transaction, the same on every machine and at every repetition."""
    return uuid5(transaction_id, kind)


_Correcting = StampVoided | RedemptionVoided | PointsVoided | ExpiryReversed
_CORRECTING = frozenset(get_args(_Correcting))  # looked up faster than by `isinstance`, several times an entry


def corrected(body: Body) -> UUID | None:
    """The transaction that *body* corrects, or None."""
    return cast(_Correcting, body).corrects if type(body) in _CORRECTING else None
