"""Units of work: where they begin, whose lock they hold, and the versions handed out under it.

Everything that writes a company's rows goes through `write`, so that versions are committed in the order in which they
were handed out: a reader of the feed can never step over one that commits late.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Engine, create_engine, event, make_url, select, update
from sqlalchemy.exc import OperationalError

from server.db.tables import companies, platform
from server.problems import DatabaseUnusable

BUSY_TIMEOUT_S = 10.0
BEGIN_TRIES_MAX = 3


class CompanyUnknown(LookupError):
    """There is no such company on this platform."""


def open_engine(url: str) -> Engine:
    """The engine for a SQLite file or a PostgreSQL database, set so that a commit is on disk when it returns."""
    address = make_url(url)
    if address.drivername == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
    engine = create_engine(
        address, json_serializer=_to_json, json_deserializer=msgspec.json.decode, hide_parameters=True
    )
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite_connected)
        event.listen(engine, "begin", _sqlite_begin)
    return engine


class Units:
    """Begins and commits. Only the edges call it: a request, a job, a command."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._is_sqlite = engine.dialect.name == "sqlite"
        # SQLite lets one writer in and has the others poll; those of this process queue here instead.
        self._writer = threading.Lock()

    @contextmanager
    def write(self, company_id: UUID) -> Iterator[Connection]:
        """One unit of work that holds the company's lock until it is committed."""
        with self._begun() as conn:
            lock = select(companies.c.clock).where(companies.c.company_id == company_id).with_for_update()
            if conn.execute(lock).first() is None:
                raise CompanyUnknown(company_id)
            yield conn

    @contextmanager
    def platform_write(self) -> Iterator[Connection]:
        """One unit of work on what belongs to no company, or on a company that is being made."""
        with self._begun() as conn:
            conn.execute(select(platform.c.id).with_for_update())
            yield conn

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Reads of one moment: what is committed meanwhile is not seen, and nothing can be written."""
        options: dict[str, Any] = {"orion_begin": "read"}
        if not self._is_sqlite:
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self._engine.connect().execution_options(**options) as conn, conn.begin():
            yield conn

    @contextmanager
    def _begun(self) -> Iterator[Connection]:
        if self._is_sqlite and not self._writer.acquire(timeout=BUSY_TIMEOUT_S):
            raise DatabaseUnusable("another unit of work did not end")
        try:
            conn = self._connected()
            with conn:
                yield conn
                conn.commit()  # an exception has left before, and closing rolls back
        finally:
            if self._is_sqlite:
                self._writer.release()

    def _connected(self) -> Connection:
        """A connection whose unit of work has begun, also when the database was busy or just restarted."""
        for last in (*[False] * (BEGIN_TRIES_MAX - 1), True):
            conn = self._engine.connect().execution_options(orion_begin="write")
            try:
                conn.begin()
            except OperationalError as error:
                conn.close()
                if last:
                    raise DatabaseUnusable(str(error.orig)) from error
            else:
                return conn
        raise AssertionError("the last try returns or raises")


def next_version(conn: Connection, company_id: UUID, count: int = 1) -> int:
    """The first of *count* new versions. Only inside `Units.write`; every row of the feed takes one of its own."""
    clock = companies.c.clock
    moved = update(companies).where(companies.c.company_id == company_id).values(clock=clock + count).returning(clock)
    last: int = conn.execute(moved).scalar_one()
    return last - count + 1


def _to_json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _sqlite_connected(dbapi_connection: Any, _record: object) -> None:
    dbapi_connection.isolation_level = None  # the driver would begin by its own rules, and only before writing
    for pragma in (
        f"busy_timeout = {int(BUSY_TIMEOUT_S * 1000)}",
        "journal_mode = WAL",
        "synchronous = FULL",  # what was answered survives a power cut
        "foreign_keys = ON",
    ):
        dbapi_connection.execute(f"PRAGMA {pragma}").close()


def _sqlite_begin(conn: Connection) -> None:
    """Writers take their place at once: a reader that turns writer half-way would fail instead of waiting."""
    writes = conn.get_execution_options().get("orion_begin") == "write"
    conn.exec_driver_sql(f"PRAGMA query_only = {int(not writes)}")
    conn.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
