"""Imports of a company: the file that was sent, what was chosen for it, how far it is, and what became of its rows.

A file and its rows are personal data, so they are encrypted. The file is deleted once it was carried out, and both are
seven days after they were sent or as soon as the import is discarded.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice
from typing import IO, Any
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import Connection, Row, Select, and_, func, insert, or_, select, update

from loyalty.texts import clean
from server.companies import programs, stores
from server.db import job_queue
from server.db.job_queue import DueJob
from server.db.paging import Order
from server.db.transfer_tables import import_parts, imports
from server.db.units import Units
from server.keys import CompanyKeys
from server.refusals import No, Refused
from server.transfer import csv_reading, file_parts, staged_rows
from server.transfer.csv_reading import Encoding, FileWrong, Shape, Sniffer, Unreadable
from server.transfer.file_parts import PART_BYTES, FileParts
from server.transfer.import_plan import Word
from server.transfer.row_values import Choice

JOB = "imports"
KEPT_FOR = timedelta(days=7)
PARTS = FileParts(import_parts, "import_id")
_NEWEST_FIRST = Order((imports.c.created_at, imports.c.import_id), descending=True)
PARTS_AT_ONCE = 4
NAME_CHARS_MAX = 200


class State(StrEnum):
    """How far an import has come."""

    ARRIVING = "arriving"  # its file is being stored
    SENT = "sent"  # what its columns hold is to be chosen
    PLANNING = "planning"
    PLANNED = "planned"  # the dry run is over
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"  # nothing of the file can be taken
    DISCARDED = "discarded"


BUSY = (State.PLANNING, State.RUNNING)


@dataclass(frozen=True, slots=True)
class Import:
    """An import; *counts* are of its plan, and of what has become of it once it is carried out."""

    id: UUID
    name: str
    sha256: bytes
    size: int
    shape: Shape
    choice: Choice | None
    state: State
    wrong: FileWrong | None
    next_row: int
    counts: dict[Word, int]
    weak_codes: int
    done: int
    staff_id: UUID | None
    run_by: UUID | None
    sent_at: datetime
    done_at: datetime | None
    is_cleared: bool

    @property
    def to_do(self) -> int:
        """The rows that are to be carried out."""
        return self.counts[Word.MAKES] + self.counts[Word.ADDS]

    @property
    def to_decide(self) -> int:
        """The rows that are to become cases, or have."""
        return self.counts[Word.CLASHES]

    @property
    def left_out(self) -> int:
        """The rows that are not taken."""
        return self.counts[Word.CLASHES] + self.counts[Word.REFUSED]

    @property
    def rows(self) -> int:
        """All rows that have been looked at."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class SentFile:
    """What was found out about a file by looking through it."""

    name: str
    sha256: bytes
    size: int
    shape: Shape


def looked_through(name: str, file: IO[bytes]) -> SentFile:
    """Looks through a whole file; refuses one of which nothing can be read."""
    sniffer, digest = Sniffer(), hashlib.sha256()
    try:
        for piece in _pieces(file, PART_BYTES):
            sniffer.take(piece)
            digest.update(piece)
        shape = csv_reading.shape(_pieces(file, csv_reading.ROW_BYTES_MAX), sniffer.encoding())
    except Unreadable as error:
        raise Refused(No.IMPORT_UNREADABLE, error.wrong) from None
    return SentFile(clean(name)[:NAME_CHARS_MAX], digest.digest(), sniffer.bytes, shape)


def begin(
    conn: Connection,
    company_id: UUID,
    import_id: UUID,
    sent: SentFile,
    *,
    by: UUID | None,
    is_again: bool,
    now: datetime,
) -> None:
    """Begins an import, to which the parts of its file are added next. Refuses a file that was imported before unless
    *is_again*."""
    same = imports.c.sha256 == sent.sha256, imports.c.state.in_([State.RUNNING, State.DONE])
    before = None if is_again else conn.execute(_of_company(company_id).where(*same).limit(1)).first()
    if before is not None:
        raise Refused(No.IMPORT_AGAIN, before.name)
    values = {
        "company_id": company_id,
        "import_id": import_id,
        "name": sent.name,
        "sha256": sent.sha256,
        "size": sent.size,
        "encoding": sent.shape.encoding.value,
        "separator": sent.shape.separator,
        "columns": list(sent.shape.columns),
        "state": State.ARRIVING.value,
        "next_row": 0,
        "weak_codes": 0,
        "done": 0,
        "staff_id": by,
        "created_at": now,
        "updated_at": now,
        **dict.fromkeys((word.value for word in Word), 0),
    }
    conn.execute(insert(imports).values(values))


def parts_of(import_id: UUID, file: IO[bytes], keys: CompanyKeys) -> Iterator[tuple[int, bytes]]:
    """The parts of a file, numbered and encrypted."""
    for place, piece in enumerate(_pieces(file, PART_BYTES)):
        yield place, file_parts.sealed(import_id, place, piece, keys)


def store(
    units: Units,
    company_id: UUID,
    keys: CompanyKeys,
    sent: SentFile,
    file: IO[bytes],
    *,
    by: UUID | None,
    is_again: bool,
    now: datetime,
) -> UUID:
    """Stores a file in short units of work, so that no till waits for it; `arrived` ends it."""
    import_id = uuid4()
    with units.write_unlocked() as conn:
        begin(conn, company_id, import_id, sent, by=by, is_again=is_again, now=now)
    parts = parts_of(import_id, file, keys)
    while some := list(islice(parts, PARTS_AT_ONCE)):
        with units.write_unlocked() as conn:
            PARTS.add(conn, company_id, import_id, some, key_id=keys.data.id, now=now)
    return import_id


def arrived(conn: Connection, company_id: UUID, import_id: UUID, now: datetime) -> Import:
    """The whole file is there."""
    change(conn, company_id, import_id, now, state=State.SENT.value)
    return by_id(conn, company_id, import_id)


def plan(conn: Connection, company_id: UUID, import_id: UUID, choice: Choice, now: datetime) -> None:
    """Begins the dry run with what was chosen, instead of any before."""
    present = by_id(conn, company_id, import_id)
    if present.state not in (State.SENT, State.PLANNED, State.FAILED) or present.is_cleared:
        raise Refused(No.IMPORT_BUSY)
    places = list(choice.columns.values())
    if not places or len(set(places)) != len(places) or not set(places) <= set(range(len(present.shape.columns))):
        raise Refused(No.IMPORT_COLUMNS)
    stores.open_one(conn, company_id, choice.store)
    if programs.versions(conn, company_id).at(now) is None:
        raise Refused(No.PROGRAM_MISSING)
    begun = {
        "choice": msgspec.to_builtins(choice),
        "state": State.PLANNING.value,
        "wrong": None,
        "next_row": 0,
        "weak_codes": 0,
    }
    change(conn, company_id, import_id, now, **begun, **dict.fromkeys((word.value for word in Word), 0))
    job_queue.wake(conn, DueJob(company_id, JOB), now)


def start(conn: Connection, company_id: UUID, import_id: UUID, *, run_by: UUID | None, now: datetime) -> None:
    """Has what was planned carried out."""
    present = by_id(conn, company_id, import_id)
    if present.state is not State.PLANNED or present.is_cleared:
        raise Refused(No.IMPORT_BUSY)
    if not present.to_do and not present.to_decide:
        raise Refused(No.IMPORT_NOTHING)
    change(conn, company_id, import_id, now, state=State.RUNNING.value, next_row=1, run_by=run_by)
    job_queue.wake(conn, DueJob(company_id, JOB), now)


def finish(conn: Connection, company_id: UUID, import_id: UUID, now: datetime) -> None:
    """All rows are carried out. The file goes: whoever is in it may be erased next, and nobody needs it any more."""
    PARTS.forget(conn, company_id, import_id)
    change(conn, company_id, import_id, now, state=State.DONE.value, done_at=now)


def discard(conn: Connection, company_id: UUID, import_id: UUID, now: datetime) -> None:
    """Gives up an import that is not carried out; its file and rows are deleted."""
    present = by_id(conn, company_id, import_id)
    if present.state in (State.RUNNING, State.DONE, State.DISCARDED):
        raise Refused(No.IMPORT_BUSY)
    change(conn, company_id, import_id, now, state=State.DISCARDED.value)
    job_queue.wake(conn, DueJob(company_id, JOB), now)


def change(conn: Connection, company_id: UUID, import_id: UUID, now: datetime, **values: Any) -> None:
    """Writes new values of an import's row."""
    one = imports.c.company_id == company_id, imports.c.import_id == import_id
    conn.execute(update(imports).where(*one).values(values | {"updated_at": now}))


def by_id(conn: Connection, company_id: UUID, import_id: UUID) -> Import:
    """The import with this id."""
    row = conn.execute(_of_company(company_id).where(imports.c.import_id == import_id)).one_or_none()
    if row is None:
        raise Refused(No.IMPORT_UNKNOWN, str(import_id))
    return _read(row)


def listed(
    conn: Connection,
    company_id: UUID,
    *,
    limit: int,
    offset: int = 0,
    after: tuple[datetime, UUID] | None = None,
) -> list[Import]:
    """The company's imports, the newest first; *after* is the time and id of the one before them."""
    query = _NEWEST_FIRST.sorted(_of_company(company_id))
    if after is not None:
        query = query.where(_NEWEST_FIRST.after(after))
    return [_read(row) for row in conn.execute(query.limit(limit).offset(offset))]


def count(conn: Connection, company_id: UUID) -> int:
    """How many imports the company has."""
    query = select(func.count()).select_from(imports).where(imports.c.company_id == company_id)
    return int(conn.execute(query).scalar_one())


def next_busy(conn: Connection, company_id: UUID) -> Import | None:
    """The import that is to be planned or carried out next."""
    busy = _of_company(company_id).where(imports.c.state.in_(BUSY)).order_by(imports.c.created_at)
    row = conn.execute(busy.limit(1)).one_or_none()
    return None if row is None else _read(row)


def next_to_clear(conn: Connection, company_id: UUID, now: datetime) -> Import | None:
    """An import whose file and rows are to be deleted."""
    is_old = and_(imports.c.created_at <= now - KEPT_FOR, imports.c.state.not_in(BUSY))
    query = _of_company(company_id).where(imports.c.cleared_at.is_(None))
    row = conn.execute(query.where(or_(is_old, imports.c.state == State.DISCARDED.value)).limit(1)).one_or_none()
    return None if row is None else _read(row)


def clear(conn: Connection, company_id: UUID, import_id: UUID, now: datetime) -> int:
    """Deletes some of the rows, and once there are none the file; returns how many rows went."""
    gone = staged_rows.forget(conn, company_id, import_id)
    if not gone:
        PARTS.forget(conn, company_id, import_id)
        change(conn, company_id, import_id, now, cleared_at=now)
    return gone


def logged(found: Import) -> dict[str, Any]:
    """What the audit log keeps of an import: nothing of anybody."""
    counts = {word.value: number for word, number in found.counts.items()}
    return {"sha256": found.sha256.hex(), "rows": found.rows, **counts}


def _read(row: Row[Any]) -> Import:
    return Import(
        id=row.import_id,
        name=row.name,
        sha256=row.sha256,
        size=row.size,
        shape=Shape(Encoding(row.encoding), row.separator, tuple(row.columns)),
        choice=None if row.choice is None else msgspec.convert(row.choice, Choice),
        state=State(row.state),
        wrong=None if row.wrong is None else FileWrong(row.wrong),
        next_row=row.next_row,
        counts={word: getattr(row, word.value) for word in Word},
        weak_codes=row.weak_codes,
        done=row.done,
        staff_id=row.staff_id,
        run_by=row.run_by,
        sent_at=row.created_at,
        done_at=row.done_at,
        is_cleared=row.cleared_at is not None,
    )


def _of_company(company_id: UUID) -> Select[Any]:
    return select(imports).where(imports.c.company_id == company_id)


def _pieces(file: IO[bytes], size: int) -> Iterator[bytes]:
    file.seek(0)
    return iter(lambda: file.read(size), b"")
