"""Decisions of cases: what each choice books on which card, or why it is impossible as things stand.

Both ends use it: an office to show what a choice would do, the company's server to book it. What a decision books
follows from its own transaction, so that a repetition books nothing twice.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID, uuid5

from loyalty import enrolment
from loyalty.card import Card
from loyalty.cases import CHOICES, CaseKind, Choice, Unit
from loyalty.fold import fold
from loyalty.points import adjust_points
from loyalty.refusals import Reason, Refusal
from loyalty.stamps import adjust_stamps
from loyalty.transactions import (
    IMPORTED,
    KIND_OF,
    NO_EFFECT,
    Body,
    CardCreated,
    CardReactivated,
    Context,
    Effect,
    PointsAdjusted,
    PointsEarned,
    PointsVoided,
    RedemptionVoided,
    StampEarned,
    StampsAdjusted,
    StampVoided,
    Transaction,
    WelcomeBonus,
)
from loyalty.voids import Original, take_back, void_body, voided_whole

WAITS_MAX = 3
NEEDS: Mapping[Choice, str] = {Choice.TAKE_POINTS: "amount", Choice.NEW_CARD: "blank", Choice.THIS_CARD: "card"}
_VOIDS = (StampVoided, PointsVoided, RedemptionVoided)


class Imported(NamedTuple):
    """What a row of an import brings, and the store that it is of."""

    stamps: int
    points: int
    store_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts:
    """What a case is about, and what became of it until now."""

    kind: CaseKind
    unit: Unit | None = None
    amount: int = 0
    claimed: Body | None = None  # what its entry says, if it can be read
    done: tuple[Original, ...] = ()  # what its entry, or its day, has booked
    named: Original | None = None  # what a void that was not allowed would have taken back
    first: Original | None = None  # the earning that had used the receipt
    first_card: Card | None = None
    has_second: bool = False  # the second customer of a blank is still known
    waits_for_card: bool = False
    waits: int = 0
    blank: Card | None = None  # for the second customer, or for an import's row
    welcome: int = 0  # points for a new card
    is_erased: bool = False  # its customer wanted nothing to be kept: the card stays switched off
    has_other_card: bool = False  # of the same contact
    imported: Imported | None = None  # by the row that met a card, while it is kept
    cards: Mapping[UUID, Card] = field(default_factory=dict)  # that had what is done, where no card is in question


class Step(NamedTuple):
    """A transaction that a decision books."""

    card_id: UUID
    body: Body
    effect: Effect
    store_id: UUID | None = None  # where what it takes back was given; None: where the decision is booked


@dataclass(frozen=True, slots=True)
class Decision:
    """What is booked beside the decision itself."""

    steps: tuple[Step, ...] = ()
    is_late: bool = False  # somebody had decided before: this one is kept, and books nothing

    @property
    def stamps(self) -> int:
        return sum(step.effect.stamps for step in self.steps)

    @property
    def points(self) -> int:
        return sum(step.effect.points for step in self.steps)

    @property
    def shortfall(self) -> int:
        return sum(step.effect.shortfall for step in self.steps)


def offered(facts: CaseFacts) -> tuple[Choice, ...]:
    """The choices that this case has, possible now or not."""
    return tuple(choice for choice in CHOICES[facts.kind] if _applies(choice, facts))


def decide(
    choice: Choice, facts: CaseFacts, card: Card | None, *, reason: str, amount: int | None = None
) -> Decision | Refusal:
    """What *choice* books, or why it is impossible now. *amount* is what was typed, where a choice asks for it."""
    if choice not in offered(facts):
        return Refusal(Reason.CHOICE_UNKNOWN)
    if choice is Choice.WAIT and facts.waits >= WAITS_MAX:
        return Refusal(Reason.WAITED_ENOUGH, limit=WAITS_MAX)
    if card is None:  # a case without a card has no ledger, but what a person has done has one
        return _taken_back(facts) if choice is Choice.REVERSE else Decision()
    return _booked(choice, facts, card, reason, amount)


def following(main: Transaction, steps: Sequence[Step]) -> tuple[Transaction, ...]:
    """The transactions of a decision's steps; *main* is the decision's own."""
    numbers: Counter[str] = Counter()
    found = []
    for step in steps:
        kind = KIND_OF[type(step.body)]
        numbers[kind] += 1
        context: Context = main.context._replace(store_id=step.store_id or main.context.store_id)
        id_ = uuid5(main.id, f"{kind} {numbers[kind]}")
        found.append(Transaction(id_, step.card_id, step.body, step.effect, context, follows=main.id))
    return tuple(found)


def _applies(choice: Choice, facts: CaseFacts) -> bool:
    match choice:
        case Choice.REVERSE | Choice.GIVE_BACK:
            return any(void_body(one.transaction) is not None for one in facts.done)
        case Choice.GIVE:
            return isinstance(facts.claimed, StampEarned | PointsEarned)
        case Choice.CHARGE_BACK:
            return facts.unit is not None
        case Choice.BELONGS_HERE:
            own = facts.done[0].transaction.card_id if facts.done else None
            return facts.first is not None and not _is_one_card(facts, own)
        case Choice.IT_WAS_RIGHT:
            return _was_claimed(facts)
        case Choice.SECOND_KEEPS | Choice.NEW_CARD:
            return facts.has_second
        case Choice.THIS_CARD:
            return facts.waits_for_card
        case Choice.BOOK:
            return facts.claimed is not None
        case Choice.MERGE:
            return facts.has_other_card
        case Choice.ADD_THERE | Choice.OWN_CARD:
            return facts.imported is not None
        case _:
            return True


def _is_one_card(facts: CaseFacts, own: UUID | None) -> bool:
    """True if both earnings are of one card, perhaps since the cards were merged."""
    if facts.first is None or own is None:
        return False
    first = facts.first_card
    return own == facts.first.transaction.card_id if first is None else first.has_ledger_of(own)


def _was_claimed(facts: CaseFacts) -> bool:
    """Whether something was claimed that was not booked and can be booked now."""
    if facts.done:
        return isinstance(facts.claimed, CardCreated) and facts.amount > 0
    if isinstance(facts.claimed, _VOIDS):
        return facts.named is not None
    return isinstance(facts.claimed, StampEarned | PointsEarned | StampsAdjusted | PointsAdjusted)


def _booked(choice: Choice, facts: CaseFacts, card: Card, reason: str, amount: int | None) -> Decision | Refusal:
    match choice:
        case Choice.GIVE | Choice.BOTH_SALES:
            return _adjusted(card, facts.unit, facts.amount, reason)
        case Choice.CHARGE_BACK:
            return _charged(card, facts, reason)
        case Choice.REVERSE | Choice.GIVE_BACK:
            return _reversed(card, facts.done)
        case Choice.SWITCH_ON:
            refused = enrolment.reactivate(card, is_erased=facts.is_erased)
            if isinstance(refused, Refusal):
                return refused
            return Decision((Step(card.id, CardReactivated(reason=reason), refused),))
        case Choice.TAKE_POINTS:
            if amount is None or amount <= 0:
                return Refusal(Reason.AMOUNT_NOT_POSITIVE)
            return _adjusted(card, Unit.POINTS, -amount, reason)
        case Choice.DIFFERENT_PEOPLE:
            return _welcomed(card, facts)
        case Choice.BELONGS_HERE:
            return _moved(card, facts, reason)
        case Choice.IT_WAS_RIGHT:
            return _as_claimed(card, facts, reason)
        case Choice.NEW_CARD:
            return _handed_out(facts)
        case Choice.ADD_THERE:
            return _imported(card, facts)
        case Choice.OWN_CARD:
            return Decision() if facts.blank is None else _imported_anew(facts.blank, facts)
        case _:
            return Decision()


def _adjusted(card: Card, unit: Unit | None, amount: int, reason: str) -> Decision | Refusal:
    if unit is Unit.STAMPS:
        found, body = adjust_stamps(card, amount, reason), StampsAdjusted(stamps=amount, reason=reason)
        return found if isinstance(found, Refusal) else Decision((Step(card.id, body, found),))
    changed, points = adjust_points(card, amount, reason), PointsAdjusted(points=amount, reason=reason)
    return changed if isinstance(changed, Refusal) else Decision((Step(card.id, points, changed),))


def _charged(card: Card, facts: CaseFacts, reason: str) -> Decision | Refusal:
    """Takes what is missing from the card, as far as it is there now."""
    there = card.stamp_count if facts.unit is Unit.STAMPS else card.points_balance
    taken = min(facts.amount, max(0, there))
    if taken == 0:
        return Refusal(Reason.NOTHING_LEFT)
    rest = facts.amount - taken
    if facts.unit is Unit.STAMPS:
        body, effect = StampsAdjusted(stamps=-facts.amount, reason=reason), Effect(stamps=-taken, shortfall=rest)
        return Decision((Step(card.id, body, effect),))
    return Decision(
        (Step(card.id, PointsAdjusted(points=-facts.amount, reason=reason), Effect(points=-taken, shortfall=rest)),)
    )


def _reversed(card: Card, done: Sequence[Original]) -> Decision | Refusal:
    """Takes back what was booked, one by one; what was taken back before stays so."""
    voidable = [one for one in done if void_body(one.transaction) is not None]
    left = [one for one in voidable if not voided_whole(one)]
    if not left:
        return Refusal(Reason.ALREADY_VOIDED)
    steps: list[Step] = []
    for original in left:
        step = _void(card, original)
        if isinstance(step, Refusal):
            return step
        steps.append(step)
        card = _after(card, step, original)
    return Decision(tuple(steps))


def _taken_back(facts: CaseFacts) -> Decision | Refusal:
    """Takes back what a person has done, on every card where that is still possible."""
    cards: dict[UUID, Card] = {}
    steps: list[Step] = []
    for original in facts.done:
        found = facts.cards.get(original.transaction.card_id)
        if found is None or voided_whole(original):
            continue
        card = cards.get(found.id, found)
        step = _void(card, original)
        if isinstance(step, Step):
            steps.append(step)
            cards[card.id] = _after(card, step, original)
    return Decision(tuple(steps)) if steps else Refusal(Reason.ALREADY_VOIDED)


def _void(card: Card, original: Original) -> Step | Refusal:
    body = void_body(original.transaction)
    if body is None:
        return Refusal(Reason.NOT_VOIDABLE)
    effect = take_back(card, body, original)
    if isinstance(effect, Refusal):
        return effect
    return Step(card.id, body, effect, store_id=original.transaction.context.store_id)


def _after(card: Card, step: Step, original: Original) -> Card:
    """The card after a step, for the next one."""
    done = original.transaction
    return fold(card, Transaction(uuid5(done.id, "step"), card.id, step.body, step.effect, done.context))


def _welcomed(card: Card, facts: CaseFacts) -> Decision:
    """The welcome that was withheld; a card whose customer was edited had none."""
    if card.welcome_given or facts.amount == 0:
        return Decision()
    return Decision((Step(card.id, WelcomeBonus(), Effect(points=facts.amount)),))


def _handed_out(facts: CaseFacts) -> Decision | Refusal:
    """A card of their own for the second customer, with the welcome of a new card."""
    blank = facts.blank
    if blank is None or not blank.is_blank:
        return Refusal(Reason.NOT_A_BLANK)
    created = Step(blank.id, CardCreated(), NO_EFFECT)
    welcome = Step(blank.id, WelcomeBonus(), Effect(points=facts.welcome))
    return Decision((created, welcome) if facts.welcome else (created,))


def _imported(card: Card, facts: CaseFacts) -> Decision | Refusal:
    """What an import's row brings, on the card that it has met."""
    row = facts.imported or Imported(0, 0)
    steps: list[Step] = []
    for unit, count in ((Unit.STAMPS, row.stamps), (Unit.POINTS, row.points)):
        found = _adjusted(card, unit, count, IMPORTED) if count else Decision()
        if isinstance(found, Refusal):
            return found
        steps += [step._replace(store_id=row.store_id) for step in found.steps]
    return Decision(tuple(steps))


def _imported_anew(blank: Card, facts: CaseFacts) -> Decision | Refusal:
    """The same on a card of its own, without the welcome of a new card."""
    if not blank.is_blank:
        return Refusal(Reason.NOT_A_BLANK)
    stamps, points, store_id = facts.imported or Imported(0, 0)
    steps = [Step(blank.id, CardCreated(), NO_EFFECT, store_id)]
    if stamps:
        steps.append(Step(blank.id, StampsAdjusted(stamps=stamps, reason=IMPORTED), Effect(stamps=stamps), store_id))
    if points:
        steps.append(Step(blank.id, PointsAdjusted(points=points, reason=IMPORTED), Effect(points=points), store_id))
    return Decision(tuple(steps))


def _moved(card: Card, facts: CaseFacts, reason: str) -> Decision | Refusal:
    """The points of the receipt, from the card that had them to this one."""
    if facts.first is None or facts.first_card is None:
        return Refusal(Reason.NOTHING_TO_VOID)
    taken = _void(facts.first_card, facts.first)
    if isinstance(taken, Refusal):
        return taken
    given = _adjusted(card, Unit.POINTS, facts.amount, reason)
    return given if isinstance(given, Refusal) else Decision((taken, *given.steps))


def _as_claimed(card: Card, facts: CaseFacts, reason: str) -> Decision | Refusal:
    match facts.claimed:
        case StampEarned(count=count):
            return _adjusted(card, Unit.STAMPS, count, reason)
        case StampsAdjusted(stamps=stamps):
            return _adjusted(card, Unit.STAMPS, stamps, reason)
        case PointsAdjusted(points=points):
            return _adjusted(card, Unit.POINTS, points, reason)
        case PointsEarned():
            return _adjusted(card, Unit.POINTS, facts.amount, reason)
        case CardCreated():
            return _welcomed(card, facts)
        case StampVoided() | PointsVoided() | RedemptionVoided() as void if facts.named is not None:
            effect = take_back(card, void, facts.named)
            if isinstance(effect, Refusal):
                return effect
            return Decision((Step(card.id, void, effect, store_id=facts.named.transaction.context.store_id),))
        case _:
            return Refusal(Reason.CHOICE_UNKNOWN)
