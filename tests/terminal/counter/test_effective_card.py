"""The shown balances: confirmed by the company plus added by this till, without going back in between."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from loyalty.codes import make_token
from loyalty.program import ProgramKind
from sync.protocol.rows import Table, TransactionRow
from sync.protocol.sealing import token_hash
from terminal.interface.asks import Earn, Find, History, Redeem, Scan, Stamp, Status, Void
from terminal.interface.views import EntryView
from tests.support.paper_company import NOON, PaperCompany, PaperTill, a_company, with_rules
from tests.support.replies import card, points, refused, rows, stamps, status, written


def known_card(till: PaperTill, **fields: Any) -> UUID:
    card_id = till.company.issues_card("Zoé", **fields)
    till.hears()
    till.serves(card_id)
    return card_id


def shown(till: PaperTill, card_id: UUID) -> tuple[int, int, int]:
    """Balance, confirmed and waiting stamps."""
    seen = points(till.asks(Scan(till.company.tokens[card_id])))
    return seen.balance, seen.confirmed, seen.waiting


def accepts(till: PaperTill, entry: EntryView, card_id: UUID, version: int, *, gave: int) -> None:
    till.company.judges(entry.id, entry.seq, "accepted", card=card_id, card_version=version, points=gave)


def test_what_waits_is_told_apart_from_what_is_confirmed(till: PaperTill) -> None:
    card_id = known_card(till, points_balance=40, stamp_count=3)
    till.asks(Earn(1000))
    reply = till.asks(Stamp(2))
    assert (points(reply).balance, points(reply).confirmed, points(reply).waiting) == (50, 40, 10)
    assert (stamps(reply).count, stamps(reply).confirmed, stamps(reply).waiting) == (5, 3, 2)
    assert stamps(reply).until_reward == 5
    assert card(reply).confirmed_at == NOON
    assert card_id == card(reply).id


@pytest.mark.parametrize("row_first", [True, False], ids=["row before verdict", "verdict before row"])
def test_no_step_of_a_paged_exchange_moves_the_balance(till: PaperTill, row_first: bool) -> None:
    card_id = known_card(till, points_balance=40)
    first, second = written(till.asks(Earn(1000))), written(till.asks(Earn(500)))
    seen = [shown(till, card_id)]
    company = till.company
    company.acked_seq = second.seq
    row_version = company.version + (1 if row_first else 3)

    def row() -> None:
        company.issues_card("Zoé", card_id=card_id, points_balance=55)
        till.hears(more=True)
        seen.append(shown(till, card_id))

    if row_first:
        row()
    for entry, gave in ((first, 10), (second, 5)):
        accepts(till, entry, card_id, row_version, gave=gave)
        till.hears(more=True)
        seen.append(shown(till, card_id))
    if not row_first:
        row()
    assert [balance for balance, _, _ in seen] == [55] * 4
    assert [confirmed for _, confirmed, _ in seen] == ([40, 55, 55, 55] if row_first else [40, 40, 40, 55])
    assert all(balance == confirmed + waiting for balance, confirmed, waiting in seen)


def test_a_row_read_in_the_middle_of_two_entries_counts_each_once(till: PaperTill) -> None:
    """The company has the first entry only; its card row arrives while the second waits."""
    card_id = known_card(till, points_balance=40)
    first = written(till.asks(Earn(1000)))
    written(till.asks(Earn(500)))
    till.company.acked_seq = first.seq
    till.company.issues_card("Zoé", card_id=card_id, points_balance=50)
    till.hears()
    assert shown(till, card_id) == (55, 50, 5)


def test_another_tills_earning_comes_on_top_of_what_waits(till: PaperTill) -> None:
    card_id = known_card(till, points_balance=40)
    written(till.asks(Earn(1000)))
    till.company.issues_card("Zoé", card_id=card_id, points_balance=47)
    till.hears()
    assert shown(till, card_id) == (57, 47, 10)


def test_a_rejected_entry_leaves_the_balance_once_its_verdict_counts(till: PaperTill) -> None:
    card_id = known_card(till, points_balance=40)
    entry = written(till.asks(Earn(1000)))
    till.company.acked_seq = entry.seq
    till.company.judges(entry.id, entry.seq, "rejected", reason="reward_unknown")
    till.hears()
    assert shown(till, card_id) == (40, 40, 0)
    assert rows(till.asks(History()))[0].state == "rejected"


def test_a_verdict_counts_from_the_version_of_the_card_that_it_names(till: PaperTill) -> None:
    card_id = known_card(till, points_balance=40)
    entry = written(till.asks(Earn(1000)))
    till.company.issues_card("Zoé", card_id=card_id, points_balance=50)
    version = till.company.version
    other = till.company.issues_card("Max")
    till.hears()
    for named, names_version, balance in ((card_id, version + 1, 60), (other, version, 60), (card_id, version, 50)):
        accepts(till, entry, named, names_version, gave=10)
        till.hears()
        assert shown(till, card_id)[0] == balance


def test_held_is_shown_apart_and_its_release_brings_it_back_without_a_step_back(till: PaperTill) -> None:
    card_id = known_card(till, points_balance=40)
    company, entry = till.company, written(till.asks(Earn(1000)))
    company.acked_seq = entry.seq
    company.judges(entry.id, entry.seq, "held", card=card_id, notes=("waits_for_program",))
    till.hears()
    reply = till.asks(Scan(company.tokens[card_id]))
    assert (points(reply).balance, card(reply).held) == (40, 1)
    assert status(till.asks(Status())).held == 1
    version = company.version + 2
    accepts(till, entry, card_id, version, gave=10)
    till.hears(more=True)
    between = shown(till, card_id)
    company.issues_card("Zoé", card_id=card_id, points_balance=50)
    till.hears()
    after = till.asks(Scan(company.tokens[card_id]))
    assert 40 <= between[0] <= 50
    assert (points(after).balance, points(after).waiting, card(after).held) == (50, 0, 0)


def test_a_row_that_came_while_an_entry_was_held_does_not_swallow_it(till: PaperTill) -> None:
    card_id = known_card(till, points_balance=40)
    company, entry = till.company, written(till.asks(Earn(1000)))
    company.acked_seq = entry.seq
    company.judges(entry.id, entry.seq, "held", card=card_id)
    company.issues_card("Zoé", card_id=card_id, points_balance=47)  # from another till, without our entry
    till.hears()
    assert shown(till, card_id) == (47, 47, 0)
    accepts(till, entry, card_id, company.version + 2, gave=10)
    till.hears(more=True)
    assert shown(till, card_id)[0] == 47
    assert card(till.asks(Scan(company.tokens[card_id]))).held == 1
    company.issues_card("Zoé", card_id=card_id, points_balance=57)
    till.hears()
    assert shown(till, card_id) == (57, 57, 0)


def test_the_void_of_an_adjusted_entry_takes_what_was_really_given(till: PaperTill) -> None:
    card_id = known_card(till, points_balance=40)
    company, entry = till.company, written(till.asks(Earn(1000)))
    company.acked_seq = entry.seq
    company.judges(entry.id, entry.seq, "adjusted", card=card_id, card_version=company.version + 2, points=3)
    company.issues_card("Zoé", card_id=card_id, points_balance=43)
    till.hears()
    taken = till.asks(Void(entry.id))
    assert written(taken).points == -3
    assert points(taken).balance == 40


def test_a_waiting_void_follows_when_its_original_turns_out_to_have_given_less(till: PaperTill) -> None:
    card_id = known_card(till, points_balance=40)
    company, entry = till.company, written(till.asks(Earn(1000)))
    written(till.asks(Void(entry.id)))
    company.acked_seq = entry.seq  # the void is not sent yet
    company.judges(entry.id, entry.seq, "adjusted", card=card_id, card_version=company.version + 2, points=3)
    company.issues_card("Zoé", card_id=card_id, points_balance=43)
    till.hears()
    assert shown(till, card_id) == (40, 43, -3)


def test_what_the_counter_gave_stays_in_view_when_another_stores_stamp_arrives(till: PaperTill) -> None:
    card_id = known_card(till)
    written(till.asks(Stamp()))
    mark = {"transaction_id": UUID(int=7), "occurred_at": NOON, "count": 1}
    till.company.issues_card("Zoé", card_id=card_id, stamp_count=1, marks=(mark,))
    till.hears()
    seen = stamps(till.asks(Scan(till.company.tokens[card_id])))
    assert (seen.count, seen.confirmed, seen.waiting) == (2, 1, 1)


def test_another_stores_stamp_begins_the_cooldown_here(till: PaperTill) -> None:
    mark = {"transaction_id": UUID(int=7), "occurred_at": NOON, "count": 1}
    known_card(till, stamp_count=1, marks=(mark,))
    till.machine.passes(minutes=17, seconds=1)
    till.serves(next(iter(till.company.tokens)))
    no = refused(till.asks(Stamp()))
    assert (no.reason, no.minutes, no.text) == ("cooldown", 13, "Please wait 13 minutes before the next stamp.")


def test_a_filled_row_is_told_once(till: PaperTill) -> None:
    known_card(till, stamp_count=8)
    assert written(till.asks(Stamp(2))).reward_reached
    till.machine.passes(minutes=31)
    till.serves(next(iter(till.company.tokens)))
    assert not written(till.asks(Stamp(1))).reward_reached


def test_a_code_not_known_yet_collects_and_rewards_wait(till: PaperTill) -> None:
    token = make_token(bytes(range(24)))
    till.serves(till.company.issues_card())
    reply = till.asks(Scan(token))
    assert (card(reply).id, card(reply).known) == (None, False)
    assert stamps(till.asks(Stamp())).waiting == 1
    assert points(till.asks(Earn(1000))).waiting == 10
    assert refused(till.asks(Redeem("stamps"))).reason == "card_waiting"


def test_what_a_code_collected_before_it_was_known_is_on_the_card_afterwards(till: PaperTill) -> None:
    company = till.company
    card_id = company.issues_card("Zoé", points_balance=40)
    late, company.changes = company.changes[-1:], company.changes[:-1]
    till.serves(card_id)
    first = written(till.asks(Earn(1000)))
    company.acked_seq = first.seq
    company.judges(first.id, first.seq, "held", notes=("waits_for_card",))
    till.hears()
    assert card(till.asks(Scan(company.tokens[card_id]))).held == 1
    second = written(till.asks(Earn(500)))
    company.acked_seq = first.seq
    company.changes += late
    till.hears()
    reply = till.asks(Scan(company.tokens[card_id]))
    assert (card(reply).id, card(reply).name, card(reply).held) == (card_id, "Zoé", 1)
    assert (points(reply).balance, points(reply).waiting) == (45, 5)
    assert {row.entry: row.state for row in rows(till.asks(History()))} == {first.id: "held", second.id: "waiting"}


def test_a_card_in_front_becomes_known_without_another_scan(till: PaperTill) -> None:
    company = till.company
    card_id = company.issues_card("Zoé", points_balance=100)
    late, company.changes = company.changes[-1:], company.changes[:-1]
    till.serves(card_id)
    company.changes += late
    till.hears()
    reply = till.asks(Redeem("croissant"))
    assert (written(reply).points, points(reply).balance) == (-60, 40)


def test_an_old_code_is_refused(till: PaperTill) -> None:
    old = make_token(bytes(24))
    card_id = till.company.issues_card("Zoé", old_tokens=(token_hash(old),))
    till.hears()
    till.serves(card_id)
    no = refused(till.asks(Scan(old)))
    assert (no.reason, no.text) == ("card_replaced", "This card was replaced. Please use the new one.")


def test_the_history_of_this_store_has_the_other_tills_transactions_too(till: PaperTill) -> None:
    card_id = known_card(till, points_balance=40)
    till.company.says(Table.TRANSACTION, other_tills(till.company, card_id))
    till.hears()
    mine = written(till.asks(Earn(500)))
    listed = rows(till.asks(History()))
    assert [(row.points, row.own, row.state) for row in listed] == [(5, True, "waiting"), (10, False, "accepted")]
    assert listed[0].entry == mine.id
    assert [row.points for row in rows(till.asks(History(limit=1, before=mine.id)))] == [10]


def test_a_receipt_earns_once_in_a_store_whichever_till_took_it(till: PaperTill) -> None:
    card_id = known_card(till, points_balance=40)
    till.company.says(Table.TRANSACTION, other_tills(till.company, card_id, receipt="R-7"))
    till.hears()
    assert refused(till.asks(Earn(500, "R-7"))).reason == "receipt_used"
    written(till.asks(Earn(500, "R-8")))
    assert refused(till.asks(Earn(500, " R-8 "))).reason == "receipt_used"
    assert [row.points for row in rows(till.asks(Find(receipt="R-7")))] == [10]


def test_a_status_counts_what_waits_until_its_verdict_counts(till: PaperTill) -> None:
    card_id = known_card(till)
    entry = written(till.asks(Earn(500)))
    assert status(till.asks(Status())).waiting == 1
    company = till.company
    company.acked_seq = entry.seq
    accepts(till, entry, card_id, company.version + 2, gave=5)
    till.hears(more=True)
    assert status(till.asks(Status())).waiting == 1
    company.issues_card("Zoé", card_id=card_id, points_balance=5)
    till.hears()
    assert status(till.asks(Status())).waiting == 0


def test_a_program_of_stamps_shows_no_points(tmp_path: Path) -> None:
    till = PaperTill(tmp_path, a_company(with_rules(kind=ProgramKind.STAMPS)))
    reply = till.serves(known_card(till))
    assert card(reply).points is None
    assert refused(till.asks(Earn(500))).reason == "no_points"
    till.stop()


def other_tills(company: PaperCompany, card_id: UUID, receipt: str | None = None) -> TransactionRow:
    """An earning of ten points at the store's other till a minute ago."""
    return TransactionRow(
        id=UUID(int=1234),
        card=card_id,
        kind="points_earned",
        occurred_at=NOON.replace(hour=11, minute=59),
        recorded_at=NOON,
        store=company.identity.store_id,
        program_version=1,
        points=10,
        amount_minor=1000,
        receipt=receipt,
        terminal=UUID(int=99),
    )
