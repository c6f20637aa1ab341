"""All jobs, and when each is due again."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import Connection

from server.cases import groups
from server.companies import companies
from server.jobs import (
    case_groups,
    cases,
    clean,
    dormant_cards,
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
from server.jobs.wallets import changes, telling
from server.ledger.judging import grants
from server.ledger.own_bookings import lapses
from server.mail import outbox
from server.terminals import revocation
from server.transfer import exports as kept_exports
from server.transfer import imports as staged_imports
from server.wallet import telling as wallet_telling


def _hourly(_conn: Connection, run: Run) -> datetime:
    return run.now + timedelta(hours=1)


def _daily(hour: int, minute: int, weekday: int | None = None) -> Callable[[Connection, Run], datetime]:
    """Due each day at this time in the company's zone, or on one day of the week, counted from Monday as 0."""

    def due_again(conn: Connection, run: Run) -> datetime:
        zone, at = companies.by_id(conn, run.company).settings.zone, time(hour, minute)
        today = run.now.astimezone(zone).date()
        days = (today + timedelta(days=ahead) for ahead in range(9))
        moments = (datetime.combine(day, at, zone).astimezone(UTC) for day in days if weekday in (None, day.weekday()))
        return next(moment for moment in moments if moment > run.now)

    return due_again


JOBS = (
    Job(outbox.JOB, mails.send, mails.due_again, of_platform=True),
    Job("clean", clean.clean, _hourly, of_platform=True),
    Job(revocation.JOB, new_keys.close_anew, _hourly),
    Job("cases", cases.settle, lists.due_again, follows=True),
    Job(groups.JOB, case_groups.decide, case_groups.due_again),
    Job("gauges", gauges.note, _daily(0, 30)),
    Job("lists", lists.follow, lists.due_again, follows=True),
    Job(lapses.JOB, dormant_cards.expire, _daily(3, 10), has_hour=True, takes_turns=True),
    Job("case_digest", cases.tell, _daily(7, 30), has_hour=True),
    Job("retention", dormant_cards.erase, _daily(4, 0, weekday=6), has_hour=True, takes_turns=True),
    Job("expiry_notice", dormant_cards.tell, _daily(9, 0), has_hour=True, takes_turns=True),
    Job(grants.JOB, program_start.give, program_start.due_again, takes_turns=True),
    Job(kept_exports.JOB, exports.make, exports.due_again),
    Job(staged_imports.JOB, imports.carry_on, imports.due_again),
    Job("tally", tally.follow, lists.due_again, follows=True),
    Job("pass_changes", changes.follow, lists.due_again, follows=True),
    Job(wallet_telling.JOB, telling.tell, telling.due_again, takes_turns=True),
)
