"""Activities before an expiry that arrive after it: being offline costs no points."""

from loyalty.judge import Note, Word, judge
from loyalty.transactions import (
    Effect,
    ExpiryReversed,
    Kind,
    PointsEarned,
    PointsExpired,
    PointsRedeemed,
    StampEarned,
    StampsAdjusted,
    following_id,
)
from tests.support.builders import a_card, a_claim, a_present, a_program, a_reward, a_transaction, days, noon

MONTH = a_program(points_expire_after_days=30, rewards=[a_reward(60)])
LAPSE = a_transaction(PointsExpired(), Effect(points=-50), at=noon, name="lapse")


def test_a_late_visit_gives_back_what_had_lapsed() -> None:
    card, claim = a_card(last_activity_at=noon - days(40)), a_claim(StampEarned(), at=noon - days(2))
    judged = judge(card, claim, a_present(MONTH, last_expiry=LAPSE, now=noon + days(1)))
    assert (judged.word, judged.effect, judged.notes) == (Word.ACCEPTED, Effect(stamps=1), (Note.EXPIRY_REVERSED,))
    back, _stamp = judged.transactions
    assert (back.body, back.effect) == (ExpiryReversed(corrects=LAPSE.id), Effect(points=50))
    assert back.id == following_id(claim.id, Kind.EXPIRY_REVERSED)
    assert judged.card.points_balance == 50


def test_what_came_back_can_pay_the_reward_that_brought_it_back() -> None:
    claim = a_claim(PointsRedeemed(reward="croissant"), at=noon - days(2))
    lapse = LAPSE._replace(effect=Effect(points=-60))
    judged = judge(
        a_card(last_activity_at=noon - days(40)), claim, a_present(MONTH, last_expiry=lapse, now=noon + days(1))
    )
    assert (judged.word, judged.effect, judged.card.points_balance) == (Word.ACCEPTED, Effect(points=-60), 0)


def test_a_late_visit_that_has_itself_lapsed_by_now_gives_nothing_back_for_good() -> None:
    card = a_card(last_activity_at=noon - days(40))
    claim = a_claim(PointsEarned(amount_minor=500), at=noon - days(2))
    judged = judge(card, claim, a_present(MONTH, last_expiry=LAPSE, now=noon + days(60)))
    assert [one.kind for one in judged.transactions] == [Kind.EXPIRY_REVERSED, Kind.POINTS_EARNED, Kind.POINTS_EXPIRED]
    assert [one.effect.points for one in judged.transactions] == [50, 5, -55]
    assert judged.card.points_balance == 0


def test_a_visit_too_long_before_the_expiry_leaves_it_and_lapses_too() -> None:
    card = a_card(last_activity_at=noon - days(50))
    claim = a_claim(PointsEarned(amount_minor=500), at=noon - days(31))
    judged = judge(card, claim, a_present(MONTH, last_expiry=LAPSE, now=noon + days(1)))
    assert [one.kind for one in judged.transactions] == [Kind.POINTS_EARNED, Kind.POINTS_EXPIRED]


def test_an_expiry_is_measured_by_the_version_it_came_from() -> None:
    """The till named a version without expiry, while the points expired by a later one."""
    never = a_program(holds_from=noon - days(100))
    month = a_program(version=2, holds_from=noon - days(3), points_expire_after_days=30)
    lapse = a_transaction(PointsExpired(), Effect(points=-50), name="lapse", program_version=2)
    claim = a_claim(StampEarned(), at=noon - days(2), program_version=1)
    judged = judge(a_card(), claim, a_present(never, month, last_expiry=lapse, now=noon + days(1)))
    assert Note.EXPIRY_REVERSED in judged.notes
    assert judged.card.points_balance == 50


def test_whether_it_has_lapsed_by_now_is_measured_by_the_version_that_holds_now() -> None:
    month = a_program(holds_from=noon - days(100), points_expire_after_days=30)
    never = a_program(version=2, holds_from=noon + days(1))
    claim = a_claim(PointsEarned(amount_minor=500), at=noon - days(2), program_version=1)
    judged = judge(a_card(), claim, a_present(month, never, last_expiry=LAPSE, now=noon + days(60)))
    assert judged.card.points_balance == 55


def test_a_correction_by_a_manager_is_no_visit() -> None:
    claim = a_claim(StampsAdjusted(stamps=1, reason="gift"), at=noon - days(2))
    judged = judge(a_card(), claim, a_present(MONTH, last_expiry=LAPSE, now=noon + days(1)))
    assert judged.card.points_balance == 0


def test_a_rejected_claim_gives_nothing_back() -> None:
    claim = a_claim(PointsRedeemed(reward="unicorn"), at=noon - days(2))
    judged = judge(a_card(), claim, a_present(MONTH, last_expiry=LAPSE, now=noon + days(1)))
    assert (judged.transactions, judged.card) == ((), a_card())
