"""The job `exports`: makes exports of everything, and deletes them after their day. One that was interrupted is made
anew, as it is of one moment."""

from datetime import datetime, timedelta
from itertools import count
from typing import IO, cast

from sqlalchemy import Connection

from server.jobs.runner import Run
from server.ledger.rows import erasures
from server.transfer import exporting, exports, file_parts
from server.transfer.exporting import PartWriter
from server.transfer.exports import Export

LOOK_EACH = timedelta(hours=1)  # for what is to be deleted; an export that is asked for makes the job due


def make(run: Run) -> None:
    """Makes what was asked for, and deletes what is old."""
    while (found := _next_asked(run)) is not None:
        _make(run, found)
    while True:
        with run.services.units.read() as conn:
            old = exports.next_to_clear(conn, run.company, run.now)
        if old is None:
            return
        with run.batch() as conn:
            exports.clear(conn, run.company, old.id, run.now)
            run.did(1)


def due_again(_conn: Connection, run: Run) -> datetime:
    """When to look for what is to be deleted."""
    return run.now + LOOK_EACH


def _next_asked(run: Run) -> Export | None:
    with run.services.units.read() as conn:
        return exports.next_asked(conn, run.company)


def _make(run: Run, found: Export) -> None:
    own, places = run.services.keys.company(run.company), count()
    with run.batch() as conn:
        exports.PARTS.forget(conn, run.company, found.id)

    def add(content: bytes) -> None:
        place = next(places)
        part = place, file_parts.sealed(found.id, place, content, own)
        with run.batch() as conn:
            exports.PARTS.add(conn, run.company, found.id, [part], key_id=own.data.id, now=run.now)

    file = PartWriter(file_parts.PART_BYTES, add)
    with run.services.units.read() as conn:
        erased_at = erasures.newest(conn, run.company)
        rows = exporting.write(conn, run.company, own, cast("IO[bytes]", file), run.now)
    file.close()
    with run.batch() as conn:
        if erasures.newest(conn, run.company) != erased_at:
            exports.PARTS.forget(conn, run.company, found.id)  # who was erased meanwhile is in it: it is made anew
            return
        exports.finish(conn, run.company, found.id, size=file.bytes, rows=rows, now=run.now)
        run.did(rows)
