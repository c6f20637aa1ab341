"""A disk that fails while an entry is committed: nobody knows what became of it, and the till says no more than that.

Real failures: a preloaded library has fsync and fdatasync fail in a process of its own.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.tree import ROOT

pytestmark = pytest.mark.slow

# Serves a card with a disk that fails for two sales, then works again; says what it was told and what is shown.
TILL = """
import json, os, sys
from pathlib import Path
from terminal.interface.asks import Earn, Enrol, Scan
from terminal.storage.journal_reader import JournalReader
from tests.support.paper_company import PaperCompany, PaperTill
folder, mark, is_read = Path(sys.argv[1]), Path(os.environ["ORION_FAILING_SYNC"]), sys.argv[2] == "read"
company = PaperCompany()
card = company.issues_card("Zoe")
till = PaperTill(folder, company)
till.serves(card)
assert till.asks(Earn(1000)).ok
told, shown = [], []
reader = JournalReader(folder / "journal.db") if is_read else None
if reader is not None:
    reader.head()
mark.touch()
told += [getattr(till.asks(Earn(2000)).problem, "kind", None), getattr(till.asks(Earn(4000)).problem, "kind", None)]
mark.unlink()
scan = Scan(company.tokens[card])
assert till.asks(Earn(8000)).ok
shown.append(till.asks(scan).card.points.balance)
head = till.journal.head().seq
assert till.journal.check() is None
till.stop()
if reader is not None:
    reader.close()
till.start()
till.serves(card)
shown.append(till.asks(scan).card.points.balance)
same = till.journal.head().seq >= head
print(json.dumps({"told": told, "shown": shown, "chain": till.journal.check(), "same": same}))
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built = tmp_path_factory.mktemp("preload") / "failing_sync.so"
    source = Path(__file__).with_name("failing_sync.c")
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", str(built), str(source)], check=True)
    return built


@pytest.mark.parametrize("how", ["alone", "read"])
def test_after_a_failed_sync_the_till_says_that_nobody_knows_and_shows_what_the_disk_holds(
    library: Path, tmp_path: Path, how: str
) -> None:
    environment = os.environ | {"LD_PRELOAD": str(library), "ORION_FAILING_SYNC": str(tmp_path / "fails")}
    (tmp_path / "till").mkdir()
    words = [sys.executable, "-c", TILL, str(tmp_path / "till"), how]
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert said["told"] == ["journal_uncertain", "journal_unwritable"], "the second sale was never written"
    first, again = said["shown"]
    assert first == again, "what is shown after the failure is what every later start finds"
    assert first in (90, 110), "with the sale of which nobody knew, or without it; never with the second"
    assert said["chain"] is None and said["same"]
