"""Rows of a till's replica that the till cannot read, though they are stored as they were sent."""

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from server.cards.blanks import Blank
from server.companies import programs
from server.ledger.judging import program_changes
from sync.protocol.digests import row_hash
from sync.protocol.rows import ESSENTIALS, Table
from sync.replica.tables import replica_tables
from terminal.interface.asks import Earn, Enrol, History, Pin, Scan, Stamp
from tests.support.builders import a_program
from tests.support.databases import ON_SQLITE
from tests.support.erasures import erase
from tests.support.joined_till import JoinedTill
from tests.support.office_cases import a_case
from tests.support.replies import stamps, written

pytestmark = pytest.mark.slow


@pytest.fixture
def card(joined: JoinedTill) -> Blank:
    """A customer's card with a confirmed purchase."""
    (blank,) = joined.shop.blanks()
    joined.sync()
    written(joined.asks(Enrol(code=blank.token)))
    written(joined.asks(Earn(1000)))
    joined.sync()
    return blank


def test_a_scheduled_version_that_is_withdrawn_leaves_the_till_serving(joined: JoinedTill, card: Blank) -> None:
    shop = joined.shop
    with shop.units.write(shop.company_id) as conn:
        begins = shop.now + timedelta(days=7)
        later = program_changes.publish(conn, shop.company_id, a_program(stamps_target=5), shop.keys, shop.now, begins)
    joined.sync()
    assert stamps(joined.asks(Scan(card.token))).target == 10
    with shop.units.write(shop.company_id) as conn:
        programs.withdraw(conn, shop.company_id, later.version, shop.now)
    joined.sync()
    written(joined.asks(Stamp()))
    joined.passes(days=8)
    joined.sync()
    assert joined.asks(Pin("Lena", "4711")).ok
    assert stamps(joined.asks(Scan(card.token))).target == 10, "it begins at no time"


@ON_SQLITE
@pytest.mark.parametrize("of", list(Table))
def test_a_row_that_cannot_be_read_is_fetched_anew_and_no_other(joined: JoinedTill, card: Blank, of: Table) -> None:
    erase(joined.shop, joined.shop.enrolled(joined.shop.till("Till 2"), name="Zoe"))
    a_case(joined.shop.server, joined.shop.company_id, card.id, joined.journal.identity.store_id)
    joined.sync()
    file = joined.replica_file.stat().st_ino
    nulls(joined, of)
    joined.shop.person("Ben")  # the counter reads the essentials again
    joined.sync()
    assert_at_most_damaged(joined, card)
    joined.sync()
    assert_serving(joined, card)
    assert joined.replica_file.stat().st_ino == file, "it was not begun anew"


@ON_SQLITE
def test_a_till_that_starts_with_a_row_that_cannot_be_read_serves_after_one_exchange(
    joined: JoinedTill, card: Blank
) -> None:
    joined.stop()
    nulls(joined, Table.PROGRAM)
    joined.start()
    assert_at_most_damaged(joined, card)
    joined.sync()
    assert_serving(joined, card)


@ON_SQLITE
def test_a_till_that_starts_with_a_damaged_table_is_well_again_without_a_wait(joined: JoinedTill, card: Blank) -> None:
    for table in replica_tables.sorted_tables:
        joined.stop()
        zeros(joined, table.name)
        joined.start()
        exchanges_at_once(joined)
        assert joined.asks(Scan(card.token)).ok


@ON_SQLITE
def test_a_card_that_its_id_does_not_lead_to_is_damage_and_no_unknown_card(joined: JoinedTill, card: Blank) -> None:
    index_loses(joined, card)
    found = joined.asks(Scan(card.token))
    assert found.refusal is None and found.problem is not None and found.problem.kind == "replica"
    exchanges_at_once(joined)
    assert_serving(joined, card)


def assert_at_most_damaged(till: JoinedTill, card: Blank) -> None:
    for ask in (Pin("Lena", "4711"), Scan(card.token), History()):
        problem = till.asks(ask).problem
        assert problem is None or problem.kind == "replica"


def assert_serving(till: JoinedTill, card: Blank) -> None:
    assert till.asks(Pin("Lena", "4711")).ok
    assert till.asks(Scan(card.token)).ok
    assert till.asks(History()).ok
    written(till.asks(Stamp()))


def exchanges_at_once(till: JoinedTill) -> None:
    """Until nothing is left, with no time that passes."""
    till.driver.wake()
    for _turn in range(20):
        till.driver.turn()
    assert till.driver.status.online
    assert till.replica.marks().acked_seq == till.journal.head().seq


def index_loses(till: JoinedTill, card: Blank) -> None:
    """Has the index of ids made for all other cards only, and say that it is for all."""
    with closing(sqlite3.connect(till.replica_file)) as file, file:
        ((made,),) = file.execute("SELECT sql FROM sqlite_master WHERE name = 'ix_cards_id'").fetchall()
        file.execute("BEGIN")
        file.execute("DROP INDEX ix_cards_id")
        file.execute(f"{made} WHERE id != x'{card.id.hex}'")
        file.execute("PRAGMA writable_schema = ON")
        file.execute("UPDATE sqlite_master SET sql = ? WHERE name = 'ix_cards_id'", (made,))


def zeros(till: JoinedTill, table: str) -> None:
    """Overwrites the first page of a table."""
    with closing(sqlite3.connect(till.replica_file)) as file:
        ((page,),) = file.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchall()
        ((size,),) = file.execute("PRAGMA page_size").fetchall()
    with till.replica_file.open("r+b") as bytes_of_it:
        bytes_of_it.seek((page - 1) * size)
        bytes_of_it.write(bytes(size))


def nulls(till: JoinedTill, of: Table) -> None:
    """Stores the rows as an earlier program kept a tombstone: as `null`, with the hash of that."""
    table = "essentials" if of in ESSENTIALS and of not in (Table.VERDICT, Table.CASE) else f"{of}s"
    which = "kind = ?" if table == "essentials" else "? IS NOT NULL"
    with sqlite3.connect(till.replica_file) as file:
        rows = file.execute(f"SELECT id, version FROM {table} WHERE {which}", (of,)).fetchall()
        assert rows
        for row_id, version in rows:
            hashed = row_hash(of, row_id, version, b"null")
            file.execute(f"UPDATE {table} SET row = ?, hash = ? WHERE id = ?", (b"null", hashed, row_id))
    file.close()
