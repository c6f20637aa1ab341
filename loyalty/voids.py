"""Voids: the effect of taking a transaction back, considering earlier partial returns."""

from dataclasses import dataclass

from loyalty.card import Card
from loyalty.money import AMOUNT_MINOR_MAX, POINTS_MAX, STAMPS_MAX
from loyalty.refusals import Reason, Refusal
from loyalty.transactions import (
    Effect,
    Kind,
    PointsEarned,
    PointsRedeemed,
    PointsVoided,
    RedemptionVoided,
    StampEarned,
    StampRedeemed,
    StampVoided,
    Transaction,
)

# The kinds of transactions that can be taken back.
GIVEN = (Kind.STAMP_EARNED, Kind.POINTS_EARNED, Kind.STAMP_REDEEMED, Kind.POINTS_REDEEMED)


@dataclass(frozen=True, slots=True)
class Original:
    """The transaction a void names, with its earlier voids, oldest first."""

    transaction: Transaction
    voids: tuple[Transaction, ...] = ()

    @property
    def returned_minor(self) -> int:
        """The amount of the purchase already returned."""
        amount = amount_of(self.transaction)
        return min(amount, sum(amount if part is None else part for part in map(_part, self.voids)))

    @property
    def points_taken_back(self) -> int:
        """The points its voids should have taken back, including shortfalls."""
        return sum(-void.effect.points + void.effect.shortfall for void in self.voids)


Voiding = StampVoided | PointsVoided | RedemptionVoided


def take_back(card: Card, body: Voiding, original: Original) -> Effect | Refusal:
    """The effect of the void *body* on *card*, floored at 0, or why it is refused."""
    done = original.transaction
    if not card.has_ledger_of(done.card_id):
        return Refusal(Reason.VOID_OTHER_CARD)
    match body, done.body:
        case StampVoided(), StampEarned():
            if original.voids:
                return Refusal(Reason.ALREADY_VOIDED)
            taken = min(done.effect.stamps, max(0, card.stamp_count))
            return Effect(stamps=-taken, shortfall=done.effect.stamps - taken)
        case RedemptionVoided(), StampRedeemed() | PointsRedeemed():
            if original.voids:
                return Refusal(Reason.ALREADY_VOIDED)
            back = Effect(stamps=-done.effect.stamps, points=-done.effect.points)
            if card.stamp_count + back.stamps > STAMPS_MAX or card.points_balance + back.points > POINTS_MAX:
                return Refusal(Reason.BALANCE_FULL)
            return back
        case PointsVoided(), PointsEarned():
            return _return(card, body, original)
        case _:
            return Refusal(Reason.NOT_VOIDABLE)


def _return(card: Card, body: PointsVoided, original: Original) -> Effect | Refusal:
    amount = amount_of(original.transaction)
    open_minor = amount - original.returned_minor
    if open_minor <= 0:
        return Refusal(Reason.ALREADY_VOIDED)
    part = open_minor if body.amount_minor is None else body.amount_minor
    if part <= 0:
        return Refusal(Reason.AMOUNT_NOT_POSITIVE)
    if part > AMOUNT_MINOR_MAX:
        return Refusal(Reason.AMOUNT_TOO_LARGE)
    if part > open_minor:
        return Refusal(Reason.VOID_TOO_MUCH, minimum_minor=open_minor)
    # The remaining part keeps its share, rounded down, so that many small returns take no more than one large one.
    given = original.transaction.effect.points
    stays = given * (open_minor - part) // amount
    due = given - original.points_taken_back - stays
    taken = min(due, max(0, card.points_balance))
    return Effect(points=-taken, shortfall=due - taken)


def voided_whole(original: Original) -> bool:
    """True if nothing is left to take back."""
    if isinstance(original.transaction.body, PointsEarned):
        return original.returned_minor >= amount_of(original.transaction)
    return bool(original.voids)


def void_body(original: Transaction, amount_minor: int | None = None) -> Voiding | None:
    """The void for *original*; None if its kind cannot be voided."""
    match original.body:
        case StampEarned():
            return StampVoided(corrects=original.id)
        case PointsEarned():
            return PointsVoided(corrects=original.id, amount_minor=amount_minor)
        case StampRedeemed() | PointsRedeemed():
            return RedemptionVoided(corrects=original.id)
        case _:
            return None


def amount_of(transaction: Transaction) -> int:
    """The purchase's amount in minor units; 0 for other transactions."""
    return transaction.body.amount_minor if isinstance(transaction.body, PointsEarned) else 0


def _part(void: Transaction) -> int | None:
    return void.body.amount_minor if isinstance(void.body, PointsVoided) else None
