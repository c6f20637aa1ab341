"""Workers whose clock and waiting are in the test's hands."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from server.jobs.runner import Job, Runner, Services
from tests.support.paper_shop import PaperShop


class Hands:
    """A pace that waits for nothing: a rest does what the test wants to happen meanwhile."""

    def __init__(self) -> None:
        self.meanwhile: list[Callable[[], None]] = []
        self.rests = 0

    def until_woken(self, seconds: float) -> None:
        raise AssertionError("tests call `round`")

    def rest(self, seconds: float) -> None:
        self.rests += 1
        if self.meanwhile:
            self.meanwhile.pop(0)()

    def wake(self) -> None: ...

    def close(self) -> None: ...


class PaperClock:
    """The database's time, moved by the test."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self, _conn: Any) -> datetime:
        return self.now

    def passes(self, **time: float) -> None:
        self.now += timedelta(**time)


def a_worker(shop: PaperShop, clock: PaperClock, *jobs: Job, hands: Hands | None = None) -> Runner:
    """A process's runner on the shop's database."""
    return Runner(Services(shop.units, shop.keys), jobs, clock=clock, pace=hands or Hands())
