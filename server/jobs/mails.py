"""The job `mail`: sends what waits in an outbox. A mail whose outcome is lost in a crash is sent again."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from server.jobs.runner import Run
from server.mail import outbox
from server.mail.smtp import Outcome, Sender, Verdict

LOOK_EACH = timedelta(hours=1)  # if nothing waits; a mail that is queued makes the job due


def send(run: Run) -> None:
    """Sends the mails that are due, one after the other."""
    services = run.services
    if services.smtp is None:
        with run.batch() as conn:
            run.did(outbox.drop_old(conn, run.company_id, run.now))
        return
    with Sender(services.smtp) as sender:
        while True:
            with run.batch() as conn:
                mail = outbox.claim(conn, services.keys, run.company_id, run.now)
            if mail is None:
                return
            with run.waits():  # outside of any unit of work, as it may take 20 s
                outcome = sender.send(mail, run.now)
            with run.batch(is_record=True) as conn:
                _note(conn, run, mail, outcome)


def due_again(conn: Connection, run: Run) -> datetime:
    """When the next mail is to be tried."""
    found = None if run.services.smtp is None else outbox.next_try(conn, run.company_id)
    return min(found or run.now + LOOK_EACH, run.now + LOOK_EACH)


def _note(conn: Connection, run: Run, mail: outbox.Mail, outcome: Outcome) -> None:
    match outcome.verdict:
        case Verdict.SENT:
            outbox.note_sent(conn, mail, run.now)
            run.did(1)
        case Verdict.LATER:
            outbox.note_later(conn, mail, outcome.error, run.now)
        case Verdict.NEVER:
            outbox.note_failed(conn, mail, outcome.error, run.now)
            if outcome.no_such_address:
                outbox.note_undeliverable(conn, run.services.keys, mail, run.now)
