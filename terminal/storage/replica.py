"""The company's state as the server last confirmed it here. The exchange writes it, one response as one unit.

It can always be fetched again. A file that cannot be read is put aside and begun anew; nothing of ours is lost by it.
The counter looks at it from a process of its own: where another file takes its place, it must let go first.
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
from terminal.storage.replica_repair import health_in, tended
from terminal.storage.tables import is_damage, iso, open_file

R = TypeVar("R")

# What every exchange asks and writes, made once: making a statement takes longer than running it.
_STATE = Query(select(state))
_FROM_NOW_ON = Writing(update(state).values({column.name: bindparam(column.name) for column in state.c}))


def _forgive_texts(connection: Any, _record: Any) -> None:
    """A text with flipped bits is a wrong text, which is found and put right, and not the end of an exchange."""
    connection.text_factory = lambda data: data.decode(errors="replace")


class Replica:
    """One till's replica file. *others_away* keeps whoever else has it open away from it for as long as it lasts."""

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
        self._doubted: Callable[[bool], None] = lambda _damaged: None
        self._anchor: Callable[[], Anchor | None] = lambda: None
        self._damaged = False
        self._suspicious = False  # a row was met that cannot be read: all are looked over at the next response
        self._looks = 0
        self._is_away = False
        self._gate = threading.Condition()  # guards both
        try:
            self._engine = _opened(path, journal_id)
        except DatabaseError as error:
            if not is_damage(error):
                raise ReplicaUnwritable(str(error.orig)) from error
            with others_away():
                _put_aside(path)
                self._engine = _opened(path, journal_id)

    def close(self) -> None:
        """Lets the file go."""
        self._engine.dispose()

    @contextmanager
    def snapshot(self) -> Iterator[ReplicaSnapshot]:
        """One snapshot; raises `ReplicaProblem` when the file cannot be read."""
        with self._gate:
            self._gate.wait_for(lambda: not self._is_away)
            self._looks += 1
        try:
            with self._engine.connect() as conn, conn.begin():
                yield ReplicaSnapshot(conn)
        except DatabaseError as error:
            trouble = self._trouble(error)
            if not isinstance(trouble, ReplicaUnwritable):
                self._doubted(True)
            raise trouble from error
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            self._suspicious = True
            self._doubted(False)
            raise ReplicaProblem(str(error)) from error
        finally:
            with self._gate:
                self._looks -= 1
                self._gate.notify_all()

    def teach(self, anchor: Callable[[], Anchor | None]) -> None:
        """Says where the clock's anchor is found; it is kept with every response that is applied."""
        self._anchor = anchor

    def tell_doubts(self, doubted: Callable[[bool], None]) -> None:
        """Says who is to hear of a look that met what cannot be read: whether the file is damaged, or a row of it."""
        self._doubted = doubted

    def doubt(self, *, damaged: bool) -> None:
        """Somebody met what cannot be read: the next response begins the file anew, or looks all rows over."""
        if damaged:
            self._damaged = True
        else:
            self._suspicious = True

    def let_go(self) -> None:
        """Holds the file no longer, once nobody looks; who comes to look waits until `come_back`."""
        with self._gate:
            self._gate.wait_for(lambda: not self._looks)
            self._is_away = True
            self._engine.dispose()  # it opens the file again when it is asked to, whichever that is then

    def come_back(self) -> None:
        """The file may be looked at again. It may be another."""
        with self._gate:
            self._is_away = False
            self._gate.notify_all()

    def marks(self) -> Marks:
        """How far the server was when it spoke last."""
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
        """What the clock learned before this start."""
        return _read(self._state().anchor, _anchor)

    def apply(self, response: ExchangeResponse) -> None:
        """Takes in one response as one unit of work; rows only where they are newer.

        A file found damaged is given up only here, where the company is in reach and can say everything again.
        """
        if self._damaged:
            self._begin_anew()
            raise ReplicaProblem("it was damaged, and is begun anew")
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
                    values = {name: values[name] for name in ("acked_seq", "seal")}  # nothing else was said
                else:
                    if not (response.more or before.complete):
                        sums.begin(conn)
                    health = tended(conn, health_in(before.health), response, thorough=self._suspicious)
                    values["health"] = msgspec.json.encode(health)
                if not (response.update or response.more):
                    values |= {"complete": 1, "confirmed_at": iso(response.server_time)}
                if response.digest is not None:  # equal or healed up to here, so nothing is ahead of it
                    version = response.seal.version
                    values |= {name: min(values[name], version) for name in ("essentials", "bulk")}
                _FROM_NOW_ON.run(conn, before._asdict() | values)
            self._suspicious = False
        except (DatabaseError, msgspec.MsgspecError) as error:
            raise self._trouble(error) from error

    def install(self, ready: ReadySnapshot) -> bool:
        """Goes on with a snapshot's cards, unless more of them are here already. Readers wait for a moment."""
        try:
            if self._damaged or self._state().bulk >= ready.version:
                return False
            snapshot_install.complete(ready, self._path)
            with self._nobody_at_it():
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
                self._begin_anew()  # nothing can be read of a file without this row
            raise trouble from error

    def _trouble(self, error: DatabaseError | msgspec.MsgspecError) -> ReplicaProblem:
        if isinstance(error, DatabaseError) and not is_damage(error):
            return ReplicaUnwritable(str(error.orig))
        self._damaged = True
        return ReplicaProblem(str(error))

    def _begin_anew(self) -> None:
        with self._nobody_at_it():
            _put_aside(self._path)
        self._damaged = False

    @contextmanager
    def _nobody_at_it(self) -> Iterator[None]:
        """While its name may lead to another file. Afterwards it is open again, begun where it is new."""
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
    event.listen(engine, "connect", _forgive_texts)
    try:
        with engine.connect().execution_options(begin="BEGIN IMMEDIATE") as conn, conn.begin():
            is_ours = conn.exec_driver_sql("PRAGMA user_version").scalar_one() in (0, FILE_FORMAT)  # 0: just made
            if is_ours:
                _begin(conn, journal_id)
    except DatabaseError:
        engine.dispose()
        raise
    if is_ours:
        return engine
    engine.dispose()
    for file in _files(path):  # all of it is fetched again; what waits is in the journal
        file.unlink()
    return _opened(path, journal_id)


def _begin(conn: Connection, journal_id: UUID) -> None:
    """Whatever a replica has from its first moment on."""
    replica_tables.create_all(conn)
    row = conn.execute(select(state)).one_or_none()
    if row is not None and row.complete:
        sums.begin(conn)
    if row is not None and row.journal_id != journal_id.bytes:
        for table in replica_tables.sorted_tables:  # of another journal: `as_of_seq` means nothing here
            conn.execute(delete(table))
        row = None
    if row is None:
        begun = {"acked_seq": 0, "essentials": 0, "bulk": 0, "complete": 0, "base_seq": 0, "rows": 0}
        conn.execute(insert(state).values(id=1, journal_id=journal_id.bytes, **begun))
    conn.exec_driver_sql(f"PRAGMA user_version={FILE_FORMAT}")


_seal, _anchor = msgspec.json.Decoder(Seal), msgspec.json.Decoder(Anchor)


def _read(kept: bytes | None, decoder: msgspec.json.Decoder[R]) -> R | None:
    """What was kept; nothing where that cannot be read any more, since the server says it again."""
    try:
        return None if kept is None else decoder.decode(kept)
    except msgspec.MsgspecError:
        return None


def _put_aside(path: Path) -> None:
    for file in _files(path):
        file.rename(file.with_name(f"{file.name}.broken"))


def _files(path: Path) -> list[Path]:
    """The replica, and what SQLite has beside it."""
    return [file for ending in ("", "-wal", "-shm") if (file := Path(f"{path}{ending}")).exists()]
