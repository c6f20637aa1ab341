"""Merging of two cards of one customer: the ledger of one goes on in the other, with one welcome for both."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from loyalty.card import Card
from loyalty.fold import fold, kept_marks, later
from loyalty.money import COUNTED_MAX, POINTS_MAX, STAMPS_MAX
from loyalty.refusals import Reason, Refusal
from loyalty.transactions import NO_EFFECT, CardsMerged, Effect, Kind, Transaction


def merge(card: Card, other: Card, welcome: int) -> Effect | Refusal:
    """What merging *other* into *card* takes from both together: the second of two welcomes, as far as the points are
    there. *welcome* is what the other card's welcome gave. A refusal says why the cards cannot be merged."""
    if card.id == other.id:
        return Refusal(Reason.SAME_CARD)
    for one in (card, other):
        if one.merged_into is not None:
            return Refusal(Reason.CARD_MERGED)
        if one.is_blank:
            return Refusal(Reason.CARD_BLANK)
        if not one.is_active:
            return Refusal(Reason.CARD_INACTIVE)
    both = joined(card, other)
    if _is_too_full(both):
        return Refusal(Reason.BALANCE_FULL)
    if not (card.welcome_given and other.welcome_given):
        return NO_EFFECT
    taken = min(welcome, max(0, both.points_balance))
    return Effect(points=-taken, shortfall=welcome - taken)


def joined(card: Card, other: Card) -> Card:
    """The card with the ledger of the *other* one in it, handed out when the first of them was."""
    return card._replace(
        created_at=min(_created_at(card), _created_at(other)),
        stamp_count=card.stamp_count + other.stamp_count,
        total_stamps_earned=card.total_stamps_earned + other.total_stamps_earned,
        stamps_redeemed=card.stamps_redeemed + other.stamps_redeemed,
        points_balance=card.points_balance + other.points_balance,
        total_points_earned=card.total_points_earned + other.total_points_earned,
        points_redeemed=card.points_redeemed + other.points_redeemed,
        welcome_given=card.welcome_given or other.welcome_given,
        last_points_at=_latest(card.last_points_at, other.last_points_at),
        last_redemption_at=_latest(card.last_redemption_at, other.last_redemption_at),
        last_activity_at=_latest(card.last_activity_at, other.last_activity_at),
        marks=kept_marks((*card.marks, *other.marks)),
        merged=(*card.merged, other.id, *other.merged),
    )


def left_behind(other: Card, into: UUID) -> Card:
    """What is left of a card that was merged into another: when and where it was handed out, and where it leads."""
    return Card(
        id=other.id,
        created_at=other.created_at,
        enrolled_at_store=other.enrolled_at_store,
        merged=other.merged,
        merged_into=into,
    )


def older(one: Card, other: Card) -> Card:
    """The card that stays unless somebody chooses the other: the one that was handed out first."""
    return min((one, other), key=lambda card: (_created_at(card), card.id))


def welcome_of(ledger: Iterable[Transaction]) -> int:
    """The points that the welcome gave which a card and those merged into it have kept; *ledger* has all of theirs."""
    given = 0
    for fact in ledger:
        if fact.kind is Kind.WELCOME_BONUS:
            given += fact.effect.points
        elif fact.kind is Kind.CARDS_MERGED:
            given += fact.effect.points - fact.effect.shortfall
    return given


def fold_into(cards: dict[UUID, Card], transaction: Transaction) -> Card:
    """Applies a transaction to its card among *cards*, and returns that card; a merge takes the other one's ledger
    along. Call it in recording order."""
    card = _among(cards, transaction.card_id)
    if isinstance(transaction.body, CardsMerged):
        other = _among(cards, transaction.body.merged)
        cards[other.id] = left_behind(other, card.id)
        card = joined(card, other)
    after = cards[card.id] = fold(card, transaction)
    return after


def _among(cards: dict[UUID, Card], card_id: UUID) -> Card:
    return cards.get(card_id) or Card(id=card_id)


def _is_too_full(card: Card) -> bool:
    return (
        card.stamp_count > STAMPS_MAX
        or card.points_balance > POINTS_MAX
        or max(card.total_stamps_earned, card.total_points_earned) > COUNTED_MAX
    )


def _latest(one: datetime | None, other: datetime | None) -> datetime | None:
    return one if other is None else later(one, other)


def _created_at(card: Card) -> datetime:
    assert card.created_at is not None, "a blank has no ledger"
    return card.created_at
