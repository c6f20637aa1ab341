"""Journals of older programs are opened and their entries arrive."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import inspect

from sync.protocol import chain
from terminal.interface.asks import Earn, Enrol, Find, Pin, Scan, Status
from terminal.problems import JournalNewer, JournalUnwritable
from terminal.storage.journal import Journal
from terminal.storage.journal_migrations import JOURNAL_FORMAT
from terminal.storage.tables import journal_tables, open_file
from tests.support.builders import a_program
from tests.support.joined_till import JoinedTill
from tests.support.paper_shop import PaperShop
from tests.support.replies import card, points, status, written

pytestmark = pytest.mark.slow

FIRST = """
CREATE TABLE identity (id INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (id));
CREATE TABLE journal (
    seq INTEGER NOT NULL, entry BLOB NOT NULL, prev_hash BLOB NOT NULL, hash BLOB NOT NULL, entry_id BLOB NOT NULL,
    kind TEXT NOT NULL, card BLOB, receipt TEXT, corrects BLOB, staff BLOB, PRIMARY KEY (seq), UNIQUE (entry_id)
);
CREATE TABLE side (seq INTEGER NOT NULL, side BLOB NOT NULL, email BLOB, phone BLOB, PRIMARY KEY (seq));
CREATE INDEX ix_journal_card ON journal (card, seq);
CREATE INDEX ix_journal_kind ON journal (kind, seq);
CREATE INDEX ix_journal_staff ON journal (staff, seq);
CREATE INDEX ix_journal_receipt ON journal (receipt) WHERE receipt IS NOT NULL;
CREATE INDEX ix_journal_corrects ON journal (corrects) WHERE corrects IS NOT NULL;
PRAGMA user_version = 1;
"""  # the schema of the first program


def as_the_first_program_left_it(path: Path) -> None:
    """Rewrites a journal as the first program would have created it."""
    old = path.with_suffix(".old")
    with sqlite3.connect(old) as file:
        file.executescript(FIRST)
        file.execute("ATTACH ? AS now", (str(path),))
        for table in ("identity", "journal", "side"):
            file.execute(f"INSERT INTO {table} SELECT * FROM now.{table}")
        file.commit()
    file.close()
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    old.replace(path)


def rows(path: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(path) as file:
        found = file.execute("SELECT * FROM journal ORDER BY seq").fetchall()
        found += file.execute("SELECT * FROM side ORDER BY seq").fetchall()
    file.close()
    return found


def test_an_old_till_with_entries_waiting_opens_and_drains(shop: PaperShop, tmp_path: Path) -> None:
    shop.set_program(a_program())
    shop.person("Lena")
    (blank,) = shop.blanks()
    till = JoinedTill(tmp_path / "till", shop)
    till.sync()
    till.wire.is_up = False
    assert till.asks(Pin("Lena", "4711")).ok
    written(till.asks(Enrol(code=blank.token, name="Ana", email="ana@example.org")))
    written(till.asks(Earn(4200)))
    till.stop()
    path = tmp_path / "till" / "journal.db"
    as_the_first_program_left_it(path)
    before = rows(path)
    till.start()
    till.wire.is_up = False
    assert rows(path) == before
    assert till.asks(Pin("Lena", "4711")).ok
    assert card(till.asks(Find(email="ana@example.org"))).name == "Ana", "still waiting, and found"
    written(till.asks(Earn(800)))
    assert status(till.asks(Status())).waiting == 3
    till.wire.is_up = True
    till.sync()
    assert status(till.asks(Status())).waiting == 0
    assert points(till.asks(Scan(blank.token))).confirmed == 50
    assert till.journal.check() is None
    till.stop()


def test_every_way_to_a_shape_leads_to_the_same(shop: PaperShop, tmp_path: Path) -> None:
    till = JoinedTill(tmp_path / "till", shop)
    till.stop()
    path = tmp_path / "till" / "journal.db"
    as_the_first_program_left_it(path)
    Journal(path).close()
    engine = open_file(path)
    made = inspect(engine)
    for table in journal_tables.sorted_tables:
        here = {index["name"]: index["column_names"] for index in made.get_indexes(table.name)}
        assert here == {index.name: [column.name for column in index.columns] for index in table.indexes}
        assert [one["name"] for one in made.get_columns(table.name)] == [one.name for one in table.columns]
    with engine.connect() as conn:
        assert conn.exec_driver_sql("PRAGMA user_version").scalar_one() == JOURNAL_FORMAT
    engine.dispose()


def test_a_journal_of_a_newer_program_is_left_alone(shop: PaperShop, tmp_path: Path) -> None:
    till = JoinedTill(tmp_path / "till", shop)
    till.stop()
    path = tmp_path / "till" / "journal.db"
    with sqlite3.connect(path) as file:
        file.execute(f"PRAGMA user_version = {JOURNAL_FORMAT + 1}")
    file.close()
    before = rows(path)
    with pytest.raises(JournalNewer):
        Journal(path)
    assert rows(path) == before


def test_a_disk_that_takes_nothing_leaves_the_old_shape_for_the_next_start(shop: PaperShop, tmp_path: Path) -> None:
    till = JoinedTill(tmp_path / "till", shop)
    identity = till.journal.identity
    till.stop()
    path = tmp_path / "till" / "journal.db"
    as_the_first_program_left_it(path)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("PRAGMA journal_mode=WAL")
    holder.execute("BEGIN IMMEDIATE")  # another writer that does not finish
    with pytest.raises(JournalUnwritable):
        Journal(path)
    holder.execute("ROLLBACK")
    holder.close()
    opened = Journal(path)
    assert opened.identity == identity
    genesis = chain.genesis(identity.company_id, identity.terminal_id, identity.journal_id)
    assert opened.head().hash == genesis or opened.head().seq > 0
    opened.close()
