"""The job `imports`: plans imports and carries them out, and deletes what is staged once its time is over."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from server.jobs.runner import Run
from server.transfer import importing, imports, staged_rows
from server.transfer.csv_reading import Unreadable
from server.transfer.import_plan import TRIED
from server.transfer.imports import Import, State

LOOK_EACH = timedelta(hours=1)  # for what is to be deleted; an import that is begun makes the job due


def carry_on(run: Run) -> None:
    """Goes on with the imports that have begun, one after the other."""
    while (found := _next_busy(run)) is not None:
        if found.state is State.RUNNING:
            _carry_out(run, found)
        else:
            _plan(run, found)
    _clear(run)


def due_again(_conn: Connection, run: Run) -> datetime:
    """When to look for what is to be deleted."""
    return run.now + LOOK_EACH


def _next_busy(run: Run) -> Import | None:
    with run.services.units.read() as conn:
        return imports.next_busy(conn, run.company)


def _plan(run: Run, found: Import) -> None:
    """The dry run: rows of an earlier plan go, then the file's rows are staged."""
    gone = found.next_row == 0
    while gone:
        with run.batch() as conn:
            gone = staged_rows.forget(conn, run.company, found.id) > 0
            if not gone:
                imports.change(conn, run.company, found.id, run.now, next_row=1)
    own = run.services.keys.company(run.company)
    with run.services.units.read() as conn:
        found = imports.by_id(conn, run.company, found.id)
        rules = importing.rules(conn, run.company, found, own, run.now)

    def part(place: int) -> bytes | None:
        with run.services.units.read() as conn:
            return imports.PARTS.read(conn, run.company, found.id, place, own)

    ended = {"state": State.PLANNED.value}
    try:
        for read in importing.read_file(part, found, rules):
            with run.batch() as conn:
                present = imports.by_id(conn, run.company, found.id)
                if present.state is not State.PLANNING:
                    return
                importing.plan(conn, run.company, present, read, keys=own, now=run.now)
                run.did(len(read.rows))
    except Unreadable as error:
        ended = {"state": State.FAILED.value, "wrong": error.wrong.value}
    with run.batch() as conn:
        if imports.by_id(conn, run.company, found.id).state is State.PLANNING:
            imports.change(conn, run.company, found.id, run.now, **ended)


def _carry_out(run: Run, found: Import) -> None:
    """Books the rows, a batch after the other."""
    own = run.services.keys.company(run.company)
    while True:
        with run.services.units.read() as conn:
            found = imports.by_id(conn, run.company, found.id)
            rules = importing.rules(conn, run.company, found, own, run.now)
            staged = staged_rows.listed(
                conn,
                run.company,
                found.id,
                own,
                TRIED,
                after=found.next_row - 1,
                limit=importing.CARRIED_OUT_AT_ONCE,
            )
        rows = importing.read_again(staged, rules)
        with run.batch(books=True) as conn:
            if not staged:
                imports.finish(conn, run.company, found.id, run.now)
                return
            importing.carry_out(conn, run.company, found, staged, rows, run.services.keys, rules)
            run.did(len(rows))


def _clear(run: Run) -> None:
    while True:
        with run.services.units.read() as conn:
            found = imports.next_to_clear(conn, run.company, run.now)
        if found is None:
            return
        with run.batch() as conn:
            run.did(imports.clear(conn, run.company, found.id, run.now))
