"""The view of the card in front: balances including waiting entries, rewards, and why actions are unavailable.

Also the view of an entry just written.
"""

from loyalty import expiry, stamps
from loyalty.program import Program
from loyalty.refusals import Reason, Refusal
from loyalty.transactions import Effect
from sync.protocol.rows import CardRow
from terminal.counter.ask_context import AskContext
from terminal.counter.card_lookup import InFront
from terminal.counter.effective_card import EffectiveCard
from terminal.counter.transactions import STAMP_REWARD, redemption_effect
from terminal.interface.refusal_view import refused
from terminal.interface.views import CardView, EntryView, PointsView, RewardView, StampsView
from terminal.storage.journal import Written

UNDO_S = 10
_UNDOABLE = frozenset({"stamp_earned", "stamp_redeemed", "points_earned", "points_redeemed"})


def card_view(context: AskContext, front: InFront) -> CardView | None:
    """The view of the card in front; None if it is unknown."""
    effective = context.effective(front)
    if effective is None:
        return None
    program, known, card = context.program, effective.known, effective.card
    zone = context.essentials.settings.zone
    next_stamp: Refusal | None = None
    if program is not None and program.gives_stamps:
        answer = stamps.earn_stamps(card, program, zone, context.now)
        next_stamp = answer if isinstance(answer, Refusal) else None
    if card.is_blank:
        next_stamp = Refusal(Reason.CARD_BLANK)
    personal = context.personal(effective)
    return CardView(
        id=None if known is None else known.row.id,
        known=known is not None,
        number_end="" if known is None else known.row.number_end,
        name=personal.name,
        note=personal.note,
        active=card.is_active,
        blank=card.is_blank,
        by_code=front.by_code,
        stamps=_stamps(context, effective, program),
        points=_points(effective, program),
        confirmed_at=None if known is None else context.state.confirmed_at,
        rewards=_rewards(context, front, effective, program),
        next_stamp=None if next_stamp is None else refused(next_stamp, context.words),
        expires_on=None if program is None else expiry.expires_on(card, program, zone),
        held=effective.held,
        asked_about=known is not None and _is_asked_about(context, known.row),
    )


def _is_asked_about(context: AskContext, row: CardRow) -> bool:
    """True if a case of this store waits about the card, or one merged into it."""
    return any(case.is_undecided and case.card in (row.id, *row.merged) for case in context.essentials.cases)


def _stamps(context: AskContext, effective: EffectiveCard, program: Program | None) -> StampsView | None:
    if program is None or not program.gives_stamps:
        return None
    count, confirmed = effective.card.stamp_count, effective.confirmed.stamp_count
    return StampsView(
        count=count,
        target=program.stamps_target,
        confirmed=confirmed,
        waiting=count - confirmed,
        until_reward=stamps.stamps_until_reward(effective.card, program),
        reward=program.stamp_reward.name,
        at_once=stamps.stamps_possible(effective.card, program, context.essentials.settings.zone, context.now),
    )


def _points(effective: EffectiveCard, program: Program | None) -> PointsView | None:
    if program is None or not program.gives_points:
        return None
    balance, confirmed = effective.card.points_balance, effective.confirmed.points_balance
    return PointsView(balance=balance, confirmed=confirmed, waiting=balance - confirmed)


def _rewards(
    context: AskContext, front: InFront, effective: EffectiveCard, program: Program | None
) -> tuple[RewardView, ...]:
    if program is None:
        return ()
    offered: list[tuple[str, str, int | None]] = []
    if program.gives_stamps:
        offered.append((STAMP_REWARD, program.stamp_reward.name, None))
    if program.gives_points:
        offered += [(reward.id, reward.name, reward.cost) for reward in program.rewards if reward.active]
    offline = context.offline_refusal(front, effective, manager_agrees=False)
    views = []
    for reward_id, name, cost in offered:
        answer = redemption_effect(effective.card, program, reward_id)
        refusal = answer if isinstance(answer, Refusal) and effective.known is not None else offline
        views.append(RewardView(reward_id, name, cost, None if refusal is None else refused(refusal, context.words)))
    return tuple(views)


def entry_view(written: Written, effect: Effect, view: CardView | None) -> EntryView:
    """The view of an entry; *view* is the card after it."""
    reached = False
    if view is not None and view.stamps is not None:
        after, target = view.stamps.count, view.stamps.target
        reached = stamps.completes_reward(after - effect.stamps, effect.stamps, target)
    return EntryView(
        id=written.entry.id,
        seq=written.seq,
        kind=written.entry.kind,
        stamps=effect.stamps,
        points=effect.points,
        reward_reached=reached,
        undo_s=UNDO_S if written.entry.kind in _UNDOABLE else 0,
    )
