"""The plans by which a database runs whatever statements a test causes."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection

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
