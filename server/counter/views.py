"""The views of the counter: the card in front, what was booked on it, and the last transactions. As tills show them."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from pydantic import BaseModel, ConfigDict

from loyalty import expiry, stamps
from loyalty.phrases import Words
from loyalty.phrases import refusal as sentence
from loyalty.program import Program
from loyalty.refusals import Reason, Refusal
from loyalty.settings import Settings
from loyalty.transactions import PointsEarned, PointsRedeemed, PointsVoided, Transaction, corrected
from server.cards.booking import reward_effect, reward_refusal
from server.cards.booking_asks import STAMP_REWARD
from server.ledger.rows.cards import OpenCard

RefusalView = dict[str, Any]  # its reason, its numbers, and `text` to say aloud


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class StampsView(_View):
    """Stamps toward the next reward; *at_once* is the most that one visit can give now."""

    count: int
    target: int
    confirmed: int
    waiting: int = 0
    until_reward: int
    reward: str
    at_once: int

    @property
    def shown(self) -> int:
        """Stamps in the row: all of a full card, else those toward the next reward."""
        return self.after(0)

    @property
    def ready(self) -> int:
        """The rewards that are reached besides the row, whose own is seen when it is full."""
        return max(0, self.count) // self.target - (self.shown == self.target)

    def after(self, more: int) -> int:
        """Stamps in the row after *more* are given."""
        count = max(0, self.count + more)
        return count if count <= self.target else count % self.target or self.target


class PointsView(_View):
    balance: int
    confirmed: int
    waiting: int = 0


class RewardView(_View):
    """A reward; *cost* in points, None for the stamps' own."""

    id: str
    name: str
    cost: int | None
    refusal: RefusalView | None


class CardView(_View):
    """The card in front; *by* says how it was found, and is sent along with what is asked for it."""

    id: UUID
    number_end: str
    name: str
    active: bool
    blank: bool
    stamps: StampsView | None
    points: PointsView | None
    confirmed_at: datetime
    last_activity_at: datetime | None
    rewards: list[RewardView]
    next_stamp: RefusalView | None
    expires_on: date | None
    by: str


class BookedView(_View):
    """A transaction as it was booked."""

    id: UUID
    kind: str
    occurred_at: datetime
    store: UUID
    staff: UUID | None
    override: UUID | None
    stamps: int
    points: int
    shortfall: int
    corrects: UUID | None = None
    amount_minor: int | None = None
    receipt: str | None = None
    reward: str | None = None
    follows: UUID | None = None


def refused(refusal: Refusal, words: Words) -> RefusalView:
    """The view of a refusal: what it does not need is left out."""
    numbers = {name: value for name, value in msgspec.to_builtins(refusal).items() if value is not None}
    return numbers | {"text": sentence(refusal, words)}


def booked(fact: Transaction) -> BookedView:
    """The view of a transaction."""
    body, context, effect = fact.body, fact.context, fact.effect
    return BookedView(
        id=fact.id,
        kind=fact.kind,
        occurred_at=context.occurred_at,
        store=context.store_id,
        staff=context.staff_id,
        override=context.override_id,
        stamps=effect.stamps,
        points=effect.points,
        shortfall=effect.shortfall,
        corrects=corrected(body),
        amount_minor=body.amount_minor if isinstance(body, PointsEarned | PointsVoided) else None,
        receipt=body.receipt if isinstance(body, PointsEarned) else None,
        reward=body.reward if isinstance(body, PointsRedeemed) else None,
        follows=fact.follows,
    )


def card(
    opened: OpenCard,
    settings: Settings,
    program: Program | None,
    words: Words,
    *,
    now: datetime,
    name: str,
    by: str,
    by_code: bool,
    store_id: UUID | None,
    manager_agrees: bool,
) -> CardView:
    """The view of a card, with why something cannot be done now in its place."""
    state = opened.card
    no_stamp: Refusal | None = None
    if state.is_blank:
        no_stamp = Refusal(Reason.CARD_BLANK)
    elif program is not None and program.gives_stamps:
        answer = stamps.earn_stamps(state, program, settings.zone, now)
        no_stamp = answer if isinstance(answer, Refusal) else None

    def reward_no(reward_id: str) -> RefusalView | None:
        assert program is not None
        answer = reward_effect(state, program, reward_id)
        where = store_id or state.enrolled_at_store
        if not isinstance(answer, Refusal) and where is not None:
            no = reward_refusal(state, settings, where, by_code=by_code, manager_agrees=manager_agrees)
        else:
            no = answer if isinstance(answer, Refusal) else None
        return None if no is None else refused(no, words)

    return CardView(
        id=state.id,
        number_end=opened.codes.number_end,
        name=name,
        active=state.is_active,
        blank=state.is_blank,
        stamps=_stamps(opened, settings, program, now),
        points=PointsView(balance=state.points_balance, confirmed=state.points_balance)
        if program is not None and program.gives_points
        else None,
        confirmed_at=now,
        last_activity_at=state.last_activity_at,
        rewards=[
            RewardView(id=one, name=called, cost=cost, refusal=reward_no(one))
            for one, called, cost in _offered(program)
        ],
        next_stamp=None if no_stamp is None else refused(no_stamp, words),
        expires_on=None if program is None else expiry.expires_on(state, program, settings.zone),
        by=by,
    )


def _stamps(opened: OpenCard, settings: Settings, program: Program | None, now: datetime) -> StampsView | None:
    if program is None or not program.gives_stamps:
        return None
    count = opened.card.stamp_count
    return StampsView(
        count=count,
        target=program.stamps_target,
        confirmed=count,
        until_reward=stamps.stamps_until_reward(opened.card, program),
        reward=program.stamp_reward.name,
        at_once=stamps.stamps_possible(opened.card, program, settings.zone, now),
    )


def _offered(program: Program | None) -> Iterable[tuple[str, str, int | None]]:
    if program is None:
        return
    if program.gives_stamps:
        yield STAMP_REWARD, program.stamp_reward.name, None
    if program.gives_points:
        for reward in program.rewards:
            if reward.active:
                yield reward.id, reward.name, reward.cost
