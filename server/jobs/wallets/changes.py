"""The job `pass_changes`: makes the passes of cards due that have changed, or all of a company with another look."""

from server.companies import companies, programs
from server.db import job_queue
from server.db.job_queue import DueJob
from server.jobs.runner import Run
from server.wallet import state, telling


def follow(run: Run) -> None:
    """Makes the passes of what has changed since the last run due, and has their makers told."""
    with run.services.units.read() as conn:
        clock = companies.version(conn, run.company)
        has_passes = state.has_passes(conn, run.company)
        latest = state.company_version(conn, run.company) if has_passes else 0
    if has_passes:
        with run.batch() as conn:
            marked = state.mark_cards(conn, run.company, run.read_version, run.now)
            if marked:
                job_queue.wake(conn, DueJob(run.company, telling.JOB), run.now)
            run.did(marked)
        if latest > run.read_version:
            mark_all(run, latest)
    run.read_version = clock


def mark_all(run: Run, latest: int) -> None:
    """Makes all passes due whose company has changed since they were looked up."""
    with run.services.units.read() as conn:
        program = programs.versions(conn, run.company).at(run.now)
    begun = None if program is None else program.holds_from
    marked = state.MARKED_AT_ONCE
    while marked == state.MARKED_AT_ONCE:
        with run.batch() as conn:
            marked = state.mark_all(conn, run.company, latest, begun, run.now)
            if marked:
                job_queue.wake(conn, DueJob(run.company, telling.JOB), run.now)
            run.did(marked)
