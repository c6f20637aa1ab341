"""Decisions of cases: what holds for every choice, whatever the card has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.card import Card
from loyalty.cases import CHOICES, CaseKind, Choice, Unit
from loyalty.decisions import CaseFacts, Decision, Imported, decide, following, offered
from loyalty.fold import fold_all
from loyalty.refusals import Reason, Refusal
from loyalty.transactions import (
    Body,
    CardCreated,
    CaseDecided,
    Effect,
    PointsAdjusted,
    PointsEarned,
    PointsRedeemed,
    StampEarned,
    StampRedeemed,
    StampsAdjusted,
)
from loyalty.voids import Original, void_body
from tests.support.builders import a_blank, a_card, a_transaction, an_id

OTHER = a_card("other")
CLAIMED: list[Body | None] = [
    None,
    StampEarned(count=3),
    PointsEarned(amount_minor=700),
    StampRedeemed(),
    PointsRedeemed(reward="croissant"),
    PointsAdjusted(points=-5, reason="mistake"),
    StampsAdjusted(stamps=4, reason="gift"),
    CardCreated(),
]
DONE: list[tuple[tuple[Body, Effect], ...]] = [
    (),
    ((StampEarned(count=3), Effect(stamps=3)),),
    ((StampRedeemed(), Effect(stamps=-4, shortfall=6)),),
    ((PointsEarned(amount_minor=700), Effect(points=7)), (PointsEarned(amount_minor=900), Effect(points=9))),
]


def booked(number: int, body: Body, effect: Effect, card: Card) -> Original:
    return Original(a_transaction(body, effect, card=card, name=f"booked {number}"))


@st.composite
def cases(draw: st.DrawFn) -> tuple[CaseFacts, Card, Choice, int | None]:
    card = a_card(stamps=draw(st.integers(0, 30)), points=draw(st.integers(0, 50)))
    first = booked(9, PointsEarned(amount_minor=700), Effect(points=7), OTHER)
    facts = CaseFacts(
        kind=draw(st.sampled_from(CaseKind)),
        unit=draw(st.sampled_from([None, *Unit])),
        amount=draw(st.integers(0, 20)),
        claimed=draw(st.sampled_from(CLAIMED)),
        done=tuple(
            booked(place, body, effect, card) for place, (body, effect) in enumerate(draw(st.sampled_from(DONE)))
        ),
        first=draw(st.sampled_from([None, first])),
        first_card=a_card("other", points=draw(st.integers(0, 10))),
        waits=draw(st.integers(0, 4)),
        imported=draw(st.sampled_from([None, Imported(3, 0), Imported(2, 40)])),
        blank=draw(st.sampled_from([None, a_blank("new")])),
    )
    choice = draw(st.sampled_from(CHOICES[facts.kind]))
    return facts, card, choice, draw(st.sampled_from([None, 0, 3, 80]))


@given(cases())
def test_no_decision_takes_more_than_there_is_nor_anything_from_nobody(
    case: tuple[CaseFacts, Card, Choice, int | None],
) -> None:
    facts, card, choice, amount = case
    found = decide(choice, facts, card, reason="case 1", amount=amount)
    if isinstance(found, Refusal):
        return
    assert choice in offered(facts)
    main = a_transaction(CaseDecided(case=an_id("case"), choice=choice.value), Effect(), card=card)
    steps = following(main, found.steps)
    assert len({one.id for one in steps} | {main.id}) == len(steps) + 1, "each has an id of its own"
    assert {one.follows for one in steps} <= {main.id}
    cards = {card.id: card, OTHER.id: facts.first_card, an_id("new"): a_blank("new")}
    for card_id, before in cards.items():
        assert before is not None
        after = fold_all(before, [one for one in steps if one.card_id == card_id])
        assert after.stamp_count >= 0 and after.points_balance >= 0
    if choice is Choice.CHARGE_BACK:
        taken = -found.stamps if facts.unit is Unit.STAMPS else -found.points
        assert taken > 0 and taken + found.shortfall == facts.amount
    assert steps == following(main, found.steps), "the same ids at every repetition"


@pytest.mark.parametrize("kind", CaseKind)
def test_a_choice_of_another_kind_is_none(kind: CaseKind) -> None:
    facts = CaseFacts(kind=kind)
    for choice in set(Choice) - set(CHOICES[kind]):
        assert decide(choice, facts, None, reason="case 1") == Refusal(Reason.CHOICE_UNKNOWN)


@pytest.mark.parametrize("kind", CaseKind)
def test_every_kind_has_a_choice_that_is_possible_without_anything_else(kind: CaseKind) -> None:
    facts = CaseFacts(kind=kind)
    assert [one for one in offered(facts) if decide(one, facts, None, reason="case 1") == Decision()]


def test_what_was_taken_back_before_is_left_alone() -> None:
    card = a_card(points=16)
    first, second = (booked(place, PointsEarned(amount_minor=700), Effect(points=7), card) for place in (1, 2))
    gone = Original(first.transaction, (a_transaction(_void(first), Effect(points=-7), card=card, name="void"),))
    found = decide(Choice.REVERSE, CaseFacts(kind=CaseKind.UNUSUAL, done=(gone, second)), card, reason="case 1")
    assert isinstance(found, Decision)
    assert [step.body for step in found.steps] == [_void(second)]


def _void(original: Original) -> Body:
    body = void_body(original.transaction)
    assert body is not None
    return body
