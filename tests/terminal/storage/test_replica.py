"""A replica takes a response whole or not at all, and nobody waits without an end for one that makes way."""

from collections.abc import Callable
from threading import Thread

import pytest

from terminal.problems import ReplicaAway, ReplicaUnwritable
from terminal.storage import replica
from tests.support.paper_company import PaperTill

ENDS_WITHIN_S = 20.0


def ended(wait: Callable[[], object]) -> list[BaseException]:
    """What *wait* raised."""
    met: list[BaseException] = []

    def run() -> None:
        try:
            wait()
        except BaseException as error:
            met.append(error)

    thread = Thread(target=run, daemon=True)
    thread.start()
    thread.join(ENDS_WITHIN_S)
    assert not thread.is_alive()
    return met


def test_neither_a_look_nor_letting_go_waits_without_an_end(till: PaperTill, monkeypatch: pytest.MonkeyPatch) -> None:
    def look() -> int:
        with till.replica.snapshot() as snapshot:
            return snapshot.blanks()

    with till.replica.snapshot(), monkeypatch.context() as short:
        short.setattr(replica, "AWAY_S_MAX", 0.01)
        assert list(map(type, ended(till.replica.let_go))) == [ReplicaAway]
    till.replica.let_go()
    with monkeypatch.context() as short:
        short.setattr(replica, "AWAY_S_MAX", 0.01)
        assert list(map(type, ended(look))) == [ReplicaAway]
    waiting = Thread(target=till.replica.come_back)
    waiting.start()
    assert ended(look) == [], "it may be looked at again"
    waiting.join(ENDS_WITHIN_S)


def test_a_response_that_fails_half_way_leaves_nothing(till: PaperTill, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("the disk is full")

    def blanks() -> int:
        with till.replica.snapshot() as snapshot:
            return snapshot.blanks()

    before = till.replica.marks()
    till.company.issues_card(blank=True)
    with monkeypatch.context() as failing, pytest.raises(ReplicaUnwritable):
        failing.setattr(replica, "maintained", fail)
        till.hears()
    assert (till.replica.marks(), blanks()) == (before, 0)
    till.company.repeats()
    till.hears()
    assert blanks() == 1
