"""How all jobs stand, for people: which failed, which are late, which run."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Connection

from server.companies import companies
from server.db import job_queue
from server.db.job_queue import DueJob, JobState
from server.jobs.schedule import JOBS
from server.refusals import No, Refused

LATE_AFTER = timedelta(minutes=2)  # workers look every few seconds
_FOLLOWING = frozenset(job.name for job in JOBS if job.follows)


class Condition(StrEnum):
    """The worst first."""

    FAILED = "failed"
    LATE = "late"
    RUNNING = "running"
    WELL = "well"


_WORST_FIRST = {condition: place for place, condition in enumerate(Condition)}


@dataclass(frozen=True, slots=True)
class Standing:
    """A job with the name of its company, None for the platform's."""

    state: JobState
    company: str | None
    condition: Condition
    late_s: int = 0  # seconds since it was due, if it is late


def all_of(conn: Connection) -> list[Standing]:
    """All jobs by the database's time, the worst first."""
    now = job_queue.database_time(conn)
    names: dict[UUID | None, str] = {one.id: one.name for one in companies.listed(conn)}
    found = [_standing(state, names.get(state.job.company_id), now) for state in job_queue.listed(conn, now)]
    return sorted(found, key=lambda one: (_WORST_FIRST[one.condition], one.company or "", one.state.job.name))


def run_soon(conn: Connection, job: DueJob) -> None:
    """Has a worker run a job at once; one that runs already goes on."""
    now = job_queue.database_time(conn)
    if all(state.job != job for state in job_queue.listed(conn, now)):
        raise Refused(No.JOB_UNKNOWN, job.name)
    job_queue.wake(conn, job, now)


def _standing(state: JobState, company: str | None, now: datetime) -> Standing:
    condition = _condition(state, now)
    late_s = int((now - state.due_at).total_seconds()) if condition is Condition.LATE else 0
    return Standing(state, company, condition, late_s)


def _condition(state: JobState, now: datetime) -> Condition:
    if state.failed:
        return Condition.FAILED
    if state.is_leased:
        return Condition.RUNNING
    has_work = state.is_behind or state.job.name not in _FOLLOWING
    return Condition.LATE if has_work and state.due_at + LATE_AFTER < now else Condition.WELL
