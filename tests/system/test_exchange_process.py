"""The exchange as a separate process: it works as before, and either process survives the other's end."""

import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from sync.exchange.ports import SyncStatus
from sync.protocol.messages import FEED_ROWS_MAX, SNAPSHOT_ROWS_MIN
from terminal.bootstrap import Till, open_till, vault_of
from terminal.interface.asks import AnyAsk, Enrol, Scan, Status, Sync
from terminal.interface.views import CardView, Reply
from terminal.machine.profiles import Profile
from terminal.machine.recent_log import LogLine
from tests.system.processes import Company, JsonTill, environment, paired

pytestmark = pytest.mark.slow

WITHIN_S = 30.0


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    served = Company(tmp_path_factory.mktemp("company"), cards=30)
    served.serve()
    yield served
    served.stop()


class Opened:
    """A till in the test's process with its exchanger process, and what that reported."""

    def __init__(self, profile: Path) -> None:
        self.profile = Profile(profile)
        self.open()

    def open(self) -> None:
        self.statuses: list[SyncStatus] = []
        self.logged: list[LogLine] = []
        self.till: Till = open_till(self.profile.folder, on_status=self.statuses.append, on_logged=self.logged.append)

    def asks(self, ask: AnyAsk) -> Reply:
        return self.till.counter.handle(ask)

    def exchanged(self) -> Reply:
        reply = self.asks(Sync(WITHIN_S))
        assert reply.status is not None, reply.problem
        assert reply.status.online and reply.status.acked_seq == reply.status.last_seq
        return reply


def in_front_of(profile: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Gives this process the keys of *profile*."""
    for name in ("ORION_KEYRING", "ORION_PASSPHRASE"):
        monkeypatch.setenv(name, environment(profile)[name])
    return profile


@pytest.fixture
def opened(company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opened]:
    """A paired till that has all of the company's data."""
    opened = Opened(in_front_of(paired(tmp_path / "till", company, f"Till of {tmp_path.name}"), monkeypatch))
    opened.exchanged()
    yield opened
    opened.till.close()


def until(is_so: Callable[[], bool]) -> None:
    """Waits for a condition that another process brings about."""
    end = time.monotonic() + WITHIN_S
    while not is_so():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.01)


def exchange_of(counter: int) -> int:
    """The exchanger process of a counter process."""
    found: list[int] = []

    def is_there() -> bool:
        for task in Path(f"/proc/{counter}/task").iterdir():
            for child in (task / "children").read_text().split():
                words = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
                if b"terminal.exchanger" in words:
                    found.append(int(child))
        return bool(found)

    until(is_there)
    return found[0]


def has_ended(process: int) -> bool:
    try:
        return "\nState:\tZ" in Path(f"/proc/{process}/status").read_text()
    except FileNotFoundError:
        return True


def enrols(opened: Opened, company: Company, card: int) -> None:
    """Writes an entry by enrolling a customer."""
    reply = opened.asks(Enrol(code=company.cards[card]["qr_code"], name="Marie"))
    assert reply.ok, reply.refusal or reply.problem


def test_what_is_written_is_exchanged_with_nobody_asking(opened: Opened, company: Company) -> None:
    enrols(opened, company, 11)

    def is_confirmed() -> bool:
        status = opened.asks(Status()).status
        return status is not None and status.waiting == 0 and status.acked_seq == status.last_seq

    until(is_confirmed)
    assert opened.statuses[-1].online and opened.statuses[-1].confirmed_at is not None


def test_a_killed_exchange_is_started_again_and_the_counter_serves_on(opened: Opened, company: Company) -> None:
    before = exchange_of(os.getpid())
    os.kill(before, signal.SIGKILL)
    enrols(opened, company, 12)
    assert opened.exchanged().ok
    assert exchange_of(os.getpid()) != before
    kinds = [status.problem_kind for status in opened.statuses]
    assert "bug" in kinds and opened.statuses[-1].online, "the trouble is reported, and its end"


def test_with_the_counter_killed_the_exchange_ends_too(company: Company, tmp_path: Path) -> None:
    till = JsonTill(paired(tmp_path / "till", company, f"Till of {tmp_path.name}"))
    assert till.ask(do="sync", timeout_s=WITHIN_S)["ok"]
    exchange = exchange_of(till.process)
    os.kill(till.process, signal.SIGKILL)
    until(lambda: has_ended(exchange))
    again = JsonTill(till.profile)
    assert again.ask(do="sync", timeout_s=WITHIN_S)["status"]["online"]
    again.close()


def test_a_snapshot_takes_the_replicas_place_while_the_counter_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = Company(tmp_path / "large", cards=SNAPSHOT_ROWS_MIN + FEED_ROWS_MAX + 500)
    large.serve()
    opened = Opened(in_front_of(paired(tmp_path / "till", large, "Till"), monkeypatch))
    try:
        file = opened.profile.replica.stat().st_ino
        last = Scan(large.cards[-1]["qr_code"])

        def is_known() -> bool:
            card = opened.asks(last).card
            return isinstance(card, CardView) and card.known

        until(is_known)
        assert opened.profile.replica.stat().st_ino != file, "it came as a file"
        enrols(opened, large, -1)
        opened.exchanged()
    finally:
        opened.till.close()
        large.stop()


def test_a_program_of_the_same_name_where_the_till_was_started_is_not_run(
    company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = in_front_of(paired(tmp_path / "till", company, f"Till of {tmp_path.name}"), monkeypatch)
    (tmp_path / "terminal.py").write_text("raise SystemExit('somebody else')")
    monkeypatch.chdir(tmp_path)
    opened = Opened(profile)
    try:
        opened.exchanged()
    finally:
        opened.till.close()


def test_a_row_that_cannot_be_read_at_the_counter_is_mended_by_the_exchange(opened: Opened, company: Company) -> None:
    spoil(opened, "UPDATE cards SET row = x'00'")
    scan = Scan(company.cards[7]["qr_code"])
    assert opened.asks(scan).problem is not None
    opened.exchanged()
    opened.exchanged()
    assert opened.asks(scan).ok
    assert any("differs" in line.said for line in opened.logged), "what the exchange logs is passed on"


def test_a_file_that_cannot_be_read_at_the_counter_is_begun_anew_by_the_exchange(
    opened: Opened, company: Company
) -> None:
    spoil(opened, "DROP TABLE cards")
    assert opened.asks(Scan(company.cards[8]["qr_code"])).problem is not None
    until(lambda: opened.asks(Sync(WITHIN_S)).ok and opened.asks(Scan(company.cards[8]["qr_code"])).ok)
    assert opened.profile.replica.with_name("replica.db.broken").exists()
    enrols(opened, company, 14)
    opened.exchanged()


def spoil(opened: Opened, statement: str) -> None:
    with closing(sqlite3.connect(opened.profile.replica, timeout=10)) as file, file:
        file.execute(statement)


def test_blanks_for_phones_come_to_the_counter_and_are_given(opened: Opened) -> None:
    status = opened.asks(Status()).status
    assert status is not None and status.phone_cards > 0
    reply = opened.asks(Enrol(name="Marie"))
    assert reply.ok and reply.new_card is not None, reply.refusal or reply.problem
    opened.exchanged()


def test_new_keys_are_kept_by_the_counter(opened: Opened, company: Company, tmp_path: Path) -> None:
    before = vault_of(opened.profile).keys().data.id
    paired(tmp_path / "lost", company, f"Lost by {tmp_path.name}")
    company.command("terminal", "revoke", "--company", "aurora", f"Lost by {tmp_path.name}")
    opened.exchanged()
    assert vault_of(opened.profile).keys().data.id != before
    enrols(opened, company, 15)
    opened.exchanged()


def test_a_revoked_till_is_erased_and_its_exchange_over(opened: Opened, company: Company, tmp_path: Path) -> None:
    exchange = exchange_of(os.getpid())
    company.command("terminal", "revoke", "--company", "aurora", f"Till of {tmp_path.name}")
    reply = opened.asks(Sync(WITHIN_S))
    assert reply.problem is not None and reply.problem.kind == "revoked"
    assert not opened.profile.replica.exists() and opened.profile.signed_off.exists()
    until(lambda: has_ended(exchange))
    assert opened.statuses[-1].pair_again


def test_after_a_reboot_without_contact_the_counters_time_is_its_own(opened: Opened, company: Company) -> None:
    opened.till.close()
    of_a_boot_that_lasted_31_years = f"json_set(anchor, '$.boot', '{uuid4()}', '$.monotonic_ms', -1000000000000)"
    spoil(opened, f"UPDATE state SET anchor = CAST({of_a_boot_that_lasted_31_years} AS BLOB)")
    company.stop()
    try:
        opened.open()
        until(lambda: bool(opened.statuses) and opened.statuses[-1].problem_kind is not None)
        enrols(opened, company, 29)
        last = opened.till.journal.last
        assert last is not None and abs(last.occurred_at - datetime.now(UTC)) < timedelta(minutes=1)
    finally:
        company.serve()
