"""Wrong clocks: set back in a cooldown, years ahead, wrong after a reboot, stopped during suspension."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from sync.protocol.entries import ClockJumped, till_body
from terminal.interface.asks import Earn, Scan, Stamp
from terminal.machine.clock import Anchor, Clock
from tests.support.paper_company import NOON, PaperMachine, PaperTill
from tests.support.replies import refused, written


def served(till: PaperTill) -> UUID:
    card_id = till.company.issues_card()
    till.hears()
    till.serves(card_id)
    return card_id


def jumps(till: PaperTill) -> list[float]:
    bodies = [till_body(one.entry) for one in reversed(till.journal.of_kinds(["clock_jumped"]))]
    return [body.seconds for body in bodies if isinstance(body, ClockJumped)]


def test_a_clock_set_back_an_hour_neither_shortens_nor_stretches_a_cooldown(till: PaperTill) -> None:
    card_id = served(till)
    written(till.asks(Stamp()))
    till.machine.passes(minutes=10)
    till.machine.wall -= timedelta(hours=1)
    till.serves(card_id)
    assert refused(till.asks(Stamp())).minutes == 20
    till.machine.passes(minutes=20)
    till.serves(card_id)
    written(till.asks(Stamp()))


@pytest.mark.parametrize("days", [365 * 3, -365 * 30, 2])
def test_a_clock_moved_by_days_gives_no_second_stamp(till: PaperTill, days: int) -> None:
    served(till)
    written(till.asks(Stamp()))
    till.machine.wall += timedelta(days=days)
    assert refused(till.asks(Stamp())).minutes == 30


def test_an_entry_says_the_estimate_and_what_the_clock_said(till: PaperTill) -> None:
    served(till)
    till.machine.wall += timedelta(days=365)
    found = till.journal.with_id(written(till.asks(Earn(500))).id)
    assert found is not None
    assert found.entry.occurred_at == NOON
    assert found.entry.wall == NOON + timedelta(days=365)
    assert found.entry.anchored_at == NOON


def test_a_jump_is_journalled_once_before_what_happened_after_it(till: PaperTill) -> None:
    served(till)
    till.machine.wall -= timedelta(hours=1)
    written(till.asks(Stamp()))
    written(till.asks(Earn(500)))
    assert jumps(till) == [-3600.0]
    kinds = [
        one.entry.kind for one in reversed(till.journal.of_kinds(["clock_jumped", "stamp_earned", "points_earned"]))
    ]
    assert kinds == ["clock_jumped", "stamp_earned", "points_earned"]


def test_a_second_of_drift_is_no_jump(till: PaperTill) -> None:
    card_id = served(till)
    till.machine.passes(minutes=30)
    till.machine.wall += timedelta(seconds=2)
    till.serves(card_id)
    written(till.asks(Earn(500)))
    assert jumps(till) == []


def test_a_night_of_suspension_counts_as_time_that_has_passed(till: PaperTill) -> None:
    """Running time includes suspension, during which only the clocks move."""
    card_id = served(till)
    written(till.asks(Stamp()))
    till.machine.passes(hours=9)
    till.serves(card_id)
    entry = till.journal.with_id(written(till.asks(Stamp())).id)
    assert entry is not None
    assert entry.entry.occurred_at == NOON + timedelta(hours=9)
    assert jumps(till) == []


@pytest.mark.parametrize("wrong_by", [timedelta(days=-365 * 20), timedelta(hours=-1)])
def test_a_reboot_with_a_clock_in_the_past_goes_on_from_what_is_known(till: PaperTill, wrong_by: timedelta) -> None:
    card_id = served(till)
    written(till.asks(Stamp()))
    till.stop()
    till.machine.reboots(after=timedelta(minutes=5))
    till.machine.wall += wrong_by
    till.start(online=False)
    till.serves(card_id)
    assert refused(till.asks(Stamp())).minutes == 30


def test_a_reboot_with_the_right_clock_counts_the_time_between(till: PaperTill) -> None:
    card_id = served(till)
    written(till.asks(Stamp()))
    till.stop()
    till.machine.reboots(after=timedelta(minutes=20))
    till.start(online=False)
    till.serves(card_id)
    assert refused(till.asks(Stamp())).minutes == 10


def test_the_offset_learned_before_a_reboot_is_kept(till: PaperTill) -> None:
    """The machine's clock is a year slow, which the till learned at its last contact."""
    card_id = served(till)
    till.stop()
    till.machine.wall -= timedelta(days=365)
    till.start(online=False)
    reading = till.clock.reading()
    till.clock.learned(NOON, reading, reading)
    till.replica.apply(till.company.response(server_time=NOON))
    till.stop()
    till.machine.reboots(after=timedelta(minutes=5))
    till.start(online=False)
    assert till.clock.now() == NOON + timedelta(minutes=5)
    assert till.asks(Scan(till.company.tokens[card_id])).ok


@pytest.mark.slow
def test_the_first_start_of_a_boot_is_journalled_and_a_restart_is_not(till: PaperTill) -> None:
    served(till)
    till.stop()
    till.start()
    assert till.journal.of_kinds(["till_started"]) == []
    till.stop()
    till.machine.reboots(after=timedelta(minutes=1))
    till.start()
    assert len(till.journal.of_kinds(["till_started"])) == 1


def test_the_servers_time_is_placed_in_the_middle_of_the_exchange() -> None:
    machine = PaperMachine()
    clock = Clock(machine.hardware())
    sent = clock.reading()
    machine.passes(seconds=10)
    clock.learned(NOON + timedelta(hours=1), sent, clock.reading())
    assert clock.now() == NOON + timedelta(hours=1, seconds=5)


def test_what_was_learned_in_another_boot_says_nothing_of_this_ones_running_time() -> None:
    machine = PaperMachine(NOON)
    clock = Clock(machine.hardware())
    clock.take(Anchor(NOON + timedelta(days=900), uuid4(), machine.hardware().monotonic_ms() - 60_000, 0.0))
    assert clock.now() == NOON and clock.anchored_at is None
    clock.take(Anchor(NOON + timedelta(hours=1), machine.hardware().boot, machine.hardware().monotonic_ms(), 3600.0))
    assert clock.now() == NOON + timedelta(hours=1)
