"""The job `clean`: clears away what has run out, and wipes old mails."""

from server.accounts import attempts, audit, links, sessions
from server.customers import customer_sessions, erasure, one_time_codes
from server.db import answers
from server.jobs.runner import Run
from server.ledger.rows import erasures
from server.mail import outbox
from server.terminals import contact_log, pairing


def clean(run: Run) -> None:
    """Clears away what the company, or the platform, need not keep."""
    if run.company_id is not None:
        with run.batch() as conn:
            run.did(pairing.forget_old(conn, run.company_id, run.now))
        filed = erasure.FILED_AT_ONCE
        while filed == erasure.FILED_AT_ONCE:
            with run.batch() as conn:
                filed = erasure.file_new(conn, run.company_id, run.services.keys.path, run.now)
                run.did(filed)
        with run.batch(books=True) as conn:
            run.did(erasures.close_old(conn, run.company_id, run.now))
        with run.batch() as conn:
            run.did(contact_log.forget_old(conn, run.company_id, run.now))
        with run.batch() as conn:
            run.did(one_time_codes.forget_expired(conn, run.company_id, run.now))
            run.did(customer_sessions.forget_expired(conn, run.company_id, run.now))
    else:
        with run.batch() as conn:
            run.did(sessions.end_expired(conn, run.now))
            run.did(links.forget_expired(conn, run.now))
            run.did(attempts.forget_expired(conn, run.now))
            run.did(answers.forget_expired(conn, run.now))
    with run.batch() as conn:
        run.did(audit.forget_old(conn, run.company_id, run.now))
    wiped = outbox.WIPED_AT_ONCE
    while wiped == outbox.WIPED_AT_ONCE:
        with run.batch() as conn:
            wiped = outbox.wipe(conn, run.company_id, run.now)
            run.did(wiped)
