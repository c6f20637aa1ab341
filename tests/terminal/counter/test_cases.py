"""Cases at the counter: who reads and decides them, what a choice would do, and what became of a decision made here."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from loyalty.cases import AT_TILLS, CHOICES, CaseKind, Choice
from loyalty.refusals import Reason, Why
from sync.protocol.entries import ByCard, transaction_body
from sync.protocol.rows import Table, TransactionRow
from terminal.interface.ask import Override
from terminal.interface.asks import Earn, Lock, Pin, Recent, Scan, Stamp, Status
from terminal.interface.case_asks import Case, Cases, DecideCase
from terminal.interface.views import CaseView, ChoiceView, Reply
from tests.support.paper_cases import change_case, open_case
from tests.support.paper_company import NOON, PaperTill
from tests.support.replies import card, refused, rows, status, written

ANNA = Override("Anna", "2580")
EVA = Override("Eva", "9053")


def opened(till: PaperTill, card_id: UUID | None, **fields: Any) -> UUID:
    """A case that the till has heard of."""
    case_id = open_case(till.company, card_id, **fields)
    till.hears()
    return case_id


def changed(till: PaperTill, case_id: UUID, **fields: Any) -> None:
    """The company says something new of a case."""
    change_case(till.company, case_id, **fields)
    till.hears()


def customer(till: PaperTill, **fields: Any) -> UUID:
    card_id = till.company.issues_card("Zoé", **fields)
    till.hears()
    return card_id


@pytest.fixture
def managed(till: PaperTill) -> PaperTill:
    """With the manager on shift."""
    assert till.asks(Pin("Anna", "2580")).ok
    return till


def listed(till: PaperTill, **fields: int) -> tuple[CaseView, ...]:
    found = till.asks(Cases(**fields)).cases
    assert isinstance(found, tuple)
    return found


def one(till: PaperTill, case_id: UUID) -> CaseView:
    return of(till.asks(Case(case_id)))


def of(reply: Reply) -> CaseView:
    assert reply.case is not None, reply
    return reply.case


def choices(till: PaperTill, case_id: UUID) -> dict[str, ChoiceView]:
    return {each.choice: each for each in one(till, case_id).choices}


def test_managers_read_cases_and_others_do_not(till: PaperTill) -> None:
    case_id = opened(till, customer(till))
    for ask in (Cases(), Case(case_id)):
        assert refused(till.asks(ask)).reason is Reason.NOBODY_ON_SHIFT
    till.asks(Pin("Lena", "4711"))
    for ask in (Cases(), Case(case_id)):
        assert refused(till.asks(ask)).why is Why.MANAGERS_ONLY
    till.asks(Pin("Anna", "2580"))
    (seen,) = listed(till)
    assert (seen.number, seen.kind, seen.state, seen.card, seen.amount, seen.stake_minor) == (
        308,
        "balance_too_small",
        "open",
        "Zoé",
        9,
        315,
    )
    assert not seen.choices and not seen.history, "a list is read quickly"
    assert refused(till.asks(Case(uuid4()))).reason is Reason.CASE_UNKNOWN


def test_those_to_decide_come_first_and_the_last_changed_of_the_others(managed: PaperTill) -> None:
    card_id = customer(managed)
    for number, state, hours in ((4, "decided", 5), (3, "open", 9), (2, "settled", 1), (1, "waiting", 2)):
        opened(managed, card_id, number=number, state=state, changed_at=NOON - timedelta(hours=hours))
    assert [each.number for each in listed(managed)] == [1, 3, 2, 4]
    assert [each.number for each in listed(managed, limit=2, skip=1)] == [3, 2]
    assert status(managed.asks(Status())).cases == 2


def test_a_cashier_hears_only_that_a_manager_is_looking_at_something(till: PaperTill) -> None:
    card_id = customer(till)
    case_id = opened(till, card_id)
    assert card(till.serves(card_id)).asked_about
    written(till.asks(Stamp()))
    changed(till, case_id, state="decided", choice="accept")
    assert not card(till.serves(card_id)).asked_about


def test_a_choice_says_what_it_does_to_the_card_as_it_is_now(managed: PaperTill) -> None:
    case_id = opened(managed, customer(managed, stamp_count=2))
    found = choices(managed, case_id)
    assert found["accept"] == ChoiceView("accept")
    assert (found["charge_back"].stamps, found["charge_back"].missing) == (-2, 7)
    managed.asks(Scan(managed.company.tokens[one(managed, case_id).card_id or uuid4()]))
    written(managed.asks(Stamp()))
    assert choices(managed, case_id)["charge_back"].stamps == -3, "what waits here is counted"


def test_what_is_impossible_now_says_why(managed: PaperTill) -> None:
    case_id = opened(managed, customer(managed))
    no = choices(managed, case_id)["charge_back"].refusal
    assert no is not None and no.reason is Reason.NOTHING_LEFT
    assert refused(managed.asks(DecideCase(case_id, "charge_back"))).reason is Reason.NOTHING_LEFT


def test_what_the_till_cannot_judge_is_offered_and_left_to_the_company(managed: PaperTill) -> None:
    case_id = opened(managed, customer(managed), entry=uuid4(), terminal=uuid4())
    assert choices(managed, case_id)["reverse"] == ChoiceView("reverse"), "another till may have booked it"
    assert of(managed.asks(DecideCase(case_id, "reverse"))).state == "sent"


def test_what_the_till_can_judge_is_left_out_where_it_does_not_apply(managed: PaperTill) -> None:
    card_id = customer(managed)
    managed.asks(Scan(managed.company.tokens[card_id]))
    earned = written(managed.asks(Earn(1000)))
    managed.company.judges(earned.id, earned.seq, "rejected", card=card_id, card_version=1)
    case_id = opened(managed, card_id, kind="card_inactive", entry=earned.id, unit="points", amount=10)
    assert set(choices(managed, case_id)) == {"accept", "switch_on"}, "nothing was booked that could be taken back"


@pytest.mark.parametrize("kind", CaseKind)
def test_a_till_offers_only_what_needs_no_second_card_and_no_blank(managed: PaperTill, kind: CaseKind) -> None:
    case_id = opened(managed, customer(managed), kind=kind.value, entry=uuid4())
    offered = {Choice(choice) for choice in choices(managed, case_id)}
    assert offered <= AT_TILLS & set(CHOICES[kind])
    assert choices(managed, opened(managed, None, kind=kind.value, entry=uuid4())) == {}, "it has no ledger"


def test_cases_of_a_newer_server_are_listed_and_decided_elsewhere(managed: PaperTill) -> None:
    case_id = opened(managed, customer(managed), kind="lent_away")
    assert [each.kind for each in listed(managed)] == ["lent_away"]
    assert choices(managed, case_id) == {}
    assert refused(managed.asks(DecideCase(case_id, "accept"))).reason is Reason.CHOICE_UNKNOWN


def test_a_decision_is_an_entry_that_waits_and_is_shown_as_sent(managed: PaperTill) -> None:
    card_id = customer(managed, stamp_count=2)
    case_id = opened(managed, card_id)
    seen = of(managed.asks(DecideCase(case_id, "charge_back", note="seen  on camera")))
    assert (seen.state, seen.choices) == ("sent", ())
    assert seen.own is not None and (seen.own.choice, seen.own.state, seen.own.by) == ("charge_back", "waiting", "Anna")
    (last,) = managed.journal.of_kinds(["case_decided"])
    body = transaction_body(last.entry)
    assert (body.case, body.choice) == (case_id, "charge_back")  # type: ignore[union-attr]
    side = managed.journal.side_of(last.seq)
    assert side is not None and side.text == "seen on camera"
    assert (last.entry.card, last.entry.staff, last.entry.override) == (
        ByCard(card_id),
        managed.company.staff["Anna"],
        None,
    )
    now = status(managed.asks(Status()))
    assert (now.waiting, now.cases) == (1, 0)
    assert [row.kind for row in rows(managed.asks(Recent()))] == ["case_decided"]
    assert card(managed.asks(Scan(managed.company.tokens[card_id]))).stamps.count == 2, "the company books it"  # type: ignore[union-attr]
    assert refused(managed.asks(DecideCase(case_id, "accept"))).reason is Reason.ALREADY_DECIDED


def test_deciding_needs_a_manager_on_shift_or_their_pin(till: PaperTill) -> None:
    case_id = opened(till, customer(till))
    assert refused(till.asks(DecideCase(case_id, "accept"))).reason is Reason.NOBODY_ON_SHIFT
    till.asks(Pin("Lena", "4711"))
    assert refused(till.asks(DecideCase(case_id, "accept"))).why is Why.MANAGERS_ONLY
    assert refused(till.asks(DecideCase(case_id, "accept", override=Override("Lena", "4711")))).reason is (
        Reason.NOT_A_MANAGER
    )
    assert not till.journal.of_kinds(["case_decided"])
    assert till.asks(DecideCase(case_id, "accept", override=ANNA)).ok
    (last,) = till.journal.of_kinds(["case_decided"])
    assert (last.entry.staff, last.entry.override) == (till.company.staff["Lena"], till.company.staff["Anna"])


def test_nobody_decides_about_what_they_did_while_somebody_else_can(managed: PaperTill) -> None:
    mine = opened(managed, customer(managed), staff=managed.company.staff["Anna"])
    assert managed.asks(DecideCase(mine, "accept")).ok, "there is nobody else"
    managed.company.staff["Eva"] = managed.company.hires("Eva", "owner", "9053")
    mine = opened(managed, customer(managed), staff=managed.company.staff["Anna"])
    no = refused(managed.asks(DecideCase(mine, "accept")))
    assert (no.reason, no.why) == (Reason.MANAGER_NEEDED, Why.OWN_CASE)
    assert refused(managed.asks(DecideCase(mine, "accept", override=ANNA))).reason is Reason.OWN_ENTRY
    assert managed.asks(DecideCase(mine, "accept", override=EVA)).ok
    last, *_ = managed.journal.of_kinds(["case_decided"])
    assert last.entry.override == managed.company.staff["Eva"]


def test_points_to_take_are_typed_and_at_most_the_balance(managed: PaperTill) -> None:
    case_id = opened(managed, customer(managed, points_balance=9), kind="reward_unknown", unit="points", amount=0)
    assert choices(managed, case_id)["take_points"].asks_amount
    for amount, reason in (
        (None, Reason.AMOUNT_NOT_POSITIVE),
        (0, Reason.AMOUNT_NOT_POSITIVE),
        (10, Reason.BELOW_ZERO),
    ):
        assert refused(managed.asks(DecideCase(case_id, "take_points", amount))).reason is reason
    assert managed.asks(DecideCase(case_id, "take_points", 9)).ok


@pytest.mark.parametrize(
    ("word", "fields", "state", "says"),
    [
        ("accepted", {}, "decided", ""),
        ("adjusted", {"notes": ("already_decided",)}, "decided", "Somebody had decided this case before"),
        ("rejected", {"reason": "already_voided"}, "open", "This has been taken back already."),
        ("held", {"notes": ("waits_for_update",)}, "sent", "Waits until the server is updated."),
    ],
)
def test_what_the_company_says_to_it_later_is_shown(
    managed: PaperTill, word: str, fields: dict[str, Any], state: str, says: str
) -> None:
    card_id = customer(managed, stamp_count=2)
    case_id = opened(managed, card_id)
    managed.asks(DecideCase(case_id, "charge_back"))
    (last,) = managed.journal.of_kinds(["case_decided"])
    managed.company.judges(last.entry.id, last.seq, word, card=card_id, card_version=1, **fields)
    if state == "decided":
        by = managed.company.hires("Eva", "owner", "9053")
        changed(managed, case_id, state="decided", choice="accept", decided_by=by, decided_at=NOON)
    else:
        managed.hears()
    seen = one(managed, case_id)
    assert seen.state == state
    assert seen.own is not None and seen.own.state == word and seen.own.note.startswith(says)
    assert (seen.choice, seen.decided_by) == (("accept", "Eva") if state == "decided" else (None, ""))
    assert bool(seen.choices) == (state == "open"), "one that was refused can be decided anew"


def test_one_decided_elsewhere_before_ours_arrived_shows_both(managed: PaperTill) -> None:
    case_id = opened(managed, customer(managed))
    managed.asks(DecideCase(case_id, "accept"))
    changed(managed, case_id, state="decided", choice="charge_back", decided_by=managed.company.staff["Anna"])
    seen = one(managed, case_id)
    assert (seen.state, seen.choice) == ("decided", "charge_back")
    assert seen.own is not None and (seen.own.choice, seen.own.state) == ("accept", "waiting")


def test_the_story_is_what_happened_on_the_card_in_this_store_around_it(managed: PaperTill) -> None:
    card_id = customer(managed)

    def theirs(hours: float, **fields: Any) -> UUID:
        values: dict[str, Any] = {
            "store": managed.company.identity.store_id,
            "program_version": 1,
            "stamps": 1,
            "kind": "stamp_earned",
        }
        at = NOON - timedelta(hours=hours)
        row = TransactionRow(id=uuid4(), card=card_id, occurred_at=at, recorded_at=at, **values | fields)
        managed.company.says(Table.TRANSACTION, row)
        return row.id

    theirs(30)
    before = theirs(20)
    entry = theirs(2, kind="stamp_redeemed", stamps=-1, shortfall=9)
    theirs(0.5)
    case_id = opened(managed, card_id, entry=entry)
    seen = one(managed, case_id)
    assert [row.entry for row in seen.history] == [before, entry]
    assert seen.more == 0
    assert choices(managed, case_id)["reverse"].stamps == 1, "the reward that was booked comes back"
    for place in range(15):
        theirs(10 - place / 10)
    managed.hears()
    seen = one(managed, case_id)
    assert (len(seen.history), seen.more) == (12, 5)
    assert seen.history[-1].entry == entry


def test_cases_are_there_without_contact_and_after_a_start(managed: PaperTill) -> None:
    case_id = opened(managed, customer(managed))
    managed.asks(DecideCase(case_id, "accept"))
    managed.stop()
    managed.start(online=False)
    managed.asks(Lock())
    managed.asks(Pin("Anna", "2580"))
    assert [each.state for each in listed(managed)] == ["sent"]
