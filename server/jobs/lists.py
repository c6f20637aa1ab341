"""The job `lists`: brings the list of cards up to date with the company's changes."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from server.cards import card_list
from server.jobs.runner import Run

AGAIN_AFTER = timedelta(seconds=1)  # at the earliest, so that a burst of changes is followed once


def follow(run: Run) -> None:
    """Lists all cards that have changed since the last run."""
    keys = run.services.keys.company(run.company)
    after = run.read_version if run.cursor is None else int(run.cursor)
    while True:
        with run.services.units.read() as conn:
            changed = card_list.changes(conn, run.company, keys, after)
        with run.batch() as conn:
            run.did(card_list.write(conn, run.company, changed, run.now))
            run.cursor = str(changed.until)
        after = changed.until
        if changed.is_all:
            run.read_version = changed.until
            return


def due_again(_conn: Connection, run: Run) -> datetime:
    """When a job that follows changes may run again."""
    return run.now + AGAIN_AFTER
