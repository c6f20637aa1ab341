"""The plans by which a database runs whatever statements a test causes."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4, uuid5

from sqlalchemy import Connection, Pool, event, insert, select, text

from server.db.batches import Batch
from server.db.schema import FEW
from server.db.tables import cards, customers, metadata, transactions
from server.db.units import Units
from server.db.work_tables import card_list

_COPIED = ("card_id", "customer_id", "transaction_id", "store_id")
_READING = ("SELECT", "UPDATE", "DELETE", "WITH")
# Of tables as small as a test's, PostgreSQL would read everything if sequential scans were not put off.
_EXPLAINED = ("LOAD 'auto_explain'", "SET auto_explain.log_min_duration = 0", "SET client_min_messages = 'log'")
_OF_FEW = "|".join(
    str(index.name) for table in metadata.sorted_tables for index in table.indexes if FEW.items() <= index.info.items()
)
GROWING = ("cards", "transactions", "customers", "entries", "tallies", "card_words")


@contextmanager
def plans_of(conn: Connection) -> Iterator[list[str]]:
    """Collects the plan of every statement that runs on the connection; complete when the block has ended."""
    driver: Any = conn.connection.driver_connection
    collected: list[str] = []
    if conn.dialect.name == "sqlite":
        statements: list[str] = []
        driver.set_trace_callback(statements.append)
        try:
            yield collected
        finally:
            driver.set_trace_callback(None)
        for statement in statements:
            if statement.lstrip().upper().startswith(_READING):
                collected.append(_explained(driver, statement))
        return
    driver.add_notice_handler(lambda notice: collected.append(notice.message_primary))
    for setting in (*_EXPLAINED, "SET enable_seqscan = off"):
        driver.execute(setting.replace("SET ", "SET LOCAL "))
    yield collected
    driver.execute("SET LOCAL client_min_messages = 'notice'")
    driver.execute("SET LOCAL enable_seqscan = on")


class Asked:
    """The statements given to databases since `begin`, by every connection that was opened within `watched`."""

    def __init__(self) -> None:
        self._sqlite: list[str] = []  # with their values
        self._postgresql: list[str] = []  # plans

    def begin(self) -> None:
        """Forgets what was asked."""
        self._sqlite.clear()
        self._postgresql.clear()

    def connected(self, driver: Any) -> None:
        """Listens to a new connection."""
        if isinstance(driver, sqlite3.Connection):
            driver.set_trace_callback(self._sqlite.append)
            return
        driver.add_notice_handler(lambda notice: self._postgresql.append(notice.message_primary))
        driver.autocommit = True
        for setting in (*_EXPLAINED, "SET enable_seqscan = off"):
            driver.execute(setting)
        driver.autocommit = False

    @property
    def queries(self) -> list[str]:
        """The statements that read or change rows, on SQLite."""
        return [one for one in self._sqlite if one.lstrip().upper().startswith(_READING)]

    def plans(self, conn: Connection) -> list[str]:
        """The plans of all statements."""
        if conn.dialect.name != "sqlite":
            return list(self._postgresql)
        driver: Any = conn.connection.driver_connection
        return [_explained(driver, one) for one in dict.fromkeys(self.queries)]


@contextmanager
def watched() -> Iterator[Asked]:
    """Sees what every connection that is opened meanwhile is asked."""
    asked = Asked()

    def connected(driver: Any, _record: object, /) -> None:
        asked.connected(driver)

    event.listen(Pool, "connect", connected)
    try:
        yield asked
    finally:
        event.remove(Pool, "connect", connected)


def _explained(driver: Any, statement: str) -> str:
    return "\n".join(row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall())


def scans_in(plan: str) -> list[str]:
    """The lines of a plan that read a whole table that grows with the company, or all that one company has in it."""
    tables = "|".join(GROWING)
    found = re.findall(rf"^.*SCAN (?:{tables})\b.*$", plan, re.MULTILINE)  # SQLite's
    found += re.findall(
        rf"^.*SEARCH (?:{tables}) USING (?!INDEX (?:{_OF_FEW})\b).*\(company_id=\?\)$", plan, re.MULTILINE
    )
    found += re.findall(rf"^.*Seq Scan on (?:\w+\.)?(?:{tables})\w*\b.*$", plan, re.MULTILINE)  # PostgreSQL's
    named = rf"(?:\w+\.)?(?!sheet_)(?:{tables}|\w*(?:{tables}))\w*"
    scan = rf"^ *(?:-> +)?(?:Bitmap )?(?:Heap|Index)(?: Only)? Scan.* on {named}\b.*$"
    for line in re.finditer(scan + r"\n(?P<condition> *(?:Index Cond|Recheck Cond): .*)$", plan, re.MULTILINE):
        if re.fullmatch(r" *\w+ Cond: \(company_id = \S+\)", line["condition"]):
            found.append(line[0])
    return found


def crowd(units: Units, times: int = 100) -> None:
    """Copies customers, cards and transactions so often that reading them all costs more than looking one up."""
    with units.write_unlocked() as conn:
        for table in (customers, cards, card_list, transactions):
            rows = [dict(row._mapping) for row in conn.execute(select(table))]
            Batch(insert(table)).run(conn, [_copy(row, number) for row in rows for number in range(times)])
        if conn.dialect.name == "postgresql":
            conn.execute(text("ANALYZE"))


def _copy(row: dict[str, Any], number: int) -> dict[str, Any]:
    """The row with ids and hashes of its own, alike in every table."""
    ids = {name: uuid5(row[name], str(number)) for name in _COPIED if row.get(name)}
    hashed = {name: value and uuid4().bytes * 2 for name, value in row.items() if name.endswith(("_hmac", "_hash"))}
    once = {name: None for name in ("receipt_key", "corrects") if name in row}
    return row | ids | once | {name: value for name, value in hashed.items() if name != "row_hash"}
