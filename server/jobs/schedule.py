"""All jobs, and when each is due again."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from server.cases import groups
from server.jobs import (
    case_groups,
    cases,
    clean,
    exports,
    gauges,
    imports,
    lists,
    mails,
    new_keys,
    program_start,
    tally,
)
from server.jobs.runner import Job, Run
from server.ledger.judging import grants
from server.mail import outbox
from server.terminals import revocation
from server.transfer import exports as kept_exports
from server.transfer import imports as staged_imports


def _hourly(_conn: Connection, run: Run) -> datetime:
    return run.now + timedelta(hours=1)


JOBS = (
    Job(outbox.JOB, mails.send, mails.due_again, of_platform=True),
    Job("clean", clean.clean, _hourly, of_platform=True),
    Job(revocation.JOB, new_keys.close_anew, _hourly),
    Job("cases", cases.settle, lists.due_again, follows=True),
    Job(groups.JOB, case_groups.decide, case_groups.due_again),
    Job("gauges", gauges.note, gauges.due_again),
    Job("lists", lists.follow, lists.due_again, follows=True),
    Job(grants.JOB, program_start.give, program_start.due_again),
    Job(kept_exports.JOB, exports.make, exports.due_again),
    Job(staged_imports.JOB, imports.carry_on, imports.due_again),
    Job("tally", tally.follow, lists.due_again, follows=True),
)
