"""Several stamps, and purchases with stamps, as one step that is written and voided as a whole."""

from pathlib import Path
from uuid import UUID

import pytest

from terminal.counter.unusual_amounts import usual_limit
from terminal.interface.ask import Override
from terminal.interface.asks import Earn, Quote, Stamp, Void
from terminal.interface.views import Reply
from tests.support.paper_company import PaperCompany, PaperTill, a_company, with_rules
from tests.support.replies import points, refused, stamps, written

ANNA = Override("Anna", "2580")


@pytest.fixture
def company() -> PaperCompany:
    return a_company(with_rules(cooldown_minutes=0))


@pytest.fixture
def card_id(till: PaperTill) -> UUID:
    """Zoé's card, with Lena on shift."""
    card_id = till.company.issues_card("Zoé", stamp_count=8, points_balance=100)
    till.hears()
    till.serves(card_id)
    return card_id


def both(reply: Reply) -> tuple[UUID, UUID]:
    assert reply.entry is not None, reply
    assert reply.also is not None, reply
    return reply.entry.id, reply.also.id


def test_a_purchase_and_its_stamps_are_given_by_one_tap(till: PaperTill, card_id: UUID) -> None:
    reply = till.asks(Earn(1000, stamps=2))
    assert reply.entry is not None
    assert reply.also is not None
    assert (reply.entry.kind, reply.entry.points, reply.entry.reward_reached) == ("points_earned", 10, False)
    assert (reply.also.kind, reply.also.stamps, reply.also.reward_reached) == ("stamp_earned", 2, True)
    assert reply.also.seq == reply.entry.seq + 1
    assert (stamps(reply).count, points(reply).balance) == (10, 110)


def test_where_the_stamps_are_refused_the_purchase_is_not_booked_either(till: PaperTill, card_id: UUID) -> None:
    head = till.journal.head()
    assert refused(till.asks(Earn(1000, stamps=4))).reason == "stamps_per_visit"
    assert refused(till.asks(Earn(100, stamps=1))).reason == "below_minimum_purchase"
    assert refused(till.asks(Earn(1000, stamps=-1))).reason == "count_not_positive"
    assert till.journal.head() == head


def test_the_cashier_takes_the_whole_step_back_by_one_tap(till: PaperTill, card_id: UUID) -> None:
    bought, stamped = both(till.asks(Earn(1000, stamps=2)))
    reply = till.asks(Void(bought, also=stamped))
    assert {one.kind for one in (reply.entry, reply.also) if one is not None} == {"points_voided", "stamp_voided"}
    assert (stamps(reply).count, points(reply).balance) == (8, 100)
    assert refused(till.asks(Void(bought, also=stamped, override=ANNA))).reason == "already_voided"


def test_either_half_of_the_last_step_is_the_cashiers_own(till: PaperTill, card_id: UUID) -> None:
    bought, stamped = both(till.asks(Earn(1000, stamps=1)))
    assert points(till.asks(Void(bought))).balance == 100
    assert refused(till.asks(Void(stamped))).why == "not_own_void"
    written(till.asks(Void(stamped, override=ANNA)))


def test_two_transactions_that_were_no_step_are_not_taken_back_together(till: PaperTill, card_id: UUID) -> None:
    stamped, bought = written(till.asks(Stamp())), written(till.asks(Earn(1000)))
    assert refused(till.asks(Void(bought.id, also=stamped.id, override=ANNA))).reason == "nothing_to_void"
    assert refused(till.asks(Void(bought.id, also=bought.id, override=ANNA))).reason == "nothing_to_void"


def test_a_step_stands_in_the_journal_whole_after_a_restart(till: PaperTill, card_id: UUID) -> None:
    till.asks(Earn(1000, stamps=1))
    till.stop()
    till.start()
    assert till.journal.check() is None
    assert [one.entry.kind for one in till.journal.of_kinds(["points_earned", "stamp_earned"])] == [
        "stamp_earned",
        "points_earned",
    ]


@pytest.mark.parametrize(("a_day", "at_once", "after"), [(0, 3, 3), (5, 3, 2), (2, 2, 0)])
def test_the_card_says_how_many_stamps_one_visit_can_give(tmp_path: Path, a_day: int, at_once: int, after: int) -> None:
    company = a_company(with_rules(cooldown_minutes=0, max_stamps_per_day=a_day))
    till = PaperTill(tmp_path, company)
    card_id = company.issues_card()
    till.hears()
    assert stamps(till.serves(card_id)).at_once == at_once
    assert stamps(till.asks(Stamp(at_once))).at_once == after
    till.stop()


def test_during_the_cooldown_no_stamp_can_be_given_at_once(tmp_path: Path) -> None:
    till = PaperTill(tmp_path, a_company())
    card_id = till.company.issues_card()
    till.hears()
    till.serves(card_id)
    assert stamps(till.asks(Stamp(3))).at_once == 0
    till.stop()


def test_a_till_that_has_taken_little_doubts_amounts_above_a_plain_limit(till: PaperTill, card_id: UUID) -> None:
    assert quoted(till, 50_000) is None
    assert quoted(till, 50_001) == ("above_limit", 50_000, "This is more than 500.00 €. Please check the amount.")


def test_a_till_doubts_what_is_far_above_its_own_purchases_and_books_it_all_the_same(
    till: PaperTill, card_id: UUID
) -> None:
    for amount in (400, 500, 600, 700, 800, 900, 1000, 1100, 1200, 9000):
        written(till.asks(Earn(amount)))
    assert quoted(till, 3600) is None
    assert quoted(till, 3601) == (
        "above_usual",
        3600,
        "Purchases at this till are nearly always below 36.00 €. Please check the amount.",
    )
    assert written(till.asks(Earn(3601))).points == 36


def test_one_large_purchase_does_not_make_the_next_one_usual() -> None:
    assert usual_limit([500] * 9) is None
    assert usual_limit([500] * 9 + [100_000]) == 1500
    assert usual_limit([500] * 8 + [100_000] * 2) == 300_000


def quoted(till: PaperTill, amount_minor: int) -> tuple[str, int, str] | None:
    quote = till.asks(Quote(amount_minor)).quote
    assert quote is not None
    doubt = quote.unusual
    return None if doubt is None else (doubt.why, doubt.limit_minor, doubt.text)
