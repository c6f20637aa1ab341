"""The company's state as the server last confirmed it here. The exchange writes it, one response as one unit.

It can always be fetched again. A file that is damaged, at a start or while it is in use, is put aside and begun anew;
nothing of ours is lost by it. The counter looks at it from a process of its own: where another file takes its place, it
must let go first.
"""

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Engine, bindparam, select, update

from sync.exchange.ports import Marks, ReadySnapshot, ReplicaBegunAnew
from sync.protocol.digests import BUCKETS_FETCHED_MAX
from sync.protocol.messages import Cursors, ExchangeResponse, Seal
from sync.protocol.rows import Table
from sync.replica import sums
from sync.replica.changes import take
from sync.replica.statements import Query, Writing
from sync.replica.tables import state
from terminal.machine.clock import Anchor
from terminal.problems import Problem, ReplicaAway, ReplicaProblem, ReplicaUnwritable
from terminal.storage import damage, snapshot_install
from terminal.storage.damage import Doubt, in_the_way, is_damage, must_be_opened_alone
from terminal.storage.replica_file import opened, sound
from terminal.storage.replica_reader import ReplicaSnapshot, Unreadable
from terminal.storage.replica_repair import health_in, is_whole, maintained, noting_restoration
from terminal.storage.tables import clear_log, iso

R = TypeVar("R")
AWAY_S_MAX = 5.0  # how long a look waits for a file that is being replaced, and a replacing for looks
OFFSET_S_MAX = 1e9  # thirty years: no clock is further off

# What every exchange asks and writes, made once: making a statement takes longer than running it.
_STATE = Query(select(state))
_FROM_NOW_ON = Writing(update(state).values({column.name: bindparam(column.name) for column in state.c}))

_ERASED = str(Table.ERASED)

log = logging.getLogger(__name__)


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
        self._unreadable: Callable[[Doubt], None] = lambda _doubt: None
        self._anchor: Callable[[], Anchor | None] = lambda: None
        self._damaged = False
        self._suspicious = False  # a row was met that cannot be read: all are looked over at the next response
        self._was_looked_over = False  # after such a row, and nothing was found: the next one means damage
        self._may_be_locked = False  # a look met a lock: the file is opened alone before the next exchange
        self._mends = True
        self._erasing = False  # rows were erased, and the log may still have them
        self._looks = 0
        self._is_away = False
        self._gate = threading.Condition()  # guards both
        self._engine: Engine | None = None
        try:
            self._opened_engine()
        except (ReplicaUnwritable, ReplicaAway) as trouble:  # whoever asks for something meets it again
            log.warning("problem", extra={"kind": trouble.kind, "detail": str(trouble)})

    def close(self) -> None:
        """Lets the file go."""
        if self._engine is not None:
            self._engine.dispose()

    @contextmanager
    def snapshot(self) -> Iterator[ReplicaSnapshot]:
        """One snapshot; raises `ReplicaProblem` when the file cannot be read."""
        with self._gate:
            if not self._gate.wait_for(lambda: not self._is_away, AWAY_S_MAX):
                raise ReplicaAway
            self._looks += 1
        try:
            with self._reading() as conn:
                yield ReplicaSnapshot(conn)
        finally:
            with self._gate:
                self._looks -= 1
                self._gate.notify_all()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """Tells what cannot be read from what goes wrong with what was read."""
        try:
            conn = self._opened_engine().connect()
        except Problem:
            raise
        except Exception as error:
            raise self._doubts(error, whole_file=True) from error
        with conn:
            try:
                conn.begin()
            except Exception as error:
                raise self._doubts(error, whole_file=True) from error
            try:
                yield conn
            except Unreadable as met:
                raise self._doubts(met.error, whole_file=met.of_the_file) from met.error
            except Problem:
                raise
            except Exception:  # a fault of the program; or a row that reads well, and says what was never sent
                self._report(Doubt.ROW)
                raise

    def teach(self, anchor: Callable[[], Anchor | None]) -> None:
        """Says where the clock's anchor is found; it is kept with every response that is applied."""
        self._anchor = anchor

    def on_unreadable(self, doubted: Callable[[Doubt], None]) -> None:
        """Says who is to hear of a look that met what cannot be read.

        From then on it is that one who begins the file anew.
        """
        self._unreadable = doubted
        self._mends = False

    def report_unreadable(self, doubt: Doubt) -> None:
        """Somebody met what cannot be read: the next response begins the file anew, or looks all rows over.

        A lock alone is no damage, however often one is met.
        """
        if doubt is Doubt.LOCK:
            self._may_be_locked = True
        elif doubt is Doubt.FILE or self._was_looked_over:
            self._damaged = True
        else:
            self._suspicious = True

    def let_go(self) -> None:
        """Holds the file no longer; who comes to look waits until `come_back`. `ReplicaAway` when a look goes on."""
        with self._gate:
            if not self._gate.wait_for(lambda: not self._looks, AWAY_S_MAX):
                raise ReplicaAway
            self._is_away = True
            if self._engine is not None:
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
        """What the clock learned before this start; nothing where the disk does not let the file be read."""
        try:
            kept = _read(self._state().anchor, _anchor)
        except (ReplicaUnwritable, ReplicaAway):
            return None
        sane = kept is not None and kept.server_time.tzinfo is not None and abs(kept.offset_s) < OFFSET_S_MAX
        return kept if sane else None

    def apply(self, response: ExchangeResponse) -> None:
        """Takes in one response as one unit of work; rows only where they are newer.

        A damaged file is begun anew here, where the company is in reach and can say everything again.
        """
        try:
            self._apply(response)
        except ReplicaProblem as trouble:
            if not self._damaged:
                raise
            self._start_anew(str(trouble))
            raise ReplicaBegunAnew from trouble

    def _apply(self, response: ExchangeResponse) -> None:
        if self._damaged:
            raise ReplicaProblem("a look met damage")
        thorough = self._suspicious
        if self._engine is not None and (thorough or response.digest is not None):
            self._engine.dispose()  # a connection that writes remembers pages, and would not see what the disk has
        try:
            with self._opened_engine().connect().execution_options(begin="BEGIN IMMEDIATE") as conn, conn.begin():
                found_before = self._take(conn, response, thorough=thorough)
            self._erasing |= any(change.table == _ERASED for change in response.changes)
            if self._erasing and not response.more:
                self._erasing = not clear_log(self._opened_engine())
        except Problem:
            raise
        except Exception as error:
            raise self._trouble(error) from error
        if thorough:
            self._suspicious, self._was_looked_over = False, not found_before

    def _take(self, conn: Connection, response: ExchangeResponse, *, thorough: bool) -> bool:
        """All that a response says; whether something wrong was found on the way."""
        if (thorough or response.digest is not None) and not is_whole(conn):
            raise ValueError("the file's tree or indexes do not hold")
        take(conn, response.changes, response.acked_seq)
        before = sound(_STATE.all(conn))
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
        known = health_in(before.health)
        health = noting_restoration(known, _read(before.seal, _seal), response)
        if response.update:
            values = {name: values[name] for name in ("acked_seq", "seal")}  # nothing else was said
        else:
            if not (response.more or before.complete):
                sums.begin(conn)
            health = maintained(conn, health, response, thorough=thorough)
        values["health"] = msgspec.json.encode(health)
        if not (response.update or response.more):
            values |= {"complete": 1, "confirmed_at": iso(response.server_time)}
        if response.digest is not None or health.restored_at != known.restored_at:  # so nothing is ahead of it
            version, read = response.seal.version, response.cursors
            values |= {"essentials": min(read.essentials, version), "bulk": min(read.bulk, version)}
        _FROM_NOW_ON.run(conn, before._asdict() | values)
        return health.found > known.found

    def install(self, ready: ReadySnapshot) -> bool:
        """Goes on with a snapshot's cards, unless more of them are here already. Readers wait for a moment."""
        try:
            if self._damaged or self._state().bulk >= ready.version:
                return False
            snapshot_install.complete(ready, self._path)
            with self._exclusively():
                snapshot_install.swap(ready, self._path)
        except (OSError, sqlite3.Error) as error:
            raise self._trouble(error) from error
        finally:
            ready.path.unlink(missing_ok=True)
        return True

    def _state(self) -> Any:
        """The file's one row of state; of a file without it nothing can be read, so such a one is begun anew."""
        for _ in range(2):
            if self._may_be_locked:
                with self._exclusively():  # opened with nobody else there, it says whether it is damaged
                    pass
            try:
                return self._read_state()
            except (ReplicaUnwritable, ReplicaAway) as trouble:
                if not must_be_opened_alone(trouble.__cause__):
                    raise
                self._may_be_locked = True
            except ReplicaProblem as trouble:
                self._start_anew(str(trouble))
        return self._read_state()

    def _read_state(self) -> Any:
        try:
            with self._opened_engine().connect() as conn, conn.begin():
                return sound(_STATE.all(conn))
        except Problem:
            raise
        except Exception as error:
            raise self._trouble(error) from error

    def _report(self, doubt: Doubt) -> None:
        self.report_unreadable(doubt)
        self._unreadable(doubt)

    def _doubts(self, error: Exception, *, whole_file: bool) -> ReplicaProblem:
        """What a look met."""
        if must_be_opened_alone(error):
            self._report(Doubt.LOCK)
        if not is_damage(error, self._path):
            return in_the_way(error)
        self._report(Doubt.FILE if whole_file else Doubt.ROW)
        return ReplicaProblem(str(error))

    def _trouble(self, error: Exception) -> ReplicaProblem:
        """What the exchange met."""
        self._may_be_locked |= must_be_opened_alone(error)
        if not is_damage(error, self._path):
            return in_the_way(error)
        self._damaged = True
        return ReplicaProblem(str(error))

    def _start_anew(self, found: str) -> None:
        with self._exclusively():
            damage.put_replica_aside(self._path, found)

    @contextmanager
    def _exclusively(self) -> Iterator[None]:
        """While its name may lead to another file. Afterwards it is open again, begun where it is new."""
        with self._others_away():
            self.let_go()
            try:
                yield
            finally:
                self._engine = None
                try:
                    self._opened_engine(others_are_away=True)
                finally:
                    self.come_back()

    def _opened_engine(self, *, others_are_away: bool = False) -> Engine:
        """The open file: begun where there is none, and begun anew where what is there is not ours or damaged."""
        if self._engine is not None:
            return self._engine
        try:
            self._engine = opened(self._path, self._journal_id)
        except Exception as error:
            if not is_damage(error, self._path):
                raise in_the_way(error) from error
            if not self._mends:
                raise
            with nullcontext() if others_are_away else self._others_away():
                damage.put_replica_aside(self._path, f"{type(error).__name__}: {error}")
                try:
                    self._engine = opened(self._path, self._journal_id)
                except Exception as again:
                    damage.drop_put_aside(self._path)  # a full disk has no room for both
                    raise ReplicaUnwritable(str(again)) from again
        self._damaged = self._suspicious = self._was_looked_over = self._may_be_locked = False
        return self._engine


_seal, _anchor = msgspec.json.Decoder(Seal), msgspec.json.Decoder(Anchor)


def _read(kept: bytes | None, decoder: msgspec.json.Decoder[R]) -> R | None:
    """What was kept; nothing where that cannot be read any more, since the server says it again."""
    with suppress(msgspec.MsgspecError, ValueError):  # a text with flipped bits need not be UTF-8
        return None if kept is None else decoder.decode(kept)
    return None
