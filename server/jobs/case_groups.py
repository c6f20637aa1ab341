"""The job `case_groups`: carries out decisions of whole groups of cases."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from server.cases import groups
from server.jobs.runner import Run
from server.ledger.judging.savepoint_booking import Ledger

LOOK_EACH = timedelta(days=1)  # a decision makes the job due at once


def decide(run: Run) -> None:
    """Carries out the decisions that were asked for, one after the other."""
    while True:
        with run.services.units.read() as conn:
            asked = groups.under_way(conn, run.company)
        if asked is None:
            return
        decision, _, last = (run.cursor or "").partition(" ")
        after = int(last) if decision == str(asked.id) else 0
        with run.batch(books=True) as conn:
            batch = groups.carry_out(Ledger(conn, run.company, run.services.keys, run.now), asked, after)
            run.cursor = None if batch.last is None else f"{asked.id} {batch.last}"
            run.did(batch.decided)


def due_again(_conn: Connection, run: Run) -> datetime:
    """When to look again, if nobody asks for anything."""
    return run.now + LOOK_EACH
