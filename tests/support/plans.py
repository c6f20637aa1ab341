"""The plans by which a database runs whatever statements a test causes."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4, uuid5

from sqlalchemy import Connection, insert, select, text

from server.db.batches import Batch
from server.db.tables import cards, customers, transactions
from server.db.work_tables import card_list
from tests.support.paper_shop import PaperShop

_COPIED = ("card_id", "customer_id", "transaction_id", "store_id")
GROWING = ("cards", "transactions", "customers", "entries")


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
            if statement.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
                rows = driver.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
                collected.append("\n".join(row[3] for row in rows))
        return
    driver.add_notice_handler(lambda notice: collected.append(notice.message_primary))
    for setting in (
        "LOAD 'auto_explain'",
        "SET LOCAL auto_explain.log_min_duration = 0",
        "SET LOCAL client_min_messages = 'log'",
        "SET LOCAL enable_seqscan = off",  # of tables as small as a test's it would read everything otherwise
    ):
        driver.execute(setting)
    yield collected
    driver.execute("SET LOCAL client_min_messages = 'notice'")
    driver.execute("SET LOCAL enable_seqscan = on")


def scans_in(plan: str) -> list[str]:
    """The lines of a plan that read a whole table that grows with the company, or all that one company has in it."""
    tables = "|".join(GROWING)
    found = re.findall(rf"^.*SCAN (?:{tables})\b.*$", plan, re.MULTILINE)  # SQLite's
    found += re.findall(rf"^.*SEARCH (?:{tables}) USING .*\(company_id=\?\)$", plan, re.MULTILINE)
    found += re.findall(rf"^.*Seq Scan on (?:\w+\.)?(?:{tables})\w*\b.*$", plan, re.MULTILINE)  # PostgreSQL's
    scan = rf"^ *(?:-> +)?(?:Bitmap )?(?:Heap|Index)(?: Only)? Scan.* on (?:\w+\.)?(?:{tables}|\w*(?:{tables}))\w*\b.*$"
    for line in re.finditer(scan + r"\n(?P<condition> *(?:Index Cond|Recheck Cond): .*)$", plan, re.MULTILINE):
        if re.fullmatch(r" *\w+ Cond: \(company_id = \S+\)", line["condition"]):
            found.append(line[0])
    return found


def crowd(shop: PaperShop, times: int = 100) -> None:
    """Copies customers, cards and transactions so often that reading them all costs more than looking one up."""
    with shop.units.write_unlocked() as conn:
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
