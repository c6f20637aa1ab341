"""A replica that differs from the server is repaired and reported while the counter keeps serving."""

import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from server.cards.blanks import Blank
from server.db.tables import digests as server_digests
from server.ledger.feed import digests
from server.ledger.feed.sources import Reader
from server.terminals import terminals
from server.terminals.terminals import Terminal
from sync.exchange.ports import ReadySnapshot
from sync.protocol.messages import Cursors
from sync.protocol.sealing import token_hash
from sync.replica import sums as replica_sums
from sync.replica.tables import transactions
from terminal.interface.asks import Earn, Enrol, Pin, Scan, Stamp, Status
from terminal.interface.views import StatusView
from terminal.storage import replica_repair
from tests.company.snapshots.test_snapshots import made
from tests.support.builders import a_program
from tests.support.databases import ON_SQLITE
from tests.support.joined_till import JoinedTill
from tests.support.paper_shop import PaperShop
from tests.support.replies import points, stamps, status, written

pytestmark = pytest.mark.slow


@pytest.fixture
def joined(shop: PaperShop, tmp_path: Path) -> Iterator[JoinedTill]:
    shop.set_program(a_program(cooldown_minutes=0))
    shop.person("Lena")
    shop.blanks(40)
    till = JoinedTill(tmp_path / "till", shop)
    till.sync()
    assert till.asks(Pin("Lena", "4711")).ok
    yield till
    till.stop()


@pytest.fixture
def cards(joined: JoinedTill) -> list[Blank]:
    """Three customers' cards with some confirmed purchases."""
    blanks = joined.shop.blanks(3)
    joined.sync()
    for blank in blanks:
        written(joined.asks(Enrol(code=blank.token)))
        written(joined.asks(Earn(1000)))
    joined.sync()
    return blanks


def changed(till: JoinedTill, statement: str, *values: object) -> None:
    """Changes the replica's file directly."""
    with sqlite3.connect(till.replica_file) as file:
        assert file.execute(statement, values).rowcount > 0
    file.close()


def serves(till: JoinedTill, blank: Blank) -> bool:
    return till.asks(Scan(blank.token)).ok and till.asks(Stamp()).ok


ALL_CHECKED = 160  # exchanges, after which every row was checked and every sum compared
HEALED = 4  # exchanges, after which what was found and told is fetched and written


def exchanges(till: JoinedTill) -> None:
    till.passes(minutes=11)
    till.sync()


def heals(till: JoinedTill, rounds: int = ALL_CHECKED) -> StatusView:
    for _quiet in range(rounds):
        exchanges(till)
    till.asks(Pin("Lena", "4711"))
    return status(till.asks(Status()))


def told_of(till: JoinedTill) -> Terminal:
    with till.shop.units.read() as conn:
        (listed,) = terminals.listed(conn, till.shop.company_id)
    return listed


def finds(till: JoinedTill) -> None:
    """Exchanges until a difference is found and the server told of it."""
    for _quiet in range(ALL_CHECKED):
        if told_of(till).differences:
            return
        exchanges(till)


def sums(till: JoinedTill) -> tuple[dict[str, dict[str, int]], dict[str, dict[str, int]]]:
    """The sums stored by the till and by the server."""
    shop, who = till.shop, till.journal.identity
    with shop.units.read() as conn:
        theirs = digests.digest(conn, Reader(who.company_id, who.terminal_id, who.store_id, shop.now))
    with till.replica.snapshot() as snapshot:
        ours = replica_sums.stored(snapshot._conn)
    return ours, {kind: found for kind, found in theirs.sums.items() if found}


def test_till_and_server_at_rest_have_the_same_sums(joined: JoinedTill, cards: list[Blank]) -> None:
    ours, theirs = sums(joined)
    assert ours == theirs
    assert {"company", "program", "store", "staff", "terminal", "verdict", "card", "transaction"} == ours.keys()
    joined.passes(minutes=11)
    joined.sync()
    seen = status(joined.asks(Status()))
    assert seen.differences == 0 and seen.compared_at is not None


def test_a_card_that_goes_on_under_another_code_is_in_that_codes_bucket_and_found_by_both(
    joined: JoinedTill, cards: list[Blank]
) -> None:
    card = cards[0]
    (new,) = joined.shop.blanks()
    other = joined.shop.till("Till 2")
    other.replace(card.id, new.id)
    other.sync()
    joined.sync()
    ours, theirs = sums(joined)
    assert ours == theirs
    with joined.replica.snapshot() as snapshot:
        found = [snapshot.card_by_code(token_hash(one.token)) for one in (card, new)]
    assert [(one[0].row.id, one[1]) for one in found if one is not None] == [(card.id, True), (card.id, False)]


def healed_and_told(till: JoinedTill, blank: Blank, after: int = HEALED) -> None:
    finds(till)
    seen = heals(till, after)
    ours, theirs = sums(till)
    assert ours == theirs
    assert seen.differences > 0 and seen.compared_at is not None
    assert serves(till, blank)
    shown = points(till.asks(Scan(blank.token)))
    assert shown.confirmed == till.shop.card(blank.id).points_balance
    listed = told_of(till)
    assert listed.differences > 0 and listed.differed_at is not None


@ON_SQLITE
@pytest.mark.parametrize(
    "bits",
    [
        pytest.param(
            "UPDATE cards SET row = replace(row, '\"points_balance\":', '\"points_balancf\":') WHERE id = ?",
            id="another balance",
        ),
        pytest.param("UPDATE cards SET row = CAST(x'00ff' || substr(row, 3) AS BLOB) WHERE id = ?", id="no text"),
        pytest.param("UPDATE cards SET row = CAST(replace(row, '{', '[') AS BLOB) WHERE id = ?", id="no JSON"),
        pytest.param("UPDATE cards SET hash = hash + 4 WHERE id = ?", id="hash"),
        pytest.param("UPDATE cards SET version = version - 1 WHERE id = ?", id="version"),
        pytest.param("UPDATE cards SET as_of_seq = 123456 WHERE id = ?", id="as_of_seq"),
    ],
)
def test_flipped_bits_in_a_row_are_found_and_healed(joined: JoinedTill, cards: list[Blank], bits: str) -> None:
    broken, other, _ = cards
    changed(joined, bits, broken.id.bytes)
    assert serves(joined, other)
    joined.sync()
    joined.asks(Scan(broken.token))  # the result does not matter
    assert serves(joined, other)
    healed_and_told(joined, broken)


@ON_SQLITE
@pytest.mark.parametrize(
    "bits",
    [
        "UPDATE cards SET token = x'0102030405060708' WHERE id = ?",
        "UPDATE cards SET number = x'0102030405060708' WHERE id = ?",
        "UPDATE cards SET blank = 1 WHERE id = ?",
        "UPDATE transactions SET card = x'01020304050607080102030405060708' WHERE card = ?",
        "UPDATE transactions SET day = CAST(x'ff313032' AS TEXT) WHERE card = ?",
        "UPDATE verdicts SET word = 'held' WHERE card = ?",
        "UPDATE verdicts SET seq = seq + 4096 WHERE card = ?",
    ],
)
def test_flipped_bits_in_a_look_up_column_are_found_and_healed(
    joined: JoinedTill, cards: list[Blank], bits: str
) -> None:
    broken, other, _ = cards
    changed(joined, bits, broken.id.bytes)
    assert serves(joined, other)
    healed_and_told(joined, broken)


@ON_SQLITE
def test_a_bucket_of_many_cards_is_looked_over_a_part_at_a_time_to_its_end(
    joined: JoinedTill, cards: list[Blank], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replica_repair, "ROWS_AT_ONCE", 1)
    joined.shop.blanks(300)
    joined.sync()
    statement = "UPDATE cards SET blank = 2 WHERE id IN (SELECT id FROM cards ORDER BY token LIMIT 1 OFFSET %d)"
    for place in (0, 150, 342):
        changed(joined, statement % place)
    for _quiet in range(420):
        joined.passes(minutes=2)
        joined.sync()
    joined.asks(Pin("Lena", "4711"))
    assert status(joined.asks(Status())).differences == 3
    with joined.replica.snapshot() as snapshot:
        assert snapshot._conn.exec_driver_sql("SELECT count(*) FROM cards WHERE blank = 2").scalar_one() == 0


@pytest.mark.parametrize(
    ("table", "which"),
    [
        ("cards", "hex(substr(token, 1, 1)) = (SELECT hex(substr(token, 1, 1)) FROM cards WHERE id = ?)"),
        ("verdicts", "?1 = ?1"),
        ("transactions", "?1 = ?1"),
        ("essentials", "kind = 'store' AND ?1 = ?1"),
        ("digests", "kind = 'card' AND ?1 = ?1"),
    ],
)
def test_a_missing_bucket_comes_back(joined: JoinedTill, cards: list[Blank], table: str, which: str) -> None:
    broken, other, _ = cards
    if table != "cards":
        other = broken
    changed(joined, f"DELETE FROM {table} WHERE {which}", broken.id.bytes)
    assert table == "essentials" or serves(joined, other)
    healed_and_told(joined, broken)


def test_a_row_of_the_future_gives_way_to_the_servers(joined: JoinedTill, cards: list[Blank]) -> None:
    broken, other, _ = cards
    row = joined.shop.card(broken.id)
    data: Any = b'{"id":"%b","token":"%b","points_balance":999}' % (str(broken.id).encode(), b"AAAA")
    changed(joined, "UPDATE cards SET version = ?, row = ? WHERE id = ?", row.version + 10_000, data, broken.id.bytes)
    changed(joined, "UPDATE state SET bulk = ?", 10**9)
    assert serves(joined, other)
    healed_and_told(joined, broken, after=ALL_CHECKED)
    shown = stamps(joined.asks(Scan(broken.token)))
    assert shown.waiting == 1
    joined.sync()
    assert stamps(joined.asks(Scan(broken.token))).waiting == 0, "the feed goes on from where the server is"


@ON_SQLITE
def test_a_state_whose_bits_flipped_is_learned_again(joined: JoinedTill, cards: list[Blank]) -> None:
    changed(joined, "UPDATE state SET seal = x'ff00', health = x'00', anchor = x'7b', acked_seq = 999")
    assert serves(joined, cards[0])
    heals(joined)
    joined.sync()
    assert joined.replica.marks().acked_seq == joined.journal.head().seq
    ours, theirs = sums(joined)
    assert ours == theirs


@ON_SQLITE
def test_a_bucket_that_differs_after_each_healing_is_fetched_less_and_less_and_told_once(
    joined: JoinedTill, cards: list[Blank]
) -> None:
    heals(joined)
    wrong = (server_digests.c.table == "card", server_digests.c.bucket == token_hash(cards[0].token)[:1].hex())

    def miscount(by: int) -> None:
        with joined.shop.units.write(joined.shop.company_id) as conn:
            moved = update(server_digests).where(*wrong).values(sum=server_digests.c.sum + by)
            assert conn.execute(moved).rowcount == 1

    miscount(1)
    before = len(joined.wire.asked)
    for _quiet in range(240):  # nearly two days
        joined.passes(minutes=11)
        joined.sync()
    fetches = sum(bool(one.fetch) for one in joined.wire.asked[before:])
    assert 3 <= fetches <= 9, "20 minutes, 40, 80 ... and at last a day"
    joined.asks(Pin("Lena", "4711"))
    seen = status(joined.asks(Status()))
    assert seen.differences == 2, "once that it differs, and once that healing does not help"
    assert serves(joined, cards[1])
    miscount(-1)
    at = seen.compared_at
    later = heals(joined).compared_at
    assert at is not None and later is not None and later > at


@ON_SQLITE
def test_what_is_past_the_window_is_forgotten_on_the_till_and_no_difference(
    joined: JoinedTill, cards: list[Blank]
) -> None:
    joined.passes(days=70)
    joined.asks(Pin("Lena", "4711"))
    assert serves(joined, cards[0])
    seen = heals(joined)
    with joined.replica.snapshot() as snapshot:
        days = list(snapshot._conn.execute(select(transactions.c.day)).scalars())
    assert seen.differences == 0
    assert days and all((joined.shop.now.date() - date.fromisoformat(day)).days <= 60 for day in days)


@ON_SQLITE
def test_an_exchange_with_nothing_to_say_asks_for_no_sums(joined: JoinedTill, cards: list[Blank]) -> None:
    heals(joined)
    joined.passes(seconds=61)
    asked = joined.wire.asked
    joined.sync()
    last = joined.wire.asked[-1]
    assert asked is joined.wire.asked
    assert (last.digest, last.fetch, last.differences) == (False, (), ())


def test_a_replica_of_another_format_is_fetched_again_and_what_waits_is_not_lost(
    joined: JoinedTill, cards: list[Blank]
) -> None:
    joined.wire.is_up = False
    assert serves(joined, cards[1])
    joined.stop()
    with sqlite3.connect(joined.replica_file) as file:
        for statement in ("PRAGMA user_version = 2", "DROP TABLE cards", "CREATE TABLE cards (id BLOB, code BLOB)"):
            file.execute(statement)
    file.close()
    joined.start()
    with joined.replica.snapshot() as snapshot:
        assert snapshot.state().cursors == Cursors() and snapshot.blanks() == 0
    joined.wire.is_up = True
    joined.sync()
    seen = status(joined.asks(Status()))
    assert (seen.waiting, seen.acked_seq) == (0, seen.last_seq)
    joined.asks(Pin("Lena", "4711"))
    assert joined.shop.card(cards[1].id).stamp_count == 1
    ours, theirs = sums(joined)
    assert ours == theirs and serves(joined, cards[0])


@pytest.fixture
def packed(joined: JoinedTill, cards: list[Blank], tmp_path: Path) -> list[Blank]:
    """Cards that came with a snapshot."""
    joined.stop()
    joined.replica_file.unlink()
    joined.start()
    stored, path = made(joined.shop, tmp_path)
    mark = stored.mark_of(joined.journal.identity.terminal_id)
    assert mark is not None
    assert joined.replica.install(ReadySnapshot(path, stored.version, mark.acked_seq, stored.rows))
    joined.sync()
    joined.asks(Pin("Lena", "4711"))
    assert joined.asks(Scan(cards[0].token)).ok
    with sqlite3.connect(joined.replica_file) as file:
        (row,) = file.execute("SELECT row FROM cards WHERE id = ?", (cards[0].id.bytes,)).fetchone()
    file.close()
    assert not row.startswith(b"{"), "it is packed"
    return cards


@ON_SQLITE
@pytest.mark.parametrize(
    "bits",
    [
        "UPDATE cards SET row = CAST(replace(row, 'c', 'd') AS BLOB) WHERE id = ?",
        "UPDATE cards SET row = x'de' || substr(row, 3) WHERE id = ?",
        "UPDATE cards SET row = x'de' WHERE id = ?",
        "UPDATE cards SET row = x'7b' || substr(row, 2) WHERE id = ?",
        "UPDATE cards SET row = 7 WHERE id = ?",
        "UPDATE cards SET token = x'0002030405060708' WHERE id = ?",
        "UPDATE cards SET token = x'ff02030405060708' WHERE id = ?",
        "UPDATE cards SET token = substr(token, 1, 31) || x'00' WHERE id = ?",
        "UPDATE cards SET token = 5 WHERE id = ?",
        "UPDATE cards SET number = substr(number, 1, 31) || x'00' WHERE id = ?",
        "UPDATE cards SET email = x'01' WHERE id = ?",
        "UPDATE cards SET email = 'somebody' WHERE id = ?",
        "UPDATE cards SET blank = 1 WHERE id = ?",
        "UPDATE cards SET hash = hash + 4 WHERE id = ?",
        "UPDATE cards SET version = version - 1 WHERE id = ?",
    ],
)
def test_flipped_bits_in_a_packed_row_are_found_and_healed(joined: JoinedTill, packed: list[Blank], bits: str) -> None:
    broken, other, _ = packed
    changed(joined, bits, broken.id.bytes)
    assert serves(joined, other)
    joined.sync()
    joined.asks(Scan(broken.token))  # the result does not matter
    assert serves(joined, other)
    healed_and_told(joined, broken)
