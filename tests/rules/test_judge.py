"""Judgement of offline claims, one test for each line of the contract."""

from dataclasses import replace

import pytest

from loyalty.card import Card
from loyalty.cases import CaseKind
from loyalty.fold import fold_all
from loyalty.judge import Judgement, Note, Word, claimable, judge
from loyalty.program import Program, Programs
from loyalty.refusals import Reason, Refusal
from loyalty.settings import Conflict, Settings
from loyalty.transactions import (
    NO_EFFECT,
    Body,
    CardCreated,
    CardDeactivated,
    CardReactivated,
    CardReplaced,
    CardsMerged,
    Effect,
    ExpiryReversed,
    Kind,
    PointsAdjusted,
    PointsEarned,
    PointsExpired,
    PointsRedeemed,
    PointsVoided,
    RedemptionVoided,
    StampEarned,
    StampRedeemed,
    StampsAdjusted,
    StampVoided,
    WelcomeBonus,
    following_id,
)
from tests.support.builders import (
    a_blank,
    a_card,
    a_claim,
    a_present,
    a_program,
    a_reward,
    a_transaction,
    an_id,
    days,
    main,
    minutes,
    noon,
)

ENFORCE = replace(Settings(), conflict=Conflict.ENFORCE)
CROISSANT = a_program(rewards=[a_reward(60)])


def said(judged: Judgement) -> tuple[Word, Effect, tuple[Note, ...], CaseKind | None]:
    return judged.word, judged.effect, judged.notes, judged.case


# claims that agree with the rules


@pytest.mark.parametrize(
    ("body", "effect"),
    [
        (StampEarned(count=2), Effect(stamps=2)),
        (StampRedeemed(), Effect(stamps=-10)),
        (PointsEarned(amount_minor=4250, receipt="A 17"), Effect(points=42)),
        (PointsRedeemed(reward="croissant"), Effect(points=-60)),
        (PointsAdjusted(points=-5, reason="typed twice"), Effect(points=-5)),
        (StampsAdjusted(stamps=4, reason="paper card"), Effect(stamps=4)),
        (CardDeactivated(reason="lost"), NO_EFFECT),
        (CardReactivated(reason="found"), NO_EFFECT),
    ],
)
def test_what_agrees_with_the_rules_is_accepted_as_it_is(body: Body, effect: Effect) -> None:
    judged = judge(a_card(stamps=12, points=70), a_claim(body), a_present(CROISSANT))
    assert said(judged) == (Word.ACCEPTED, effect, (), None)
    assert judged.transactions == (main(judged),)
    assert main(judged).body == body
    assert main(judged).id == an_id("claim")


def test_the_card_after_a_judgement_is_the_fold_of_what_was_written() -> None:
    card = a_card(stamps=3)
    judged = judge(card, a_claim(StampEarned()), a_present())
    assert judged.card == fold_all(card, judged.transactions)
    assert judged.card.stamp_count == 4


def test_a_new_card_gets_its_welcome_right_behind() -> None:
    judged = judge(a_blank(), a_claim(CardCreated()), a_present(a_program(welcome_bonus=20)))
    assert said(judged) == (Word.ACCEPTED, NO_EFFECT, (), None)
    created, gift = judged.transactions
    assert (gift.kind, gift.effect, gift.follows) == (Kind.WELCOME_BONUS, Effect(points=20), created.id)
    assert gift.id == following_id(created.id, Kind.WELCOME_BONUS)
    assert judged.card.points_balance == 20


def test_a_card_goes_on_under_a_blank() -> None:
    body = CardReplaced(blank=an_id("new"), reason="lost")
    assert judge(a_card(), a_claim(body), a_present(blank=a_blank("new"))).word is Word.ACCEPTED
    taken = judge(a_card(), a_claim(body), a_present(blank=a_card("new")))
    assert (taken.word, taken.refusal) == (Word.REJECTED, Refusal(Reason.NOT_A_BLANK))
    assert judge(a_card(), a_claim(body), a_present()).refusal == Refusal(Reason.NOT_A_BLANK)


# redemptions without sufficient balance


def test_a_reward_the_balance_no_longer_covers_stands_at_the_companys_cost() -> None:
    judged = judge(a_card(points=40), a_claim(PointsRedeemed(reward="croissant")), a_present(CROISSANT))
    short = Effect(points=-40, shortfall=20)
    assert said(judged) == (Word.ADJUSTED, short, (Note.BALANCE_TOO_SMALL,), CaseKind.BALANCE_TOO_SMALL)
    assert (judged.card.points_balance, judged.card.points_redeemed) == (0, 60)


def test_a_row_that_is_no_longer_full_stands_at_the_companys_cost() -> None:
    judged = judge(a_card(stamps=4), a_claim(StampRedeemed()), a_present())
    short = Effect(stamps=-4, shortfall=6)
    assert said(judged) == (Word.ADJUSTED, short, (Note.BALANCE_TOO_SMALL,), CaseKind.BALANCE_TOO_SMALL)
    assert judged.card.stamps_redeemed == 1


def test_a_reward_taken_off_the_list_meanwhile_stands_with_a_note() -> None:
    program = a_program(rewards=[a_reward(60, active=False)])
    judged = judge(a_card(points=70), a_claim(PointsRedeemed(reward="croissant")), a_present(program))
    assert said(judged) == (Word.ACCEPTED, Effect(points=-60), (Note.REWARD_INACTIVE,), None)


def test_a_reward_the_program_never_had_is_rejected_and_a_manager_is_told() -> None:
    judged = judge(a_card(points=70), a_claim(PointsRedeemed(reward="unicorn")), a_present(CROISSANT))
    assert (judged.word, judged.refusal) == (Word.REJECTED, Refusal(Reason.REWARD_UNKNOWN))
    assert judged.case is CaseKind.REWARD_UNKNOWN
    assert judged.transactions == ()


def test_a_correction_decided_on_a_balance_that_has_shrunk_takes_what_is_there() -> None:
    points = judge(a_card(points=3), a_claim(PointsAdjusted(points=-5, reason="typo")), a_present())
    assert (points.word, points.effect) == (Word.ADJUSTED, Effect(points=-3, shortfall=2))
    stamps = judge(a_card(stamps=1), a_claim(StampsAdjusted(stamps=-5, reason="typo")), a_present())
    assert (stamps.word, stamps.effect) == (Word.ADJUSTED, Effect(stamps=-1, shortfall=4))


# a stamp against a rule the till could not know

COOLDOWN = a_program(cooldown_minutes=30)
DAY = a_program(max_stamps_per_day=1)


@pytest.mark.parametrize("program", [COOLDOWN, DAY])
def test_a_stamp_after_one_elsewhere_stands_with_a_note(program: Program) -> None:
    card, at = a_card(stamps=1, stamped_at=[noon]), noon + minutes(5)
    judged = judge(card, a_claim(StampEarned(), at=at), a_present(program, now=at))
    assert said(judged) == (Word.ACCEPTED, Effect(stamps=1), (Note.RULE_BROKEN_UNKNOWINGLY,), None)


@pytest.mark.parametrize("program", [COOLDOWN, DAY])
def test_where_the_company_enforces_it_counts_nothing_and_a_manager_is_told(program: Program) -> None:
    card, at = a_card(stamps=1, stamped_at=[noon]), noon + minutes(5)
    present = a_present(program, settings=ENFORCE, now=at)
    judged = judge(card, a_claim(StampEarned(), at=at), present)
    assert said(judged) == (Word.ADJUSTED, NO_EFFECT, (Note.RULE_ENFORCED,), CaseKind.STAMP_CONFLICT)
    assert judged.card.marks == card.marks  # without effect, so without cooldown


def test_the_first_recorded_stamp_wins_also_against_an_earlier_one_that_arrives_late() -> None:
    card = a_card(stamps=1, stamped_at=[noon])
    judged = judge(card, a_claim(StampEarned(), at=noon - minutes(5)), a_present(COOLDOWN, settings=ENFORCE))
    assert judged.effect == NO_EFFECT


@pytest.mark.parametrize("count", [0, -1, 101])
def test_stamps_that_no_counter_gives_are_rejected(count: int) -> None:
    judged = judge(a_card(), a_claim(StampEarned(count=count)), a_present())
    assert judged.word is Word.REJECTED


# a program that was superseded

LONG_AGO = a_program(stamps_target=10, holds_from=noon - days(100), rewards=[a_reward(60)])
SINCE_NOON = a_program(version=2, stamps_target=12, holds_from=noon, rewards=[a_reward(80)], points_per_unit="2")


def test_an_old_version_still_judges_within_the_offline_window() -> None:
    at = noon + days(6)
    judged = judge(a_card(stamps=10), a_claim(StampRedeemed(), at=at), a_present(LONG_AGO, SINCE_NOON, now=at))
    assert said(judged) == (Word.ACCEPTED, Effect(stamps=-10), (), None)
    assert main(judged).context.program_version == 1


def test_after_the_offline_window_the_current_version_judges() -> None:
    at = noon + days(8)
    judged = judge(
        a_card(points=80), a_claim(PointsRedeemed(reward="croissant"), at=at), a_present(LONG_AGO, SINCE_NOON, now=at)
    )
    assert said(judged) == (Word.ADJUSTED, Effect(points=-80), (Note.PROGRAM_SUPERSEDED,), None)
    assert main(judged).context.program_version == 2


def test_a_version_matters_not_to_what_no_version_decides() -> None:
    at = noon + days(8)
    judged = judge(
        a_card(), a_claim(PointsAdjusted(points=5, reason="gift"), at=at), a_present(LONG_AGO, SINCE_NOON, now=at)
    )
    assert (judged.word, judged.notes) == (Word.ACCEPTED, ())


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("points", StampEarned()),
        ("points", StampRedeemed()),
        ("stamps", PointsEarned(amount_minor=500)),
        ("stamps", PointsRedeemed(reward="croissant")),
    ],
)
def test_what_the_program_does_not_count_any_more_moves_nothing_and_a_manager_is_told(kind: str, body: Body) -> None:
    card = a_card(stamps=10, points=60)
    judged = judge(card, a_claim(body), a_present(a_program(kind)))
    assert said(judged) == (Word.ADJUSTED, NO_EFFECT, (Note.RULE_ENFORCED,), CaseKind.PROGRAM_CHANGED)
    assert (judged.card.stamp_count, judged.card.points_balance) == (10, 60)


def test_a_purchase_below_a_minimum_set_meanwhile_gives_nothing() -> None:
    judged = judge(a_card(), a_claim(PointsEarned(amount_minor=500)), a_present(a_program(minimum_purchase_minor=1000)))
    assert said(judged) == (Word.ADJUSTED, NO_EFFECT, (Note.BELOW_MINIMUM,), None)


def test_without_any_program_a_claim_waits_for_one() -> None:
    present = a_present()._replace(programs=Programs(()))
    judged = judge(a_card(), a_claim(StampEarned()), present)
    assert (judged.word, judged.notes, judged.transactions) == (Word.HELD, (Note.WAITS_FOR_PROGRAM,), ())


# enrolment


def test_a_contact_that_has_a_card_gets_a_second_one_without_the_welcome() -> None:
    present = a_present(a_program(welcome_bonus=20), contact_has_card=True)
    judged = judge(a_blank(), a_claim(CardCreated()), present)
    assert said(judged) == (Word.ADJUSTED, NO_EFFECT, (Note.CONTACT_HAS_CARD,), CaseKind.CONTACT_HAS_CARD)
    assert not judged.card.is_blank
    assert judged.card.points_balance == 0
    assert not judged.card.welcome_given  # a manager can still give it


@pytest.mark.parametrize(("differs", "case"), [(False, None), (True, CaseKind.SECOND_ENROLMENT)])
def test_a_blank_handed_out_twice_gives_one_welcome(differs: bool, case: CaseKind | None) -> None:
    present = a_present(a_program(welcome_bonus=20), contact_differs=differs)
    first = judge(a_blank(), a_claim(CardCreated(), name="first"), present)
    second = judge(first.card, a_claim(CardCreated(), at=noon + minutes(5), name="second"), present)
    assert said(second) == (Word.ADJUSTED, NO_EFFECT, (Note.ALREADY_ENROLLED,), case)
    assert second.card.points_balance == 20
    assert second.card.created_at == noon


# receipts


def test_one_receipt_at_two_tills_earns_once() -> None:
    claim = a_claim(PointsEarned(amount_minor=500, receipt="A 17"))
    judged = judge(a_card(points=5), claim, a_present(receipt_used=True))
    assert said(judged) == (Word.ADJUSTED, NO_EFFECT, (Note.RECEIPT_REPEATED,), CaseKind.RECEIPT_REPEATED)


@pytest.mark.parametrize("minor", [0, -1, 10**9 + 1])
def test_an_amount_that_nobody_can_pay_is_rejected_whatever_its_receipt(minor: int) -> None:
    judged = judge(a_card(), a_claim(PointsEarned(amount_minor=minor)), a_present(receipt_used=True))
    assert (judged.word, judged.transactions) == (Word.REJECTED, ())


# held claims


def test_a_card_that_is_not_handed_out_yet_makes_a_claim_wait() -> None:
    judged = judge(a_blank(), a_claim(StampEarned()), a_present())
    assert (judged.word, judged.notes, judged.card) == (Word.HELD, (Note.WAITS_FOR_CARD,), a_blank())


@pytest.mark.parametrize("kind", [StampVoided, PointsVoided, RedemptionVoided])
def test_a_void_waits_for_what_it_names(kind: type[StampVoided | PointsVoided | RedemptionVoided]) -> None:
    judged = judge(a_card(), a_claim(kind(corrects=an_id("not yet seen"))), a_present())
    assert (judged.word, judged.notes, judged.transactions) == (Word.HELD, (Note.WAITS_FOR_ENTRY,), ())


# voids


def test_a_void_takes_back_what_the_original_really_gave() -> None:
    enforced = a_transaction(StampEarned(count=2), NO_EFFECT)
    judged = judge(a_card(stamps=5), a_claim(StampVoided(corrects=enforced.id)), a_present(original=enforced))
    assert said(judged) == (Word.ACCEPTED, NO_EFFECT, (), None)
    assert judged.card.stamp_count == 5


def test_a_void_of_what_was_rejected_takes_back_nothing() -> None:
    claim = a_claim(StampVoided(corrects=an_id("rejected")))
    judged = judge(a_card(stamps=5), claim, a_present(original_rejected=True))
    assert said(judged) == (Word.ACCEPTED, NO_EFFECT, (Note.NOTHING_WAS_GIVEN,), None)


def test_a_second_void_is_rejected() -> None:
    original = a_transaction(StampEarned(), Effect(stamps=1))
    first = a_transaction(StampVoided(corrects=original.id), Effect(stamps=-1), name="first void")
    judged = judge(
        a_card(stamps=5),
        a_claim(StampVoided(corrects=original.id)),
        a_present(original=original, voids=[first]),
    )
    assert (judged.word, judged.refusal) == (Word.REJECTED, Refusal(Reason.ALREADY_VOIDED))


# inactive cards


def test_an_inactive_card_used_before_the_till_could_know_is_noted() -> None:
    judged = judge(a_card(is_active=False), a_claim(StampEarned()), a_present())
    assert said(judged) == (Word.ACCEPTED, Effect(stamps=1), (Note.CARD_INACTIVE,), None)


def test_an_inactive_card_used_knowingly_is_a_case() -> None:
    judged = judge(a_card(is_active=False), a_claim(PointsEarned(amount_minor=500)), a_present(inactive_knowingly=True))
    assert said(judged) == (Word.ACCEPTED, Effect(points=5), (Note.CARD_INACTIVE,), CaseKind.CARD_INACTIVE)


def test_a_managers_work_on_an_inactive_card_is_no_misuse() -> None:
    """A lost card is deactivated first and replaced afterwards."""
    original = a_transaction(StampEarned(), Effect(stamps=1))
    present = a_present(inactive_knowingly=True, blank=a_blank("new"), original=original)
    for body in (
        CardReplaced(blank=an_id("new")),
        PointsAdjusted(points=5, reason="gift"),
        StampVoided(corrects=original.id),
        CardReactivated(),
    ):
        judged = judge(a_card(stamps=3, is_active=False), a_claim(body), present)
        assert (judged.word, judged.notes, judged.case) == (Word.ACCEPTED, (), None)


def test_switching_off_what_is_off_changes_nothing() -> None:
    judged = judge(a_card(is_active=False), a_claim(CardDeactivated()), a_present())
    assert (judged.word, judged.card.is_active) == (Word.ACCEPTED, False)


# claims reserved to the server


@pytest.mark.parametrize(
    "body",
    [PointsExpired(), ExpiryReversed(corrects=an_id("x")), WelcomeBonus(), CardsMerged(merged=an_id("other"))],
)
@pytest.mark.parametrize("card", [a_blank(), a_card(points=5)])
def test_what_only_the_server_books_is_rejected_when_a_till_claims_it(body: Body, card: Card) -> None:
    judged = judge(card, a_claim(body), a_present())
    assert (judged.word, judged.refusal) == (Word.REJECTED, Refusal(Reason.SERVER_ONLY))


def test_all_else_can_be_claimed() -> None:
    refused = {Kind.POINTS_EXPIRED, Kind.EXPIRY_REVERSED, Kind.WELCOME_BONUS, Kind.CARDS_MERGED}
    assert {kind for kind in Kind if not claimable(kind)} == refused
