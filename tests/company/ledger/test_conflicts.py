"""Conflicts between till and server, each resolved by its default policy."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from loyalty.program import ProgramKind, Reward
from loyalty.transactions import CardDeactivated, CardReactivated, PointsAdjusted, StampsAdjusted
from server.db.tables import transactions
from server.db.work_tables import cases
from sync.protocol.entries import ByToken
from tests.support.paper_shop import PaperShop, a_coffee_program, token_of

CROISSANT = Reward(id="croissant", name="Croissant", cost=10)


def test_a_redemption_whose_balance_is_spent_elsewhere_stands_and_the_company_bears_it(shop: PaperShop) -> None:
    shop.set_program(a_coffee_program(rewards=(CROISSANT,)))
    here, there = shop.till("Till 1", "Gare"), shop.till("Till 2", "Centre")
    card = shop.enrolled(here)
    here.earn(card, 1200)
    here.sync()
    first, second = here.redeem(card, "croissant"), there.redeem(card, "croissant")
    here.sync()
    there.sync()
    assert here.verdict(first).word == "accepted"
    verdict = there.verdict(second)
    assert (verdict.word, verdict.points, verdict.shortfall) == ("adjusted", -2, 8)
    assert verdict.notes == ("balance_too_small",)
    assert shop.card(card).points_balance == 0
    (case,) = shop.rows(cases)
    assert (case.kind, case.amount, case.card_id, case.entry_id) == ("balance_too_small", 8, card, second.id)
    assert case.terminal_id == there.id


def test_a_stamp_redemption_short_of_stamps_takes_what_is_there(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    till.stamp(card, 7)
    redeemed = till.redeem(card)
    till.sync()
    verdict = till.verdict(redeemed)
    assert (verdict.word, verdict.stamps, verdict.shortfall) == ("adjusted", -7, 3)
    assert shop.cases() == ["balance_too_small"]


def test_a_managers_correction_below_zero_takes_what_is_there(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    till.earn(card, 500)
    till.stamp(card, 2)
    points = till.write(PointsAdjusted(points=-8, reason="mistake"), card)
    stamps = till.write(StampsAdjusted(stamps=-1, reason="mistake"), card)
    till.sync()
    assert (till.verdict(points).points, till.verdict(points).shortfall) == (-5, 3)
    assert (till.verdict(stamps).word, till.verdict(stamps).stamps) == ("accepted", -1)
    assert shop.ledger(card)[-1].reason == "mistake"


def test_a_stamp_within_another_stores_cooldown_stands_with_a_note(shop: PaperShop) -> None:
    shop.set_program(a_coffee_program(cooldown_minutes=30))
    here, there = shop.till("Till 1", "Gare"), shop.till("Till 2", "Centre")
    card = shop.enrolled(here)
    here.stamp(card)
    shop.passes(minutes=10)
    stamp = there.stamp(card)
    here.sync()
    there.sync()
    verdict = there.verdict(stamp)
    assert (verdict.word, verdict.stamps, verdict.notes) == ("accepted", 1, ("rule_broken_unknowingly",))
    assert shop.cases() == []


def test_a_stamp_within_another_stores_cooldown_is_not_counted_where_the_company_enforces(shop: PaperShop) -> None:
    shop.set_program(a_coffee_program(cooldown_minutes=30))
    shop.set(conflict="enforce")
    here, there = shop.till("Till 1", "Gare"), shop.till("Till 2", "Centre")
    card = shop.enrolled(here)
    here.stamp(card)
    stamp = there.stamp(card, 2)
    here.sync()
    there.sync()
    verdict = there.verdict(stamp)
    assert (verdict.word, verdict.stamps, verdict.notes) == ("adjusted", 0, ("rule_enforced",))
    (case,) = shop.rows(cases)
    assert (case.kind, case.amount) == ("stamp_conflict", 2)
    assert verdict.card_version == shop.card(card).version  # even without an effect, the card's version changes


def test_a_superseded_program_judges_what_was_decided_by_it_within_the_offline_window(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    shop.passes(hours=1)
    shop.set_program(a_coffee_program(kind=ProgramKind.POINTS))
    shop.passes(days=6)
    stamp = till.stamp(card)
    till.sync()
    assert (till.verdict(stamp).word, till.verdict(stamp).stamps) == ("accepted", 1)
    assert shop.ledger(card)[-1].program_number == 1


def test_a_program_superseded_long_ago_gives_way_to_the_one_that_holds(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    shop.passes(hours=1)
    shop.set_program(a_coffee_program(points_per_unit=Decimal(2)))
    shop.passes(days=8)
    earned = till.earn(card, 1000)
    till.sync()
    verdict = till.verdict(earned)
    assert (verdict.word, verdict.points, verdict.notes) == ("adjusted", 20, ("program_superseded",))


def test_a_reward_no_program_ever_had_is_rejected_with_a_case(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    odd = till.redeem(card, "yacht")
    till.sync()
    assert (till.verdict(odd).word, till.verdict(odd).reason) == ("rejected", "reward_unknown")
    assert till.verdict(odd).card_version == shop.card(card).version
    assert shop.cases() == ["reward_unknown"]


def test_the_same_receipt_at_two_tills_earns_once(shop: PaperShop) -> None:
    one, other = shop.till("Till 1"), shop.till("Till 2")
    card = shop.enrolled(one)
    first, second = one.earn(card, 1000, "R-17"), other.earn(card, 1000, "R-17")
    one.sync()
    other.sync()
    assert (one.verdict(first).points, other.verdict(second).points) == (10, 0)
    assert (other.verdict(second).word, other.verdict(second).notes) == ("adjusted", ("receipt_repeated",))
    (case,) = shop.rows(cases)
    assert (case.kind, case.amount) == ("receipt_repeated", 10)


def test_the_same_receipt_twice_in_one_page_earns_once(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    till.earn(card, 1000, "R-17")
    till.earn(card, 1000, "R-17")
    till.sync()
    assert shop.card(card).points_balance == 10


def test_another_store_may_have_the_same_receipt_number(shop: PaperShop) -> None:
    here, there = shop.till("Till 1", "Gare"), shop.till("Till 2", "Centre")
    card = shop.enrolled(here)
    here.earn(card, 1000, "R-17")
    there.earn(card, 1000, "R-17")
    here.sync()
    there.sync()
    assert shop.card(card).points_balance == 20


def test_a_receipt_taken_back_whole_may_earn_again(shop: PaperShop) -> None:
    """After mistyping an amount, the cashier voids it and enters the receipt again."""
    till = shop.till()
    card = shop.enrolled(till)
    mistyped = till.earn(card, 10_000, "R-17")
    till.sync()
    till.void_points(card, mistyped.id)
    again = till.earn(card, 1000, "R-17")
    till.sync()
    assert (till.verdict(again).word, shop.card(card).points_balance) == ("accepted", 10)
    third = till.earn(card, 1000, "R-17")
    till.sync()
    assert till.verdict(third).notes == ("receipt_repeated",)


@pytest.mark.slow
def test_a_receipt_is_free_for_what_waited_as_well(shop: PaperShop) -> None:
    one, other = shop.till("Till 1"), shop.till("Till 2")
    card = shop.enrolled(one)
    (blank,) = shop.blanks()
    mistaken = one.earn(card, 1000, "R-17")
    one.sync()
    held = other.earn(blank.id, 1000, "R-17")
    other.sync()
    one.void_points(card, mistaken.id)
    one.enrol(blank.id)
    one.sync()
    other.sync()
    assert (other.verdict(held).word, shop.card(blank.id).points_balance) == ("accepted", 10)


def test_a_receipt_taken_back_in_part_has_still_earned(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    earned = till.earn(card, 1000, "R-17")
    till.void_points(card, earned.id, 400)
    again = till.earn(card, 1000, "R-17")
    till.sync()
    assert till.verdict(again).notes == ("receipt_repeated",)
    assert shop.card(card).points_balance == 6


def test_a_replaced_cards_old_code_leads_to_the_card_with_a_note(shop: PaperShop) -> None:
    here, there = shop.till("Till 1", "Gare"), shop.till("Till 2", "Centre")
    old, new = shop.blanks(2)
    here.enrol(old.id)
    here.replace(old.id, new.id)
    here.sync()
    stamp = there.stamp(ByToken(token_of(old)))
    current = there.stamp(ByToken(token_of(new)))
    there.sync()
    assert (there.verdict(stamp).card, there.verdict(stamp).notes) == (old.id, ("old_code",))
    assert (there.verdict(current).card, there.verdict(current).notes) == (old.id, ())
    assert shop.card(old.id).stamp_count == 2


def test_a_replacement_moves_both_rows_and_both_codes(shop: PaperShop) -> None:
    till = shop.till()
    old, new = shop.blanks(2)
    till.enrol(old.id)
    replaced = till.replace(old.id, new.id)
    till.sync()
    card, blank = till.card(old.id), till.card(new.id)
    assert (card.token, card.old_tokens, card.number_end) == (token_of(new), (token_of(old),), new.number[-4:])
    assert blank.retired and not card.retired
    assert till.verdict(replaced).card_version == till.versions["card", old.id]


def test_a_blank_taken_by_a_replacement_is_that_card_also_in_the_same_page(shop: PaperShop) -> None:
    here, there = shop.till("Till 1", "Gare"), shop.till("Till 2", "Centre")
    old, new = shop.blanks(2)
    here.enrol(old.id)
    here.replace(old.id, new.id)
    stamp = here.stamp(new.id)
    here.sync()
    enrolled = there.enrol(new.id)
    there.sync()
    assert here.verdict(stamp).card == old.id
    assert (there.verdict(enrolled).card, there.verdict(enrolled).notes) == (old.id, ("already_enrolled",))


def test_a_card_that_is_no_blank_cannot_be_taken_for_a_replacement(shop: PaperShop) -> None:
    till = shop.till()
    card, other = shop.enrolled(till), shop.enrolled(till)
    (blank,) = shop.blanks()
    till.replace(card, blank.id)
    tries = [till.replace(card, one) for one in (other, uuid4(), blank.id)]
    till.sync()
    assert [(till.verdict(one).word, till.verdict(one).reason) for one in tries] == [("rejected", "not_a_blank")] * 3


@pytest.mark.slow
def test_a_deactivated_card_used_before_its_till_could_know_is_accepted(shop: PaperShop) -> None:
    here, there = shop.till("Till 1", "Gare"), shop.till("Till 2", "Centre")
    card = shop.enrolled(here)
    there.sync()
    here.write(CardDeactivated(reason="lost"), card)
    here.sync()
    unknowing = there.stamp(card)
    there.sync()
    knowing = there.stamp(card)
    there.sync()
    assert (there.verdict(unknowing).word, there.verdict(unknowing).notes) == ("accepted", ("card_inactive",))
    assert there.verdict(knowing).word == "accepted"
    (case,) = shop.rows(cases)
    assert (case.kind, case.entry_id) == ("card_inactive", knowing.id)


def test_a_till_could_know_from_the_moment_it_has_the_row_that_says_so(shop: PaperShop) -> None:
    here, there = shop.till("Till 1", "Gare"), shop.till("Till 2", "Centre")
    card = shop.enrolled(here)
    here.write(CardDeactivated(reason="lost"), card)
    here.sync()
    there.sync()
    there.stamp(card)
    there.sync()
    assert shop.cases() == ["card_inactive"]


def test_what_a_till_knew_of_an_earlier_time_does_not_count_against_it(shop: PaperShop) -> None:
    here, there = shop.till("Till 1", "Gare"), shop.till("Till 2", "Centre")
    card = shop.enrolled(here)
    here.write(CardDeactivated(reason="lost"), card)
    here.write(CardReactivated(reason="found"), card)
    here.sync()
    there.sync()
    here.write(CardDeactivated(reason="lost again"), card)
    here.sync()
    there.stamp(card)
    there.sync()
    assert shop.cases() == []


def test_a_card_switched_on_again_is_used_without_a_word(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    till.write(CardDeactivated(reason="lost"), card)
    till.write(CardReactivated(reason="found"), card)
    till.sync()
    stamp = till.stamp(card)
    till.sync()
    assert till.verdict(stamp).notes == ()
    assert till.card(card).is_active


def test_a_void_takes_back_what_its_adjusted_original_really_gave(shop: PaperShop) -> None:
    one, other = shop.till("Till 1"), shop.till("Till 2")
    card = shop.enrolled(one)
    one.earn(card, 1000, "R-17")
    repeated = other.earn(card, 1000, "R-17")
    void = other.void_points(card, repeated.id)
    one.sync()
    other.sync()
    assert (other.verdict(void).word, other.verdict(void).points) == ("accepted", 0)
    assert shop.card(card).points_balance == 10


def test_a_void_of_a_rejected_entry_takes_nothing(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    odd = till.earn(card, -5)
    void = till.void_points(card, odd.id)
    till.sync()
    later = till.void_points(card, odd.id)
    till.sync()
    for one in (void, later):
        assert (till.verdict(one).word, till.verdict(one).notes) == ("accepted", ("nothing_was_given",))


def test_a_void_takes_back_floored_at_zero_with_its_shortfall(shop: PaperShop) -> None:
    shop.set_program(a_coffee_program(stamps_target=5))
    till = shop.till()
    card = shop.enrolled(till)
    stamp = till.stamp(card, 6)
    till.redeem(card)
    void = till.void_stamp(card, stamp.id)
    again = till.void_stamp(card, stamp.id)
    till.sync()
    assert (till.verdict(void).stamps, till.verdict(void).shortfall) == (-1, 5)
    assert (till.verdict(again).word, till.verdict(again).reason) == ("rejected", "already_voided")


def test_till_two_voids_what_till_one_earned(shop: PaperShop) -> None:
    one, other = shop.till("Till 1"), shop.till("Till 2")
    card = shop.enrolled(one)
    earned = one.earn(card, 1000)
    one.sync()
    void = other.void_points(card, earned.id, 500)
    other.sync()
    rest = one.void_points(card, earned.id)
    one.sync()
    assert (other.verdict(void).points, one.verdict(rest).points) == (-5, -5)


def test_a_redemption_is_given_back(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    till.stamp(card, 10)
    taken = till.redeem(card)
    till.sync()
    back = till.void_redemption(card, taken.id)
    till.sync()
    assert (till.verdict(back).stamps, shop.card(card).stamp_count) == (10, 10)


@pytest.mark.slow
def test_a_late_activity_takes_back_an_expiry_and_says_so(shop: PaperShop) -> None:
    shop.set_program(a_coffee_program(points_expire_after_days=30))
    here, there = shop.till("Till 1", "Gare"), shop.till("Till 2", "Centre")
    card = shop.enrolled(here)
    here.earn(card, 1000)
    here.sync()
    shop.passes(days=20)
    late = there.stamp(card)
    shop.passes(days=20)
    shop.expire(card)
    there.sync()
    verdict = there.verdict(late)
    assert (verdict.word, verdict.notes) == ("accepted", ("expiry_reversed",))
    assert [one.kind for one in verdict.follows] == ["expiry_reversed"]
    assert shop.kinds(card)[-3:] == ["points_expired", "expiry_reversed", "stamp_earned"]
    assert shop.card(card).points_balance == 10


def test_a_clock_far_off_is_corrected_with_a_note(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    till.clock_error = timedelta(days=400)
    stamp = till.stamp(card)
    till.sync()
    assert (till.verdict(stamp).word, till.verdict(stamp).notes) == ("accepted", ("clock_corrected",))
    assert shop.rows(transactions, transaction_id=stamp.id)[0].occurred_at == shop.now
