"""Voids: one's own last transaction within a quarter of an hour; otherwise with a manager."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from loyalty.settings import Settings
from loyalty.slip_numbers import ids_of_slip, slip_code, slip_number
from sync.protocol.rows import Table, TransactionRow
from terminal.interface.ask import Override
from terminal.interface.asks import (
    AnyAsk,
    Earn,
    Find,
    History,
    Pin,
    PutAway,
    QuoteVoid,
    Recent,
    Redeem,
    Scan,
    Stamp,
    Void,
)
from terminal.storage.recorder import new_id
from tests.support.paper_company import NOON, PaperCompany, PaperTill, a_company, with_rules
from tests.support.replies import card, points, refused, rows, stamps, written

ANNA = Override("Anna", "2580")


@pytest.fixture
def company() -> PaperCompany:
    return a_company(with_rules(cooldown_minutes=0))


def served(till: PaperTill) -> UUID:
    card_id = till.company.issues_card("Zoé", stamp_count=12, points_balance=100)
    till.hears()
    till.serves(card_id)
    return card_id


@pytest.mark.parametrize("ask", [Stamp(2), Earn(1000), Redeem("stamps"), Redeem("croissant")])
def test_a_cashier_takes_back_what_they_did_last(till: PaperTill, ask: AnyAsk) -> None:
    served(till)
    done = written(till.asks(ask))
    assert done.undo_s == 10
    reply = till.asks(Void(done.id))
    assert written(reply).undo_s == 0
    assert (stamps(reply).count, points(reply).balance) == (12, 100)
    assert refused(till.asks(Void(done.id, override=ANNA))).reason == "already_voided"


def test_a_voided_stamp_leaves_no_cooldown(tmp_path: Path) -> None:
    till = PaperTill(tmp_path, a_company())
    served(till)
    done = written(till.asks(Stamp()))
    assert refused(till.asks(Stamp())).reason == "cooldown"
    written(till.asks(Void(done.id)))
    written(till.asks(Stamp()))
    till.stop()


def test_after_a_quarter_of_an_hour_a_manager_answers(till: PaperTill) -> None:
    card_id = served(till)
    done = written(till.asks(Earn(1000)))
    till.machine.passes(minutes=15)
    till.serves(card_id)
    assert rows(till.asks(History()))[0].can_void
    till.machine.passes(seconds=1)
    no = refused(till.asks(Void(done.id)))
    assert (no.why, no.text) == ("too_late_to_void", "Taking this back so late needs a manager's PIN.")
    assert not rows(till.asks(History()))[0].can_void
    written(till.asks(Void(done.id, override=ANNA)))


def test_only_the_very_last_one_is_the_cashiers_own_to_take_back(till: PaperTill) -> None:
    served(till)
    first, last = written(till.asks(Earn(1000))), written(till.asks(Earn(500)))
    no = refused(till.asks(Void(first.id)))
    assert no.why == "not_own_void"
    assert no.text == "You can take back only your own last transaction. Anything else needs a manager's PIN."
    written(till.asks(Void(last.id)))
    assert refused(till.asks(Void(first.id))).why == "not_own_void"


def test_what_a_colleague_did_needs_a_manager_and_does_not_stand_before_ones_own(till: PaperTill) -> None:
    till.company.hires("Tom", "cashier", "3690")
    card_id = served(till)
    lenas = written(till.asks(Earn(1000)))
    till.serves(card_id, staff="Tom", pin="3690")
    toms = [written(till.asks(Earn(500))) for _ in range(25)]
    assert refused(till.asks(Void(lenas.id))).why == "not_own_void"
    assert till.asks(Pin("Lena", "4711")).ok
    assert refused(till.asks(Void(toms[-1].id))).why == "not_own_void"
    written(till.asks(Void(lenas.id)))


def test_a_manager_takes_back_whatever_it_is(till: PaperTill) -> None:
    card_id = served(till)
    done = written(till.asks(Earn(1000)))
    written(till.asks(Earn(500)))
    till.machine.passes(days=1)
    till.serves(card_id, staff="Anna", pin="2580")
    written(till.asks(Void(done.id)))


def test_a_return_in_parts_takes_no_more_than_was_given(till: PaperTill) -> None:
    served(till)
    done = written(till.asks(Earn(1050, "R-1")))
    assert done.points == 10
    assert refused(till.asks(Void(done.id, 300))).reason == "manager_needed"
    parts = [written(till.asks(Void(done.id, part, ANNA))).points for part in (350, 350)]
    no = refused(till.asks(Void(done.id, 351, ANNA)))
    assert (no.reason, no.minimum_minor) == ("void_too_much", 350)
    parts.append(written(till.asks(Void(done.id, override=ANNA))).points)
    assert sum(parts) == -10
    assert refused(till.asks(Void(done.id, 1, ANNA))).reason == "already_voided"


def test_what_a_return_would_take_is_told_before_a_manager_is_called(till: PaperTill) -> None:
    served(till)
    done = written(till.asks(Earn(1050, "R-1")))
    head = till.journal.head()
    part, whole = till.asks(QuoteVoid(done.id, 350)).quote, till.asks(QuoteVoid(done.id)).quote
    assert part is not None
    assert whole is not None
    assert (part.points, whole.points, part.refusal) == (-4, -10, None)
    too_much = till.asks(QuoteVoid(done.id, 1051)).quote
    assert too_much is not None
    assert too_much.refusal is not None
    assert too_much.refusal.reason == "void_too_much"
    assert till.journal.head() == head
    written(till.asks(Void(done.id, 350, ANNA)))
    [row] = [row for row in rows(till.asks(History())) if row.entry == done.id]
    assert (row.amount_minor, row.returned_minor, row.voided) == (1050, 350, False)


def test_a_receipt_taken_back_whole_may_earn_again(till: PaperTill) -> None:
    served(till)
    done = written(till.asks(Earn(1000, "R-1")))
    [found] = rows(till.asks(Find(receipt="R-1")))
    assert (found.entry, found.can_void, found.voided) == (done.id, True, False)
    written(till.asks(Void(done.id, 999, ANNA)))
    assert refused(till.asks(Earn(1000, "R-1"))).reason == "receipt_used"
    written(till.asks(Void(done.id, override=ANNA)))
    [found] = rows(till.asks(Find(receipt="R-1")))
    assert (found.can_void, found.voided) == (False, True)
    assert written(till.asks(Earn(1000, "R-1"))).points == 10
    assert refused(till.asks(Earn(1000, "R-1"))).reason == "receipt_used"


def test_what_the_other_till_of_the_store_earned_is_returned_here(till: PaperTill) -> None:
    card_id = served(till)
    theirs = TransactionRow(
        id=uuid4(),
        card=card_id,
        kind="points_earned",
        occurred_at=NOON,
        recorded_at=NOON,
        store=till.company.identity.store_id,
        program_version=1,
        points=10,
        amount_minor=1000,
        receipt="R-9",
        terminal=uuid4(),
    )
    till.company.says(Table.TRANSACTION, theirs)
    till.hears()
    [found] = rows(till.asks(Find(receipt="R-9")))
    assert (found.entry, found.own, found.can_void) == (theirs.id, False, False)
    assert refused(till.asks(Void(theirs.id))).why == "not_own_void"
    done = till.asks(Void(theirs.id, override=ANNA))
    assert (written(done).points, points(done).balance) == (-10, 90)
    assert refused(till.asks(Void(theirs.id, override=ANNA))).reason == "already_voided"


def test_undoing_the_previous_customer_leaves_the_next_one_in_front(till: PaperTill) -> None:
    before = served(till)
    done = written(till.asks(Earn(1000)))
    following = till.company.issues_card("Max", points_balance=7)
    till.hears()
    till.asks(Scan(till.company.tokens[following]))
    undone = till.asks(Void(done.id))
    assert (card(undone).id, points(undone).balance) == (before, 100)
    assert card(till.asks(Earn(500))).id == following


def test_taking_back_leaves_the_card_in_front_as_it_was_shown(till: PaperTill) -> None:
    served(till)
    done = written(till.asks(Earn(1000)))
    assert card(till.asks(Void(done.id))).by_code


def test_what_is_spent_meanwhile_is_told_as_far_as_it_goes(till: PaperTill) -> None:
    card_id = till.company.issues_card(points_balance=50)
    till.hears()
    till.serves(card_id)
    earned = written(till.asks(Earn(1000)))
    written(till.asks(Redeem("croissant")))
    assert points(till.asks(Void(earned.id, override=ANNA))).balance == 0


def test_a_void_cannot_be_taken_back_nor_what_nobody_knows(till: PaperTill) -> None:
    served(till)
    done = written(till.asks(Earn(1000)))
    void = written(till.asks(Void(done.id)))
    assert refused(till.asks(Void(void.id, override=ANNA))).reason == "not_voidable"
    assert refused(till.asks(Void(uuid4(), override=ANNA))).reason == "nothing_to_void"


def test_where_taking_back_is_off_it_is_off_for_managers_too(tmp_path: Path) -> None:
    till = PaperTill(tmp_path, a_company(settings=Settings(void_allowed=False)))
    served(till)
    done = written(till.asks(Earn(1000)))
    assert refused(till.asks(Void(done.id, override=ANNA))).reason == "void_off"
    till.stop()


@pytest.mark.slow
def test_the_last_transactions_of_the_till_say_whose_they_are(till: PaperTill) -> None:
    served(till)
    till.asks(Stamp())
    till.asks(Redeem("croissant"))
    listed = rows(till.asks(Recent(limit=2)))
    assert [(row.kind, row.card, row.staff, row.reward) for row in listed] == [
        ("points_redeemed", "Zoé", "Lena", "Croissant"),
        ("stamp_earned", "Zoé", "Lena", None),
    ]
    assert rows(till.asks(Recent(limit=-1))) == ()


@pytest.mark.slow
def test_a_slips_number_leads_to_its_transactions_however_it_is_typed(till: PaperTill) -> None:
    served(till)
    bought = written(till.asks(Earn(500, stamps=2)))
    till.machine.passes(seconds=1)
    written(till.asks(Stamp()))
    number = slip_number(bought.id)
    for typed in (number, number.replace("-", ""), number.replace("-", " "), f" {slip_code(number)} "):
        assert {row.kind for row in rows(till.asks(Find(purchase=typed)))} == {"points_earned", "stamp_earned"}
        assert bought.id in {row.entry for row in rows(till.asks(Find(purchase=typed)))}
    assert rows(till.asks(Find(purchase="0000-0000"))) == ()


def test_a_slip_of_the_stores_other_till_is_found_too(till: PaperTill) -> None:
    card_id = served(till)
    theirs = new_id(int((NOON - timedelta(minutes=5)).timestamp() * 1000))
    row = TransactionRow(
        id=theirs,
        card=card_id,
        kind="points_earned",
        occurred_at=NOON - timedelta(minutes=5),
        recorded_at=NOON,
        store=till.company.identity.store_id,
        program_version=1,
        points=10,
        amount_minor=1000,
        terminal=UUID(int=99),
    )
    till.company.says(Table.TRANSACTION, row)
    till.hears()
    assert [each.entry for each in rows(till.asks(Find(purchase=slip_number(theirs))))] == [theirs]


def test_a_slip_is_found_for_years_and_no_moment_is_taken_for_another() -> None:
    at = datetime(2026, 5, 12, 14, 2, 7, tzinfo=UTC)
    made = new_id(int(at.timestamp() * 1000) + 999)
    for later in (timedelta(hours=-12), timedelta(0), timedelta(days=3 * 365)):
        first, beyond = ids_of_slip(slip_number(made), at + later) or pytest.fail("it is a number")
        assert first <= made < beyond
        assert not first <= new_id(int(at.timestamp() * 1000) + 1000) < beyond
    assert ids_of_slip("R-2041", at) is None
    assert ids_of_slip("5093-1176-4821", at) is None


def test_a_card_lists_its_purchases_in_pages_without_coming_in_front(till: PaperTill) -> None:
    card_id = served(till)
    done = [written(till.asks(ask)) for ask in (Stamp(), Earn(500), Redeem("croissant"), Earn(700))]
    till.asks(PutAway())
    bought = [done[3].id, done[1].id, done[0].id]
    for named in (till.company.numbers[card_id], till.company.tokens[card_id]):
        reply = till.asks(Find(purchase=named, limit=2))
        assert [row.entry for row in rows(reply)] == bought[:2]
        assert card(reply).name == "Zoé"
        assert [row.entry for row in rows(till.asks(Find(purchase=named, before=bought[1])))] == bought[2:]
    assert refused(till.asks(Stamp())).reason == "no_card"
    assert refused(till.asks(Find(purchase="1000-0000-0000"))).reason == "unknown_card"


def test_a_receipt_that_looks_like_a_cards_number_is_a_receipt(till: PaperTill) -> None:
    card_id = served(till)
    number = till.company.numbers[card_id]
    written(till.asks(Earn(500)))
    bought = written(till.asks(Earn(700, receipt=number)))
    assert [row.entry for row in rows(till.asks(Find(purchase=number)))] == [bought.id]
