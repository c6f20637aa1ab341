"""The journal: durable before the reply, chained, without gaps, and detecting changes of its file."""

import sqlite3
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Connection, event

from sync.protocol import chain
from sync.protocol.entries import ENTRY_BYTES_MAX
from sync.protocol.messages import PAGE_BYTES_MAX, PAGE_ENTRIES_MAX
from terminal.interface.ask import Override
from terminal.interface.asks import Adjust, Earn, Enrol, Scan, Stamp
from terminal.problems import JournalBroken, NotPaired
from terminal.storage.journal import Journal
from terminal.storage.journal_reader import JournalReader
from terminal.storage.tables import open_file
from tests.support.disk_log import DiskLog
from tests.support.paper_company import PaperTill
from tests.support.replies import card, points, refused, stamps, trouble, written

ANNA = Override("Anna", "2580")


def change(folder: Path, statement: str, *values: object) -> None:
    """Changes the file like a disk fault or an editor would."""
    with sqlite3.connect(folder / "journal.db") as conn:
        assert conn.execute(statement, values).rowcount == 1
    conn.close()


def test_what_was_replied_is_on_disk_for_everybody_to_read(till: PaperTill) -> None:
    till.serves(new_card(till))
    entry = written(till.asks(Stamp()))
    with sqlite3.connect(till.folder / "journal.db") as conn:
        found = conn.execute("SELECT seq, kind FROM journal WHERE entry_id = ?", [entry.id.bytes]).fetchone()
        assert found == (entry.seq, "stamp_earned")
    conn.close()


def test_every_commit_waits_for_the_disk(till: PaperTill) -> None:
    """2 is FULL; with NORMAL, a power cut can lose confirmed entries."""
    with open_file(till.folder / "journal.db").connect() as conn:
        assert conn.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2


def test_rows_are_numbered_without_holes_and_chained_from_who_the_till_is(till: PaperTill) -> None:
    serve_some(till)
    who = till.company.identity
    link = chain.genesis(who.company_id, who.terminal_id, who.journal_id)
    rows = list(till.journal.rows())
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    for row in rows:
        link = chain.link(link, row.seq, chain.entry_hash(row.entry))
        assert row.hash == link
    assert till.journal.check() is None


def test_the_chain_goes_on_after_a_restart(till: PaperTill) -> None:
    serve_some(till)
    before = till.journal.head()
    till.stop()
    till.start()
    assert till.journal.head() == before
    serve_some(till)
    assert till.journal.check() is None


@pytest.mark.parametrize(
    ("code", "is_kept", "kind"),
    [
        (sqlite3.SQLITE_FULL, False, "journal_unwritable"),
        (sqlite3.SQLITE_IOERR_FSYNC, False, "journal_uncertain"),
        (sqlite3.SQLITE_IOERR_FSYNC, True, "journal_uncertain"),
    ],
)
def test_after_a_commit_that_failed_the_journal_goes_on_from_what_the_disk_holds(
    till: PaperTill, monkeypatch: pytest.MonkeyPatch, code: int, *, is_kept: bool, kind: str
) -> None:
    till.serves(new_card(till))
    before, disk = till.journal.head().seq, DiskLog(monkeypatch)

    def fail(conn: Connection) -> None:
        if is_kept:
            conn.connection.cursor().execute("COMMIT")
        failed = sqlite3.OperationalError("the disk fails")
        failed.sqlite_errorcode = code
        raise failed

    event.listen(till.journal._engine, "commit", fail, once=True)
    assert trouble(till.asks(Stamp())).kind == kind
    assert till.journal.head().seq == before + is_kept
    log = till.folder.resolve() / "journal.db-wal"  # a handle closed on the database would end SQLite's locks
    assert disk.synced == ([log] if kind == "journal_uncertain" else [])
    serve_some(till)
    end = till.journal.head()
    till.stop()
    till.start()
    assert till.journal.head() == end and till.journal.check() is None


@pytest.mark.slow
def test_a_flipped_bit_is_found_at_its_row(till: PaperTill) -> None:
    serve_some(till)
    row = list(till.journal.rows())[1]
    change(
        till.folder, "UPDATE journal SET entry = ? WHERE seq = 2", row.entry[:-2] + bytes([row.entry[-2] ^ 1]) + b"}"
    )
    assert till.journal.check() == 2


def test_a_deleted_row_is_found_at_the_next_start(till: PaperTill) -> None:
    serve_some(till)
    till.stop()
    change(till.folder, "DELETE FROM journal WHERE seq = 2")
    with pytest.raises(JournalBroken) as found:
        Journal(till.folder / "journal.db")
    assert found.value.seq == 2


def test_a_row_that_cannot_be_read_stops_only_what_needs_it(till: PaperTill) -> None:
    torn, whole = new_card(till), new_card(till)
    till.serves(torn)
    entry = written(till.asks(Stamp()))
    till.serves(whole)
    written(till.asks(Stamp()))
    till.stop()
    change(till.folder, "UPDATE journal SET entry = x'7b' WHERE seq = ?", entry.seq)
    till.start()
    assert trouble(till.asks(Scan(till.company.tokens[torn]))).kind == "journal_broken"
    assert till.serves(whole).ok


def test_a_torn_file_says_so(till: PaperTill) -> None:
    serve_some(till)
    till.stop()
    path = till.folder / "journal.db"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(JournalBroken):
        Journal(path)


@pytest.mark.parametrize("content", [b"", b"not a database, whatever its name says" * 100])
def test_a_file_that_is_no_journal_says_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "journal.db").write_bytes(content)
    with pytest.raises(JournalBroken):
        Journal(tmp_path / "journal.db")


def test_a_till_without_a_journal_is_not_paired(tmp_path: Path) -> None:
    with pytest.raises(NotPaired):
        Journal(tmp_path / "journal.db")


def test_a_personal_row_is_bound_to_its_entry_and_may_be_deleted(till: PaperTill) -> None:
    blank = new_card(till, blank=True)
    till.serves(blank)
    enrolled = till.asks(Enrol(code=till.company.tokens[blank], name="Zoé Weber", email="zoe@example.lu"))
    seq = written(enrolled).seq
    assert card(enrolled).name == "Zoé Weber"
    change(till.folder, "DELETE FROM side WHERE seq = ?", seq)
    assert till.journal.check() is None
    assert till.journal.side_of(seq) is None
    assert card(till.serves(blank)).name == ""


def test_a_personal_row_that_was_exchanged_is_found_out(till: PaperTill) -> None:
    blank = new_card(till, blank=True)
    till.serves(blank)
    seq = written(till.asks(Enrol(code=till.company.tokens[blank], name="Zoé Weber"))).seq
    [created] = till.journal.of_kinds(["card_created"])
    page = till.journal.page_after(seq - 1, 1, PAGE_BYTES_MAX)
    assert page is not None
    side = page.entries[0].side
    assert side is not None
    assert created.entry.side == chain.entry_hash(side)
    assert created.entry.side != chain.entry_hash(side.replace(b'"name_key":', b'"name_key": '))


@pytest.mark.slow
def test_no_ask_makes_an_entry_larger_than_an_entry_may_be(till: PaperTill) -> None:
    blank = new_card(till, blank=True)
    till.serves(blank, staff="Anna", pin="2580")
    longest = Enrol(till.company.tokens[blank], "ẞ" * 80, "é" * 240 + "@example.lu", language="lb", consent=True)
    written(till.asks(longest))
    written(till.asks(Earn(500, "\x01" * 64)))
    written(till.asks(Adjust(points=1, reason="\x01" * 199 + "x")))
    for ask in (Earn(500, "9" * 65), Adjust(points=1, reason="x" * 201), Enrol(code="x" * 10_000_000)):
        assert refused(till.asks(ask)).reason in {"text_too_long", "foreign_code"}
    assert max(len(row.entry) for row in till.journal.rows()) < ENTRY_BYTES_MAX


def test_a_page_keeps_to_its_limits_but_is_never_empty(till: PaperTill) -> None:
    serve_some(till)
    last = till.journal.head().seq
    page = till.journal.page_after(0, 2, PAGE_BYTES_MAX)
    assert page is not None
    assert [entry.seq for entry in page.entries] == [1, 2]
    rest = till.journal.page_after(2, PAGE_ENTRIES_MAX, PAGE_BYTES_MAX)
    assert rest is not None
    assert rest.prev_hash == page.entries[-1].hash
    assert [entry.seq for entry in rest.entries] == list(range(3, last + 1))
    smallest = till.journal.page_after(0, PAGE_ENTRIES_MAX, 1)
    assert smallest is not None
    assert [entry.seq for entry in smallest.entries] == [1]
    assert till.journal.page_after(last, PAGE_ENTRIES_MAX, PAGE_BYTES_MAX) is None


def test_who_only_reads_the_file_sees_what_was_written_a_moment_ago(till: PaperTill) -> None:
    reader = JournalReader(till.folder / "journal.db")
    assert reader.identity == till.journal.identity
    for _ in range(3):
        before = till.journal.head()
        assert reader.head() == before
        serve_some(till)
        page = reader.page_after(before.seq, PAGE_ENTRIES_MAX, PAGE_BYTES_MAX)
        assert page is not None and page.prev_hash == before.hash
        assert (page.entries[-1].seq, page.entries[-1].hash) == (till.journal.head().seq, till.journal.head().hash)
    reader.close()


def test_a_parked_entry_is_marked_in_its_page(till: PaperTill) -> None:
    serve_some(till)
    page = till.journal.page_after(0, 3, PAGE_BYTES_MAX, parked=frozenset({2}))
    assert page is not None
    assert [entry.parked for entry in page.entries] == [False, True, False]


def test_a_till_serves_with_what_only_its_journal_knows(till: PaperTill, tmp_path: Path) -> None:
    shown = new_card(till)
    till.serves(shown)
    till.asks(Earn(1000))
    till.asks(Stamp())
    till.stop()
    till.start()
    again = till.serves(shown)
    assert (points(again).waiting, stamps(again).waiting) == (10, 1)


def new_card(till: PaperTill, *, blank: bool = False) -> UUID:
    card_id = till.company.issues_card(blank=blank)
    till.hears()
    return card_id


def serve_some(till: PaperTill) -> None:
    till.serves(new_card(till))
    written(till.asks(Stamp()))
    written(till.asks(Earn(500)))
