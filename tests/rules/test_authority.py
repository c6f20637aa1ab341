"""Who may do what: every kind of transaction against everybody who may and may not, known to the till or not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from loyalty.authority import ASKED_ABOUT, Acting, Person, breach, too_late_to_void
from loyalty.cases import CaseKind
from loyalty.judge import Note, Word, judge
from loyalty.money import STAMPS_MAX
from loyalty.refusals import Reason
from loyalty.settings import Conflict, PinRequired, Settings
from loyalty.staff import Role
from loyalty.transactions import (
    Body,
    CardCreated,
    CardDeactivated,
    CardReactivated,
    CardReplaced,
    CaseDecided,
    CustomerEdited,
    Effect,
    PointsAdjusted,
    PointsEarned,
    PointsRedeemed,
    PointsVoided,
    RedemptionVoided,
    StampEarned,
    StampRedeemed,
    StampsAdjusted,
    StampVoided,
    Transaction,
)
from tests.support.builders import (
    ELSEWHERE,
    a_blank,
    a_card,
    a_claim,
    a_present,
    a_program,
    a_reward,
    a_transaction,
    an_id,
    days,
    minutes,
    noon,
)

CASHIER, MANAGER = Person(Role.CASHIER, works_here=True), Person(Role.MANAGER, works_here=True)
OWNER = Person(Role.OWNER, works_here=True)
STRANGER, GONE = Person(None, works_here=False), Person(Role.MANAGER, works_here=False)
STAMPED = a_transaction(StampEarned(), Effect(stamps=1), name="stamped")
BOUGHT = a_transaction(PointsEarned(amount_minor=500), Effect(points=5), name="bought")
TAKEN = a_transaction(PointsRedeemed(reward="croissant"), Effect(points=-5), name="taken")

PLAIN: list[Body] = [
    CardCreated(),
    StampEarned(),
    PointsEarned(amount_minor=500),
    StampRedeemed(),
    PointsRedeemed(reward="croissant"),
]
MANAGED: list[Body] = [
    CardDeactivated(reason="lost"),
    CardReactivated(reason="found"),
    CardReplaced(blank=an_id("new")),
    CustomerEdited(),
    CaseDecided(case=an_id("case"), choice="keep"),
    PointsAdjusted(points=5, reason="gift"),
    StampsAdjusted(stamps=5, reason="gift"),
]
VOIDS: list[tuple[Body, Transaction]] = [
    (StampVoided(corrects=STAMPED.id), STAMPED),
    (PointsVoided(corrects=BOUGHT.id), BOUGHT),
    (RedemptionVoided(corrects=TAKEN.id), TAKEN),
]
EVERY = [(body, None) for body in PLAIN] + [(body, None) for body in MANAGED] + VOIDS


def by(staff: Person | None, override: Person | None = None, *, passed: bool = True, told: bool = True) -> Acting:
    return Acting(staff, override, passed, ASKED_ABOUT if told else ())


def found(body: Body, acting: Acting, original: Transaction | None = None, **settings: object) -> Reason | None:
    no = breach(a_claim(body), a_card(), acting, replace(Settings(), **settings), original)  # type: ignore[arg-type]
    return None if no is None else no.reason


@pytest.mark.parametrize(("body", "original"), EVERY)
def test_a_manager_may_do_everything_on_shift_or_as_override(body: Body, original: Transaction | None) -> None:
    for acting in (by(MANAGER), by(OWNER), by(CASHIER, MANAGER), by(CASHIER, OWNER)):
        assert found(body, acting, original) is None


@pytest.mark.parametrize("body", PLAIN)
def test_a_cashier_serves(body: Body) -> None:
    assert found(body, by(CASHIER)) is None
    assert found(body, by(None), pin_required=PinRequired.NEVER) is None


@pytest.mark.parametrize("body", MANAGED)
def test_a_cashier_does_not_do_a_managers_work(body: Body) -> None:
    assert found(body, by(CASHIER)) is Reason.NOT_A_MANAGER
    assert found(body, by(CASHIER, CASHIER)) is Reason.NOT_A_MANAGER
    assert found(body, by(None), pin_required=PinRequired.NEVER) is Reason.MANAGER_NEEDED
    assert found(body, by(None, MANAGER, passed=False), pin_required=PinRequired.NEVER) is None


@pytest.mark.parametrize(("body", "original"), VOIDS)
def test_a_cashier_takes_back_their_own_for_a_while(body: Body, original: Transaction) -> None:
    assert found(body, by(CASHIER), original) is None
    for other in (
        original._replace(context=original.context._replace(staff_id=an_id("Ben"))),
        original._replace(context=original.context._replace(terminal_id=an_id("other till"))),
        original._replace(context=original.context._replace(occurred_at=noon - minutes(21))),
    ):
        assert found(body, by(CASHIER), other) is Reason.NOT_A_MANAGER
        assert found(body, by(CASHIER, MANAGER), other) is None
    assert found(body, by(CASHIER), original, void_allowed=False) is Reason.VOID_OFF


def test_the_while_ends_behind_its_last_minute() -> None:
    settings, original = Settings(self_void_minutes=15), VOIDS[0][1]
    last = original.context.occurred_at + timedelta(minutes=15)
    assert not too_late_to_void(original, last, settings)
    assert too_late_to_void(original, last + timedelta(microseconds=1), settings)


def test_a_part_of_a_purchase_is_a_managers() -> None:
    assert found(PointsVoided(corrects=BOUGHT.id, amount_minor=100), by(CASHIER), BOUGHT) is Reason.NOT_A_MANAGER


@pytest.mark.parametrize(("body", "original"), EVERY)
@pytest.mark.parametrize(
    ("acting", "reason"),
    [
        (by(None), Reason.NOBODY_ON_SHIFT),
        (by(STRANGER), Reason.STAFF_UNKNOWN),
        (by(GONE), Reason.STAFF_UNKNOWN),
        (by(CASHIER, STRANGER), Reason.STAFF_UNKNOWN),
        (by(CASHIER, GONE), Reason.STAFF_UNKNOWN),
        (by(CASHIER, CASHIER), Reason.NOT_A_MANAGER),
        (by(CASHIER, MANAGER, passed=False), Reason.MANAGER_NEEDED),
    ],
)
def test_nobody_does_anything_in_the_name_of_who_may_not(
    body: Body, original: Transaction | None, acting: Acting, reason: Reason
) -> None:
    assert found(body, acting, original) is reason


def test_settings_forbid() -> None:
    assert found(CardCreated(), by(CASHIER), counter_enrolment=False) is Reason.ENROLMENT_OFF
    foreign = a_card(enrolled_at_store=ELSEWHERE)
    for body in (StampRedeemed(), PointsRedeemed(reward="croissant")):
        no = breach(a_claim(body), foreign, by(CASHIER), replace(Settings(), cross_store_redemption=False), None)
        assert no is not None and no.reason is Reason.OTHER_STORE
        assert breach(a_claim(body), a_card(), by(CASHIER), Settings(cross_store_redemption=False), None) is None


def judged(body: Body, acting: Acting, original: Transaction | None = None) -> tuple[object, ...]:
    rules = a_program(rewards=[a_reward(5)], welcome_bonus=20)
    present = a_present(rules, acting=acting, original=original, blank=a_blank("new"))
    card = a_blank() if isinstance(body, CardCreated) else a_card(stamps=20, points=50)
    one = judge(card, a_claim(body), present)
    return one.word, one.effect, one.notes, one.case, len(one.transactions)


@pytest.mark.parametrize(("body", "original"), EVERY)
def test_what_a_till_could_know_gives_nothing_and_what_left_the_counter_stands(
    body: Body, original: Transaction | None
) -> None:
    word, effect, notes, case, written = judged(body, by(STRANGER), original)
    assert (notes, case) == ((Note.NOT_ALLOWED,), CaseKind.NOT_ALLOWED)
    if isinstance(body, CardCreated):
        assert (word, effect, written) == (Word.ADJUSTED, Effect(), 1), "handed out, without its welcome"
    elif isinstance(body, StampRedeemed | PointsRedeemed):
        assert word is Word.ACCEPTED and effect != Effect()
    else:
        assert (word, effect, written) == (Word.REJECTED, Effect(), 0)


@pytest.mark.parametrize(("body", "original"), EVERY)
def test_what_a_till_could_not_know_stands_with_a_note(body: Body, original: Transaction | None) -> None:
    gone = Person(Role.MANAGER, works_here=False, is_told=False)
    allowed, broken = judged(body, by(MANAGER), original), judged(body, by(gone), original)
    assert broken[:2] == allowed[:2] and broken[3] is None
    assert broken[2] == (Note.STAFF_DISMISSED,)
    nobody = judged(body, by(None, MANAGER, told=False), original)
    assert nobody[:2] == allowed[:2] and nobody[2] == (Note.RULE_BROKEN_UNKNOWINGLY,)


@pytest.mark.parametrize(
    ("program", "count"),
    [
        (a_program(max_stamps_per_visit=2), 3),
        (a_program(cooldown_minutes=30), 1),
        (a_program(max_stamps_per_day=1), 1),
    ],
)
def test_stamps_against_a_limit_that_the_till_knew_give_nothing(program: object, count: int) -> None:
    card = a_card(stamped_at=[noon - minutes(5)])
    marks = [mark.transaction_id for mark in card.marks]
    for known in (marks, []):
        present = a_present(program, acting=by(CASHIER), known_marks=known)  # type: ignore[arg-type]
        one = judge(card, a_claim(StampEarned(count=count)), present)
        if known or count > 2:
            assert (one.word, one.notes, one.case) == (Word.REJECTED, (Note.NOT_ALLOWED,), CaseKind.NOT_ALLOWED)
        else:
            assert (one.word, one.notes) == (Word.ACCEPTED, (Note.RULE_BROKEN_UNKNOWINGLY,))


def test_a_full_card_is_no_limit_that_a_till_could_know() -> None:
    card = a_card(stamps=STAMPS_MAX, stamped_at=[noon - minutes(5)])
    present = a_present(a_program(cooldown_minutes=30), acting=by(CASHIER))
    one = judge(card, a_claim(StampEarned()), present)
    assert one.refusal is not None and one.refusal.reason is Reason.BALANCE_FULL
    enforcing = present._replace(settings=replace(present.settings, conflict=Conflict.ENFORCE))
    assert judge(card, a_claim(StampEarned()), enforcing).notes == (Note.RULE_ENFORCED,)


def test_a_version_that_the_till_had_been_told_of_judges_from_then_on() -> None:
    generous = a_program(points_per_unit="10")
    plain = a_program(version=2, holds_from=noon - days(1), points_per_unit="1")
    for known, points in ((0, 50), (1, 50), (2, 5)):
        present = a_present(generous, plain, acting=by(CASHIER), known_program=known)
        one = judge(a_card(), a_claim(PointsEarned(amount_minor=500), program_version=1), present)
        assert one.effect.points == points
        assert (Note.PROGRAM_SUPERSEDED in one.notes) == (known == 2)


def test_a_clock_a_little_behind_goes_by_the_version_it_knew() -> None:
    plain = a_program(version=2, holds_from=noon - timedelta(minutes=3), points_per_unit="1")
    present = a_present(a_program(points_per_unit="10"), plain, known_program=2)
    assert judge(a_card(), a_claim(PointsEarned(amount_minor=500)), present).effect.points == 50
