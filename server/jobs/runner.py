"""The loop that runs due jobs, one in each process, and the run of one job under its lease.

A job works in batches. Each is a unit of work that begins by checking that the lease is still its own and ends by
moving the cursor. After it the job rests for as long as it worked where it held the company's lock, and else four times
as long, since what it computes holds up the exchanges of its process: tills get at least half of the time.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

import structlog
from sqlalchemy import Connection

from server.db import job_queue
from server.db.job_queue import Clock, DueJob, Lease, LeaseLost, database_time
from server.db.units import Units
from server.keys import Keys
from server.problems import DatabaseProblem
from server.settings import HERE, Smtp
from server.wallet.telling import Teller

EACH_S = (3.0, 7.0)  # between two looks for work, if no commit wakes the loop
QUIET_S, BURST_MAX_S = 1.0, 5.0  # a burst of commits, as by a till that was offline, is followed once it is over
REST_MAX_S = 1.0  # after a batch
RESTS_FOR_WORK = 4  # without the company's lock
TURN_S = 5.0  # after which a run lets other due jobs go first, and goes on at its cursor
BATCH_S = 0.1  # how long a batch may hold the company's lock
CARDS_MIN, CARDS_MAX = 10, 500  # in a batch

_log = structlog.get_logger()


class Pace(Protocol):
    """How the loop waits."""

    def until_woken(self, seconds: float) -> None:
        """Waits so long, or until there may be work."""

    def rest(self, seconds: float) -> None:
        """Waits so long, or until `close`."""

    def wake(self) -> None:
        """There may be work."""

    def close(self) -> None:
        """Ends all present and future waiting."""


class Alarm:
    """The pace of a real loop."""

    def __init__(self) -> None:
        self._woken = threading.Event()
        self._closed = threading.Event()

    def until_woken(self, seconds: float) -> None:
        """Waits so long; after a commit only until its burst is over, or has lasted for `BURST_MAX_S`."""
        if not self._woken.wait(seconds):
            return
        until = time.monotonic() + BURST_MAX_S
        while self._woken.is_set() and not self._closed.is_set() and time.monotonic() < until:
            self._woken.clear()
            self._closed.wait(QUIET_S)
        self._woken.clear()

    def rest(self, seconds: float) -> None:
        """Waits so long, or until `close`."""
        self._closed.wait(seconds)

    def wake(self) -> None:
        """There may be work."""
        self._woken.set()

    def close(self) -> None:
        """Ends all present and future waiting."""
        self._closed.set()
        self._woken.set()


@dataclass(frozen=True, slots=True)
class Services:
    """What jobs work with."""

    units: Units
    keys: Keys
    smtp: Smtp | None = None
    url: str = HERE  # every link begins with it
    tellers: Sequence[Teller] = ()  # the makers of wallets that this installation may tell


class Stopped(Exception):
    """The process ends, or other jobs have their turn; the run goes on later at its cursor."""


class Run:
    """One run of a job under its lease."""

    def __init__(self, services: Services, lease: Lease, now: datetime, clock: Clock, rest: Callable[[float], None]):
        self.services = services
        self.now = now  # the time that the job goes by
        self.cursor = lease.cursor  # set it within a batch; the batch writes it
        self.read_version = lease.read_version  # set it when the job has read all changes up to there
        self.is_stopped = False
        self.turn_ends: float | None = None  # by the monotonic clock; None: it may take as long as it needs
        self.took_s = 0.0  # the latest batch, without its wait for the lock
        self._lease = lease
        self._clock = clock
        self._rest = rest
        self._done = 0
        self._works_since = time.monotonic()

    @property
    def company_id(self) -> UUID | None:
        """Whose job it is; None for the platform's."""
        return self._lease.job.company_id

    @property
    def company(self) -> UUID:
        """The same for jobs that only companies have."""
        assert self.company_id is not None, "a company's job"
        return self.company_id

    @contextmanager
    def batch(self, *, books: bool = False, is_record: bool = False) -> Iterator[Connection]:
        """A unit of work of at most 100 ms; raises `LeaseLost` or `Stopped`.

        With *books* it holds the company's lock. With *is_record* it records what has happened outside of the database,
        also while the process stops.
        """
        if not is_record:
            self.goes_on()
        units = self.services.units
        with units.write(self.company) if books else units.write_unlocked() as conn:
            held = time.monotonic()
            job_queue.renew(conn, self._lease, self._clock(conn))
            yield conn
            job_queue.move(conn, self._lease, self.cursor, self._done)
        now = time.monotonic()
        self._done, self.took_s, worked_s = 0, now - held, now - self._works_since
        self._rest(min(worked_s if books else RESTS_FOR_WORK * worked_s, REST_MAX_S))
        self._works_since = time.monotonic()

    def goes_on(self) -> None:
        """Raises `Stopped` if the process ends, or others have their turn."""
        if self.is_stopped or (self.turn_ends is not None and time.monotonic() > self.turn_ends):
            raise Stopped

    @contextmanager
    def waits(self) -> Iterator[None]:
        """While somebody else is waited for, such as a mail server: that is no work to rest from."""
        begun = time.monotonic()
        yield
        self._works_since += time.monotonic() - begun

    def did(self, count: int) -> None:
        """Adds to what the present batch did."""
        self._done += count


def fitting(cards: int, took_s: float) -> int:
    """How many cards the next batch takes, if *cards* took so long in the last one."""
    return max(CARDS_MIN, min(CARDS_MAX, 2 * cards, int(cards * BATCH_S / max(took_s, 0.001))))


@dataclass(frozen=True, slots=True)
class Job:
    """A job: what it does, and when it is due again after a run that went well."""

    name: str
    run: Callable[[Run], None]
    due_again: Callable[[Connection, Run], datetime]  # read while the job's row is locked
    of_companies: bool = True
    of_platform: bool = False
    follows: bool = False  # runs only where the company's clock is beyond what it has read
    has_hour: bool = False  # waits for its hour also when it is new
    takes_turns: bool = False  # goes on at its cursor after other due jobs have had their turn


class Runner:
    """Runs due jobs until it is closed."""

    def __init__(
        self, services: Services, jobs: Sequence[Job], *, clock: Clock = database_time, pace: Pace | None = None
    ) -> None:
        self._services = services
        self._jobs = {job.name: job for job in jobs}
        self._of_companies = [job.name for job in jobs if job.of_companies]
        self._of_platform = [job.name for job in jobs if job.of_platform]
        self._following = [job.name for job in jobs if job.follows]
        self._clock = clock
        self._pace = pace or Alarm()
        self._present: Run | None = None
        self._is_closed = False
        self._latest: datetime | None = None  # the database's time when this process last looked for work
        self.is_looping = False

    def loop(self) -> None:
        """Takes due jobs until none is left, waits for a commit or some seconds, and so on until `close`."""
        self.is_looping = True
        try:
            while not self._is_closed:
                try:
                    self.round()
                except DatabaseProblem as problem:
                    _log.warning("jobs wait for the database", problem=problem.kind)
                except Exception:  # the loop goes on, whatever one round met
                    _log.exception("jobs")
                self._pace.until_woken(random.uniform(*EACH_S))  # noqa: S311 - spreads the processes
        finally:
            self.is_looping = False

    def wake(self) -> None:
        """Has the loop look for work soon; called by any thread after a commit."""
        self._pace.wake()

    def close(self) -> None:
        """Ends the loop after the present batch; called by any thread."""
        self._is_closed = True
        self._pace.close()
        if self._present is not None:
            self._present.is_stopped = True

    def round(self) -> int:
        """Runs due jobs until none is left; returns how many it ran."""
        self._enter()
        ran = 0
        while found := self._due():
            ran_before = ran
            for job in found:
                if self._is_closed:
                    return ran
                ran += self._run_leased(job, None)
            if ran == ran_before:  # others took them
                return ran
        return ran

    def run(self, job: DueJob, now: datetime | None = None) -> bool:
        """Runs one job whether or not it is due; False if another process is running it."""
        self._enter()
        return self._run_leased(job, now, only_due=False)

    @property
    def names(self) -> list[str]:
        """The names of all jobs."""
        return list(self._jobs)

    def has(self, job: DueJob) -> bool:
        """True if the company, or the platform, has such a job."""
        return job.name in (self._of_platform if job.company_id is None else self._of_companies)

    def _enter(self) -> None:
        units = self._services.units
        with units.read() as conn:
            entered = job_queue.is_entered(conn, self._of_companies, self._of_platform)
        if not entered:
            with units.platform_write() as conn:
                job_queue.enter(conn, self._of_companies, self._of_platform, self._clock(conn))

    def _due(self) -> list[DueJob]:
        with self._services.units.read() as conn:
            now = self._clock(conn)
            found = job_queue.due(conn, self._of_companies, self._following, now)
        is_back, self._latest = self._latest is None or now < self._latest, now
        if is_back and self._take_back(now):
            return self._due()
        return [job for job in found if job.name in self._jobs]  # a newer program may have others

    def _take_back(self, now: datetime) -> bool:
        """Sees to it that no job waits for a time to come, when the clock may have gone back; True if some did."""
        with self._services.units.write_unlocked() as conn:
            count = job_queue.clock_went_back(conn, now)
        if count:
            _log.warning("jobs of a time to come are due now, as the clock was wrong", jobs=count)
        return count > 0

    def _run_leased(self, due: DueJob, now: datetime | None, *, only_due: bool = True) -> bool:
        units = self._services.units
        with units.write_unlocked() as conn:
            at = self._clock(conn)
            lease = job_queue.take(conn, due, at, only_due=only_due)
        if lease is None:
            return False
        job = self._jobs[due.name]
        run = self._present = Run(self._services, lease, now or at, self._clock, self._pace.rest)
        run.is_stopped = self._is_closed
        run.turn_ends = time.monotonic() + TURN_S if only_due and job.takes_turns else None
        try:
            if only_due and job.has_hour and lease.is_first:
                self._put_off(job, run, lease)
                return True
            job.run(run)
            with units.write_unlocked() as conn:
                ended = self._clock(conn)
                job_queue.renew(conn, lease, ended)  # locks the row, so that no wake is lost
                due_at = job.due_again(conn, run) if now is None else None  # another time says nothing about today
                job_queue.finish(conn, lease, run.read_version, due_at, ended)
        except LeaseLost:
            _log.warning("a job outlived its lease", job=due.name)
        except Stopped:
            self._let_go(lease)
        except Exception as error:
            _log.exception("a job failed", job=due.name)
            self._note_failure(lease, type(error).__name__)
        finally:
            self._present = None
        return True

    def _put_off(self, job: Job, run: Run, lease: Lease) -> None:
        with self._services.units.write_unlocked() as conn:
            job_queue.put_off(conn, lease, job.due_again(conn, run), self._clock(conn))

    def _let_go(self, lease: Lease) -> None:
        with suppress(LeaseLost), self._services.units.write_unlocked() as conn:
            job_queue.release(conn, lease, self._clock(conn))

    def _note_failure(self, lease: Lease, error: str) -> None:
        with suppress(LeaseLost), self._services.units.write_unlocked() as conn:
            job_queue.fail(conn, lease, error, self._clock(conn))
