"""Stamps, points, rewards and corrections for the card in front: each journalled, or refused before anything is."""

from dataclasses import dataclass

from loyalty import enrolment, points, stamps
from loyalty.card import Card
from loyalty.money import Money
from loyalty.program import Program
from loyalty.refusals import Reason, Refusal, Why
from loyalty.transactions import (
    Body,
    CardDeactivated,
    CardReactivated,
    Effect,
    PointsAdjusted,
    PointsEarned,
    PointsRedeemed,
    StampEarned,
    StampRedeemed,
    StampsAdjusted,
)
from terminal.counter.ask_context import AskContext
from terminal.counter.card_lookup import InFront
from terminal.counter.effective_card import EffectiveCard
from terminal.interface.ask import Override
from terminal.interface.asks import Adjust, Deactivate, Earn, Quote, Reactivate, Redeem, Stamp
from terminal.staff.staff_desk import Person
from terminal.storage.journal import Written

RECEIPT_CHARS_MAX = 64
REASON_CHARS_MAX = 200
STAMP_REWARD = "stamps"

Done = tuple[tuple[Written, Effect], ...]  # what one tap did: one entry, or a purchase and its stamps


def stamp(turn: AskContext, ask: Stamp) -> Done | Refusal:
    """One or more stamps for a visit."""
    ready = _ready(turn)
    if isinstance(ready, Refusal):
        return ready
    front, reckoned, staff, program = ready
    effect = stamps.earn_stamps(reckoned.card, program, turn.essentials.settings.zone, turn.now, ask.count)
    return _give(turn, (front, reckoned), StampEarned(count=ask.count), effect, _By(staff))


def quote(turn: AskContext, ask: Quote) -> Effect | Refusal:
    """What a purchase would give the card in front, without giving it."""
    ready = _ready(turn)
    return ready if isinstance(ready, Refusal) else _earned(turn, ready[1], ready[3], ask)


def earn(turn: AskContext, ask: Earn) -> Done | Refusal:
    """Points for a purchase, and its stamps where they are asked for in the same step: both or neither."""
    ready = _ready(turn)
    if isinstance(ready, Refusal):
        return ready
    front, reckoned, staff, program = ready
    body = PointsEarned(amount_minor=ask.amount_minor, receipt=_receipt(ask))
    earned = _earned(turn, reckoned, program, ask)
    if not ask.stamps:
        return _give(turn, (front, reckoned), body, earned, _By(staff))
    stamped = stamps.earn_stamps(reckoned.card, program, turn.essentials.settings.zone, turn.now, ask.stamps)
    if isinstance(earned, Refusal):
        return earned
    if isinstance(stamped, Refusal):
        return stamped
    written = turn.write_step((body, StampEarned(count=ask.stamps)), reckoned, front, staff=staff)
    return tuple(zip(written, (earned, stamped), strict=True))


def redeem(turn: AskContext, ask: Redeem) -> Done | Refusal:
    """A reward, where the balance and the age of what is known allow it, or a manager answers for it."""
    ready = _ready(turn)
    if isinstance(ready, Refusal):
        return ready
    front, reckoned, staff, program = ready
    if reckoned.known is None:
        return Refusal(Reason.CARD_WAITING)
    effect = redemption_effect(reckoned.card, program, ask.reward)
    if isinstance(effect, Refusal):
        return effect
    body: Body = StampRedeemed() if ask.reward == STAMP_REWARD else PointsRedeemed(reward=ask.reward)
    manager: Person | None = None
    no = turn.offline_refusal(front, reckoned, manager_agrees=False)
    if no is not None and no.reason is Reason.MANAGER_NEEDED:
        answer = turn.desk.manager(ask.override, no.why or Why.MANAGERS_ONLY, hours=no.hours)
        if isinstance(answer, Refusal):
            return answer
        manager = answer
        no = turn.offline_refusal(front, reckoned, manager_agrees=True)
    if no is not None:
        return no
    return _give(turn, (front, reckoned), body, effect, _By(staff, manager))


def redemption_effect(card: Card, program: Program, reward: str) -> Effect | Refusal:
    """What taking *reward* does to the card, or why it cannot be taken."""
    if reward == STAMP_REWARD:
        return stamps.redeem_stamps(card, program)
    return points.redeem_points(card, program, reward)


def adjust(turn: AskContext, ask: Adjust) -> Done | Refusal:
    """A manager's correction of stamps or of points."""
    if len(ask.reason) > REASON_CHARS_MAX:
        return Refusal(Reason.TEXT_TOO_LONG, limit=REASON_CHARS_MAX)
    managed = _managed(turn, ask.override)
    if isinstance(managed, Refusal):
        return managed
    front, reckoned, staff, manager = managed
    if (ask.points == 0) == (ask.stamps == 0):
        return Refusal(Reason.NOTHING_TO_ADJUST)
    body: Body
    if ask.points:
        body = PointsAdjusted(points=ask.points, reason=ask.reason)
        effect = points.adjust_points(reckoned.card, ask.points, ask.reason)
    else:
        body = StampsAdjusted(stamps=ask.stamps, reason=ask.reason)
        effect = stamps.adjust_stamps(reckoned.card, ask.stamps, ask.reason)
    return _give(turn, (front, reckoned), body, effect, _By(staff, manager))


def switch(turn: AskContext, ask: Deactivate | Reactivate) -> Done | Refusal:
    """A manager switches the card off, or on again."""
    if len(ask.reason) > REASON_CHARS_MAX:
        return Refusal(Reason.TEXT_TOO_LONG, limit=REASON_CHARS_MAX)
    managed = _managed(turn, ask.override)
    if isinstance(managed, Refusal):
        return managed
    front, reckoned, staff, manager = managed
    off = isinstance(ask, Deactivate)
    body = CardDeactivated(reason=ask.reason) if off else CardReactivated(reason=ask.reason)
    effect = enrolment.deactivate(reckoned.card) if off else enrolment.reactivate(reckoned.card)
    return _give(turn, (front, reckoned), body, effect, _By(staff, manager))


Ready = tuple[InFront, EffectiveCard, Person | None, Program]


def _ready(turn: AskContext) -> Ready | Refusal:
    """The card in front, who serves it, and the rules; or what is missing."""
    staff = turn.someone()
    if isinstance(staff, Refusal):
        return staff
    program = turn.program
    if program is None or not turn.essentials.ready:
        return Refusal(Reason.NOT_READY)
    card = turn.in_front()
    if isinstance(card, Refusal):
        return card
    front, reckoned = card
    if reckoned.card.is_blank:
        return Refusal(Reason.CARD_BLANK)
    return front, reckoned, staff, program


def _managed(
    turn: AskContext, override: Override | None
) -> tuple[InFront, EffectiveCard, Person | None, Person] | Refusal:
    ready = _ready(turn)
    if isinstance(ready, Refusal):
        return ready
    front, reckoned, staff, _program = ready
    if reckoned.known is None:
        return Refusal(Reason.CARD_WAITING)
    manager = turn.desk.manager(override, Why.MANAGERS_ONLY)
    return manager if isinstance(manager, Refusal) else (front, reckoned, staff, manager)


def _earned(turn: AskContext, reckoned: EffectiveCard, program: Program, ask: Earn | Quote) -> Effect | Refusal:
    receipt = _receipt(ask)
    if receipt is not None and len(receipt) > RECEIPT_CHARS_MAX:
        return Refusal(Reason.TEXT_TOO_LONG, limit=RECEIPT_CHARS_MAX)
    amount = Money(ask.amount_minor, turn.essentials.settings.currency)
    used = receipt is not None and turn.reckoner.receipt_used(receipt)
    return points.earn_points(reckoned.card, program, amount, receipt_used=used)


def _receipt(ask: Earn | Quote) -> str | None:
    return (ask.receipt or "").strip() or None


@dataclass(frozen=True, slots=True)
class _By:
    """Who gives, and who answers for it."""

    staff: Person | None
    manager: Person | None = None


def _give(
    turn: AskContext, card: tuple[InFront, EffectiveCard], body: Body, effect: Effect | Refusal, by: _By
) -> Done | Refusal:
    if isinstance(effect, Refusal):
        return effect
    front, reckoned = card
    return ((turn.write(body, reckoned, front, staff=by.staff, override=by.manager), effect),)
