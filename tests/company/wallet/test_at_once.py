"""A stamp at a till is pushed by a server that runs: commits wake its jobs, and nobody asks for them."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from server.db.job_queue import database_time
from server.jobs.runner import Alarm, Runner, Services
from server.jobs.schedule import JOBS
from tests.support.databases import ON_SQLITE
from tests.support.wallets import apns
from tests.support.wallets.apple_shop import AppleShop
from tests.support.wallets.pass_shop import URL, PassShop

WITHIN_S = 30.0  # so that nothing hangs: how long it takes is printed, and not a claim of the test


@contextmanager
def serving(apple: AppleShop) -> Iterator[None]:
    """The loop of jobs as in a process that serves, with real time and all jobs."""
    shop = apple.passes.shop
    services = Services(shop.units, shop.keys, None, URL, (apple.apple,))
    runner = Runner(services, JOBS, clock=database_time, pace=Alarm())
    shop.units.on_commit, shop.units.on_work = lambda _company, _version: runner.wake(), runner.wake
    loop = threading.Thread(target=runner.loop, daemon=True)
    loop.start()
    try:
        yield
    finally:
        runner.close()
        loop.join(WITHIN_S)
        shop.units.on_commit = shop.units.on_work = None
    assert not loop.is_alive()


@pytest.mark.slow
@ON_SQLITE
def test_a_stamp_is_pushed_by_itself(passes: PassShop, tmp_path: Path) -> None:
    with apns.running(tmp_path) as fake:
        apple = AppleShop.of(passes, tmp_path, fake.url)
        one, phone = apple.offered(passes.customer()), apple.phone()
        apple.added(phone, one)
        with serving(apple):
            passes.stamp(one.card_id, 4)
            began = time.monotonic()
            assert fake.pushed.wait(WITHIN_S), "no push came"
            print(f"pushed {time.monotonic() - began:.2f} s after the commit")  # noqa: T201 - seen with -s
        apple.apple.close()
        assert phone.wake() == [one.id.hex] and "4 of 10" in phone.passes[one.id.hex].status
