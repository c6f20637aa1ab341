"""Transactions that the server books in consequence of a claim: welcome, reversal of an expiry, a late expiry.

Tills must not journal them. Their ids derive from the claim's id, so that a repetition books nothing twice.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from loyalty import enrolment, expiry
from loyalty.card import Card
from loyalty.money import POINTS_MAX
from loyalty.program import Program, Programs
from loyalty.transactions import (
    KIND_OF,
    Body,
    CardDeactivated,
    CardReactivated,
    CardReplaced,
    CardsMerged,
    CaseDecided,
    Claim,
    CustomerEdited,
    Effect,
    ExpiryReversed,
    PointsAdjusted,
    PointsExpired,
    StampsAdjusted,
    Transaction,
    WelcomeBonus,
    following_id,
)

_BY_COMPANY = (
    PointsAdjusted,
    StampsAdjusted,
    CardDeactivated,
    CardReactivated,
    CardReplaced,
    CustomerEdited,
    CaseDecided,
    CardsMerged,
    PointsExpired,
    ExpiryReversed,
)


def welcome(card: Card, claim: Claim, program: Program) -> tuple[Transaction, ...]:
    """The program's welcome bonus for the card that *claim* has just created."""
    gift = enrolment.welcome(card, program)
    if gift is None:
        return ()
    return (_following(card, claim, WelcomeBonus(), gift, version=program.version, at=claim.context.occurred_at),)


def reversal(
    card: Card, claim: Claim, last_expiry: Transaction | None, *, programs: Programs, zone: ZoneInfo, now: datetime
) -> tuple[Transaction, ...]:
    """Reverses an expiry that a late activity proves wrong; booked before the activity is judged."""
    if last_expiry is None or not is_activity(claim.body):
        return ()
    # By the version that expired the balance: the claim's version may have another expiry or none.
    rules = programs.numbered(last_expiry.context.program_version)
    if card.points_balance - last_expiry.effect.points > POINTS_MAX:
        return ()
    if rules is None or not expiry.undone_by(last_expiry, claim.context.occurred_at, rules, zone):
        return ()
    back = Effect(points=-last_expiry.effect.points)
    return (_following(card, claim, ExpiryReversed(corrects=last_expiry.id), back, version=rules.version, at=now),)


def lapse_again(
    card: Card, claim: Claim, *, programs: Programs, zone: ZoneInfo, now: datetime
) -> tuple[Transaction, ...]:
    """The expiry of a balance whose late activity has itself lapsed by *now*, as the daily run would find it."""
    rules = programs.at(now)
    lapse = expiry.lapsed(card, rules, zone, now) if rules is not None and is_activity(claim.body) else None
    if rules is None or lapse is None:
        return ()
    return (_following(card, claim, PointsExpired(), lapse, version=rules.version, at=now),)


def is_activity(body: Body) -> bool:
    """True if the customer did something, which keeps points alive; actions of the company do not."""
    return not isinstance(body, _BY_COMPANY)


def _following(card: Card, claim: Claim, body: Body, effect: Effect, *, version: int, at: datetime) -> Transaction:
    return Transaction(
        id=following_id(claim.id, KIND_OF[type(body)]),
        card_id=card.id,
        body=body,
        effect=effect,
        context=claim.context._replace(occurred_at=at, program_version=version),
        follows=claim.id,
    )
