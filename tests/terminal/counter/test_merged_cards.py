"""A card that the company has merged into another, at a till that has entries on both."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from loyalty.codes import make_token
from sync.protocol.rows import Table, TransactionRow
from sync.protocol.sealing import token_hash
from terminal.interface.ask import Override
from terminal.interface.asks import Earn, EditCustomer, History, Redeem, Refresh, Scan, Stamp, Void
from terminal.interface.case_asks import Case, DecideCase
from tests.support.paper_cases import open_case
from tests.support.paper_company import NOON, PaperTill, a_company, with_rules
from tests.support.replies import card, points, refused, rows, stamps, written

ANNA = Override("Anna", "2580")


@pytest.fixture
def till(tmp_path: Path) -> PaperTill:
    return PaperTill(tmp_path, a_company(with_rules(cooldown_minutes=0, max_stamps_per_visit=0)))


@pytest.fixture
def pair(till: PaperTill) -> tuple[UUID, UUID]:
    """Cards with 3 stamps and 40 points, and with 4 stamps and 15 points."""
    company = till.company
    one = company.issues_card("Zoé", stamp_count=3, points_balance=40)
    other = company.issues_card("Zoe W.", stamp_count=4, points_balance=15)
    till.hears()
    return one, other


def merges(till: PaperTill, one: UUID, other: UUID, **together: Any) -> int:
    """The company merges the second card into the first; returns the version of the row that stays."""
    company = till.company
    company.issues_card(card_id=other, retired=True, merged_into=one)
    company.issues_card("Zoé", card_id=one, merged=(other,), **together)
    return company.version


def test_the_code_of_the_card_that_went_shows_the_one_that_stays(till: PaperTill, pair: tuple[UUID, UUID]) -> None:
    one, other = pair
    merges(till, one, other, stamp_count=10, points_balance=55)
    till.hears()
    reply = till.serves(other)
    assert (card(reply).id, card(reply).name, card(reply).by_code) == (one, "Zoé", True)
    assert (stamps(reply).count, points(reply).balance) == (10, 55)
    assert written(till.asks(Redeem("stamps"))).stamps == -10
    assert card(till.asks(Scan(till.company.tokens[one]))).id == one
    assert stamps(till.asks(Scan(till.company.tokens[one]))).count == 0


def test_the_number_of_the_card_that_went_shows_the_one_that_stays(till: PaperTill, pair: tuple[UUID, UUID]) -> None:
    one, other = pair
    merges(till, one, other)
    till.hears()
    till.serves(one)
    found = card(till.asks(Scan(till.company.numbers[other])))
    assert (found.id, found.by_code) == (one, False)


def test_waiting_entries_on_both_cards_are_shown_on_the_one_that_stays(
    till: PaperTill, pair: tuple[UUID, UUID]
) -> None:
    one, other = pair
    till.serves(one)
    till.asks(Earn(1000))
    till.serves(other)
    till.asks(Earn(500))
    till.asks(Stamp(2))
    merges(till, one, other, stamp_count=7, points_balance=55)
    till.hears()
    for code in (one, other):
        reply = till.asks(Scan(till.company.tokens[code]))
        assert (points(reply).balance, points(reply).waiting) == (70, 15)
        assert (stamps(reply).count, stamps(reply).waiting) == (9, 2)


def test_what_was_judged_on_the_card_that_went_is_not_counted_again(till: PaperTill, pair: tuple[UUID, UUID]) -> None:
    one, other = pair
    company = till.company
    till.serves(other)
    judged, waits = written(till.asks(Earn(1000))), written(till.asks(Earn(500)))
    company.judges(judged.id, judged.seq, "accepted", card=other, card_version=company.version + 2, points=10)
    company.acked_seq = judged.seq
    merges(till, one, other, points_balance=65)
    till.hears()
    reply = till.asks(Scan(company.tokens[one]))
    assert (points(reply).balance, points(reply).waiting) == (70, 5)
    company.judges(waits.id, waits.seq, "accepted", card=one, card_version=company.version + 2, points=5)
    company.acked_seq = waits.seq
    company.issues_card("Zoé", card_id=one, merged=(other,), points_balance=70)
    till.hears()
    reply = till.asks(Scan(company.tokens[one]))
    assert (points(reply).balance, points(reply).waiting) == (70, 0)


@pytest.mark.parametrize("first", ["stays", "went"])
def test_until_both_rows_are_here_no_half_of_a_balance_is_shown(
    till: PaperTill, pair: tuple[UUID, UUID], first: str
) -> None:
    """The row of the card that went comes in the page before, or with the other one."""
    one, other = pair
    company = till.company
    till.serves(other)
    till.asks(Stamp())
    company.issues_card(card_id=other, retired=True, merged_into=one)
    if first == "went":
        till.hears(more=True, rows_left=1)
        reply = till.asks(Scan(company.tokens[other]))
        assert not card(reply).known, "it collects as a card that is not known yet"
        assert stamps(till.asks(Scan(company.tokens[one]))).count == 3
    company.issues_card("Zoé", card_id=one, merged=(other,), stamp_count=7)
    till.hears()
    for code in (one, other):
        assert stamps(till.asks(Scan(company.tokens[code]))).count == 8


def test_what_was_collected_meanwhile_is_shown_on_the_card_that_stays(till: PaperTill, pair: tuple[UUID, UUID]) -> None:
    one, other = pair
    company = till.company
    company.issues_card(card_id=other, retired=True, merged_into=one)
    till.hears(more=True, rows_left=1)
    till.serves(other)
    till.asks(Stamp(2))
    company.issues_card("Zoé", card_id=one, merged=(other,), stamp_count=7)
    till.hears()
    assert stamps(till.asks(Refresh())).count == 9
    assert stamps(till.asks(Scan(company.tokens[one]))).count == 9


def test_the_card_in_front_becomes_the_one_that_stays(till: PaperTill, pair: tuple[UUID, UUID]) -> None:
    one, other = pair
    till.serves(other)
    merges(till, one, other, stamp_count=7)
    till.hears()
    assert card(till.asks(Refresh())).id == one
    written(till.asks(Stamp()))
    (journalled,) = till.journal.of_card([one.bytes], 0)
    assert journalled.entry.kind == "stamp_earned"


def test_a_chain_leads_to_the_last_card(till: PaperTill, pair: tuple[UUID, UUID]) -> None:
    one, other = pair
    company = till.company
    third = company.issues_card(stamp_count=1)
    till.hears()
    till.serves(third)
    till.asks(Stamp())
    company.issues_card(card_id=third, retired=True, merged_into=other)
    company.issues_card(card_id=other, retired=True, merged_into=one, merged=(third,))
    company.issues_card("Zoé", card_id=one, merged=(other, third), stamp_count=8)
    till.hears()
    assert stamps(till.asks(Scan(company.tokens[third]))).count == 9


def test_a_code_that_had_been_replaced_says_so(till: PaperTill, pair: tuple[UUID, UUID]) -> None:
    one, other = pair
    old = make_token(b"an old token, in 24 byte")
    company = till.company
    company.issues_card(card_id=other, retired=True, merged_into=one, old_tokens=(token_hash(old),))
    company.issues_card("Zoé", card_id=one, merged=(other,))
    till.hears()
    assert refused(till.asks(Scan(old))).reason == "card_replaced"


@pytest.mark.parametrize("is_confirmed", [True, False], ids=["confirmed", "waiting"])
def test_what_was_given_on_the_card_that_went_can_be_taken_back(
    till: PaperTill, pair: tuple[UUID, UUID], is_confirmed: bool
) -> None:
    one, other = pair
    company = till.company
    till.serves(other)
    given = written(till.asks(Earn(1000)))
    if is_confirmed:
        company.judges(given.id, given.seq, "accepted", card=other, card_version=company.version + 2, points=10)
        company.acked_seq = given.seq
    merges(till, one, other, points_balance=65 if is_confirmed else 55)
    till.hears()
    assert written(till.asks(Void(given.id))).points == -10
    assert points(till.asks(Scan(company.tokens[one]))).balance == 55


def test_the_history_is_that_of_both_cards(till: PaperTill, pair: tuple[UUID, UUID]) -> None:
    one, other = pair
    company = till.company
    for card_id in (one, other):
        row = TransactionRow(
            id=card_id,  # any
            card=card_id,
            kind="stamp_earned",
            occurred_at=NOON,
            recorded_at=NOON,
            store=company.identity.store_id,
            program_version=1,
            stamps=1,
        )
        company.says(Table.TRANSACTION, row)
    merge = TransactionRow(
        id=UUID(int=5),
        card=one,
        kind="cards_merged",
        occurred_at=NOON,
        recorded_at=NOON,
        store=company.identity.store_id,
        program_version=1,
        corrects=other,
    )
    company.says(Table.TRANSACTION, merge)
    merges(till, one, other)
    till.hears()
    till.serves(other)
    assert {row.kind for row in rows(till.asks(History()))} == {"stamp_earned", "cards_merged"}
    assert len(rows(till.asks(History()))) == 3


def test_a_name_that_was_typed_on_the_card_that_went_is_read(till: PaperTill, pair: tuple[UUID, UUID]) -> None:
    one, other = pair
    till.serves(other)
    written(till.asks(EditCustomer(name="Zoé Weber", override=ANNA)))
    merges(till, one, other)
    till.hears()
    assert card(till.asks(Scan(till.company.tokens[one]))).name == "Zoé Weber"


def test_a_case_about_the_card_that_went_is_decided_on_the_one_that_stays(
    till: PaperTill, pair: tuple[UUID, UUID]
) -> None:
    one, other = pair
    case_id = open_case(till.company, other)
    merges(till, one, other, stamp_count=7)
    till.hears()
    till.serves(one, staff="Anna", pin="2580")
    shown = till.asks(Case(case_id)).case
    assert shown is not None
    charge = {choice.choice: choice for choice in shown.choices}["charge_back"]
    assert (charge.stamps, charge.missing) == (-7, 2)
    assert till.asks(DecideCase(case_id, "charge_back")).ok
    assert [written.entry.kind for written in till.journal.of_card([one.bytes], 0)] == ["case_decided"]
