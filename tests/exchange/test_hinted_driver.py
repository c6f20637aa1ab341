"""What a hint does to a till: news is fetched at once, an echo costs nothing, and none makes a till ask for ever."""

from collections.abc import Callable
from random import Random

import pytest

from sync.driver import Driver
from sync.failures import ServerFailed
from sync.messages import ExchangeResponse
from tests.exchange.test_driver import Till, a_till
from tests.support.exchanges import JournalInMemory, ReplicaInMemory, ServerInMemory, VirtualClock, an_identity


def a_quiet_till(version: int = 40) -> Till:
    """It has read everything up to *version*, and what it exchanged for that is forgotten."""
    till = a_till(rows=version)
    till.run_for(0)
    till.server.requests.clear()
    return till


def test_a_hint_fetches_what_another_till_did_without_waiting_for_the_poll() -> None:
    till = a_quiet_till(40)
    till.server.version = 41
    till.driver.hinted(41)
    till.run_for(0)
    assert len(till.replica.rows) == 41
    assert len(till.server.requests) == 1


@pytest.mark.parametrize("version", [0, 39, 40])
def test_a_hint_of_what_is_here_already_costs_no_exchange(version: int) -> None:
    till = a_quiet_till(40)
    till.driver.hinted(version)
    till.run_for(1)
    assert till.server.requests == []


def test_many_hints_at_once_cost_one_exchange() -> None:
    till = a_quiet_till(40)
    till.server.version = 50
    for version in range(41, 51):
        till.driver.hinted(version)
    till.run_for(1)
    assert len(till.server.requests) == 1


def test_the_echo_of_what_this_till_sends_costs_no_exchange_of_its_own() -> None:
    till = a_quiet_till(40)

    def commit() -> None:
        till.server.version = 41
        till.driver.hinted(41)  # it overtakes the reply

    till.server.on_exchange = commit
    till.append()
    till.run_for(1)
    assert len(till.server.requests) == 1


def test_a_hint_during_an_exchange_is_not_lost() -> None:
    till = a_quiet_till(40)

    def commit_meanwhile(response: ExchangeResponse) -> ExchangeResponse:
        if till.server.version == 40:  # the reply was read before it
            till.server.version = 41
            till.driver.hinted(41)
        return response

    till.server.distorts = commit_meanwhile
    till.append()
    till.run_for(0)
    assert len(till.replica.rows) == 41
    assert len(till.server.requests) == 2


def test_a_hint_that_promises_what_never_comes_costs_one_exchange() -> None:
    till = a_quiet_till(40)
    till.driver.hinted(2**60)
    till.run_for(1)
    assert len(till.server.requests) == 1


def test_a_hint_says_that_the_server_is_back_even_when_it_brings_no_news() -> None:
    till = a_quiet_till(40)
    till.server.unreachable = True
    till.append()
    till.run_for(600)
    till.server.unreachable = False
    tried = len(till.server.requests)
    till.driver.hinted(40)
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
        till.driver.hinted(version)
        till.run_for(1)
    assert len(till.server.requests) <= tried + 1


def test_a_till_that_is_too_old_to_be_told_anything_does_not_ask_at_every_hint() -> None:
    till = a_till(rows=40)
    till.server.too_old = True
    till.run_for(0)
    till.server.requests.clear()
    for version in range(41, 60):
        till.driver.hinted(version)
        till.run_for(0)
    assert till.server.requests == []


class Ear:
    """Hears nothing, and knows who asked it to."""

    def __init__(self) -> None:
        self.told: list[Callable[[int], None]] = []
        self.closed = False

    def start(self, heard: Callable[[int], None]) -> None:
        self.told.append(heard)

    def close(self) -> None:
        self.closed = True


def a_driver(ear: Ear) -> Driver:
    me, clock = an_identity(), VirtualClock()
    server = ServerInMemory(clock, me)
    return Driver(
        me, JournalInMemory(me), ReplicaInMemory(), server, clock, rng=Random(1), on_status=lambda _: None, hints=ear
    )


def test_a_till_listens_while_it_exchanges_in_the_background_and_not_when_a_command_asks_once() -> None:
    ear = Ear()
    driver = a_driver(ear)
    driver.sync(timeout_s=10)
    assert ear.told == []
    driver.start()
    assert ear.told == [driver.hinted]
    driver.stop()
    assert ear.closed
