"""The driver, with ports in memory and simulated time."""

import random
import threading
from dataclasses import dataclass, replace
from uuid import UUID

import pytest
from msgspec import structs

from sync.exchange.driver import Driver
from sync.exchange.failures import ExchangeFailure, Forked, Revoked, ServerFailed, TokenUnknown, TooLarge
from sync.exchange.ports import Ports, SyncStatus
from sync.protocol import chain
from sync.protocol.chain import SigningKey
from sync.protocol.messages import ExchangeRequest, Seal
from sync.protocol.version import VERSION
from tests.support.exchanges import (
    NOON,
    SERVER_KEY,
    JournalInMemory,
    ReplicaInMemory,
    ServerInMemory,
    VirtualClock,
    a_seal,
    an_identity,
)


@dataclass
class Till:
    clock: VirtualClock
    journal: JournalInMemory
    replica: ReplicaInMemory
    server: ServerInMemory
    statuses: list[SyncStatus]
    driver: Driver

    def append(self, count: int = 1) -> None:
        for _ in range(count):
            self.journal.append()
        self.driver.wake()

    def run_for(self, seconds: float) -> None:
        """Performs everything that happens in this time; exchanges take none."""
        end = self.clock.passed_s + seconds
        while (due := self.driver.turn()) <= end:
            self.clock.passed_s = max(self.clock.passed_s, due)
        self.clock.passed_s = end


def a_till(rows: int = 0, rows_a_page: int = 5_000) -> Till:
    identity, clock = an_identity(), VirtualClock()
    journal, replica = JournalInMemory(identity), ReplicaInMemory()
    server = ServerInMemory(clock, identity, rows, rows_a_page)
    statuses: list[SyncStatus] = []
    driver = Driver(Ports(identity, journal, replica, server, clock), rng=random.Random(1), on_status=statuses.append)
    return Till(clock, journal, replica, server, statuses, driver)


def entries_sent(request: ExchangeRequest) -> int:
    return len(request.page.entries) if request.page is not None else 0


def test_an_entry_is_with_the_server_as_soon_as_the_driver_is_woken() -> None:
    till = a_till()
    till.run_for(1)
    till.append()
    till.run_for(0)
    assert [entry.seq for entry in till.server.entries] == [1]


def test_every_request_says_which_program_the_till_runs() -> None:
    till = a_till(rows=23, rows_a_page=10)
    till.run_for(0)
    assert {request.program_version for request in till.server.requests} == {VERSION}


def test_a_first_start_reads_the_whole_feed_without_waiting() -> None:
    till = a_till(rows=23, rows_a_page=10)
    till.run_for(0)
    assert len(till.replica.rows) == 23
    assert [status.rows_left for status in till.statuses] == [13, 3, 0]
    assert till.driver.status.confirmed_at == NOON


def test_a_backlog_goes_up_in_full_pages_one_exchange_after_the_other() -> None:
    till = a_till()
    till.append(2_300)
    till.run_for(0)
    assert [entries_sent(request) for request in till.server.requests] == [1_000, 1_000, 300]


def test_the_server_takes_the_next_page_while_a_response_is_being_written() -> None:
    till = a_till()
    sent_before_writing: list[int] = []
    till.replica.on_apply = lambda: sent_before_writing.append(sum(map(entries_sent, till.server.requests)))
    till.append(2_300)
    till.run_for(0)
    assert sent_before_writing == [2_000, 2_300, 2_300]
    assert till.replica.marks().acked_seq == 2_300


@pytest.mark.slow
def test_a_response_that_cannot_be_written_costs_nothing_but_time() -> None:
    till = a_till()  # a call begun ahead is given up
    till.replica.problem = OSError("the disk is full")
    till.append(2_300)
    till.run_for(0)
    assert till.replica.marks().acked_seq == 0 and len(till.server.entries) == 2_000
    till.replica.problem = None
    till.run_for(60)
    assert [entry.seq for entry in till.server.entries] == list(range(1, 2_301))
    assert till.replica.marks().acked_seq == 2_300


def test_sums_are_asked_for_until_the_server_has_told_them_and_then_every_ten_minutes_however_busy_it_is() -> None:
    till = a_till(rows=23, rows_a_page=10)
    till.run_for(1)
    assert [request.digest for request in till.server.requests] == [True, True, True]
    for _ in range(9):
        till.append()
        till.run_for(60)
    assert not any(request.digest for request in till.server.requests[3:])
    till.run_for(120)
    assert sum(request.digest for request in till.server.requests[3:]) == 1


def test_a_lost_reply_sends_the_same_entries_again_and_they_count_once() -> None:
    till = a_till()
    till.append(3)
    till.server.drops_replies = 1
    till.run_for(2)
    assert [entries_sent(request) for request in till.server.requests] == [3, 3]
    assert [entry.seq for entry in till.server.entries] == [1, 2, 3]
    assert till.replica.marks().acked_seq == 3


def test_what_was_journalled_in_an_outage_arrives_without_another_sale() -> None:
    till = a_till()
    till.server.unreachable = True
    till.append(5)
    till.run_for(3600)
    assert till.driver.status.problem_kind == "unreachable"
    assert till.driver.status.offline_since == NOON
    till.server.unreachable = False
    till.run_for(60)
    assert len(till.server.entries) == 5
    assert till.driver.status.online and till.driver.status.offline_since is None


FOREIGN_SEALS = {
    "another server's": a_seal(an_identity(), 0, key=SigningKey(b"\x07" * 32)),
    "for another company": a_seal(replace(an_identity(), company_id=UUID(int=9)), 0),
    "for another till": a_seal(replace(an_identity(), terminal_id=UUID(int=9)), 0),
    "for the till's journal before this one": a_seal(replace(an_identity(), journal_id=UUID(int=9)), 0),
    "for another state": a_seal(an_identity(), 1),
    "no signature": Seal(epoch=1, version=0, acked_seq=0, signature=b""),
}


@pytest.mark.parametrize("whose", FOREIGN_SEALS)
def test_nothing_is_believed_under_a_seal_that_is_not_ours(whose: str) -> None:
    till = a_till(rows=5)
    till.server.distorts = lambda response: structs.replace(response, seal=FOREIGN_SEALS[whose])
    till.run_for(0)
    assert till.driver.status.problem_kind == "not_our_server"
    assert till.replica.rows == {} and till.replica.marks().seal is None
    assert till.clock.learned_times == []


def test_nothing_is_believed_that_acknowledges_more_than_was_written() -> None:
    till = a_till(rows=5)
    till.append()
    till.server.distorts = lambda response: structs.replace(response, acked_seq=2, seal=a_seal(an_identity(), 2))
    till.run_for(0)
    assert till.driver.status.problem_kind == "not_our_server"
    assert till.replica.rows == {}


def test_a_time_without_its_zone_is_not_learned() -> None:
    till = a_till()
    till.server.distorts = lambda response: structs.replace(response, server_time=NOON.replace(tzinfo=None))
    till.run_for(0)
    assert till.driver.status.problem_kind == "not_our_server"
    assert till.clock.learned_times == []


def test_the_clock_learns_the_servers_time_from_each_exchange() -> None:
    till = a_till()
    till.run_for(0)
    assert till.clock.learned_times == [NOON]


SIGNED_OFF = chain.sign_revoked(SERVER_KEY, *(UUID(int=number) for number in (1, 2, 3)))


@pytest.mark.parametrize("refusal", [Forked(), Revoked(signature=SIGNED_OFF), TokenUnknown()])
def test_a_till_that_must_pair_again_says_so_and_hardly_ever_asks(refusal: ExchangeFailure) -> None:
    till = a_till()
    till.server.refuses = lambda request: refusal
    for _ in range(60):
        till.append()
        till.run_for(60)
    assert till.driver.status.pair_again
    assert till.driver.status.problem_kind == refusal.kind
    asked = [request for request in till.server.requests if not request.salvage]
    assert len(asked) <= 3600 / 150 + 1


def test_a_server_that_was_restored_gets_again_what_it_has_forgotten() -> None:
    till = a_till()
    till.append(5)
    till.run_for(0)
    del till.server.entries[2:]
    till.run_for(10)
    assert [entry.seq for entry in till.server.entries] == [1, 2, 3, 4, 5]
    assert till.replica.marks().acked_seq == 5


def test_a_till_that_is_too_old_goes_on_uploading() -> None:
    till = a_till(rows=7)
    till.server.too_old = True
    till.append(2)
    till.run_for(0)
    assert till.driver.status.too_old and till.driver.status.online
    assert len(till.server.entries) == 2 and till.replica.rows == {}
    assert len(till.server.requests) == 1


def test_one_entry_that_the_server_fails_at_blocks_none_behind_it() -> None:
    till = a_till()
    till.server.poisonous = {38}
    till.append(100)
    till.run_for(60)
    assert len(till.server.entries) == 100
    assert [entry.seq for entry in till.server.entries if entry.parked] == [38]
    assert till.driver.status.online


def test_two_bad_entries_side_by_side_are_both_parked() -> None:
    till = a_till()
    till.server.poisonous = {3, 4}
    till.append(6)
    till.run_for(60)
    assert [entry.parked for entry in till.server.entries] == [False, False, True, True, False, False]


def test_a_server_that_fails_at_everything_parks_nothing() -> None:
    till = a_till()
    till.append(4)
    till.server.refuses = lambda request: ServerFailed(503)
    till.run_for(7200)
    till.server.refuses = lambda request: None
    till.run_for(120)
    assert [entry.parked for entry in till.server.entries] == [False] * 4


def test_the_feed_goes_on_while_the_server_fails_at_an_entry() -> None:
    till = a_till(rows=3)
    till.server.refuses = lambda request: ServerFailed(500) if request.page is not None else None
    till.append()
    till.run_for(5)
    assert len(till.replica.rows) == 3


def test_a_page_too_large_for_what_lies_between_is_halved_until_it_passes() -> None:
    till = a_till()
    till.server.refuses = lambda request: TooLarge() if entries_sent(request) > 150 else None
    till.append(1_000)
    till.run_for(0)
    assert [entries_sent(request) for request in till.server.requests] == [1000, 500, 250] + [125] * 8
    assert all(status.online for status in till.statuses)


# `sync` without and with the background thread.


def test_sync_without_the_background_ends_when_nothing_is_left() -> None:
    till = a_till(rows=25, rows_a_page=10)
    till.append(3)
    status = till.driver.sync(timeout_s=10)
    assert status.online and status.confirmed_at == NOON
    assert len(till.server.entries) == 3 and len(till.replica.rows) == 25


def test_sync_without_the_background_exchanges_only_then() -> None:
    till = a_till()
    till.append()
    assert till.server.requests == []
    till.driver.sync(timeout_s=10)
    exchanged = len(till.server.requests)
    till.append()
    assert len(till.server.requests) == exchanged


def test_sync_ends_when_time_is_up_even_in_the_middle_of_an_exchange() -> None:
    till = a_till()
    till.server.hangs = True
    status = till.driver.sync(timeout_s=10)
    assert not status.online and status.problem_kind == "unreachable"
    assert till.clock.passed_s == 10


def test_sync_ends_at_once_when_only_pairing_again_would_help() -> None:
    till = a_till()
    till.server.refuses = lambda request: Forked()
    assert till.driver.sync(timeout_s=10).pair_again
    assert till.clock.passed_s == 0


def test_a_second_sync_asks_again_though_nothing_was_left() -> None:
    till = a_till()
    till.driver.sync(timeout_s=10)
    till.server.version = 4  # another till was busy
    till.driver.sync(timeout_s=10)
    assert len(till.replica.rows) == 4


def test_sync_waits_for_the_thread_that_exchanges_in_the_background() -> None:
    till = a_till(rows=25, rows_a_page=10)
    till.driver.start()
    till.append(3)
    try:
        assert till.driver.sync(timeout_s=20).online
        assert len(till.server.entries) == 3 and len(till.replica.rows) == 25
    finally:
        till.driver.stop()


def test_an_entry_appended_while_an_exchange_is_under_way_follows_it() -> None:
    till = a_till()
    till.append()
    till.server.on_exchange = lambda: till.append() if len(till.server.requests) == 1 else None
    till.run_for(0)
    assert len(till.server.entries) == 2


def test_the_thread_ends_when_stopped_and_exchanges_no_more() -> None:
    till, exchanged = a_till(), threading.Event()
    till.server.on_exchange = exchanged.set
    till.driver.start()
    assert exchanged.wait(20)
    till.driver.stop()
    assert "sync" not in {thread.name for thread in threading.enumerate()}
    assert till.server.closed


def test_stopping_ends_who_waits_for_a_sync() -> None:
    till, under_way = a_till(), threading.Event()
    till.server.unreachable = True
    till.server.on_exchange = under_way.set
    till.driver.start()
    assert under_way.wait(20)
    stopper = threading.Thread(target=till.driver.stop)
    stopper.start()
    assert not till.driver.sync(timeout_s=20).online
    stopper.join(20)
    assert not stopper.is_alive()


def test_a_bug_ends_the_thread_and_is_told_to_who_can_begin_anew() -> None:
    identity, clock, failed = an_identity(), VirtualClock(), threading.Event()
    server = ServerInMemory(clock, identity, 0, 5_000)

    def on_status(_status: SyncStatus) -> None:
        raise ZeroDivisionError

    journal, replica = JournalInMemory(identity), ReplicaInMemory()
    driver = Driver(Ports(identity, journal, replica, server, clock), rng=random.Random(1), on_status=on_status)
    driver.start(failed.set)
    assert failed.wait(20)
    driver.stop()
