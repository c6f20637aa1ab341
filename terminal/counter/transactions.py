"""Stamps, points, rewards and adjustments for the card in front; refused before anything is journalled."""

from loyalty import enrolment, points, stamps
from loyalty.card import Card
from loyalty.money import Money
from loyalty.program import Program
from loyalty.refusals import Reason, Refusal, Why
from loyalty.texts import REASON_CHARS_MAX, RECEIPT_CHARS_MAX
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
from terminal.storage.recorder import EntryContext

STAMP_REWARD = "stamps"

Done = tuple[tuple[Written, Effect], ...]  # the entries of one tap: one, or a purchase and its stamps


def stamp(context: AskContext, ask: Stamp) -> Done | Refusal:
    """Gives one or more stamps for a visit."""
    ready = _ready(context)
    if isinstance(ready, Refusal):
        return ready
    front, effective, staff, program = ready
    effect = stamps.earn_stamps(effective.card, program, context.essentials.settings.zone, context.now, ask.count)
    return _give(context, StampEarned(count=ask.count), effect, context.about(front, effective, staff=staff))


def quote(context: AskContext, ask: Quote) -> Effect | Refusal:
    """The points a purchase would give the card in front."""
    ready = _ready(context)
    return ready if isinstance(ready, Refusal) else _earned(context, ready[1], ready[3], ask)


def earn(context: AskContext, ask: Earn) -> Done | Refusal:
    """Gives points for a purchase, and if requested its stamps: both or neither."""
    ready = _ready(context)
    if isinstance(ready, Refusal):
        return ready
    front, effective, staff, program = ready
    body = PointsEarned(amount_minor=ask.amount_minor, receipt=_receipt(ask))
    earned = _earned(context, effective, program, ask)
    if not ask.stamps:
        return _give(context, body, earned, context.about(front, effective, staff=staff))
    stamped = stamps.earn_stamps(effective.card, program, context.essentials.settings.zone, context.now, ask.stamps)
    if isinstance(earned, Refusal):
        return earned
    if isinstance(stamped, Refusal):
        return stamped
    written = context.write_step((body, StampEarned(count=ask.stamps)), context.about(front, effective, staff=staff))
    return tuple(zip(written, (earned, stamped), strict=True))


def redeem(context: AskContext, ask: Redeem) -> Done | Refusal:
    """Gives a reward, if balance and age of the data allow it or a manager approves."""
    ready = _ready(context)
    if isinstance(ready, Refusal):
        return ready
    front, effective, staff, program = ready
    if effective.known is None:
        return Refusal(Reason.CARD_WAITING)
    effect = redemption_effect(effective.card, program, ask.reward)
    if isinstance(effect, Refusal):
        return effect
    body: Body = StampRedeemed() if ask.reward == STAMP_REWARD else PointsRedeemed(reward=ask.reward)
    manager: Person | None = None
    refusal = context.offline_refusal(front, effective, manager_agrees=False)
    if refusal is not None and refusal.reason is Reason.MANAGER_NEEDED:
        answer = context.desk.manager(ask.override, refusal.why or Why.MANAGERS_ONLY, hours=refusal.hours)
        if isinstance(answer, Refusal):
            return answer
        manager = answer
        refusal = context.offline_refusal(front, effective, manager_agrees=True)
    if refusal is not None:
        return refusal
    return _give(context, body, effect, context.about(front, effective, staff=staff, override=manager))


def redemption_effect(card: Card, program: Program, reward: str) -> Effect | Refusal:
    """The effect of taking *reward* on the card, or the refusal."""
    if reward == STAMP_REWARD:
        return stamps.redeem_stamps(card, program)
    return points.redeem_points(card, program, reward)


def adjust(context: AskContext, ask: Adjust) -> Done | Refusal:
    """Adjusts stamps or points; for managers."""
    if len(ask.reason) > REASON_CHARS_MAX:
        return Refusal(Reason.TEXT_TOO_LONG, limit=REASON_CHARS_MAX)
    allowed = managed(context, ask.override)
    if isinstance(allowed, Refusal):
        return allowed
    front, effective, staff, manager = allowed
    if (ask.points == 0) == (ask.stamps == 0):
        return Refusal(Reason.NOTHING_TO_ADJUST)
    body: Body
    if ask.points:
        body = PointsAdjusted(points=ask.points, reason=ask.reason)
        effect = points.adjust_points(effective.card, ask.points, ask.reason)
    else:
        body = StampsAdjusted(stamps=ask.stamps, reason=ask.reason)
        effect = stamps.adjust_stamps(effective.card, ask.stamps, ask.reason)
    return _give(context, body, effect, context.about(front, effective, staff=staff, override=manager))


def switch(context: AskContext, ask: Deactivate | Reactivate) -> Done | Refusal:
    """Deactivates or reactivates the card; for managers."""
    if len(ask.reason) > REASON_CHARS_MAX:
        return Refusal(Reason.TEXT_TOO_LONG, limit=REASON_CHARS_MAX)
    allowed = managed(context, ask.override)
    if isinstance(allowed, Refusal):
        return allowed
    front, effective, staff, manager = allowed
    off = isinstance(ask, Deactivate)
    body = CardDeactivated(reason=ask.reason) if off else CardReactivated(reason=ask.reason)
    effect = (
        enrolment.deactivate(effective.card)
        if off
        else enrolment.reactivate(effective.card, is_erased=effective.is_erased)
    )
    return _give(context, body, effect, context.about(front, effective, staff=staff, override=manager))


Ready = tuple[InFront, EffectiveCard, Person | None, Program]


def _ready(context: AskContext) -> Ready | Refusal:
    """The card in front, the person on shift and the program, or a refusal."""
    staff = context.someone()
    if isinstance(staff, Refusal):
        return staff
    program = context.program
    if program is None or not context.essentials.ready:
        return Refusal(Reason.NOT_READY)
    card = context.in_front()
    if isinstance(card, Refusal):
        return card
    front, effective = card
    if effective.card.is_blank:
        return Refusal(Reason.CARD_BLANK)
    return front, effective, staff, program


def managed(
    context: AskContext, override: Override | None
) -> tuple[InFront, EffectiveCard, Person | None, Person] | Refusal:
    """The card in front, the person on shift and the approving manager, or a refusal."""
    ready = _ready(context)
    if isinstance(ready, Refusal):
        return ready
    front, effective, staff, _program = ready
    if effective.known is None:
        return Refusal(Reason.CARD_WAITING)
    manager = context.desk.manager(override, Why.MANAGERS_ONLY)
    return manager if isinstance(manager, Refusal) else (front, effective, staff, manager)


def _earned(context: AskContext, effective: EffectiveCard, program: Program, ask: Earn | Quote) -> Effect | Refusal:
    receipt = _receipt(ask)
    if receipt is not None and len(receipt) > RECEIPT_CHARS_MAX:
        return Refusal(Reason.TEXT_TOO_LONG, limit=RECEIPT_CHARS_MAX)
    amount = Money(ask.amount_minor, context.essentials.settings.currency)
    used = receipt is not None and context.effective_cards.receipt_used(receipt, context.now)
    return points.earn_points(effective.card, program, amount, receipt_used=used)


def _receipt(ask: Earn | Quote) -> str | None:
    return (ask.receipt or "").strip() or None


def _give(context: AskContext, body: Body, effect: Effect | Refusal, about: EntryContext) -> Done | Refusal:
    return effect if isinstance(effect, Refusal) else ((context.write(body, about), effect),)
