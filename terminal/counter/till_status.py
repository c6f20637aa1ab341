"""The till's status: what waits, how recent its data is, and problems."""

from bisect import bisect_right
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from loyalty.transactions import Kind
from sync.exchange.addresses import is_plain
from sync.exchange.ports import SyncStatus
from sync.protocol.entries import TRANSACTION_KINDS
from terminal.counter import cases
from terminal.counter.ask_context import AskContext
from terminal.interface.phrases import full_disk, problem
from terminal.interface.report_views import Cursor, Progress, Readiness
from terminal.interface.views import StaffView, StatusView
from terminal.machine.clock import Clock
from terminal.storage.journal import Journal
from terminal.storage.replica_reader import ReplicaSnapshot

ONLINE_S = 90.0
_KINDS = sorted(TRANSACTION_KINDS)


class Exchanger(Protocol):
    """The interface of the sync engine for the counter."""

    @property
    def status(self) -> SyncStatus: ...

    def wake(self) -> None:
        """Announces new entries."""

    def sync(self, timeout_s: float) -> SyncStatus:
        """Exchanges until nothing is left to send or fetch, or the time is up."""


class TillStatus:
    """Remembers which entries wait, so that neither a long journal nor a long queue is read again."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._waiting: list[int] = []  # seqs, oldest first
        self._read = 0  # up to here the journal was looked at
        self._acked_seq = 0
        self._cases = (-1, 0, 0)  # as of these essentials and up to this seq: how many there are to decide

    def waiting(self, snapshot: ReplicaSnapshot, acked_seq: int) -> int:
        """The number of this till's transactions whose verdict does not count yet; held ones are counted separately."""
        if acked_seq < self._acked_seq:  # a new replica was started, and verdicts come again
            settled = self._waiting[0] - 1 if self._waiting else self._acked_seq
            self._waiting, self._read = [], min(settled, acked_seq)
        self._acked_seq, head = acked_seq, self._journal.head().seq
        if head > self._read:
            self._waiting += self._journal.seqs_of_kinds(_KINDS, self._read)
            self._read = head
        answered = bisect_right(self._waiting, acked_seq)
        if answered:
            counted = snapshot.counted(self._waiting[0] - 1, acked_seq)
            self._waiting[:answered] = [seq for seq in self._waiting[:answered] if not counted.get(seq, False)]
        return len(self._waiting)

    def cases(self, context: AskContext) -> int:
        """The number of cases to decide; counted anew when something was heard, or decided here."""
        essentials, up_to, count = self._cases
        heard, head = context.state.cursors.essentials, self._journal.head().seq
        if heard != essentials or self._journal.seqs_of_kinds([str(Kind.CASE_DECIDED)], up_to):
            count = cases.count(context)
        self._cases = (heard, head, count)
        return count

    def view(self, context: AskContext, status: SyncStatus, clock: Clock) -> StatusView:
        """The status as shown on the screen and in JSON lines."""
        state, settings, names = context.state, context.essentials.settings, context.essentials
        fresh = status.succeeded_s is not None and clock.monotonic_s() - status.succeeded_s < ONLINE_S
        staleness, stop = context.staleness, timedelta(days=settings.offline_stop_days)
        person = context.desk.on_shift
        program = context.program
        kind = status.problem_kind or ("too_old" if status.too_old else None)
        age = None if state.confirmed_at is None else int(staleness.total_seconds())
        full = context.journal.full_disk()
        told = None if kind is None else problem(kind, context.words)
        if full is not None:
            told = full_disk("disk_full", full, context.words)
        return StatusView(
            online=status.online and fresh,
            confirmed_at=state.confirmed_at,
            waiting=self.waiting(context.snapshot, state.acked_seq),
            held=len(context.snapshot.held_ids()),
            last_seq=context.journal.head().seq,
            acked_seq=state.acked_seq,
            cursor=Cursor(state.cursors.essentials, state.cursors.bulk),
            store=_name(names.store_names, context.identity.store_id, context.identity.store),
            terminal=_name(names.terminal_names, context.identity.terminal_id, context.identity.terminal),
            staff=None if person is None else StaffView(person.id, person.name, person.role),
            readiness=Readiness(
                serve_days=max(0, -((staleness - stop) // timedelta(days=1))), blanks=context.blanks, data_age_s=age
            ),
            problem=told,
            company=names.company or context.identity.company,
            currency=settings.currency,
            time_zone=settings.time_zone,
            program=None if program is None else program.kind,
            offline_since=status.offline_since,
            progress=None if state.complete else _progress(state.rows, state.rows_left, status.loaded),
            pair_again=status.pair_again,
            too_old=status.too_old,
            rewards_stopped=staleness >= stop,
            warn=staleness >= timedelta(hours=settings.offline_warn_hours),
            pin_required=settings.pin_required,
            pin_length=settings.pin_length,
            compared_at=state.compared_at,
            differences=state.differences,
            restored_at=state.restored_at,
            phone_cards=len(context.pool.unused),
            code_kept=context.pool.last_given is not None,
            server=context.identity.server,
            practice=status.practice,
            plain_http=is_plain(context.identity.server),
            cases=self.cases(context),
            welcome_points=program.welcome_bonus if program is not None and program.gives_points else 0,
        )


def _name(names: dict[UUID, str], name_id: UUID, fallback: str) -> str:
    return names.get(name_id, fallback)


def _progress(rows: int, left: int | None, loaded: float | None) -> Progress:
    """Progress in rows; a snapshot's rows count by the share of bytes received, since they arrive all at once."""
    if left is None:
        return Progress(rows, None)
    return Progress(rows + round(left * (loaded or 0.0)), rows + left)
