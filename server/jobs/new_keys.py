"""The job `keys`: puts everything of a company under keys that a stolen till does not have."""

from server.jobs.runner import Run
from server.terminals import revocation


def close_anew(run: Run) -> None:
    """Renews the company's keys if a till was revoked, and re-encrypts what is under former ones."""
    services, cursor = run.services, run.cursor
    with services.units.read() as conn:
        waiting = revocation.exposed(conn, run.company)
    if not waiting:
        return
    revocation.renew(services.keys, run.company, waiting)
    while True:
        with run.batch(books=True) as conn:
            closed = revocation.close_next(conn, run.company, services.keys, waiting, cursor, run.now)
            run.did(closed.people + closed.cards)
            run.cursor = closed.cursor or run.cursor
        cursor = closed.cursor
        if cursor is None:
            return
