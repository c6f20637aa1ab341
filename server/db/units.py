"""Units of work: their begin and commit, the company's lock, and the versions assigned under it.

Every write of a company's rows must go through `write`, so that versions are committed in the order of assignment and a
reader of the feed cannot miss one that commits late.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import URL, Connection, Engine, bindparam, create_engine, event, func, make_url, select, update
from sqlalchemy.exc import OperationalError

from server.db.lookups import Query
from server.db.outages import database_problems
from server.db.tables import companies
from server.problems import DatabaseUnusable
from sync.replica import raw_sql

BUSY_TIMEOUT_S = 10.0
BEGIN_TRIES_MAX = 3
CONNECTIONS_KEPT = 10  # for each process, and as many more under load
PLATFORM_LOCK = 0x6F72696F6E  # an arbitrary number, the same in every process
_WRITES = "orion_writes"  # key in a connection's info: the last setting of query_only
_WORK = "orion_work"  # key in a connection's info: the unit of work has made a job due
_HANDED_OUT = "orion_handed_out"  # key in a connection's info: last version assigned in the unit of work

# Built once: building a statement takes longer than running it.
_LOCK = Query(select(companies.c.clock).where(companies.c.company_id == bindparam("company")).with_for_update())
_MOVED = Query(
    update(companies)
    .where(companies.c.company_id == bindparam("company"))
    .values(clock=companies.c.clock + bindparam("count"))
    .returning(companies.c.clock)
)


UnitOfWork = Connection  # for rooms that pass it on and hold no SQL


class CompanyUnknown(LookupError):
    """The platform has no such company."""


def open_engine(url: str) -> Engine:
    """Opens a SQLite file or PostgreSQL database, configured so that commits are durable when they return."""
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
        isolation_level="READ COMMITTED",  # under a lock, the last holder's commit must be visible
        pool_size=CONNECTIONS_KEPT,
        max_overflow=CONNECTIONS_KEPT,
        pool_timeout=BUSY_TIMEOUT_S,
        pool_pre_ping=True,  # no request fails after the database restarted
        **_COMMON,
    )
    event.listen(engine, "connect", _postgresql_connected)
    return engine


class Units:
    """Begins and commits units of work. Only requests, jobs and commands use it."""

    def __init__(self, engine: Engine) -> None:
        self.on_commit: Callable[[UUID, int], None] | None = None  # called with a company's latest durable version
        self.on_work: Callable[[], None] | None = None  # called after a commit that made a job due
        self.on_lock: Callable[[float], None] | None = None  # called with the seconds that a company's lock took
        self._engine = engine
        self._is_sqlite = engine.dialect.name == "sqlite"
        # SQLite makes waiting writers poll; those of this process queue here instead.
        self._writer = threading.Lock()

    @property
    def address(self) -> URL:
        """The database's address, including the password."""
        return self._engine.url

    @contextmanager
    def write(self, company_id: UUID, committed: Callable[[], None] = lambda: None) -> Iterator[Connection]:
        """A unit of work that holds the company's lock until it commits.

        *committed* is called after the commit is durable, before `on_commit`.
        """
        began = time.perf_counter()
        with self._begun() as conn:
            if _LOCK.first(conn, company=company_id) is None:
                raise CompanyUnknown(company_id)
            if self.on_lock is not None:
                self.on_lock(time.perf_counter() - began)
            conn.info.pop(_HANDED_OUT, None)  # left by a rolled-back unit of work
            yield conn
            version = conn.info.pop(_HANDED_OUT, None)
        committed()
        if version is not None and self.on_commit is not None:
            self.on_commit(company_id, version)

    @contextmanager
    def platform_write(self) -> Iterator[Connection]:
        """A unit of work on the platform's tables, or on a company being created."""
        with self._begun() as conn:
            lock_platform(conn)
            yield conn

    @contextmanager
    def write_unlocked(self) -> Iterator[Connection]:
        """A unit of work on rows that no till receives, such as queues and lists; it waits for nobody's lock."""
        with self._begun() as conn:
            yield conn

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read-only snapshot of the database.

        It needs no retries, because PostgreSQL reports serialization failures to writers only.
        """
        options: dict[str, Any] = {"orion_begin": "read"}
        if not self._is_sqlite:
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with database_problems(), self._engine.connect().execution_options(**options) as conn, conn.begin():
            yield conn

    @contextmanager
    def _begun(self) -> Iterator[Connection]:
        if self._is_sqlite and not self._writer.acquire(timeout=BUSY_TIMEOUT_S):
            raise DatabaseUnusable("timed out waiting for another unit of work")
        try:
            with database_problems(), self._connected() as conn:
                conn.info.pop(_WORK, None)  # left by a rolled-back unit of work
                yield conn
                conn.commit()  # not reached after an exception: closing rolls back
                has_work = conn.info.pop(_WORK, False)
        finally:
            if self._is_sqlite:
                self._writer.release()
        if has_work and self.on_work is not None:
            self.on_work()

    def _connected(self) -> Connection:
        """A connection with a begun unit of work; retries while the database is busy."""
        for last in (*[False] * (BEGIN_TRIES_MAX - 1), True):
            conn = self._engine.connect().execution_options(orion_begin="write")
            try:
                conn.begin()
            except OperationalError:
                conn.close()
                if last:
                    raise
            else:
                return conn
        raise AssertionError("the last try returns or raises")


def lock_platform(conn: Connection) -> None:
    """Takes the platform's lock, also before the platform row exists."""
    if conn.dialect.name == "postgresql":  # on SQLite, beginning excludes other writers
        conn.execute(select(func.pg_advisory_xact_lock(PLATFORM_LOCK)))


def next_version(conn: Connection, company_id: UUID, count: int = 1) -> int:
    """The first of *count* new versions. Only inside `Units.write`; each changed row of the feed needs its own."""
    (moved,) = _MOVED.all(conn, company=company_id, count=count)
    last: int = moved.clock
    conn.info[_HANDED_OUT] = last
    return last - count + 1


def note_work(conn: Connection) -> None:
    """Has `Units.on_work` called once the unit of work has committed, as it has made a job due."""
    conn.info[_WORK] = True


def _to_json(value: object) -> str:
    return msgspec.json.encode(value).decode()


_COMMON: dict[str, Any] = {
    "json_serializer": _to_json,
    "json_deserializer": msgspec.json.decode,
    "hide_parameters": True,  # logged errors must not contain customers' data
    "pool_use_lifo": True,  # the last used connection has warm caches
}


def _sqlite_connected(dbapi_connection: Any, _record: object) -> None:
    dbapi_connection.isolation_level = None  # otherwise the driver begins transactions by itself
    for pragma in (
        f"busy_timeout = {int(BUSY_TIMEOUT_S * 1000)}",
        "journal_mode = WAL",
        "synchronous = FULL",  # commits survive a power cut
        "foreign_keys = ON",
    ):
        dbapi_connection.execute(f"PRAGMA {pragma}").close()


def _sqlite_begin(conn: Connection) -> None:
    """Begins write transactions with IMMEDIATE, because a reader that starts to write would fail instead of waiting."""
    writes = conn.get_execution_options().get("orion_begin") == "write"
    if conn.info.get(_WRITES) != writes:
        raw_sql.run(conn, f"PRAGMA query_only = {int(not writes)}")
        conn.info[_WRITES] = writes
    raw_sql.run(conn, "BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgresql_connected(dbapi_connection: Any, _record: object) -> None:
    dbapi_connection.autocommit = True
    for statement in (
        f"SET lock_timeout = {int(BUSY_TIMEOUT_S * 1000)}",
        # Commits survive a power cut; a stricter setting of the cluster is kept.
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
    ):
        dbapi_connection.execute(statement).close()
    dbapi_connection.autocommit = False
