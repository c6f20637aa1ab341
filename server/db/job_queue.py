"""The rows of jobs: which are due, and who has leased one.

A lease is held for 60 s by the database's time. Whoever changes rows for a job calls `renew` first, in the same unit of
work: a worker that slept past its lease is told so there, before it has changed anything.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    and_,
    case,
    exists,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
    text,
    update,
)

from server.db.columns import moment_of
from server.db.tables import companies
from server.db.units import note_work
from server.db.work_tables import jobs, platform_jobs

LEASE = timedelta(seconds=60)
AGAIN_AFTER = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))  # then hourly
DUE_MAX = 100  # looked up at once

Clock = Callable[[Connection], datetime]


class LeaseLost(Exception):
    """The lease ended and another worker may have the job."""


@dataclass(frozen=True, slots=True)
class DueJob:
    """A job to be run; *company_id* is None for one of the platform."""

    company_id: UUID | None
    name: str


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to run a job, and where its last run stopped."""

    job: DueJob
    id: UUID
    cursor: str | None
    read_version: int
    is_first: bool = False  # nobody has taken the job before


@dataclass(frozen=True, slots=True)
class JobState:
    """How a job stands, for people."""

    job: DueJob
    due_at: datetime
    is_leased: bool
    started_at: datetime | None
    done_at: datetime | None
    done: int
    failed: int
    error: str | None
    is_behind: bool = True  # the company has changed since the job has read it; True for the platform's


def database_time(conn: Connection) -> datetime:
    """The time of the database's machine, which all workers share."""
    if conn.dialect.name == "sqlite":
        return datetime.fromisoformat(conn.execute(_SQLITE_NOW).scalar_one()).replace(tzinfo=UTC)
    return moment_of(conn.execute(_POSTGRESQL_NOW).scalar_one())


def enter(conn: Connection, names: Collection[str], of_platform: Collection[str], now: datetime) -> bool:
    """Makes the rows that are missing, due at once; False if there were none."""
    made = 0
    begun = {"due_at": now, "read_version": 0, "done": 0, "failed": 0, "created_at": now, "updated_at": now}
    for name in names:
        values = [literal(value, jobs.c[column].type) for column, value in begun.items()]
        row = select(companies.c.company_id, literal(name), *values).where(_lacks(name))
        made += conn.execute(insert(jobs).from_select(["company_id", "name", *begun], row)).rowcount
    known = set(conn.execute(select(platform_jobs.c.name)).scalars())
    for name in set(of_platform) - known:
        conn.execute(insert(platform_jobs).values(name=name, **begun))
        made += 1
    return made > 0


def is_entered(conn: Connection, names: Collection[str], of_platform: Collection[str]) -> bool:
    """True if every job has its rows."""
    known = set(conn.execute(select(platform_jobs.c.name)).scalars())
    lacking = select(companies.c.company_id).where(or_(*map(_lacks, names))).limit(1)
    return known >= set(of_platform) and (not names or conn.execute(lacking).first() is None)


def due(conn: Connection, names: Collection[str], following: Collection[str], now: datetime) -> list[DueJob]:
    """Jobs of these *names* that may be run now, longest due first; those *following* only where their company changed.

    A newer program's jobs are left to it, as they would otherwise take all places.
    """
    has_changed = or_(jobs.c.name.not_in(following), companies.c.clock > jobs.c.read_version)
    of_companies = (
        select(jobs.c.company_id, jobs.c.name)
        .join(companies, companies.c.company_id == jobs.c.company_id)
        .where(jobs.c.name.in_(names), jobs.c.due_at <= now, _is_free(jobs, now), has_changed)
        .order_by(jobs.c.due_at)
        .limit(DUE_MAX)
    )
    of_platform = select(platform_jobs.c.name).where(platform_jobs.c.due_at <= now, _is_free(platform_jobs, now))
    found = [DueJob(None, name) for name in conn.execute(of_platform).scalars()]
    return found + [DueJob(row.company_id, row.name) for row in conn.execute(of_companies)]


def late(conn: Connection, following: Collection[str], now: datetime) -> dict[str, timedelta]:
    """How long the jobs that are due now have waited: of each name the one that is due longest."""
    has_changed = or_(jobs.c.name.not_in(following), companies.c.clock > jobs.c.read_version)
    of_companies = (
        select(jobs.c.name, func.min(jobs.c.due_at).label("due_at"))
        .join(companies, companies.c.company_id == jobs.c.company_id)
        .where(jobs.c.due_at <= now, _is_free(jobs, now), has_changed)
        .group_by(jobs.c.name)
    )
    own = select(platform_jobs.c.name, platform_jobs.c.due_at)
    own = own.where(platform_jobs.c.due_at <= now, _is_free(platform_jobs, now))
    found: dict[str, timedelta] = {}
    for row in (*conn.execute(of_companies), *conn.execute(own)):
        found[row.name] = max(now - row.due_at, found.get(row.name, timedelta(0)))
    return found


def take(conn: Connection, job: DueJob, now: datetime, *, only_due: bool = True) -> Lease | None:
    """Leases the job; None if somebody has it, or if it is not due any more."""
    table, row = _row(job)
    wanted = select(table.c.cursor, table.c.read_version, table.c.started_at).where(row, _is_free(table, now))
    if only_due:
        wanted = wanted.where(table.c.due_at <= now)
    found = conn.execute(wanted.with_for_update(skip_locked=True)).one_or_none()
    if found is None:
        return None
    lease = Lease(job, uuid4(), found.cursor, found.read_version, is_first=found.started_at is None)
    values = {"leased_by": lease.id, "lease_until": now + LEASE, "updated_at": now}
    if found.cursor is None:
        values |= {"started_at": now, "done": 0}
    conn.execute(update(table).where(row).values(values))
    return lease


def renew(conn: Connection, lease: Lease, now: datetime) -> None:
    """Holds the lease for another 60 s; raises `LeaseLost`. The row stays locked until the unit of work ends."""
    _change(conn, lease, {"lease_until": now + LEASE, "updated_at": now})


def move(conn: Connection, lease: Lease, cursor: str | None, done: int) -> None:
    """Notes how far the run has come; *done* is what its batch did."""
    table, _ = _row(lease.job)
    _change(conn, lease, {"cursor": cursor, "done": table.c.done + done})


def finish(conn: Connection, lease: Lease, read_version: int, due_at: datetime | None, now: datetime) -> None:
    """Ends a run that went well; the job is due again at *due_at*, or when it was due anyway."""
    table, _ = _row(lease.job)
    ended = {
        "due_at": due_at or table.c.due_at,
        "cursor": None,
        "read_version": read_version,
        "done_at": now,
        "failed": 0,
        "error": None,
    }
    _change(conn, lease, ended | _let_go(now))


def fail(conn: Connection, lease: Lease, error: str, now: datetime) -> None:
    """Ends a run that failed; it goes on at its cursor when it is due again."""
    table, row = _row(lease.job)
    failed = conn.execute(select(table.c.failed).where(row)).scalar_one()
    due_at = now + again_after(failed)
    _change(conn, lease, {"due_at": due_at, "failed": failed + 1, "error": error} | _let_go(now))


def release(conn: Connection, lease: Lease, now: datetime) -> None:
    """Gives the lease back before the run has ended, so that another worker goes on at the cursor at once."""
    _change(conn, lease, _let_go(now))


def clock_went_back(conn: Connection, now: datetime) -> int:
    """Makes jobs due, and free, whose rows were written at a time still to come: the clock was wrong then, and they
    would wait until it is that late. Those that have an hour count as new, so that they wait for it. Returns how many.
    """
    count = 0
    for table in (jobs, platform_jobs):
        of_tomorrow = update(table).where(table.c.updated_at > now + LEASE)
        count += conn.execute(of_tomorrow.values({"due_at": now, "started_at": None} | _let_go(now))).rowcount
    return count


def put_off(conn: Connection, lease: Lease, due_at: datetime, now: datetime) -> None:
    """Gives the lease back without a run, until the job is due. From now on it is not new any more."""
    _change(conn, lease, {"due_at": due_at} | _let_go(now))


def again_after(failed: int) -> timedelta:
    """How long to wait after a failure that *failed* others came before."""
    return AGAIN_AFTER[min(failed, len(AGAIN_AFTER) - 1)]


def wake(conn: Connection, job: DueJob, now: datetime) -> None:
    """Makes a job due now, in the unit of work that has work for it.

    It changes the row in any case: the end of a run under way then waits for this work, or this for the end.
    """
    table, row = _row(job)
    sooner = case((table.c.due_at > now, literal(now, table.c.due_at.type)), else_=table.c.due_at)
    conn.execute(update(table).where(row).values(due_at=sooner))
    note_work(conn)


def followed(conn: Connection, company_id: UUID, name: str) -> int:
    """Up to which version a job that follows changes, and keeps the version as its cursor, has read them."""
    row = conn.execute(
        select(jobs.c.cursor, jobs.c.read_version).where(_row(DueJob(company_id, name))[1])
    ).one_or_none()
    if row is None:
        return 0
    return row.read_version if row.cursor is None else int(row.cursor)


def listed(conn: Connection, now: datetime) -> list[JobState]:
    """All jobs of the platform and its companies."""
    own = select(platform_jobs, literal(True).label("is_behind")).order_by(platform_jobs.c.name)
    theirs = (
        select(jobs, (companies.c.clock > jobs.c.read_version).label("is_behind"))
        .join(companies, companies.c.company_id == jobs.c.company_id)
        .order_by(*jobs.primary_key)
    )
    found = []
    for query, of_company in ((own, False), (theirs, True)):
        for row in conn.execute(query):
            job = DueJob(row.company_id if of_company else None, row.name)
            is_leased = row.lease_until is not None and row.lease_until >= now
            state = (row.due_at, is_leased, row.started_at, row.done_at, row.done, row.failed, row.error)
            found.append(JobState(job, *state, bool(row.is_behind)))
    return found


def _change(conn: Connection, lease: Lease, values: dict[str, Any]) -> None:
    table, row = _row(lease.job)
    if conn.execute(update(table).where(row, table.c.leased_by == lease.id).values(values)).rowcount != 1:
        raise LeaseLost(lease.job.name)


def _let_go(now: datetime) -> dict[str, Any]:
    return {"leased_by": None, "lease_until": None, "updated_at": now}


def _row(job: DueJob) -> tuple[Table, ColumnElement[bool]]:
    if job.company_id is None:
        return platform_jobs, platform_jobs.c.name == job.name
    return jobs, and_(jobs.c.company_id == job.company_id, jobs.c.name == job.name)


def _is_free(table: Table, now: datetime) -> ColumnElement[bool]:
    return or_(table.c.lease_until.is_(None), table.c.lease_until < now)


def _lacks(name: str) -> ColumnElement[bool]:
    return not_(exists().where(jobs.c.company_id == companies.c.company_id, jobs.c.name == name))


_SQLITE_NOW = select(func.strftime("%Y-%m-%d %H:%M:%f", "now"))
_POSTGRESQL_NOW = text("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
