"""Invariants of cards under any claims in any order."""

from collections import Counter
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings

from loyalty import enrolment, points, stamps, voids
from loyalty.card import MARKS_KEPT, Card
from loyalty.fold import fold_all
from loyalty.judge import Note, Present, Word, judge
from loyalty.merging import fold_into
from loyalty.money import Money
from loyalty.refusals import Refusal
from loyalty.transactions import (
    Body,
    CardCreated,
    CaseDecided,
    Claim,
    Effect,
    Kind,
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
    corrected,
)
from tests.rules.case_oracle import CaseOracle
from tests.rules.histories import CARDS, History, histories, read
from tests.rules.oracle_values import Row
from tests.rules.played import Played
from tests.rules.spoken import moment

any_history = given(histories)
UNKNOWING = {Note.STAFF_DISMISSED, Note.RULE_BROKEN_UNKNOWINGLY}
LIFETIME = ("total_stamps_earned", "stamps_redeemed", "total_points_earned", "points_redeemed")


def blank_like(card: Card) -> Card:
    return Card(id=card.id)


@pytest.mark.slow
@any_history
def test_no_balance_is_ever_negative(history: History) -> None:
    played = Played(history)
    for _ in played.steps():
        for card in played.cards:
            assert card.stamp_count >= 0
            assert card.points_balance >= 0


@pytest.mark.slow
@any_history
def test_a_balance_is_the_sum_of_what_its_transactions_did(history: History) -> None:
    played = Played(history)
    for _ in played.steps():
        for card in played.cards:
            if card.merged_into is not None:
                assert (card.stamp_count, card.points_balance) == (0, 0)
                continue
            ledger = played.of(card)
            assert card.stamp_count == sum(one.effect.stamps for one in ledger)
            assert card.points_balance == sum(one.effect.points for one in ledger)


@pytest.mark.slow
@any_history
def test_lifetime_counters_never_fall(history: History) -> None:
    played = Played(history)
    before = list(played.cards)
    for _ in played.steps():
        for old, new in zip(before, played.cards, strict=True):
            if new.merged_into is None:
                assert all(getattr(new, name) >= getattr(old, name) for name in LIFETIME)
        before = list(played.cards)


@any_history
def test_stamps_and_redemptions_are_taken_back_at_most_once(history: History) -> None:
    played = Played(history)
    played.all_steps()
    written = {one.id for one in played.ledger}
    voided = Counter(
        corrected(one.body) for one in played.ledger if isinstance(one.body, StampVoided | RedemptionVoided)
    )
    assert all(count == 1 for original, count in voided.items() if original in written)


@pytest.mark.slow
@any_history
def test_returns_never_take_more_than_the_purchase_gave(history: History) -> None:
    played = Played(history)
    played.all_steps()
    for purchase in played.ledger:
        if isinstance(purchase.body, PointsEarned):
            back = [-one.effect.points + one.effect.shortfall for one in played.voids_of(purchase.id)]
            assert all(part >= 0 for part in back)
            assert sum(back) <= purchase.effect.points


@pytest.mark.slow
@any_history
def test_an_expiry_is_reversed_at_most_once_and_by_as_much_as_it_took(history: History) -> None:
    played = Played(history)
    played.all_steps()
    lapses = {one.id: one for one in played.ledger if one.kind is Kind.POINTS_EXPIRED}
    reversals = [one for one in played.ledger if one.kind is Kind.EXPIRY_REVERSED]
    named = [corrected(one.body) for one in reversals]
    assert len(set(named)) == len(named)
    for one, lapse_id in zip(reversals, named, strict=True):
        assert lapse_id is not None
        assert one.effect.points == -lapses[lapse_id].effect.points


@pytest.mark.slow
@any_history
def test_a_ledger_folded_twice_or_in_pieces_is_the_same_card(history: History) -> None:
    played = Played(history)
    played.all_steps()
    for cut in range(len(played.ledger) + 1):
        folded = {card.id: blank_like(card) for card in played.cards}
        for part in (played.ledger[:cut], played.ledger[cut:]):
            for fact in part:
                fold_into(folded, fact)
        assert [folded[card.id] for card in played.cards] == played.cards


@pytest.mark.slow
@any_history
def test_every_transaction_is_written_once(history: History) -> None:
    played = Played(history)
    played.all_steps()
    assert len({one.id for one in played.ledger}) == len(played.ledger)


@pytest.mark.slow
@any_history
def test_a_claim_judged_again_in_the_same_state_gets_the_same_word(history: History) -> None:
    for step in Played(history).all_steps():
        if step.before is not None and step.claim is not None and step.present is not None:
            assert judge(step.before, step.claim, step.present) == step.judged


@any_history
def test_a_rejected_or_held_claim_leaves_the_card_as_it_was(history: History) -> None:
    for step in Played(history).all_steps():
        if step.judged is not None and step.judged.word in {Word.REJECTED, Word.HELD}:
            assert step.judged.card == step.before
            assert step.written == ()


@pytest.mark.slow
@any_history
def test_what_the_counter_gives_the_company_accepts_in_the_same_state(history: History) -> None:
    for step in Played(history).all_steps():
        if step.before is None or step.claim is None or step.present is None or step.judged is None:
            continue
        answer = at_the_counter(step.before, step.claim, step.present)
        if isinstance(answer, Effect) and Note.NOT_ALLOWED not in step.judged.notes:
            assert step.judged.word is Word.ACCEPTED
            assert step.judged.effect == answer


@pytest.mark.slow
@any_history
def test_the_rules_and_their_description_agree_on_every_claim(history: History) -> None:
    played, oracle = Played(history), an_oracle(history)
    for step in played.steps():
        if step.moment.merge is not None:
            row = oracle.merge(*step.moment.merge, step.moment.now)
            assert [flat(one) for one in step.written] == ([] if row is None else [plain(row)])
            continue
        if step.moment.said is None:
            taken = [oracle.expire(card, step.moment.now) for card in range(CARDS)]
            assert sorted(-one.effect.points for one in step.written) == sorted(filter(None, taken))
            continue
        answer = oracle.say(step.moment.said, step.moment.now)
        assert step.judged is not None
        assert step.judged.word == answer.word
        assert (Note.NOT_ALLOWED in step.judged.notes) == answer.known
        assert bool(UNKNOWING & set(step.judged.notes)) == answer.unknown
        assert step.judged.case == answer.case
        assert [flat(one) for one in step.written] == [plain(row) for row in answer.rows]


@pytest.mark.slow
@any_history
def test_a_card_shows_what_its_ledger_adds_up_to(history: History) -> None:
    played, oracle = Played(history), an_oracle(history)
    for step in played.steps():
        if step.moment.merge is not None:
            oracle.merge(*step.moment.merge, step.moment.now)
        elif step.moment.said is None:
            for number in range(CARDS):
                oracle.expire(number, step.moment.now)
        else:
            oracle.say(step.moment.said, step.moment.now)
    for number, card in enumerate(played.cards):
        assert (number in oracle.merged) == (card.merged_into is not None)
        if card.merged_into is None:
            assert shown(card) == summed(oracle, number)


@pytest.mark.slow
@any_history
def test_merged_cards_have_what_one_card_would_have_had(history: History) -> None:
    """Where both ledgers were one from the beginning, in the order in which they were recorded."""
    played = Played(history)
    played.all_steps()
    for card in played.cards:
        if card.merged and card.merged_into is None:
            one = shown(fold_all(blank_like(card), played.of(card)))
            assert shown(card) == one | {"created": card.created_at}, "the one recorded first may not be the older one"


@pytest.mark.slow
def test_random_histories_reach_every_word_and_every_kind() -> None:
    """Random histories must cover all rules to be meaningful."""
    words: Counter[Word] = Counter()
    kinds: Counter[Kind] = Counter()
    notes: Counter[Note] = Counter()
    short = followed = 0

    @settings(max_examples=550, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @any_history
    def live(history: History) -> None:
        nonlocal short, followed
        for step in Played(history).all_steps():
            if step.judged is not None:
                words[step.judged.word] += 1
                notes.update(step.judged.notes)
            kinds.update(one.kind for one in step.written)
            is_decision = step.claim is not None and isinstance(step.claim.body, CaseDecided)
            followed += is_decision and len(step.written) > 1
            short += sum(one.effect.shortfall > 0 for one in step.written)

    live()
    assert min(words[word] for word in Word) >= 100, words
    assert min(kinds[kind] for kind in Kind) >= 20, kinds
    assert min(notes[one] for one in (Note.NOT_ALLOWED, *UNKNOWING)) >= 50, notes
    assert short >= 100
    assert followed >= 10, "decisions book something"


@pytest.mark.parametrize("chance", [b"", bytes(40), bytes(range(200)), b"\xff" * 120])
def test_a_strip_of_any_length_is_a_history(chance: bytes) -> None:
    assert Played(read(chance)).all_steps()[0].written


def at_the_counter(card: Card, claim: Claim, present: Present) -> Effect | Refusal | None:
    """The counter's own rule in this state; None if it has none or uses another version."""
    program = present.programs.at(claim.context.occurred_at)
    if program is None or program.version != claim.context.program_version or card.is_blank:
        return None
    body: Body = claim.body
    match body:
        case StampEarned():
            return stamps.earn_stamps(card, program, present.settings.zone, claim.context.occurred_at, body.count)
        case StampRedeemed():
            return stamps.redeem_stamps(card, program)
        case PointsEarned():
            amount = Money(body.amount_minor, present.settings.currency)
            return points.earn_points(card, program, amount, receipt_used=present.receipt_used)
        case PointsRedeemed():
            return points.redeem_points(card, program, body.reward)
        case PointsAdjusted():
            return points.adjust_points(card, body.points, body.reason)
        case StampsAdjusted():
            return stamps.adjust_stamps(card, body.stamps, body.reason)
        case StampVoided() | PointsVoided() | RedemptionVoided() if present.original is not None:
            before = card if present.last_expiry is None else None  # a reversal changes the balance
            return None if before is None else voids.take_back(before, body, present.original)
        case CardCreated():
            return enrolment.create(card, present.settings)
    return None


def an_oracle(history: History) -> CaseOracle:
    return CaseOracle(
        list(history.versions),
        history.company,
        history.enforce,
        history.window_days * 86_400,
        history.zone,
        history.receipts_ever,
    )


def flat(one: Transaction) -> tuple[object, ...]:
    effect, context = one.effect, one.context
    return (one.kind, context.occurred_at, context.program_version, effect.stamps, effect.points, effect.shortfall)


def plain(row: Row) -> tuple[object, ...]:
    return (row.kind, moment(row.at), row.version, row.stamps, row.points, row.short)


def shown(card: Card) -> dict[str, object]:
    return {
        "created": card.created_at,
        "active": card.is_active,
        "stamps": card.stamp_count,
        "stamps earned": card.total_stamps_earned,
        "rows redeemed": card.stamps_redeemed,
        "points": card.points_balance,
        "points earned": card.total_points_earned,
        "points redeemed": card.points_redeemed,
        "welcomed": card.welcome_given,
        "recent stamps": sorted(
            (mark.occurred_at, mark.count) for mark in card.marks if recent(card, mark.occurred_at)
        ),
        "last points": card.last_points_at,
        "last redemption": card.last_redemption_at,
        "last activity": card.last_activity_at,
    }


def recent(card: Card, at: datetime) -> bool:
    """True if a card must still remember a stamp of this time."""
    return card.last_activity_at is not None and at >= card.last_activity_at - MARKS_KEPT


def summed(oracle: CaseOracle, card: int) -> dict[str, object]:
    def last(*kinds: str) -> datetime | None:
        return max((moment(row.at) for row in oracle.rows(card, *kinds)), default=None)

    active = last("card_created", "stamp_earned", "stamp_redeemed", "stamp_voided", "points_earned", "welcome_bonus",
                  "points_redeemed", "points_voided", "redemption_voided")  # fmt: skip
    marks = [(moment(row.at), row.stamps) for row in oracle.stamps_not_voided(card)]
    created = [row.at for row in oracle.handed_out(card)]
    return {
        "created": moment(min(created)) if created else None,
        "active": oracle.active(card),
        "stamps": oracle.stamps(card),
        "stamps earned": sum(row.stamps for row in oracle.rows(card, "stamp_earned")),
        "rows redeemed": len(oracle.rows(card, "stamp_redeemed")),
        "points": oracle.points(card),
        "points earned": sum(row.points for row in oracle.rows(card, "points_earned", "welcome_bonus")),
        "points redeemed": sum(row.short - row.points for row in oracle.rows(card, "points_redeemed")),
        "welcomed": bool(oracle.rows(card, "welcome_bonus")),
        "recent stamps": sorted(one for one in marks if active is not None and one[0] >= active - MARKS_KEPT),
        "last points": last("points_earned", "welcome_bonus"),
        "last redemption": last("stamp_redeemed", "points_redeemed"),
        "last activity": active,
    }
