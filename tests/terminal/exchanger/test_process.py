"""The exchanger as the counter has it: one that says nothing is ended, and another is told what still waits."""

import os
import select
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from time import monotonic
from types import SimpleNamespace
from typing import cast

import pytest

from terminal.exchanger import process
from terminal.exchanger.messages import Begin, SyncRequested, ToExchanger, read_by_exchanger
from terminal.exchanger.process import ExchangerProcess
from terminal.keys.keys_in_use import KeysInUse
from terminal.keys.vault import Vault
from terminal.machine.profiles import Profile
from tests.support.paper_company import PaperTill

WAITS_S = 20.0


class Overheard:
    """What exchangers are told that only write it down, and say nothing."""

    def __init__(self, pipe: Path) -> None:
        os.mkfifo(pipe)
        self.command = ["sh", "-c", f'cat > "{pipe}"']
        self._handle = os.open(pipe, os.O_RDWR)  # also for writing, so that no exchanger's end is the last
        self._told = b""

    def words(self) -> Iterator[ToExchanger]:
        until = monotonic() + WAITS_S
        while monotonic() < until:
            while b"\n" not in self._told:
                ready, _, _ = select.select([self._handle], [], [], WAITS_S)
                assert ready, "nothing is said any more"
                self._told += os.read(self._handle, 65536)
            word, _, self._told = self._told.partition(b"\n")
            yield read_by_exchanger(word)

    def close(self) -> None:
        os.close(self._handle)


@pytest.fixture
def overheard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Overheard]:
    listening = Overheard(tmp_path / "words")
    monkeypatch.setattr(process, "command", lambda: listening.command)
    monkeypatch.setattr(process, "LOOK_EACH_S", 0.02)
    monkeypatch.setattr(process, "PAUSE_FIRST_S", 0.001)
    yield listening
    listening.close()


def test_one_that_says_nothing_is_ended_and_the_next_is_told_what_is_asked_still(
    till: PaperTill, overheard: Overheard
) -> None:
    vault = cast(Vault, SimpleNamespace(keys=lambda: till.company.keys))
    exchanger = ExchangerProcess(
        Profile(till.folder),
        KeysInUse(vault, till.company.identity),
        till.pool,
        till.replica,
        till.clock,
        on_status=lambda _status: None,
        on_logged=lambda _line: None,
        signed_off=lambda: None,
    )
    exchanger.start()
    asking = Thread(target=exchanger.sync, args=(WAITS_S,))
    asking.start()
    told: list[type] = []
    try:
        for word in overheard.words():
            told.append(type(word))
            if told.count(SyncRequested) == 2 or told[-4:] == [Begin] * 4:
                break
    finally:
        exchanger.stop()
        asking.join(WAITS_S)
    assert told[0] is Begin and told[-2:] == [Begin, SyncRequested]
