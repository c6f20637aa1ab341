"""Limits on attempts: never more than allowed, for whatever times and addresses."""

import shutil
import threading
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from loyalty.settings import Settings
from server.accounts import attempts, ip_networks
from server.accounts.attempts import RESETS_OF_ACCOUNT, Limit, Requests
from server.db.account_tables import attempts as table
from server.db.units import Units, open_engine
from server.refusals import TooMany
from sync.protocol.sealing import new_key
from tests.company.conftest import NOON

KEY = new_key()
FEW = Limit("few", 3, timedelta(minutes=10))
on_both = pytest.mark.parametrize(
    "database_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)], indirect=True
)


def allowed(units: Units, limit: Limit, whom: str, now: datetime) -> bool:
    try:
        with units.platform_write() as conn:
            attempts.take(conn, KEY, limit, whom, now)
    except TooMany as refused:
        with units.platform_write() as conn, pytest.raises(TooMany):  # it says how long to wait, and no shorter
            attempts.take(conn, KEY, limit, whom, now + timedelta(seconds=refused.retry_after_s - 1))
        return False
    return True


@pytest.fixture(scope="module")
def sqlite_units(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Units]:
    """One database for tests that tell their rows apart."""
    file = tmp_path_factory.mktemp("attempts") / "server.db"
    engine = open_engine(f"sqlite:///{shutil.copy(migrated_file, file)}")
    yield Units(engine)
    engine.dispose()


@pytest.mark.slow
@given(tries=st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 400)), min_size=5, max_size=20))
@examples(max_examples=20, deadline=None)
def test_a_window_never_has_more_than_its_count_and_ends(sqlite_units: Units, tries: list[tuple[str, int]]) -> None:
    now, example = NOON, uuid4().hex
    window: dict[str, list[datetime]] = defaultdict(list)
    for name, seconds in tries:
        now += timedelta(seconds=seconds)
        if window[name] and now >= window[name][0] + FEW.window:
            window[name].clear()
        is_allowed = allowed(sqlite_units, FEW, example + name, now)
        assert is_allowed == (len(window[name]) < FEW.count)
        if is_allowed:
            window[name].append(now)


def test_a_window_begins_with_its_first_attempt_and_is_not_prolonged_by_later_ones(sqlite_units: Units) -> None:
    whom = uuid4().hex
    minutes = (0, 4, 9, 9.9, 10, 13, 19.9, 20)
    looked_at = [allowed(sqlite_units, FEW, whom, NOON + timedelta(minutes=one)) for one in minutes]
    assert looked_at == [True, True, True, False, True, True, True, True]
    assert allowed(sqlite_units, FEW, uuid4().hex, NOON), "somebody else"


def wrong_password(units: Units, now: datetime, email: str = "ana@example.org") -> int | None:
    """Tries one; returns for how long it is refused, or None if it was looked at."""
    try:
        with units.platform_write() as conn:
            attempts.take_password(conn, KEY, email, now)
    except TooMany as refused:
        return refused.retry_after_s
    return None


@pytest.mark.slow
@on_both
def test_the_fifth_wrong_password_locks_for_a_minute_and_each_further_one_for_twice_as_long(units: Units) -> None:
    now = NOON
    assert [wrong_password(units, now) for _ in range(6)] == [None] * 5 + [60]
    assert wrong_password(units, now, "ben@example.org") is None
    locks = []
    for _ in range(8):
        lock = wrong_password(units, now)
        assert lock is not None and wrong_password(units, now + timedelta(seconds=lock - 1)) == 1
        locks.append(lock)
        now += timedelta(seconds=lock)
        assert wrong_password(units, now) is None
    assert locks == [60, 120, 240, 480, 960, 1920, 3600, 3600]
    with units.platform_write() as conn:
        attempts.passed(conn, KEY, "ana@example.org")
    assert [wrong_password(units, now) for _ in range(6)] == [None] * 5 + [60]
    now += timedelta(days=1)
    assert [wrong_password(units, now) for _ in range(6)] == [None] * 5 + [60]


@on_both
def test_many_passwords_at_once_are_no_more_than_one_after_the_other(units: Units) -> None:
    looked_at: list[bool] = []
    at_once = threading.Barrier(8)

    def try_one() -> None:
        at_once.wait()
        looked_at.append(wrong_password(units, NOON) is None)

    threads = [threading.Thread(target=try_one) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(looked_at) == [False] * 3 + [True] * 5


@on_both
def test_limits_are_shared_by_workers_and_survive_a_restart(engine: Engine, database_url: str) -> None:
    first = Units(engine)
    assert all(allowed(first, RESETS_OF_ACCOUNT, "ana@example.org", NOON) for _ in range(2))
    another = open_engine(database_url)
    second = Units(another)
    assert allowed(second, RESETS_OF_ACCOUNT, "ana@example.org", NOON)
    assert not allowed(first, RESETS_OF_ACCOUNT, "ana@example.org", NOON)
    another.dispose()


@pytest.mark.slow
def test_requests_of_an_account_are_counted_by_all_workers_together(sqlite_units: Units) -> None:
    limit, account = Limit("requests", 100, timedelta(minutes=1)), uuid4()
    workers = [Requests(sqlite_units, KEY, limit) for _ in range(2)]
    taken = 0
    for number in range(300):
        try:
            workers[number % 2].take(account, NOON + timedelta(milliseconds=number))
            taken += 1
        except TooMany as refused:
            assert refused.retry_after_s == 60
    assert taken == 100
    workers[0].take(account, NOON + timedelta(minutes=1))


def test_what_a_worker_has_taken_along_is_one_accounts_and_over_with_its_window(sqlite_units: Units) -> None:
    limit, account, other = Limit("few requests", 30, timedelta(minutes=1)), uuid4(), uuid4()
    here, elsewhere = (Requests(sqlite_units, KEY, limit) for _ in range(2))
    here.take(account, NOON)  # and 29 more at once
    with pytest.raises(TooMany):
        elsewhere.take(account, NOON)
    elsewhere.take(other, NOON)
    later = NOON + limit.window
    elsewhere.take(account, later)
    with pytest.raises(TooMany):
        here.take(account, later)


def test_wrong_pins_lock_somebody_in_their_company_alone(sqlite_units: Units) -> None:
    settings, person, here, elsewhere = Settings(), uuid4(), uuid4(), uuid4()
    with sqlite_units.platform_write() as conn:
        left = [attempts.take_pin(conn, KEY, here, person, settings=settings, now=NOON) for _ in range(5)]
        assert left == [4, 3, 2, 1, 0]
        assert attempts.pin_lock(conn, KEY, here, person, NOON) is not None
        assert attempts.pin_lock(conn, KEY, elsewhere, person, NOON) is None
        over = NOON + timedelta(minutes=settings.pin_lock_minutes)
        assert attempts.pin_lock(conn, KEY, here, person, over - timedelta(microseconds=1)) is not None
        assert attempts.pin_lock(conn, KEY, here, person, over) is None


def test_whom_a_limit_is_about_is_not_stored(sqlite_units: Units) -> None:
    early = NOON - timedelta(days=30)
    assert allowed(sqlite_units, RESETS_OF_ACCOUNT, "ana@example.org", early)
    with sqlite_units.read() as conn:
        (row,) = conn.execute(select(table).where(table.c.created_at == early)).all()
    assert b"ana" not in row.key_hash and "ana" not in repr(row)
    assert attempts.key_of(new_key(), "reset", "ana@example.org") != row.key_hash
    with sqlite_units.platform_write() as conn:
        assert attempts.forget_expired(conn, early + timedelta(minutes=59)) == 0
        assert attempts.forget_expired(conn, early + timedelta(hours=1)) == 1


@pytest.mark.parametrize(
    ("address", "limited", "kept"),
    [
        ("192.0.2.77", "192.0.2.77", "192.0.2.0"),
        ("::ffff:192.0.2.77", "192.0.2.77", "192.0.2.0"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::", "2001:db8:1::"),
        ("fe80::1%eth0", "fe80::", "fe80::"),
        ("testclient", "", ""),
        ("", "", ""),
    ],
)
def test_addresses_are_cut(address: str, limited: str, kept: str) -> None:
    assert (ip_networks.limited(address), ip_networks.kept(address)) == (limited, kept)
