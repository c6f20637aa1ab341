"""Copies a company's cards from the database into a replica file inside the database engines, without decoding rows."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote
from uuid import UUID

from sqlalchemy import Connection, text

from server.db.units import Units
from server.ledger.rows.cards import of_company, row_in
from server.snapshots.filling import through
from sync.protocol.rows import former_codes

_INTO = "INSERT INTO main.cards (id, version, token, number, blank, email, phone, row, hash)"
# By version, which is mostly the physical order; by id, reads would jump all over the file.
_ATTACHED = """
    SELECT card_id, version, token_hash, number_hmac, is_blank, email_hmac, phone_hmac, packed, row_hash
    FROM books.cards WHERE company_id = ? ORDER BY version"""
_SENT = """COPY (
    SELECT uuid_send(card_id), version, token_hash, number_hmac, is_blank::int, email_hmac, phone_hmac, packed, row_hash
    FROM cards WHERE company_id = %s) TO STDOUT (FORMAT BINARY)"""
_SENT_AS = ("bytea", "int8", "bytea", "bytea", "int4", "bytea", "bytea", "bytea", "int8")
_TAKEN = " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_OLD_CODE = "INSERT OR REPLACE INTO main.old_codes (hash, card) VALUES (?, ?)"


@contextmanager
def books(units: Units, file: sqlite3.Connection) -> Iterator[Connection]:
    """A read snapshot of the database; for SQLite, through *file* with the database attached, so that SQL can copy from
    it."""
    if units.address.get_backend_name() != "sqlite":
        with units.read() as conn:
            yield conn
        return
    file.execute("ATTACH ? AS books", (f"file:{quote(str(units.address.database))}?mode=ro",))
    with through(file).connect() as own:
        conn = own.execution_options(schema_translate_map={None: "books"})
        conn.exec_driver_sql("BEGIN")
        yield conn
        conn.commit()
    file.execute("DETACH books")


def copy(conn: Connection, company_id: UUID, file: sqlite3.Connection) -> int:
    """Copies the company's cards into the file; returns their number."""
    if conn.dialect.name == "sqlite":
        rows = file.execute(_INTO + _ATTACHED, (company_id.bytes,)).rowcount
    else:
        rows = _taken(conn, company_id, file)
    replaced = of_company(company_id).where(text("was_replaced"))
    for row in conn.execute(replaced):
        card = row_in(row)
        file.executemany(_OLD_CODE, [(code, card.id.bytes) for code in former_codes(card)])
    return rows


def _taken(conn: Connection, company_id: UUID, file: sqlite3.Connection) -> int:
    driver: Any = conn.connection.driver_connection  # psycopg's, which is not imported for SQLite
    file.execute("BEGIN")
    with driver.cursor() as cursor, cursor.copy(_SENT, (company_id,)) as sent:
        sent.set_types(_SENT_AS)
        rows = file.executemany(_INTO + _TAKEN, sent.rows()).rowcount
    file.execute("COMMIT")
    return rows
