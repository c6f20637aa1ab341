"""A replica that makes way for another file: nobody waits for it without an end."""

from collections.abc import Callable
from threading import Thread

import pytest

from terminal.problems import ReplicaAway
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
