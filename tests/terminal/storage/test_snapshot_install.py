"""A fetched snapshot takes the replica's place only where it brings more, and durably."""

import pytest

from server.snapshots import filling
from sync.exchange.ports import ReadySnapshot
from sync.protocol.messages import Cursors
from terminal.storage.damage import Doubt
from tests.support.disk_log import DiskLog
from tests.support.paper_company import PaperTill


def fetched(till: PaperTill, ahead: int) -> ReadySnapshot:
    """A snapshot without cards, *ahead* of the till's replica by so many versions."""
    path = till.folder / "replica.db.new"
    with filling.begun(path) as file:
        filling.finish(file, {})
    return ReadySnapshot(path, till.replica.marks().cursors.bulk + ahead, 0, 0)


def cards_known(till: PaperTill) -> int:
    with till.replica.snapshot() as snapshot:
        return snapshot.blanks()


@pytest.mark.parametrize("ahead", [-1, 0, 1])
def test_only_a_snapshot_that_is_ahead_of_the_replica_is_taken(till: PaperTill, ahead: int) -> None:
    till.company.issues_card(blank=True)
    till.hears()
    before, ready = till.replica.marks().cursors, fetched(till, ahead)
    is_taken = till.replica.install(ready)
    assert is_taken is (ahead > 0)
    after = Cursors(before.essentials, ready.version, before.bulk) if is_taken else before
    assert (till.replica.marks().cursors, cards_known(till)) == (after, 0 if is_taken else 1)
    assert not ready.path.exists()


def test_a_damaged_replica_takes_no_snapshot_since_its_other_rows_would_be_copied(till: PaperTill) -> None:
    till.replica.report_unreadable(Doubt.FILE)
    ready = fetched(till, 1)
    assert not till.replica.install(ready) and not ready.path.exists()


def test_an_installed_snapshot_is_on_disk_under_its_name(till: PaperTill, monkeypatch: pytest.MonkeyPatch) -> None:
    ready, disk = fetched(till, 1), DiskLog(monkeypatch)
    assert till.replica.install(ready)
    assert (disk.lost_bytes(), disk.lost_names()) == ([], [])
