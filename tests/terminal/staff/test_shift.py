"""Shifts, PINs, managers, and lock-outs that neither clock changes nor restarts shorten."""

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest

from loyalty.settings import PinRequired, Settings
from sync.protocol.rows import StaffRow, Table, decode_row
from terminal.interface.ask import Override
from terminal.interface.asks import (
    Adjust,
    Colleagues,
    Deactivate,
    Earn,
    Lock,
    Pin,
    Reactivate,
    Redeem,
    Scan,
    Stamp,
    Status,
    Unlock,
    Void,
)
from tests.support.paper_company import PaperTill, a_company
from tests.support.replies import card, points, refused, status, written

ANNA = Override("Anna", "2580")


def locked(till: PaperTill, name: str = "Lena") -> int:
    """Enters wrong PINs until the lock-out; returns its minutes."""
    for _ in range(4):
        assert refused(till.asks(Pin(name, "0000"))).reason == "pin_wrong"
    no = refused(till.asks(Pin(name, "0000")))
    assert no.reason == "pin_locked"
    assert no.minutes is not None
    return no.minutes


def on_shift(till: PaperTill) -> str | None:
    person = status(till.asks(Status())).staff
    return None if person is None else person.name


def pin_entries(till: PaperTill) -> list[str]:
    kinds = ["pin_tried", "pin_passed", "pin_unlocked"]
    return [written.entry.kind for written in reversed(till.journal.of_kinds(kinds))]


def test_a_wrong_pin_entered_six_times_is_counted_down_and_then_locked(till: PaperTill) -> None:
    refusals = [refused(till.asks(Pin("Lena", "0000"))) for _ in range(6)]
    assert [no.text for no in refusals] == [
        "That PIN was not right. 4 tries are left.",
        "That PIN was not right. 3 tries are left.",
        "That PIN was not right. 2 tries are left.",
        "That PIN was not right. 1 try is left.",
        "Too many wrong PINs. Please wait 15 minutes, or ask a manager.",
        "Too many wrong PINs. Please wait 15 minutes, or ask a manager.",
    ]
    assert [no.left for no in refusals] == [4, 3, 2, 1, None, None]
    assert pin_entries(till) == ["pin_tried"] * 5


def test_the_right_pin_does_not_help_while_locked_and_does_after(till: PaperTill) -> None:
    locked(till)
    till.machine.passes(minutes=14, seconds=59)
    assert (
        refused(till.asks(Pin("Lena", "4711"))).text == "Too many wrong PINs. Please wait 1 minute, or ask a manager."
    )
    till.machine.passes(seconds=1)
    assert till.asks(Pin("Lena", "4711")).ok


def test_every_lock_out_is_twice_as_long_until_the_right_pin(till: PaperTill) -> None:
    waits = []
    for _ in range(3):
        waits.append(locked(till))
        till.machine.passes(minutes=waits[-1])
    assert waits == [15, 30, 60]
    assert till.asks(Pin("Lena", "4711")).ok
    assert locked(till) == 15


def test_a_try_is_journalled_before_it_is_checked(till: PaperTill) -> None:
    assert till.asks(Pin("Lena", "4711")).ok
    assert pin_entries(till) == ["pin_tried", "pin_passed"]


def test_pulling_the_plug_in_the_middle_of_a_check_saves_no_try(till: PaperTill) -> None:
    for _ in range(4):
        till.asks(Pin("Lena", "0000"))
    till.stop()
    till.start()
    assert refused(till.asks(Pin("Lena", "0000"))).reason == "pin_locked"


def test_a_lock_out_survives_restart_and_reboot_and_counts_running_time_only(till: PaperTill) -> None:
    locked(till)
    till.machine.passes(minutes=5)
    till.stop()
    till.start()
    assert refused(till.asks(Pin("Lena", "4711"))).minutes == 10
    till.stop()
    till.machine.reboots(after=timedelta(days=1))
    till.start()
    left = refused(till.asks(Pin("Lena", "4711"))).minutes
    assert left == 15  # without a later entry, the five minutes are not counted
    till.machine.passes(minutes=15)
    assert till.asks(Pin("Lena", "4711")).ok


@pytest.mark.parametrize("hours", [-5, 5, 24 * 365 * 3])
def test_a_lock_out_is_not_shortened_by_turning_the_clock(till: PaperTill, hours: int) -> None:
    locked(till)
    till.machine.wall += timedelta(hours=hours)
    assert refused(till.asks(Pin("Lena", "4711"))).minutes == 15


def test_one_colleagues_lock_out_leaves_the_others_alone(till: PaperTill) -> None:
    locked(till)
    assert till.asks(Pin("Anna", "2580")).ok
    shown = till.asks(Colleagues()).colleagues
    assert isinstance(shown, tuple)
    assert [(one.name, one.role, one.locked_minutes) for one in shown] == [
        ("Anna", "manager", 0),
        ("Lena", "cashier", 15),
    ]


def test_a_manager_unlocks_a_colleague(till: PaperTill) -> None:
    locked(till)
    assert till.asks(Unlock("Lena", ANNA)).ok
    assert on_shift(till) is None
    assert till.asks(Pin("Lena", "4711")).ok
    assert refused(till.asks(Unlock("Lena", ANNA))).reason == "not_locked"


def test_an_unlocking_is_remembered_after_a_restart(till: PaperTill) -> None:
    locked(till)
    till.asks(Unlock("Lena", ANNA))
    till.stop()
    till.start()
    assert till.asks(Pin("Lena", "4711")).ok


def test_nobody_but_a_manager_unlocks(till: PaperTill) -> None:
    till.company.hires("Tom", "cashier", "3690")
    till.hears()
    locked(till)
    assert refused(till.asks(Unlock("Lena", Override("Tom", "3690")))).reason == "not_a_manager"
    assert refused(till.asks(Unlock("Lena", Override("Lena", "4711")))).reason == "pin_locked"
    assert refused(till.asks(Unlock("Nobody", ANNA))).reason == "staff_unknown"
    assert refused(till.asks(Pin("Lena", "4711"))).reason == "pin_locked"


@pytest.mark.parametrize("pin", ["", "471", "47110", "٤٧١١", "4711 ", "9" * 5000, "abcd"])
def test_whatever_is_no_pin_is_a_try_like_any_other(till: PaperTill, pin: str) -> None:
    assert refused(till.asks(Pin("Lena", pin))).left == 4


def test_a_name_is_found_whatever_its_case(till: PaperTill) -> None:
    assert till.asks(Pin(" LENA ", "4711")).ok
    assert refused(till.asks(Pin("Nobody", "4711"))).text == "Nobody of that name works here."


def test_nothing_is_given_with_nobody_on_shift(till: PaperTill) -> None:
    card_id = till.company.issues_card(stamp_count=10, points_balance=100)
    till.hears()
    assert till.asks(Scan(till.company.tokens[card_id])).ok
    before = till.journal.head()
    for ask in (Stamp(), Earn(500), Redeem("stamps"), Redeem("croissant", ANNA), Adjust(points=5, reason="x")):
        assert refused(till.asks(ask)).reason == "nobody_on_shift"
    assert till.journal.head() == before


def test_ninety_seconds_without_a_touch_end_a_shift(till: PaperTill) -> None:
    till.serves(till.company.issues_card())
    till.machine.passes(seconds=89)
    assert on_shift(till) == "Lena"
    till.machine.passes(seconds=1)
    assert on_shift(till) is None


def test_a_customers_scan_does_not_bring_back_a_shift_that_is_over(till: PaperTill) -> None:
    card_id = till.company.issues_card()
    till.hears()
    till.serves(card_id)
    till.machine.passes(seconds=91)
    assert till.asks(Scan(till.company.tokens[card_id])).ok
    assert refused(till.asks(Stamp())).reason == "nobody_on_shift"


def test_work_keeps_a_shift_open(till: PaperTill) -> None:
    card_id = till.company.issues_card()
    till.hears()
    till.serves(card_id)
    for _ in range(3):
        till.machine.passes(seconds=60)
        written(till.asks(Earn(500)))
    assert on_shift(till) == "Lena"
    till.asks(Lock())
    assert on_shift(till) is None


def test_a_dismissal_ends_a_shift_at_the_next_contact(till: PaperTill) -> None:
    card_id = till.company.issues_card()
    till.hears()
    till.serves(card_id)
    till.company.hires("Lena", "cashier", "4711", active=False)
    written(till.asks(Earn(500)))
    till.hears()
    assert refused(till.asks(Earn(500))).reason == "nobody_on_shift"
    assert refused(till.asks(Pin("Lena", "4711"))).reason == "staff_unknown"


def test_who_works_in_other_stores_alone_is_nobody_here(till: PaperTill) -> None:
    company = till.company
    lena = decode_row(StaffRow, bytes(company.rows[Table.STAFF, company.staff["Lena"]].row))
    here, elsewhere = company.identity.store_id, uuid4()
    for stores, may in ((None, True), ((elsewhere,), False), ((elsewhere, here), True)):
        company.says(Table.STAFF, msgspec.structs.replace(lena, stores=stores))
        till.hears()
        assert till.asks(Pin("Lena", "4711")).ok is may


def test_an_override_is_recorded_and_leaves_the_shift_as_it_was(till: PaperTill) -> None:
    card_id = till.company.issues_card(points_balance=40)
    till.hears()
    till.serves(card_id)
    no = refused(till.asks(Adjust(points=5, reason="forgotten")))
    assert (no.reason, no.why, no.text) == ("manager_needed", "managers_only", "This needs a manager's PIN.")
    done = till.asks(Adjust(points=5, reason="forgotten", override=ANNA))
    entry = till.journal.with_id(written(done).id)
    assert entry is not None
    shown = till.asks(Colleagues())
    assert shown.ok
    assert entry.entry.staff is not None
    assert entry.entry.override not in (None, entry.entry.staff)
    assert on_shift(till) == "Lena"
    assert points(done).balance == 45


def test_a_cashiers_pin_is_no_override(till: PaperTill) -> None:
    card_id = till.company.issues_card(points_balance=40)
    till.hears()
    till.serves(card_id)
    ask = Adjust(points=5, reason="x", override=Override("Lena", "4711"))
    assert refused(till.asks(ask)).text == "Only a manager can do this."
    assert refused(till.asks(Adjust(points=5, reason="x", override=Override("Anna", "0000")))).left == 4


def test_a_manager_on_shift_needs_no_second_pin(till: PaperTill) -> None:
    card_id = till.company.issues_card(points_balance=40)
    till.hears()
    till.serves(card_id, staff="Anna", pin="2580")
    done = written(till.asks(Adjust(points=-5, reason="typed wrong")))
    entry = till.journal.with_id(done.id)
    assert entry is not None
    assert entry.entry.override is None


def test_a_correction_says_why_and_keeps_above_zero(till: PaperTill) -> None:
    card_id = till.company.issues_card(points_balance=40, stamp_count=2)
    till.hears()
    till.serves(card_id, staff="Anna", pin="2580")
    assert refused(till.asks(Adjust(points=5, reason="  "))).reason == "reason_missing"
    assert refused(till.asks(Adjust(points=-41, reason="x"))).reason == "below_zero"
    assert refused(till.asks(Adjust(reason="x"))).reason == "nothing_to_adjust"
    assert not till.asks(Adjust(points=1, stamps=1, reason="x")).ok
    assert written(till.asks(Adjust(stamps=-2, reason="x"))).stamps == -2


def test_a_card_is_switched_off_and_on_by_a_manager(till: PaperTill) -> None:
    card_id = till.company.issues_card(points_balance=40)
    till.hears()
    till.serves(card_id)
    assert refused(till.asks(Deactivate("lost"))).reason == "manager_needed"
    assert not card(till.asks(Deactivate("lost", ANNA))).active
    assert refused(till.asks(Stamp())).reason == "card_inactive"
    assert refused(till.asks(Deactivate("lost", ANNA))).reason == "already_inactive"
    assert card(till.asks(Reactivate("found", ANNA))).active
    written(till.asks(Stamp()))


@pytest.mark.slow
def test_where_each_transaction_needs_a_pin_the_shift_ends_with_it(tmp_path: Path) -> None:
    till = PaperTill(tmp_path, a_company(settings=Settings(pin_required=PinRequired.PER_TRANSACTION)))
    till.serves(till.company.issues_card())
    till.hears()
    till.serves(next(iter(till.company.tokens)))
    entry = written(till.asks(Earn(500)))
    assert refused(till.asks(Earn(500))).reason == "nobody_on_shift"
    assert till.asks(Pin("Lena", "4711")).ok
    written(till.asks(Void(entry.id)))
    assert on_shift(till) is None
    till.stop()


def test_where_no_pin_is_asked_for_nobody_is_journalled_and_managers_are_still_asked(tmp_path: Path) -> None:
    till = PaperTill(tmp_path, a_company(settings=Settings(pin_required=PinRequired.NEVER)))
    card_id = till.company.issues_card(points_balance=40)
    till.hears()
    till.asks(Scan(till.company.tokens[card_id]))
    entry = till.journal.with_id(written(till.asks(Earn(500))).id)
    assert entry is not None
    assert entry.entry.staff is None
    assert refused(till.asks(Adjust(points=5, reason="x"))).reason == "manager_needed"
    assert till.asks(Adjust(points=5, reason="x", override=ANNA)).ok
    written(till.asks(Earn(500)))
    till.stop()


def test_a_manager_who_signed_in_where_no_pin_is_asked_for_does_not_stay_for_ever(tmp_path: Path) -> None:
    till = PaperTill(tmp_path, a_company(settings=Settings(pin_required=PinRequired.NEVER)))
    card_id = till.company.issues_card(points_balance=40)
    till.hears()
    till.serves(card_id, staff="Anna", pin="2580")
    till.machine.passes(seconds=90)
    assert refused(till.asks(Adjust(points=5, reason="x"))).reason == "manager_needed"
    till.stop()


def test_two_people_whose_names_differ_in_case_alone_are_two_people(till: PaperTill) -> None:
    zoe, manager = till.company.hires("Zoé", "cashier", "3690"), till.company.hires("ZOÉ", "manager", "7412")
    till.hears()
    assert refused(till.asks(Pin(str(zoe), "7412"))).reason == "pin_wrong"
    assert till.asks(Pin(str(zoe), "3690")).ok
    assert till.asks(Pin("ZOÉ", "7412")).ok, "a name as it is written is one person's"
    assert refused(till.asks(Pin("zoé", "3690"))).reason == "staff_ambiguous"
    locked(till, str(zoe))
    assert till.asks(Pin(str(manager), "7412")).ok


def test_a_name_may_be_typed_with_accents_apart(till: PaperTill) -> None:
    till.company.hires("Léa", "cashier", "3690")
    till.hears()
    assert till.asks(Pin("Le\u0301a", "3690")).ok


def test_every_tile_has_its_persons_id(till: PaperTill) -> None:
    zoe = till.company.hires("Zoé", "cashier", "3690")
    till.hears()
    people = till.asks(Colleagues()).colleagues
    assert isinstance(people, tuple)
    assert {one.id for one in people if one.name == "Zoé"} == {zoe}
