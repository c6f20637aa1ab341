"""The counter as the exchanger reaches it: what is told, what is asked, and what becomes of it when it is gone."""

import io
import logging
import random
from uuid import uuid4

import pytest

from sync.exchange.driver import Driver
from sync.exchange.ports import Ports, SyncStatus
from terminal.exchanger.messages import (
    Begin,
    BlanksCame,
    ComeBack,
    Done,
    KeysCame,
    LetGo,
    StatusChanged,
    line,
    read_by_counter,
    read_by_exchanger,
)
from terminal.exchanger.remote_counter import CounterGone, NotDone, RemoteCounter, RemoteKeys, RemotePool
from tests.support.exchanges import JournalInMemory, ReplicaInMemory, ServerInMemory, VirtualClock, an_identity


class Gone(io.RawIOBase):
    """A pipe whose other end is closed."""

    def writable(self) -> bool:
        return True

    def write(self, _data: object) -> int:
        raise BrokenPipeError


def said(out: io.BytesIO) -> list[object]:
    return [read_by_counter(one) for one in out.getvalue().splitlines()]


def test_keys_are_handed_over_unopened_and_their_ids_known_once_they_are_kept() -> None:
    out = io.BytesIO()
    counter = RemoteCounter(out)
    keys = RemoteKeys(counter, (1, 2))
    counter.answered(Done(1, key_ids=(7, 8)))
    keys.take(b"sealed")
    assert said(out) == [KeysCame(1, b"sealed")]
    assert keys.ids() == (7, 8)


def test_keys_that_could_not_be_kept_end_the_exchange_with_the_counters_problem() -> None:
    counter = RemoteCounter(io.BytesIO())
    keys = RemoteKeys(counter, (1, 2))
    counter.answered(Done(1, "vault_unwritable"))
    with pytest.raises(NotDone) as met:
        keys.take(b"sealed")
    assert met.value.kind == "vault_unwritable"
    assert keys.ids() == (1, 2)


def test_the_replica_is_given_back_whatever_happens_to_it() -> None:
    out = io.BytesIO()
    counter = RemoteCounter(out)
    counter.answered(Done(1))
    with pytest.raises(OSError, match="full"), counter.away():
        raise OSError("full")
    assert said(out) == [LetGo(1), ComeBack()]


def test_an_answer_that_does_not_come_ends_the_wait_and_the_replica_is_given_back_all_the_same() -> None:
    out = io.BytesIO()
    counter = RemoteCounter(out, answer_s_max=0.0)
    with pytest.raises(NotDone), counter.away():
        raise AssertionError("nobody has let go of it")
    assert said(out) == [LetGo(1), ComeBack()]


def test_an_answer_that_comes_too_late_is_none_to_the_next_question() -> None:
    counter = RemoteCounter(io.BytesIO(), answer_s_max=0.0)
    with pytest.raises(NotDone):
        counter.ask(LetGo)
    counter.answered(Done(1))
    counter.answered(Done(2, "replica_away"))
    with pytest.raises(NotDone) as met:
        counter.ask(LetGo)
    assert met.value.kind == "replica_away"


def test_blanks_that_were_handed_over_are_not_asked_for_until_the_counter_says_so() -> None:
    out = io.BytesIO()
    pool = RemotePool(RemoteCounter(out), 3)
    assert pool.wanted() == 3
    pool.take(b"sealed")
    assert pool.wanted() is None and said(out) == [BlanksCame(b"sealed")]
    pool.wants(20)
    assert pool.wanted() == 20


def test_a_counter_that_is_gone_is_told_nothing_and_keeps_nobody_waiting() -> None:
    counter = RemoteCounter(io.BufferedWriter(Gone()))
    counter.tell(StatusChanged(SyncStatus()))
    counter.gone()
    with pytest.raises(CounterGone):
        counter.ask(LetGo)


@pytest.mark.parametrize(
    ("met", "logged"),
    [(CounterGone(), []), (ZeroDivisionError(), ["an exchange failed on the till's side: bug"])],
    ids=["the counter is gone", "a bug"],
)
def test_an_exchange_that_ends_with_the_counter_is_not_logged_as_an_error(
    met: Exception, logged: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    identity, clock, replica = an_identity(), VirtualClock(), ReplicaInMemory()
    replica.problem = met  # a file is only replaced once the counter has let go of it
    ports = Ports(identity, JournalInMemory(identity), replica, ServerInMemory(clock, identity), clock)
    driver = Driver(ports, rng=random.Random(1), on_status=lambda _status: None)
    for _ in range(3):  # asks, is answered, and takes the answer in
        driver.turn()
    assert [one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR] == logged


def test_the_first_word_shows_no_key_where_it_is_printed() -> None:
    begin = Begin(
        folder="/till",
        signing=b"secret" * 6,
        token="bearer",
        answer_key=b"common",
        key_ids=(1, 2),
        blanks_wanted=None,
        boot=uuid4(),
    )
    assert not any(secret in repr(begin) for secret in ("secret", "bearer", "common"))
    assert read_by_exchanger(line(begin)) == begin
