"""The job `program_start`: gives cards what they need to keep rewards they had reached when a new version began."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from server.jobs.runner import Run
from server.ledger.judging import grants
from server.ledger.judging.grants import Change

CARDS_AT_ONCE = 100  # well within 100 ms
LOOK_EACH = timedelta(days=1)  # if no version is to come; one that is published makes the job due when it begins


def give(run: Run) -> None:
    """Carries out the grants of the versions that have begun, one after the other."""
    while True:
        with run.services.units.read() as conn:
            change = next(iter(grants.begun(conn, run.company, run.now)), None)
            cards = [] if change is None else _next_cards(conn, run, change)
        if change is None:
            return
        with run.batch(books=True) as conn:
            if change not in grants.begun(conn, run.company, run.now):
                continue  # it was withdrawn since
            run.did(grants.give(conn, run.company, change, cards, run.now))
            run.cursor = f"{change.after.version} {cards[-1]}" if cards else None
            if not cards:
                grants.finish(conn, run.company, change, run.now)


def due_again(conn: Connection, run: Run) -> datetime:
    """When the next version with grants begins."""
    return grants.next_begin(conn, run.company) or run.now + LOOK_EACH


def _next_cards(conn: Connection, run: Run, change: Change) -> list[UUID]:
    """The cards that come next; the cursor has the version and the last card that was looked at."""
    number, _, card = (run.cursor or "").partition(" ")
    after = UUID(card) if number == str(change.after.version) else None
    return grants.candidates(conn, run.company, change, after, CARDS_AT_ONCE)
