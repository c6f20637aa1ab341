"""The fold that computes a card's state from its transactions."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import assert_never
from uuid import UUID

from loyalty.card import MARKS_KEPT, Card, StampMark
from loyalty.transactions import (
    IMPORTED,
    CardCreated,
    CardDeactivated,
    CardReactivated,
    CardReplaced,
    CardsMerged,
    CaseDecided,
    CustomerEdited,
    ExpiryReversed,
    PointsAdjusted,
    PointsEarned,
    PointsExpired,
    PointsRedeemed,
    PointsVoided,
    RedemptionVoided,
    StampEarned,
    StampRedeemed,
    StampsAdjusted,
    StampVoided,
    Transaction,
    WelcomeBonus,
)


def fold(card: Card, transaction: Transaction) -> Card:
    """The card after *transaction*; call it in recording order."""
    effect, at = transaction.effect, transaction.context.occurred_at
    # Each kind replaces once: a second replacement would cost as much as the rest of a judgement.
    change = partial(
        card._replace,
        stamp_count=card.stamp_count + effect.stamps,
        points_balance=card.points_balance + effect.points,
    )
    active = later(card.last_activity_at, at)
    body = transaction.body
    match body:
        case CardCreated():
            if card.created_at is not None:
                return change(last_activity_at=active)  # a second enrolment of the same blank changes nothing else
            store = transaction.context.store_id
            return change(created_at=at, enrolled_at_store=store, last_activity_at=active)
        case CardDeactivated():
            return change(is_active=False)
        case CardReactivated():
            return change(is_active=True)
        case StampEarned():
            if effect.stamps == 0:
                return change(last_activity_at=active)
            return change(
                total_stamps_earned=card.total_stamps_earned + effect.stamps,
                marks=kept_marks((*card.marks, StampMark(transaction.id, at, effect.stamps))),
                last_activity_at=active,
            )
        case StampRedeemed():
            return change(
                stamps_redeemed=card.stamps_redeemed + 1,
                last_redemption_at=later(card.last_redemption_at, at),
                last_activity_at=active,
            )
        case StampVoided():
            return change(marks=_without_mark(card.marks, body.corrects), last_activity_at=active)
        case PointsEarned() | WelcomeBonus():
            return change(
                total_points_earned=card.total_points_earned + effect.points,
                welcome_given=card.welcome_given or isinstance(body, WelcomeBonus),
                last_points_at=later(card.last_points_at, at),
                last_activity_at=active,
            )
        case PointsRedeemed():
            return change(
                points_redeemed=card.points_redeemed - effect.points + effect.shortfall,
                last_redemption_at=later(card.last_redemption_at, at),
                last_activity_at=active,
            )
        case PointsVoided() | RedemptionVoided():
            return change(last_activity_at=active)
        case PointsAdjusted(reason=reason) | StampsAdjusted(reason=reason) if reason == IMPORTED:
            return change(last_activity_at=active)
        case CardReplaced() | CustomerEdited() | PointsAdjusted() | StampsAdjusted() | CaseDecided() | CardsMerged():
            return change()  # actions of the company are no activity of the customer
        case PointsExpired() | ExpiryReversed():
            return change()
    assert_never(body)


def fold_all(card: Card, transactions: Iterable[Transaction]) -> Card:
    """The card after all *transactions*, which are given in recording order."""
    for transaction in transactions:
        card = fold(card, transaction)
    return card


def later(one: datetime | None, other: datetime) -> datetime:
    """The later of two moments, of which the first may be missing."""
    return other if one is None else max(one, other)


def kept_marks(marks: Iterable[StampMark]) -> tuple[StampMark, ...]:
    """The marks that a card keeps of these, in order."""
    ordered = sorted(marks, key=lambda one: one.occurred_at)
    if not ordered:
        return ()
    kept_from = ordered[-1].occurred_at - MARKS_KEPT
    return tuple(one for one in ordered if one.occurred_at >= kept_from)


def _without_mark(marks: tuple[StampMark, ...], transaction_id: UUID) -> tuple[StampMark, ...]:
    return tuple(one for one in marks if one.transaction_id != transaction_id)
