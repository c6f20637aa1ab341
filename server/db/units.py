"""Units of work: where they begin, whose lock they hold, and the versions handed out under it.

Everything that writes a company's rows goes through `write`, so that versions are committed in the order in which they
were handed out: a reader of the feed can never step over one that commits late.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import URL, Connection, Engine, bindparam, create_engine, event, func, make_url, select, update
from sqlalchemy.exc import OperationalError, TimeoutError

from server.db import driver
from server.db.lookups import Query
from server.db.tables import companies
from server.problems import DatabaseUnusable

BUSY_TIMEOUT_S = 10.0
BEGIN_TRIES_MAX = 3
CONNECTIONS_KEPT = 10  # by each process; as many more when it is busy
PLATFORM_LOCK = 0x6F72696F6E  # any number, the same in every process
_WRITES = "orion_writes"  # whether the connection was set so last
_HANDED_OUT = "orion_handed_out"  # in a connection's info: the newest version its unit of work took

# Made once: making a statement takes longer than running it.
_LOCK = Query(select(companies.c.clock).where(companies.c.company_id == bindparam("company")).with_for_update())
_MOVED = Query(
    update(companies)
    .where(companies.c.company_id == bindparam("company"))
    .values(clock=companies.c.clock + bindparam("count"))
    .returning(companies.c.clock)
)


class CompanyUnknown(LookupError):
    """There is no such company on this platform."""


def open_engine(url: str) -> Engine:
    """The engine for a SQLite file or a PostgreSQL database, set so that a commit is on disk when it returns."""
    address = make_url(url)
    return _postgresql(address) if address.get_backend_name() == "postgresql" else _sqlite(address)


def _sqlite(address: URL) -> Engine:
    engine = create_engine(address, **_COMMON)
    event.listen(engine, "connect", _sqlite_connected)
    event.listen(engine, "begin", _sqlite_begin)
    return engine


def _postgresql(address: URL) -> Engine:
    engine = create_engine(
        address.set(drivername="postgresql+psycopg"),
        connect_args={"connect_timeout": int(BUSY_TIMEOUT_S), "application_name": "orion-server"},
        isolation_level="READ COMMITTED",  # under a lock, what its last holder committed must be seen
        pool_size=CONNECTIONS_KEPT,
        max_overflow=CONNECTIONS_KEPT,
        pool_timeout=BUSY_TIMEOUT_S,
        pool_pre_ping=True,  # a database that was restarted costs nobody a request
        **_COMMON,
    )
    event.listen(engine, "connect", _postgresql_connected)
    return engine


class Units:
    """Begins and commits. Only the edges call it: a request, a job, a command."""

    def __init__(self, engine: Engine) -> None:
        self.on_commit: Callable[[UUID, int], None] | None = None  # hears of each company's newest version, on disk
        self._engine = engine
        self._is_sqlite = engine.dialect.name == "sqlite"
        # SQLite lets one writer in and has the others poll; those of this process queue here instead.
        self._writer = threading.Lock()

    @property
    def address(self) -> URL:
        """Where the database is, password and all."""
        return self._engine.url

    @contextmanager
    def write(self, company_id: UUID, committed: Callable[[], None] = lambda: None) -> Iterator[Connection]:
        """One unit of work that holds the company's lock until it is committed.

        *committed* is called once it is on disk, before anybody else hears of it.
        """
        with self._begun() as conn:
            try:
                locked = _LOCK.first(conn, company=company_id)
            except OperationalError as error:  # PostgreSQL's: on SQLite who has begun has the lock
                raise DatabaseUnusable(str(error.orig)) from error
            if locked is None:
                raise CompanyUnknown(company_id)
            conn.info.pop(_HANDED_OUT, None)  # left by a unit of work that was rolled back
            yield conn
            version = conn.info.pop(_HANDED_OUT, None)
        committed()
        if version is not None and self.on_commit is not None:
            self.on_commit(company_id, version)

    @contextmanager
    def platform_write(self) -> Iterator[Connection]:
        """One unit of work on what belongs to no company, or on a company that is being made."""
        with self._begun() as conn:
            lock_platform(conn)
            yield conn

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Reads of one moment: what is committed meanwhile is not seen, and nothing can be written.

        It never has to be tried again: PostgreSQL refuses a serialization only to who writes.
        """
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
        """A connection whose unit of work has begun, also when the database was busy."""
        for last in (*[False] * (BEGIN_TRIES_MAX - 1), True):
            try:
                conn = self._engine.connect().execution_options(orion_begin="write")
            except (OperationalError, TimeoutError) as error:  # nobody answers, or the pool is empty
                raise DatabaseUnusable(str(error)) from error
            try:
                conn.begin()
            except OperationalError as error:
                conn.close()
                if last:
                    raise DatabaseUnusable(str(error.orig)) from error
            else:
                return conn
        raise AssertionError("the last try returns or raises")


def lock_platform(conn: Connection) -> None:
    """Those who change the platform or its tables take turns, also while there is no row to lock yet."""
    if conn.dialect.name == "postgresql":  # on SQLite who has begun is alone
        conn.execute(select(func.pg_advisory_xact_lock(PLATFORM_LOCK)))


def next_version(conn: Connection, company_id: UUID, count: int = 1) -> int:
    """The first of *count* new versions. Only inside `Units.write`; every row of the feed takes one of its own."""
    (moved,) = _MOVED.all(conn, company=company_id, count=count)
    last: int = moved.clock
    conn.info[_HANDED_OUT] = last
    return last - count + 1


def _to_json(value: object) -> str:
    return msgspec.json.encode(value).decode()


_COMMON: dict[str, Any] = {
    "json_serializer": _to_json,
    "json_deserializer": msgspec.json.decode,
    "hide_parameters": True,  # an error that is logged must not name a customer
    "pool_use_lifo": True,  # the connection used last has what it read and its statements at hand
}


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
    if conn.info.get(_WRITES) != writes:
        driver.run(conn, f"PRAGMA query_only = {int(not writes)}")
        conn.info[_WRITES] = writes
    driver.run(conn, "BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgresql_connected(dbapi_connection: Any, _record: object) -> None:
    dbapi_connection.autocommit = True
    for statement in (
        f"SET lock_timeout = {int(BUSY_TIMEOUT_S * 1000)}",
        # What was answered survives a power cut; a cluster that promises more than that keeps its promise.
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
    ):
        dbapi_connection.execute(statement).close()
    dbapi_connection.autocommit = False
