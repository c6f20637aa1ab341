"""What a replica keeps of rows that arrive late or again."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import msgspec
import pytest
from msgspec import Raw, Struct
from sqlalchemy import Connection, create_engine, select

from sync.protocol.messages import Change
from sync.protocol.rows import CardRow, CaseRow, StoreRow, Table, TransactionRow, VerdictRow
from sync.replica.changes import take
from sync.replica.tables import cards, cases, essentials, replica_tables, transactions, verdicts

ONE, OTHER = UUID(int=1), UUID(int=2)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
OF_THEIR_OWN = (Table.CARD, Table.VERDICT, Table.TRANSACTION, Table.CASE)  # kept in a table each


def said(table: Table, version: int) -> Change:
    """A row as it was in that version; a card has other codes since its second one, and another address in each."""
    token, number = (bytes([min(version, 2)]) * 32 for _ in range(2))
    row: Struct
    match table:
        case Table.CARD:
            email, created = bytes([version]) * 32, None if version == 1 else NOON
            codes: dict[str, Any] = {"token": token, "number": number, "number_key": 1, "number_end": "1234"}
            row = CardRow(id=ONE, **codes, created_at=created, email=email, stamp_count=version)
        case Table.VERDICT:
            row = VerdictRow(
                id=ONE, journal=OTHER, seq=version, word=f"word {version}", card=OTHER, card_version=version
            )
        case Table.TRANSACTION:
            row = TransactionRow(
                id=ONE,
                card=OTHER,
                kind="points_earned",
                occurred_at=NOON,
                recorded_at=NOON,
                store=OTHER,
                program_version=1,
                receipt=f"R-{version}",
            )
        case Table.CASE:
            changed = NOON + timedelta(days=version)  # in another bucket each time
            row = CaseRow(
                id=ONE, number=1, kind="salvaged", state="open", occurred_at=NOON, opened_at=NOON, changed_at=changed
            )
        case _:
            row = StoreRow(id=ONE, name=f"Name {version}")
    return Change(table, ONE, version, Raw(msgspec.json.encode(row)))


@pytest.fixture(scope="module")
def replica() -> Iterator[Connection]:
    """An empty replica in memory."""
    engine = create_engine("sqlite://")
    replica_tables.create_all(engine)
    with engine.connect() as conn:
        yield conn


def kept(replica: Connection, changes: Iterable[Change]) -> list[Any]:
    """What an empty replica has after *changes*, each in an answer of its own."""
    for change in changes:
        take(replica, [change], 0)
    tables = (cards, verdicts, transactions, cases, essentials)
    found = [tuple(row) for table in tables for row in replica.execute(select(table))]
    replica.rollback()
    return found


@pytest.mark.parametrize("table", [*OF_THEIR_OWN, Table.STORE])
def test_of_a_row_the_newest_version_is_kept_in_whatever_order_they_arrive(replica: Connection, table: Table) -> None:
    first, second, third = versions = [said(table, version) for version in (1, 2, 3)]
    newest = kept(replica, [third])
    assert len(newest) == 1
    assert kept(replica, [second]) != newest
    for order in permutations(versions):
        assert kept(replica, order) == newest
        assert kept(replica, (*order, first)) == newest, "and one comes again"


@pytest.mark.parametrize(
    "table", [Table.PROGRAM, Table.STORE, Table.CARD, Table.VERDICT, Table.TRANSACTION, Table.CASE]
)
def test_a_row_that_is_gone_is_gone_here(replica: Connection, table: Table) -> None:
    sent = msgspec.json.encode([said(table, 1), Change(table, ONE, 2, Raw(b"null"))])
    assert kept(replica, msgspec.json.decode(sent, type=list[Change])) == []


@pytest.mark.parametrize("table", [Table.PROGRAM, Table.STORE])
def test_a_row_that_is_gone_takes_none_of_another_kind_along(replica: Connection, table: Table) -> None:
    """A newer server may keep something of a store under the store's id."""
    newer = msgspec.structs.replace(said(table, 1), table="hours")
    gone = msgspec.json.decode(msgspec.json.encode(Change(table, ONE, 2, Raw(b"null"))), type=Change)
    assert kept(replica, [said(table, 1), newer, gone]) == kept(replica, [newer])
