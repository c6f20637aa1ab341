"""Snapshots of a real company: their contents, who may have them, and a till that starts from one."""

import sqlite3
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
import zstandard
from sqlalchemy import create_engine, select, update

from server import bootstrap
from server.companies import companies, stores
from server.db.tables import platform, transactions
from server.snapshots import copying, filling
from server.snapshots.building import build
from server.snapshots.files import SnapshotFolder, Stored
from server.snapshots.keeping import Snapshots
from server.terminals import pairing
from sync.exchange.ports import ReadySnapshot
from sync.protocol import chain
from sync.protocol.messages import SNAPSHOT_PATH, Cursors, Snapshot, decode
from sync.replica import cards, tables
from terminal.interface.asks import Earn, Enrol, Pin, Scan, Stamp, Status
from terminal.storage import snapshot_install
from terminal.storage.replica import Replica
from tests.company.transfer.files import csv_of, imported
from tests.support.companies import Office, a_new_till, a_pairing_code
from tests.support.databases import ON_ALL
from tests.support.disk_log import DiskLog
from tests.support.joined_till import JoinedTill
from tests.support.paper_shop import PaperShop
from tests.support.replies import card, points, stamps, status, written
from tests.support.web import Web

pytestmark = ON_ALL


def made(shop: PaperShop, folder: Path) -> tuple[Stored, Path]:
    """The company's snapshot as stored by the server, and unpacked."""
    place = SnapshotFolder(folder / "snapshots", shop.company_id)
    with place.turn() as ours:
        assert ours
        stored = build(shop.units, shop.company_id, place, shop.now)
    packed = place.file(stored.sha256.hex())
    assert packed is not None
    path = folder / "replica.db.new"
    path.write_bytes(zstandard.ZstdDecompressor().decompress(packed.read_bytes(), max_output_size=stored.file_bytes))
    return stored, path


def rows_of(path: Path, table: str, columns: str = "*") -> list[tuple[Any, ...]]:
    conn = sqlite3.connect(path)
    try:
        return conn.execute(f"SELECT {columns} FROM {table} ORDER BY 1").fetchall()
    finally:
        conn.close()


def cards_of(path: Path) -> list[tuple[bytes, int, int, bytes]]:
    """Id, version, hash and sent bytes of all cards."""
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as conn:
        found = [
            (row.id, row.version, row.hash, cards.as_sent(row))
            for row in conn.execute(select(tables.cards).order_by(tables.cards.c.id))
        ]
    engine.dispose()
    return found


@pytest.mark.slow
def test_a_snapshot_holds_the_cards_byte_for_byte_as_the_feed_sends_them(shop: PaperShop, tmp_path: Path) -> None:
    till = shop.till()
    ana = shop.enrolled(till, name="Ana", email="ana@example.com")
    ben = shop.enrolled(till, name="Ben", phone="+352621123456")
    shop.blanks(3)
    assert till.exchange(pool=0).pool is not None
    till.stamp(ana)
    till.earn(ana, 900, "r-1")
    (blank,) = shop.blanks()
    till.sync()
    till.replace(ben, blank.id)
    imported(shop, csv_of("code;stamps", "K-17;3"))
    till.sync()
    stored, path = made(shop, tmp_path)
    by_feed = {id_.bytes: (till.versions[kind, id_], row) for (kind, id_), row in till.rows.items() if kind == "card"}
    assert {id_: (version, row) for id_, version, _, row in cards_of(path)} == by_feed
    assert all(not row[0].startswith(b"{") for row in rows_of(path, "cards", "row")), "and smaller than it sends them"
    assert stored.rows == len(by_feed) and stored.version == till.cursors.bulk
    (mark,) = stored.marks
    assert (mark.terminal, mark.journal, mark.acked_seq) == (till.id, till.journal_id, len(till.journal))


def test_a_snapshot_is_of_one_moment_whatever_is_written_meanwhile(shop: PaperShop, tmp_path: Path) -> None:
    """Otherwise a card could include entries that the till's mark lacks, which would count twice."""
    till = shop.till()
    card = shop.enrolled(till)
    shop.blanks(2)
    with filling.begun(tmp_path / "building.db") as file, copying.books(shop.units, file) as conn:
        moment = companies.version(conn, shop.company_id)
        shop.blanks(1)
        till.stamp(card)
        till.sync()
        assert copying.copy(conn, shop.company_id, file) == 3
        assert companies.version(conn, shop.company_id) == moment
    versions = [version for (version,) in rows_of(tmp_path / "building.db", "cards", "version")]
    assert len(versions) == 3 and max(versions) <= moment


@pytest.mark.slow
def test_a_replica_is_the_same_by_snapshot_and_by_pages(shop: PaperShop, tmp_path: Path) -> None:
    shop.person("Lena")
    first = JoinedTill(tmp_path / "first", shop)
    first.sync()
    first.asks(Pin("Lena", "4711"))
    for blank in shop.blanks(3):
        first.sync()
        written(first.asks(Enrol(code=blank.token)))
        first.asks(Scan(blank.token))
        written(first.asks(Earn(900, receipt=f"r-{blank.token[:4]}")))
        first.sync()
    imported(shop, csv_of("code;stamps", "K-17;3"))
    first.sync()
    second = JoinedTill(tmp_path / "second", shop, "Till 2")
    stored, path = made(shop, tmp_path)
    assert second.replica.install(ReadySnapshot(path, stored.version, 0, stored.rows))
    assert second.replica.marks().cursors == Cursors(0, stored.version, 0)
    second.sync()
    assert second.replica.marks().cursors.recent is None
    first.sync()  # receives the blanks of the second till
    by_pages, by_snapshot = (tmp_path / name / "replica.db" for name in ("first", "second"))
    for columns, table in (
        ("id, version, token, number, blank, email, phone, hash", "cards"),  # without the till's own `as_of_seq`
        ("*", "transactions"),
        ("*", "old_codes"),
        ("*", "digests WHERE kind IN ('card', 'transaction') AND sum != 0"),
    ):
        assert rows_of(by_snapshot, table, columns) == rows_of(by_pages, table, columns)
    assert cards_of(by_snapshot) == cards_of(by_pages)
    assert len(rows_of(by_snapshot, "transactions")) == len(shop.rows(transactions)) > 0
    first.stop()
    second.stop()


@pytest.mark.slow
def test_no_balance_jumps_when_a_snapshot_older_than_the_last_acknowledged_entry_is_taken_in(
    shop: PaperShop, tmp_path: Path
) -> None:
    shop.person("Lena")
    till = JoinedTill(tmp_path / "till", shop)
    till.sync()
    till.asks(Pin("Lena", "4711"))
    (blank,) = shop.blanks()
    till.sync()
    written(till.asks(Enrol(code=blank.token)))
    written(till.asks(Earn(1000)))
    till.sync()
    own = points(till.asks(Scan(blank.token))).balance
    shop.blanks(10)  # in the feed before the snapshot
    other = shop.till("Till 2")
    other.earn(blank.id, 2000)
    other.sync()
    both = other.card(blank.id).points_balance
    stored, path = made(shop, tmp_path)
    mark = stored.mark_of(till.journal.identity.terminal_id)
    assert mark is not None and mark.acked_seq == till.journal.head().seq

    till.asks(Scan(blank.token))
    written(till.asks(Earn(500)))
    gained = points(till.asks(Scan(blank.token))).balance - own
    assert gained > 0
    till.wire.rows_max = 1
    till.driver.wake()
    for _turn in ("send", "exchange", "apply"):
        till.driver.turn()
    marks = till.replica.marks()
    assert marks.acked_seq == till.journal.head().seq > mark.acked_seq and marks.cursors.bulk < stored.version

    assert till.replica.install(ReadySnapshot(path, stored.version, mark.acked_seq, stored.rows))
    view = points(till.asks(Scan(blank.token)))
    assert (view.balance, view.confirmed) == (both + gained, both)
    till.wire.rows_max = 5000
    till.sync()
    view = points(till.asks(Scan(blank.token)))
    assert (view.balance, view.confirmed) == (both + gained, both + gained)
    till.stop()


@pytest.mark.slow
def test_a_code_scanned_before_its_card_has_come_takes_a_stamp_that_waits_and_counts_once_it_is_there(
    shop: PaperShop, tmp_path: Path
) -> None:
    shop.person("Lena")
    till, other = JoinedTill(tmp_path / "till", shop), shop.till("Till 2")
    till.sync()
    till.asks(Pin("Lena", "4711"))
    shop.blanks(3)
    (blank,) = shop.blanks()
    other.enrol(blank.id)
    other.sync()
    till.wire.is_up = False
    unknown = till.asks(Scan(blank.token))
    assert card(unknown).id is None and not card(unknown).known
    written(till.asks(Stamp()))
    assert status(till.asks(Status())).waiting == 1
    stored, path = made(shop, tmp_path)
    assert till.replica.install(ReadySnapshot(path, stored.version, 0, stored.rows))
    shown = stamps(till.asks(Scan(blank.token)))
    assert (shown.confirmed, shown.waiting) == (0, 1)
    till.wire.is_up = True
    till.sync()
    shown = stamps(till.asks(Scan(blank.token)))
    assert (shown.confirmed, shown.waiting, shop.card(blank.id).stamp_count) == (1, 0, 1)
    till.stop()


@pytest.mark.slow
def test_after_each_step_of_an_install_the_name_leads_to_a_whole_replica(shop: PaperShop, tmp_path: Path) -> None:
    till = JoinedTill(tmp_path / "till", shop)
    till.sync()
    before = till.replica.marks().cursors
    journal_id = till.journal.identity.journal_id
    till.stop()
    shop.blanks(5)
    stored, path = made(shop, tmp_path)
    ready, live = ReadySnapshot(path, stored.version, 0, stored.rows), tmp_path / "till" / "replica.db"

    def opened() -> Cursors:
        replica = Replica(live, journal_id)
        try:
            with replica.snapshot() as snapshot:
                assert snapshot.blanks() == (0 if snapshot.state().cursors == before else 5)
            return replica.marks().cursors
        finally:
            replica.close()

    snapshot_install.complete(ready, live)
    assert opened() == before
    snapshot_install.swap(ready, live)
    assert opened() == Cursors(before.essentials, stored.version, before.bulk)
    assert not path.exists()


@pytest.mark.slow
def test_a_till_gets_its_own_companys_snapshot_signed_for_it_and_nobody_elses(shop: PaperShop, tmp_path: Path) -> None:
    till = shop.till()
    shop.blanks(4)
    snapshots = Snapshots(shop.units, tmp_path / "snapshots", shop.keys.path, lambda: shop.now, rows_min=1)
    stored, _ = made(shop, tmp_path)
    assert snapshots.offer(shop.company_id).stored == stored
    assert snapshots.place(UUID(int=1)).file(stored.sha256.hex()) is None
    snapshots.close()
    server = bootstrap.Server(shop.units, shop.keys, lambda: shop.now, tmp_path / "snapshots")
    web = Web(bootstrap.build_app(server))
    assert web.get(SNAPSHOT_PATH, till.paired.token).status_code == 204, "so few rows come as fast through the feed"
    file = f"{SNAPSHOT_PATH}/{stored.sha256.hex()}"
    assert len(web.get(file, till.paired.token).content) == stored.bytes
    assert web.get(file, "somebody").status_code == 401
    assert web.get(f"{SNAPSHOT_PATH}/{'0' * 64}", till.paired.token).status_code == 404
    assert web.get(f"{SNAPSHOT_PATH}/manifest.json", till.paired.token).status_code == 404


@pytest.mark.slow
def test_no_path_and_no_range_leads_from_one_company_to_anothers_snapshot(shop: PaperShop, tmp_path: Path) -> None:
    till = shop.till()
    shop.blanks(4)
    stored, _ = made(shop, tmp_path)
    token = a_neighbours_token(shop)
    web = Web(bootstrap.build_app(bootstrap.Server(shop.units, shop.keys, lambda: shop.now, tmp_path / "snapshots")))
    name = stored.sha256.hex()
    assert web.get(f"{SNAPSHOT_PATH}/{name}", till.paired.token, Range="bytes=10-").status_code == 206
    assert web.get(SNAPSHOT_PATH, token).status_code == 204
    for path in (name, f"../{shop.company_id}/{name}", f"..%2F{shop.company_id}%2F{name}"):
        for ranged in ({}, {"Range": "bytes=0-"}, {"Range": "bytes=10-"}):
            answer = web.get(f"{SNAPSHOT_PATH}/{path}", token, **ranged)
            assert answer.status_code == 404, (path, ranged)


def a_neighbours_token(shop: PaperShop) -> str:
    """The token of another company's till on the same platform."""
    company_id, new = uuid4(), a_new_till()
    with shop.units.platform_write() as conn:
        companies.create(conn, company_id, name="Next Door", slug=None, choices={}, now=shop.now)
        shop.keys.add_company(company_id)
    with shop.units.write(company_id) as conn:
        place = stores.create(conn, company_id, "Gare", shop.now)
        code = a_pairing_code(99)
        pairing.open_code(conn, company_id, place, "Till 1", code, platform=shop.keys.platform, now=shop.now)
        return new.paired(conn, company_id, code.text, shop.keys, shop.now).token


def test_a_snapshot_is_on_disk_before_it_is_offered(
    shop: PaperShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = DiskLog(monkeypatch)
    made(shop, tmp_path)
    assert (disk.lost_bytes(), disk.lost_names()) == ([], [])


def test_one_of_an_earlier_epoch_is_not_offered(shop: PaperShop, tmp_path: Path) -> None:
    shop.blanks(10)
    made(shop, tmp_path)
    snapshots = Snapshots(shop.units, tmp_path / "snapshots", shop.keys.path, lambda: shop.now, rows_min=1)
    snapshots.close()
    assert snapshots.offer(shop.company_id).stored is not None
    with shop.units.platform_write() as conn:  # as after a restore from a backup
        conn.execute(update(platform).values(epoch=platform.c.epoch + 1))
    assert snapshots.offer(shop.company_id).stored is None


def test_one_that_is_far_behind_is_not_offered(shop: PaperShop, tmp_path: Path) -> None:
    shop.blanks(10)
    stored, _ = made(shop, tmp_path)
    snapshots = Snapshots(shop.units, tmp_path / "snapshots", shop.keys.path, lambda: shop.now, rows_min=1)
    snapshots.close()  # prevents a new one from being made
    assert snapshots.offer(shop.company_id).stored is not None
    shop.blanks(10)
    assert snapshots.offer(shop.company_id).stored is None
    assert stored.version < shop.till().cursors.bulk


@pytest.mark.slow
def test_the_command_makes_one_and_says_when_another_process_is_at_it(office: Office) -> None:
    slug = office.a_company()
    answer = office.done("snapshot", "--company", slug)
    assert answer["ok"] and answer["rows"] == 0
    server = office.server()
    assert server.snapshots is not None
    with SnapshotFolder(server.snapshots, server.company(slug).id).turn() as ours:
        assert ours
        assert office.done("snapshot", "--company", slug) == {"ok": True, "building": True}


@pytest.mark.parametrize("changed", ["version", "bytes", "acked_seq"])
def test_the_servers_word_of_a_snapshot_cannot_be_changed(changed: str, shop: PaperShop) -> None:
    snapshot = Snapshot(
        format=1, epoch=1, version=9, journal=UUID(int=3), acked_seq=2, rows=5, sha256=bytes(32), bytes=1, file_bytes=1
    )
    ours = chain.sign_snapshot(shop.keys.signing, shop.company_id, UUID(int=7), snapshot)
    public = shop.keys.signing.public
    assert chain.snapshot_is_signed(public, shop.company_id, UUID(int=7), ours)
    other = decode(Snapshot, bytes_with(ours, changed))
    assert not chain.snapshot_is_signed(public, shop.company_id, UUID(int=7), other)


def bytes_with(snapshot: Snapshot, changed: str) -> bytes:
    """The message with one of its numbers incremented."""
    return msgspec.json.encode(msgspec.structs.replace(snapshot, **{changed: getattr(snapshot, changed) + 1}))
