"""Builders of values for tests, which name only what matters to them. Tests must not rely on the defaults."""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid5

from loyalty.authority import Acting
from loyalty.card import Card, StampMark
from loyalty.judge import Judgement, Present
from loyalty.money import Money
from loyalty.program import Program, ProgramKind, Programs, Reward
from loyalty.refusals import Refusal
from loyalty.settings import Settings
from loyalty.transactions import NO_EFFECT, Body, Claim, Context, Effect, Transaction
from loyalty.voids import Original

noon = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # a Monday in winter time
_NAMES = UUID("5d8e0c1a-2f0b-4f6e-9a52-0d7c3b6f1e00")


def an_id(name: str) -> UUID:
    """A fixed id for each name."""
    return uuid5(_NAMES, name)


HERE, ELSEWHERE = an_id("store here"), an_id("store elsewhere")
THIS_TILL, ANA = an_id("this till"), an_id("Ana")


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def days(count: float) -> timedelta:
    return timedelta(days=count)


def euros(amount: str) -> Money:
    return Money(int(Decimal(amount) * 100), "EUR")


def a_program(
    kind: str = "hybrid",
    *,
    version: int = 1,
    holds_from: datetime | None = None,
    stamps_target: int = 10,
    cooldown_minutes: int = 0,
    max_stamps_per_day: int = 0,
    max_stamps_per_visit: int = 0,
    points_per_unit: str = "1",
    minimum_purchase_minor: int = 0,
    minimum_redemption: int = 0,
    welcome_bonus: int = 0,
    points_expire_after_days: int = 0,
    rewards: Iterable[Reward] = (),
) -> Program:
    return Program(
        kind=ProgramKind(kind),
        version=version,
        holds_from=holds_from,
        stamps_target=stamps_target,
        cooldown_minutes=cooldown_minutes,
        max_stamps_per_day=max_stamps_per_day,
        max_stamps_per_visit=max_stamps_per_visit,
        points_per_unit=Decimal(points_per_unit),
        minimum_purchase_minor=minimum_purchase_minor,
        minimum_redemption=minimum_redemption,
        welcome_bonus=welcome_bonus,
        points_expire_after_days=points_expire_after_days,
        rewards=tuple(rewards),
    )


def a_reward(cost: int = 60, *, name: str = "croissant", active: bool = True) -> Reward:
    return Reward(id=name, name=name.title(), cost=cost, active=active)


def a_blank(name: str = "card") -> Card:
    return Card(id=an_id(name))


def a_card(
    name: str = "card",
    *,
    stamps: int = 0,
    points: int = 0,
    stamped_at: Sequence[datetime] = (),
    last_activity_at: datetime | None = None,
    is_active: bool = True,
    welcome_given: bool = False,
    enrolled_at_store: UUID = HERE,
) -> Card:
    """A customer's card, with a stamp mark for each moment in *stamped_at*."""
    marks = tuple(StampMark(an_id(f"{name} {at}"), at, 1) for at in sorted(stamped_at))
    return Card(
        id=an_id(name),
        created_at=noon - days(300),
        is_active=is_active,
        stamp_count=stamps,
        points_balance=points,
        welcome_given=welcome_given,
        last_activity_at=last_activity_at,
        enrolled_at_store=enrolled_at_store,
        marks=marks,
    )


def a_context(at: datetime = noon, *, program_version: int = 1, store: UUID = HERE) -> Context:
    return Context(occurred_at=at, program_version=program_version, store_id=store, terminal_id=THIS_TILL, staff_id=ANA)


def a_claim(body: Body, *, at: datetime = noon, program_version: int = 1, name: str = "claim") -> Claim:
    return Claim(id=an_id(name), body=body, context=a_context(at, program_version=program_version))


def a_transaction(
    body: Body,
    effect: Effect = NO_EFFECT,
    *,
    card: Card | None = None,
    at: datetime = noon,
    name: str = "transaction",
    program_version: int = 1,
) -> Transaction:
    return Transaction(
        id=an_id(name),
        card_id=(card or a_card()).id,
        body=body,
        effect=effect,
        context=a_context(at, program_version=program_version),
    )


def a_present(
    *programs: Program,
    settings: Settings | None = None,
    now: datetime = noon,
    original: Transaction | None = None,
    voids: Iterable[Transaction] = (),
    original_rejected: bool = False,
    receipt_used: bool = False,
    contact_has_card: bool = False,
    contact_differs: bool = False,
    inactive_knowingly: bool = False,
    acting: Acting | None = None,
    known_program: int = 0,
    known_marks: Collection[UUID] = (),
    blank: Card | None = None,
    last_expiry: Transaction | None = None,
) -> Present:
    """What the company knows; without *programs*, it has the default one of `a_program`."""
    return Present(
        programs=Programs.of(programs or (a_program(),)),
        settings=settings or Settings(),
        now=now,
        original=None if original is None else Original(original, tuple(voids)),
        original_rejected=original_rejected,
        receipt_used=receipt_used,
        contact_has_card=contact_has_card,
        contact_differs=contact_differs,
        inactive_knowingly=inactive_knowingly,
        acting=acting,
        known_program=known_program,
        known_marks=known_marks,
        blank=blank,
        last_expiry=last_expiry,
    )


def given(answer: Effect | Refusal) -> Effect:
    """The effect of an answer, which must not be a refusal."""
    assert isinstance(answer, Effect), answer
    return answer


def main(judged: Judgement) -> Transaction:
    """The transaction of the claim itself."""
    return next(one for one in judged.transactions if one.follows is None)


class PlainWords:
    """A translator that leaves English unchanged and formats euros."""

    def gettext(self, message: str) -> str:
        return message

    def ngettext(self, one: str, many: str, count: int) -> str:
        return one if count == 1 else many

    def money(self, amount_minor: int) -> str:
        return f"{amount_minor // 100}.{amount_minor % 100:02} €"
