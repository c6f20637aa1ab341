"""A replica of the program before is brought up where it lies, so that a till updated out of contact can serve."""

import sqlite3
from pathlib import Path

import pytest

from sync.replica.tables import FILE_FORMAT
from terminal.interface.asks import Earn, Enrol, Pin, Scan, Status
from terminal.storage.replica_reader import essentials_in
from tests.support.databases import ON_SQLITE
from tests.support.joined_till import JoinedTill
from tests.support.office_cases import a_case
from tests.support.replies import points, status, written


def without_cases(path: Path) -> None:
    """Rewrites a replica as the program before had it."""
    with sqlite3.connect(path) as file:
        file.execute("DROP TABLE cases")
        file.execute("DELETE FROM digests WHERE kind = 'case'")
        file.execute(f"PRAGMA user_version = {FILE_FORMAT - 1}")
    file.close()


@ON_SQLITE
@pytest.mark.slow
def test_an_updated_till_serves_with_entries_waiting_and_then_hears_of_cases(joined: JoinedTill) -> None:
    shop = joined.shop
    (blank,) = shop.blanks()
    joined.sync()
    written(joined.asks(Enrol(code=blank.token)))
    joined.sync()
    case_id = a_case(shop.server, shop.company_id, blank.id, joined.journal.identity.store_id)
    joined.sync()
    joined.passes(minutes=11)
    joined.sync()
    joined.wire.is_up = False
    assert joined.asks(Pin("Lena", "4711")).ok
    joined.asks(Scan(blank.token))
    written(joined.asks(Earn(4200)))
    read = joined.replica.marks().cursors
    joined.stop()
    without_cases(joined.replica_file)
    joined.start()
    joined.wire.is_up = False
    assert joined.replica.marks().cursors == read, "nothing was forgotten"
    assert joined.asks(Pin("Lena", "4711")).ok
    assert points(joined.asks(Scan(blank.token))).waiting == 42
    written(joined.asks(Earn(800)))
    joined.wire.is_up = True
    joined.sync()
    with joined.replica.snapshot() as snapshot:
        assert [row.id for row in essentials_in(snapshot.essential_rows()).cases] == [case_id]
    joined.passes(minutes=11)
    joined.sync()
    joined.asks(Pin("Lena", "4711"))
    assert points(joined.asks(Scan(blank.token))).confirmed == 50
    seen = status(joined.asks(Status()))
    assert (seen.waiting, seen.differences) == (0, 0)
