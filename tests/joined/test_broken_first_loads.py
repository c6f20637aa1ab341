"""First loads that are interrupted at the server or the till by a real kill."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from server.snapshots.files import SnapshotFolder
from sync.exchange.ports import ReadySnapshot
from terminal.interface.asks import Pin, Scan
from terminal.problems import ReplicaProblem
from tests.company.program.test_serve import COMMAND
from tests.company.snapshots.test_snapshots import made
from tests.support.companies import Office
from tests.support.joined_till import JoinedTill
from tests.support.paper_shop import PaperShop

pytestmark = pytest.mark.slow

KILLS = 16
BLANKS = 5
# Installs a snapshot and dies at the numbered system or SQLite call; without a number, counts the calls.
INSTALL = """
import os, signal, sys
from pathlib import Path
from uuid import UUID
from sync.exchange.ports import ReadySnapshot
from terminal.storage.replica import Replica
live, new, journal, version, last = sys.argv[1:]
replica = Replica(Path(live), UUID(journal))
calls = 0
def counted(frame, event, called):
    global calls
    if event == "c_call":
        calls += 1
        if calls == int(last):
            os.kill(os.getpid(), signal.SIGKILL)
sys.setprofile(counted)
done = replica.install(ReadySnapshot(Path(new), int(version), 0, 5))
sys.setprofile(None)
print(calls if done else "not installed")
"""


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the till is killed
def test_a_till_killed_anywhere_in_an_install_goes_on_with_the_old_replica_or_the_new_one(
    shop: PaperShop, tmp_path: Path
) -> None:
    shop.person("Lena")
    till = JoinedTill(tmp_path / "till", shop)
    till.sync()
    till.stop()
    live, journal = till.replica_file, till.journal.identity.journal_id
    (tmp_path / "before").mkdir()
    before = Path(shutil.copy(live, tmp_path / "before"))
    blanks = shop.blanks(BLANKS)
    stored, fetched = made(shop, tmp_path)
    new = live.with_name("replica.db.new")

    def installing(last: int) -> subprocess.CompletedProcess[str]:
        for left in live.parent.glob("replica.db*"):
            left.unlink()
        shutil.copy(before, live)
        shutil.copy(fetched, new)
        words = [sys.executable, "-c", INSTALL, str(live), str(new), str(journal), str(stored.version), str(last)]
        return subprocess.run(words, capture_output=True, text=True, check=False)

    calls = int(installing(0).stdout)
    found: set[int] = set()
    for number in range(1, KILLS + 1):
        killed = installing(calls * number // KILLS)
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        till.start()
        with till.replica.snapshot() as snapshot:
            found.add(snapshot.blanks())
        till.sync()
        assert till.asks(Pin("Lena", "4711")).ok and till.asks(Scan(blanks[0].token)).ok
        with till.replica.snapshot() as snapshot:
            assert snapshot.blanks() == BLANKS
        till.stop()
    assert found == {0, BLANKS}, "whole, whichever it is, and both were met"


def test_a_build_that_is_killed_leaves_nothing_that_the_next_one_does_not_clear(office: Office) -> None:
    slug = office.a_company()
    office.run("card", "issue", "--company", slug, "--count", "3000")
    server = office.server()
    assert server.snapshots is not None
    company_id = server.company(slug).id
    folder = server.snapshots / str(company_id)
    words = [*COMMAND, "snapshot", "--company", slug, "--database", office.url]
    with subprocess.Popen(words, env=os.environ | {"ORION_KEYS": str(office.keys)}) as building:
        while not (folder / "building.db").exists():
            assert building.poll() is None, "it is over before it could be killed"
        building.kill()
    assert building.returncode == -signal.SIGKILL, "in the middle of it"
    assert SnapshotFolder(server.snapshots, company_id).stored() is None, "half of one is none"
    assert office.done("snapshot", "--company", slug)["rows"] == 3000
    (packed,) = folder.glob("*.zst")
    assert {path.name for path in folder.iterdir()} == {packed.name, "manifest.json", "turn"}


def test_a_snapshot_of_which_nothing_is_left_but_the_name_is_no_replica(shop: PaperShop, tmp_path: Path) -> None:
    till = JoinedTill(tmp_path / "till", shop)
    till.sync()
    new = tmp_path / "till" / "replica.db.new"
    new.write_bytes(b"")
    before = till.replica.marks().cursors
    with pytest.raises(ReplicaProblem):
        till.replica.install(ReadySnapshot(new, before.bulk + 1, 0, 5))
    assert till.replica.marks().cursors == before and not new.exists()
    till.stop()
