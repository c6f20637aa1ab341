"""Hints at the driver: news is fetched at once, known versions cost nothing, and no hint causes endless exchanges."""

from collections.abc import Callable
from random import Random

import pytest
from msgspec import structs

from sync.exchange.driver import Driver
from sync.exchange.failures import ServerFailed
from sync.exchange.ports import Ports
from sync.protocol import chain
from sync.protocol.messages import Cursors, ExchangeResponse, Hint, Listening
from tests.support.exchanges import (
    JournalInMemory,
    ReplicaInMemory,
    ServerInMemory,
    VirtualClock,
    a_seal,
    an_identity,
)
from tests.sync.exchange.test_driver import Till, a_till


def a_quiet_till(version: int = 40) -> Till:
    """A till that has read everything up to *version*."""
    till = a_till(rows=version)
    till.run_for(0)
    till.server.requests.clear()
    return till


def test_a_hint_fetches_what_another_till_did_without_waiting_for_the_poll() -> None:
    till = a_quiet_till(40)
    till.server.version = 41
    till.driver.hinted(Hint(version=41))
    till.run_for(0)
    assert len(till.replica.rows) == 41
    assert len(till.server.requests) == 1


@pytest.mark.parametrize("version", [0, 39, 40])
def test_a_hint_of_what_is_here_already_costs_no_exchange(version: int) -> None:
    till = a_quiet_till(40)
    till.driver.hinted(Hint(version=version))
    till.run_for(1)
    assert till.server.requests == []


def test_many_hints_at_once_cost_one_exchange() -> None:
    till = a_quiet_till(40)
    till.server.version = 50
    for version in range(41, 51):
        till.driver.hinted(Hint(version=version))
    till.run_for(1)
    assert len(till.server.requests) == 1


def test_the_echo_of_what_this_till_sends_costs_no_exchange_of_its_own() -> None:
    till = a_quiet_till(40)

    def commit() -> None:
        till.server.version = 41
        till.driver.hinted(Hint(version=41))  # the hint overtakes the reply

    till.server.on_exchange = commit
    till.append()
    till.run_for(1)
    assert len(till.server.requests) == 1


def test_a_hint_during_an_exchange_is_not_lost() -> None:
    till = a_quiet_till(40)

    def commit_meanwhile(response: ExchangeResponse) -> ExchangeResponse:
        if till.server.version == 40:  # the reply was read before the change
            till.server.version = 41
            till.driver.hinted(Hint(version=41))
        return response

    till.server.distorts = commit_meanwhile
    till.append()
    till.run_for(0)
    assert len(till.replica.rows) == 41
    assert len(till.server.requests) == 2


def test_a_hint_that_promises_what_never_comes_costs_one_exchange() -> None:
    till = a_quiet_till(40)
    till.driver.hinted(Hint(version=2**60))
    till.run_for(1)
    assert len(till.server.requests) == 1


def test_a_hint_says_that_the_server_is_back_even_when_it_brings_no_news() -> None:
    till = a_quiet_till(40)
    till.server.unreachable = True
    till.append()
    till.run_for(600)
    till.server.unreachable = False
    tried = len(till.server.requests)
    till.driver.hinted(Hint(version=40))
    till.run_for(3)
    assert len(till.server.requests) == tried + 1
    assert till.driver.status.online


def test_hints_do_not_hurry_a_till_whose_exchanges_the_server_fails_at() -> None:
    till = a_quiet_till(40)
    till.server.refuses = lambda request: ServerFailed(500)
    till.append()
    till.run_for(600)
    tried = len(till.server.requests)
    for version in range(41, 60):
        till.driver.hinted(Hint(version=version))
        till.run_for(1)
    assert len(till.server.requests) <= tried + 1


def test_a_till_that_is_too_old_to_be_told_anything_does_not_ask_at_every_hint() -> None:
    till = a_till(rows=40)
    till.server.too_old = True
    till.run_for(0)
    till.server.requests.clear()
    for version in range(41, 60):
        till.driver.hinted(Hint(version=version))
        till.run_for(0)
    assert till.server.requests == []


def test_what_a_hint_brings_is_here_without_an_exchange() -> None:
    till = a_quiet_till(40)
    till.server.version = 42
    till.driver.hinted(till.server.brings(after=40))
    till.run_for(0)
    assert len(till.replica.rows) == 42
    assert till.replica.marks().cursors == Cursors(essentials=42, bulk=42)
    assert till.driver.status.confirmed_at is not None
    assert till.server.requests == []


def test_what_it_brings_of_what_is_here_already_does_no_harm() -> None:
    till = a_quiet_till(40)
    till.server.version = 42
    till.driver.hinted(till.server.brings(after=7))
    till.run_for(0)
    assert len(till.replica.rows) == 42
    assert till.server.requests == []


def test_news_without_the_news_before_it_is_a_reason_to_ask() -> None:
    till = a_quiet_till(40)
    till.server.version = 43
    till.driver.hinted(till.server.brings(after=41))
    till.run_for(0)
    assert len(till.replica.rows) == 43
    assert len(till.server.requests) == 1


def test_old_news_costs_nothing_and_changes_nothing() -> None:
    till = a_quiet_till(40)
    old = till.server.brings(after=38)
    till.server.version = 41
    till.driver.hinted(till.server.brings(after=40))
    till.run_for(0)
    till.driver.hinted(old)
    till.run_for(0)
    assert till.replica.marks().cursors == Cursors(essentials=41, bulk=41)
    assert till.server.requests == []


def test_news_comes_after_the_answer_that_is_under_way() -> None:
    till = a_quiet_till(40)

    def commit_meanwhile(response: ExchangeResponse) -> ExchangeResponse:
        if till.server.version == 40:
            till.server.version = 41
            till.driver.hinted(till.server.brings(after=40))
        return response

    till.server.distorts = commit_meanwhile
    till.append()
    till.run_for(0)
    assert len(till.replica.rows) == 41
    assert till.replica.marks().acked_seq == 1


def test_an_entry_is_sent_although_news_came_first() -> None:
    till = a_quiet_till(40)
    till.server.version = 41
    till.driver.hinted(till.server.brings(after=40))
    till.append()
    till.run_for(0)
    assert [entry.seq for entry in till.server.entries] == [1]
    assert len(till.replica.rows) == 41


FORGED = {
    "under another key": lambda me, said: structs.replace(said, seal=a_seal(me, 0, 41, chain.SigningKey(bytes(32)))),
    "sealed for another version's acknowledgement": lambda me, said: structs.replace(said, acked_seq=1),
    "of what was never written": lambda me, said: structs.replace(said, seal=a_seal(me, 9, 41), acked_seq=9),
    "without a time zone": lambda me, said: structs.replace(said, server_time=said.server_time.replace(tzinfo=None)),
}


@pytest.mark.parametrize("how", FORGED)
def test_news_is_believed_as_little_as_an_answer_that_our_server_did_not_seal(how: str) -> None:
    till = a_quiet_till(40)
    till.server.version = 41
    hint = till.server.brings(after=40)
    assert hint.answer is not None
    till.driver.hinted(structs.replace(hint, answer=FORGED[how](an_identity(), hint.answer)))
    till.run_for(0)
    assert len(till.server.requests) == 1, "it asked"
    assert len(till.replica.rows) == 41


def test_a_till_whose_exchanges_fail_is_not_called_well_for_the_news_it_hears() -> None:
    till = a_quiet_till(40)
    till.server.refuses = lambda request: ServerFailed(500)
    till.append()
    till.run_for(10)
    till.server.version = 41
    till.driver.hinted(till.server.brings(after=40))
    till.run_for(0)
    assert not till.driver.status.online


def test_what_cannot_be_written_is_asked_for_again() -> None:
    till = a_quiet_till(40)
    till.replica.problem = OSError("the disk is full")
    till.server.version = 41
    till.driver.hinted(till.server.brings(after=40))
    till.run_for(0)
    assert len(till.replica.rows) == 40
    till.replica.problem = None
    till.run_for(60)
    assert len(till.replica.rows) == 41


class Ear:
    """A hint source that records how it was started."""

    def __init__(self) -> None:
        self.started: list[Callable[[Hint], None]] = []
        self.closed = False

    def start(self, heard: Callable[[Hint], None], listening: Callable[[], Listening | None]) -> None:
        self.started.append(heard)
        self.listening = listening

    def close(self) -> None:
        self.closed = True


def a_driver(ear: Ear) -> Driver:
    me, clock = an_identity(), VirtualClock()
    server = ServerInMemory(clock, me)
    return Driver(
        Ports(me, JournalInMemory(me), ReplicaInMemory(), server, clock, hints=ear),
        rng=Random(1),
        on_status=lambda _: None,
    )


def test_a_till_listens_while_it_exchanges_in_the_background_and_not_when_a_command_asks_once() -> None:
    ear = Ear()
    driver = a_driver(ear)
    driver.sync(timeout_s=10)
    assert ear.started == []
    driver.start()
    assert ear.started == [driver.hinted]
    assert ear.listening() == Listening(journal=an_identity().journal_id, essentials=0, bulk=0, can="case")
    driver.stop()
    assert ear.closed
