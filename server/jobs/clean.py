"""The job `clean`: clears away what has run out, and wipes old mails."""

from server.jobs.runner import Run
from server.mail import outbox
from server.terminals import pairing


def clean(run: Run) -> None:
    """Clears away what the company, or the platform, need not keep."""
    if run.company_id is not None:
        with run.batch() as conn:
            run.did(pairing.forget_old(conn, run.company_id, run.now))
    wiped = outbox.WIPED_AT_ONCE
    while wiped == outbox.WIPED_AT_ONCE:
        with run.batch() as conn:
            wiped = outbox.wipe(conn, run.company_id, run.now)
            run.did(wiped)
