"""The replica: the company's state as last confirmed by the server. The exchange applies each response as one unit of
work.

Its contents can be fetched again, so an unreadable file is set aside and started anew. The counter reads it in another
process, and must close it before the file is replaced.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Engine, bindparam, delete, event, insert, select, update
from sqlalchemy.exc import DatabaseError

from sync.exchange.ports import Marks, ReadySnapshot
from sync.protocol.digests import BUCKETS_FETCHED_MAX
from sync.protocol.messages import Cursors, ExchangeResponse, Seal
from sync.replica import sums
from sync.replica.changes import take
from sync.replica.statements import Query, Writing
from sync.replica.tables import FILE_FORMAT, replica_tables, state
from terminal.machine.clock import Anchor
from terminal.problems import ReplicaProblem, ReplicaUnwritable
from terminal.storage import snapshot_install
from terminal.storage.replica_reader import ReplicaSnapshot
from terminal.storage.replica_repair import health_in, maintained
from terminal.storage.tables import is_damage, iso, open_file

R = TypeVar("R")

# Statements of every exchange, built once: building one takes longer than running it.
_STATE = Query(select(state))
_NEW_STATE = Writing(update(state).values({column.name: bindparam(column.name) for column in state.c}))


def _decode_texts_leniently(connection: Any, _record: Any) -> None:
    """Decodes damaged texts leniently; the wrong value is then detected and repaired."""
    connection.text_factory = lambda data: data.decode(errors="replace")


class Replica:
    """A till's replica file. *others_away* is a context in which other processes have closed it."""

    def __init__(
        self,
        path: Path,
        journal_id: UUID,
        *,
        others_away: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._path = path
        self._journal_id = journal_id
        self._others_away = others_away
        self._unreadable: Callable[[bool], None] = lambda _damaged: None
        self._anchor: Callable[[], Anchor | None] = lambda: None
        self._damaged = False
        self._suspicious = False  # an unreadable row was found: check all rows at the next response
        self._looks = 0
        self._is_away = False
        self._gate = threading.Condition()  # guards the two above
        try:
            self._engine = _opened(path, journal_id)
        except DatabaseError as error:
            if not is_damage(error):
                raise ReplicaUnwritable(str(error.orig)) from error
            with others_away():
                _put_aside(path)
                self._engine = _opened(path, journal_id)

    def close(self) -> None:
        """Closes the file."""
        self._engine.dispose()

    @contextmanager
    def snapshot(self) -> Iterator[ReplicaSnapshot]:
        """A consistent read snapshot; raises `ReplicaProblem` if the file is unreadable."""
        with self._gate:
            self._gate.wait_for(lambda: not self._is_away)
            self._looks += 1
        try:
            with self._engine.connect() as conn, conn.begin():
                yield ReplicaSnapshot(conn)
        except DatabaseError as error:
            trouble = self._trouble(error)
            if not isinstance(trouble, ReplicaUnwritable):
                self._unreadable(True)
            raise trouble from error
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            self._suspicious = True
            self._unreadable(False)
            raise ReplicaProblem(str(error)) from error
        finally:
            with self._gate:
                self._looks -= 1
                self._gate.notify_all()

    def teach(self, anchor: Callable[[], Anchor | None]) -> None:
        """Sets the source of the clock's anchor, which is stored with every response."""
        self._anchor = anchor

    def on_unreadable(self, unreadable: Callable[[bool], None]) -> None:
        """Registers a callback for unreadable data: True for the whole file, False for one row."""
        self._unreadable = unreadable

    def report_unreadable(self, *, damaged: bool) -> None:
        """Reports unreadable data; the next response starts the file anew, or checks all rows."""
        if damaged:
            self._damaged = True
        else:
            self._suspicious = True

    def let_go(self) -> None:
        """Closes the file after running reads end; new reads wait for `come_back`."""
        with self._gate:
            self._gate.wait_for(lambda: not self._looks)
            self._is_away = True
            self._engine.dispose()  # reopens whatever file then has the name

    def come_back(self) -> None:
        """Allows reads again, possibly of another file."""
        with self._gate:
            self._is_away = False
            self._gate.notify_all()

    def marks(self) -> Marks:
        """The positions confirmed by the latest response."""
        row = self._state()
        health = health_in(row.health)
        return Marks(
            acked_seq=row.acked_seq,
            cursors=Cursors(row.essentials, row.bulk, row.recent),
            seal=_read(row.seal, _seal),
            suspects=health.suspects[:BUCKETS_FETCHED_MAX],
            differences=health.differences,
        )

    def anchor(self) -> Anchor | None:
        """The stored anchor of the clock."""
        return _read(self._state().anchor, _anchor)

    def apply(self, response: ExchangeResponse) -> None:
        """Applies a response as one unit of work, taking only newer rows.

        A damaged file is discarded only here, while the server is reachable to send everything again.
        """
        if self._damaged:
            self._start_anew()
            raise ReplicaProblem("the replica was damaged and is started anew")
        try:
            with self._engine.connect().execution_options(begin="BEGIN IMMEDIATE") as conn, conn.begin():
                take(conn, response.changes, response.acked_seq)
                (before,) = _STATE.all(conn)
                values: dict[str, Any] = {
                    "acked_seq": response.acked_seq,
                    "essentials": response.cursors.essentials,
                    "bulk": response.cursors.bulk,
                    "recent": response.cursors.recent,
                    "seal": msgspec.json.encode(response.seal),
                    "rows_left": response.rows_left,
                    "rows": before.rows if before.complete else before.rows + len(response.changes),
                }
                if (anchor := self._anchor()) is not None:
                    values["anchor"] = msgspec.json.encode(anchor)
                if response.update:
                    values = {
                        name: values[name] for name in ("acked_seq", "seal")
                    }  # the response contains nothing else
                else:
                    if not (response.more or before.complete):
                        sums.begin(conn)
                    health = maintained(conn, health_in(before.health), response, thorough=self._suspicious)
                    values["health"] = msgspec.json.encode(health)
                if not (response.update or response.more):
                    values |= {"complete": 1, "confirmed_at": iso(response.server_time)}
                if response.digest is not None:  # verified up to this version
                    version = response.seal.version
                    values |= {name: min(values[name], version) for name in ("essentials", "bulk")}
                _NEW_STATE.run(conn, before._asdict() | values)
            self._suspicious = False
        except (DatabaseError, msgspec.MsgspecError) as error:
            raise self._trouble(error) from error

    def install(self, ready: ReadySnapshot) -> bool:
        """Makes a snapshot the replica unless the replica is newer. Readers wait briefly."""
        try:
            if self._damaged or self._state().bulk >= ready.version:
                return False
            snapshot_install.complete(ready, self._path)
            with self._exclusively():
                snapshot_install.swap(ready, self._path)
        except (OSError, sqlite3.Error) as error:
            raise ReplicaUnwritable(str(error)) from error
        finally:
            ready.path.unlink(missing_ok=True)
        return True

    def _state(self) -> Any:
        try:
            with self._engine.connect() as conn, conn.begin():
                (row,) = _STATE.all(conn)
                return row
        except DatabaseError as error:
            trouble = self._trouble(error)
            if self._damaged:
                self._start_anew()  # the file is useless without this row
            raise trouble from error

    def _trouble(self, error: DatabaseError | msgspec.MsgspecError) -> ReplicaProblem:
        if isinstance(error, DatabaseError) and not is_damage(error):
            return ReplicaUnwritable(str(error.orig))
        self._damaged = True
        return ReplicaProblem(str(error))

    def _start_anew(self) -> None:
        with self._exclusively():
            _put_aside(self._path)
        self._damaged = False

    @contextmanager
    def _exclusively(self) -> Iterator[None]:
        """Context in which the file is closed and may be replaced; reopened afterwards."""
        with self._others_away():
            self.let_go()
            try:
                yield
            finally:
                try:
                    self._engine = _opened(self._path, self._journal_id)
                finally:
                    self.come_back()


def _opened(path: Path, journal_id: UUID) -> Engine:
    engine = open_file(path)
    event.listen(engine, "connect", _decode_texts_leniently)
    try:
        with engine.connect().execution_options(begin="BEGIN IMMEDIATE") as conn, conn.begin():
            is_ours = conn.exec_driver_sql("PRAGMA user_version").scalar_one() in (0, FILE_FORMAT)  # 0: new file
            if is_ours:
                _begin(conn, journal_id)
    except DatabaseError:
        engine.dispose()
        raise
    if is_ours:
        return engine
    engine.dispose()
    for file in _files(path):  # everything is fetched again; unsent entries are in the journal
        file.unlink()
    return _opened(path, journal_id)


def _begin(conn: Connection, journal_id: UUID) -> None:
    """Initialises the tables and state of a replica."""
    replica_tables.create_all(conn)
    row = conn.execute(select(state)).one_or_none()
    if row is not None and row.complete:
        sums.begin(conn)
    if row is not None and row.journal_id != journal_id.bytes:
        for table in replica_tables.sorted_tables:  # of another journal, whose `as_of_seq` does not apply
            conn.execute(delete(table))
        row = None
    if row is None:
        begun = {"acked_seq": 0, "essentials": 0, "bulk": 0, "complete": 0, "base_seq": 0, "rows": 0}
        conn.execute(insert(state).values(id=1, journal_id=journal_id.bytes, **begun))
    conn.exec_driver_sql(f"PRAGMA user_version={FILE_FORMAT}")


_seal, _anchor = msgspec.json.Decoder(Seal), msgspec.json.Decoder(Anchor)


def _read(kept: bytes | None, decoder: msgspec.json.Decoder[R]) -> R | None:
    """Decodes a stored value; None if unreadable, as the server sends it again."""
    try:
        return None if kept is None else decoder.decode(kept)
    except msgspec.MsgspecError:
        return None


def _put_aside(path: Path) -> None:
    for file in _files(path):
        file.rename(file.with_name(f"{file.name}.broken"))


def _files(path: Path) -> list[Path]:
    """The replica's file and SQLite's companion files."""
    return [file for ending in ("", "-wal", "-shm") if (file := Path(f"{path}{ending}")).exists()]
