"""The counter: a cashier's asks in, replies out. Local is its only path; the network only changes how fresh things are.

Used by one thread. Refusals are values in the reply; problems are raised by the edge that met them and told here.
"""

import logging
import time
from typing import Any, Protocol

from msgspec.structs import replace

from loyalty.refusals import Reason, Refusal, Why
from loyalty.settings import PinRequired
from loyalty.transactions import Effect
from sync.exchange.ports import SyncStatus
from terminal.counter import (
    card_view,
    day_report,
    enrolment,
    history,
    till_status,
    transactions,
    unusual_amounts,
    voids,
)
from terminal.counter.ask_context import AskContext
from terminal.counter.card_lookup import InFront, by_code, by_contact, contact_of, known_reading
from terminal.counter.effective_card import EffectiveCard
from terminal.counter.today_count import Today
from terminal.interface.asks import (
    Adjust,
    AnyAsk,
    Colleagues,
    Deactivate,
    Earn,
    Enrol,
    Find,
    History,
    Lock,
    Pin,
    PutAway,
    Quote,
    QuoteVoid,
    Reactivate,
    Recent,
    Recognise,
    Redeem,
    Refresh,
    Replace,
    Scan,
    Speak,
    Stamp,
    Status,
    Sync,
    Unlock,
    Void,
)
from terminal.interface.card_asks import HandedOver, ShowCode
from terminal.interface.languages import LANGUAGES
from terminal.interface.phrases import Speech, problem, problem_of
from terminal.interface.pin_asks import ChangePin, ResetPin, Telephone, UnlockByPhone
from terminal.interface.refusal_view import refused
from terminal.interface.report_asks import Decided, Open, Report, Served
from terminal.interface.report_views import ReportView
from terminal.interface.views import QuoteView, Reply, StaffView
from terminal.keys.keys_in_use import KeySource
from terminal.machine.clock import Clock
from terminal.problems import JournalProblem, Problem
from terminal.staff.pin_changes import PinChanges, pins_waiting
from terminal.staff.staff_desk import Person, StaffDesk
from terminal.storage.blank_pool import BlankPool
from terminal.storage.journal import Journal
from terminal.storage.recorder import Recorder
from terminal.storage.replica import Replica
from terminal.storage.replica_reader import Essentials, ReplicaSnapshot, ReplicaState, essentials_in

SYNC_S_MAX = 3600.0
RECKONINGS_MAX = 100
log = logging.getLogger(__name__)


class Exchanger(Protocol):
    """The sync engine, as the counter sees it."""

    @property
    def status(self) -> SyncStatus: ...

    def wake(self) -> None:
        """Something was written."""

    def sync(self, timeout_s: float) -> SyncStatus:
        """Exchanges until nothing is left to send or fetch, or time is up."""


class Counter:
    """One till's counter."""

    def __init__(
        self,
        *,
        journal: Journal,
        replica: Replica,
        keys: KeySource,
        clock: Clock,
        pool: BlankPool,
        exchanger: Exchanger,
        language: str = "en",
    ) -> None:
        self._journal = journal
        self._replica = replica
        self._keys = keys
        self._clock = clock
        self._exchanger = exchanger
        self._pool = pool
        self._language = language
        self._words = Speech(language)
        self._recorder = Recorder(journal, clock)
        self._desk = StaffDesk(journal, self._recorder, clock, keys, journal.identity.store_id)
        self._pins = PinChanges(self._desk, self._recorder, keys, journal.identity)
        self._standing = till_status.TillStatus(journal)
        self._today = Today()
        self._essentials = Essentials()
        self._essential_rows: list[Any] = []
        self._essentials_at = -1
        self._front: InFront | None = None
        self._reckonings: dict[bytes, EffectiveCard] = {}
        self._reckoned_on: ReplicaState | None = None

    def begin(self) -> None:
        """Journals that the till was started, where this boot has not written yet."""
        try:
            self._recorder.begin()
        except JournalProblem as trouble:
            log.warning(
                "till_start_not_journalled", extra={"kind": trouble.kind}
            )  # the next write meets it and says so

    def handle(self, ask: AnyAsk) -> Reply:
        """Does what is asked, or says why not. Never raises for the world's faults."""
        try:
            if isinstance(ask, Sync):
                self._exchanger.sync(min(max(0.0, ask.timeout_s), SYNC_S_MAX))
            _ = self._keys.now  # a till that was signed off has no replica to look at
            self._pool.settle()
            with self._replica.look() as look:
                return self._answer(ask, self._turn(look))
        except Problem as trouble:
            log.warning("problem", extra={"kind": trouble.kind, "detail": str(trouble)})
            return Reply(ok=False, problem=problem_of(trouble, self._words))
        except Exception:
            log_id = f"{time.time_ns():x}"
            log.exception("bug", extra={"log_id": log_id})
            told = problem("problem", self._words)
            return Reply(ok=False, problem=type(told)(told.kind, f"{told.text} ({log_id})"))

    def _turn(self, look: ReplicaSnapshot) -> AskContext:
        state = look.state()
        if state.cursors.essentials != self._essentials_at:
            rows = look.essential_rows()
            if rows != self._essential_rows:  # the company's words on this till's entries move the cursor, too
                self._essentials, self._essential_rows = essentials_in(rows), rows
            self._essentials_at = state.cursors.essentials
            self._recorder.essentials = state.cursors.essentials
            chosen = pins_waiting(self._journal, look)
            self._desk.know(self._essentials.staff, self._essentials.settings, chosen)
            if self._words.currency != self._essentials.settings.currency:
                self._words = Speech(self._language, self._essentials.settings.currency)
        if state != self._reckoned_on or len(self._reckonings) > RECKONINGS_MAX:
            self._reckonings, self._reckoned_on = {}, state
        return AskContext(
            identity=self._journal.identity,
            keys=self._keys.now,
            journal=self._journal,
            recorder=self._recorder,
            desk=self._desk,
            look=look,
            state=state,
            essentials=self._essentials,
            words=self._words,
            now=self._clock.now(),
            front=self._front,
            pool=self._pool,
            reckonings=self._reckonings,
        )

    def _answer(self, ask: AnyAsk, turn: AskContext) -> Reply:
        match ask:
            case Speak(language=language):
                if language not in LANGUAGES:
                    return Reply(ok=False, problem=problem("request", turn.words))
                self._language = language
                self._words = Speech(language, self._words.currency)
                return Reply(ok=True)
            case Status() | Sync():
                return Reply(ok=True, status=self._standing.view(turn, self._exchanger.status, self._clock))
            case Recent():
                return Reply(ok=True, history=history.recent(turn, ask.limit), today=self._today.count(turn))
            case Refresh():
                return self._refreshed(turn, ask)
            case Decided() | Served() | Open() | Report():
                return self._report(turn, ask)
            case Colleagues():
                people = tuple(StaffView(one.name, one.role, minutes) for one, minutes in self._desk.people())
                return Reply(ok=True, colleagues=people)
            case Pin():
                return self._person(self._desk.sign_in(ask.staff, ask.pin))
            case Unlock():
                return self._person(self._desk.unlock(ask.staff, ask.override))
            case ChangePin():
                return self._person(self._pins.change(ask))
            case ResetPin():
                return self._person(self._pins.reset(ask))
            case Telephone():
                digits = self._pins.challenge(ask.staff)
                return self._refused(digits) if isinstance(digits, Refusal) else Reply(ok=True, challenge=digits)
            case UnlockByPhone():
                return self._person(self._pins.unlock(ask))
            case Lock():
                self._desk.lock()
                return Reply(ok=True, staff=None)
            case PutAway():
                self._front = None
                return Reply(ok=True, card=None)
            case Scan():
                return self._put_in_front(turn, by_code(ask.code, turn.look, self._journal, turn.keys.lookup))
            case Recognise():
                known = known_reading(ask.readings, turn.look, turn.keys.lookup)
                return Reply(ok=True, reading=known)
            case Find():
                return self._find(turn, ask)
            case History():
                return self._history(turn, ask)
            case Quote():
                return self._quoted(turn, ask, transactions.quote(turn, ask))
            case QuoteVoid():
                return self._quoted(turn, ask, voids.quote(turn, ask))
            case Stamp():
                return self._given(turn, transactions.stamp(turn, ask))
            case Earn():
                return self._given(turn, transactions.earn(turn, ask))
            case Redeem():
                return self._given(turn, transactions.redeem(turn, ask))
            case Adjust(points=points, stamps=given) if points and given:
                return Reply(ok=False, problem=problem("request", turn.words))  # one entry corrects one balance
            case Adjust():
                return self._given(turn, transactions.adjust(turn, ask))
            case Deactivate() | Reactivate():
                return self._given(turn, transactions.switch(turn, ask))
            case Void():
                taken = voids.void(turn, ask)
                if isinstance(taken, Refusal):
                    return self._refused(taken)
                return self._done(turn, *taken)
            case Enrol():
                new = enrolment.enrol(turn, ask)
                if isinstance(new, Refusal):
                    return self._refused(new)
                self._front = new.front
                done = self._done(turn, ((new.written, Effect()),), new.front)
                return done if new.shown is None else replace(done, new_card=new.shown)
            case ShowCode():
                return self._show_code(turn)
            case HandedOver():
                self._pool.handed_over()
                return Reply(ok=True)
            case Replace():
                replaced = enrolment.replace(turn, ask)
                if isinstance(replaced, Refusal):
                    return self._refused(replaced)
                assert turn.front is not None, "a card in front was replaced"
                return self._done(turn, ((replaced, Effect()),), turn.front)

    def _refreshed(self, turn: AskContext, ask: Refresh) -> Reply:
        """Nobody touched the till for it: a shift that is over stays so."""
        return Reply(
            ok=True,
            status=self._standing.view(turn, self._exchanger.status, self._clock),
            card=None if turn.front is None else card_view.card_view(turn, turn.front),
            history=history.recent(turn, ask.limit),
            today=self._today.count(turn),
        )

    def _show_code(self, turn: AskContext) -> Reply:
        found = enrolment.last_code(turn)
        if isinstance(found, Refusal):
            return self._refused(found)
        front, shown = found
        return replace(self._put_in_front(turn, front), new_card=shown)

    def _person(self, answer: Person | Refusal) -> Reply:
        if isinstance(answer, Refusal):
            return self._refused(answer)
        self._exchanger.wake()
        return Reply(ok=True, staff=StaffView(answer.name, answer.role))

    def _put_in_front(self, turn: AskContext, found: InFront | Refusal) -> Reply:
        self._desk.touched()
        if isinstance(found, Refusal):
            return self._refused(found)
        view = card_view.card_view(turn, found)
        if view is None:
            return self._refused(Refusal(Reason.UNKNOWN_CARD))
        self._front = found
        return Reply(ok=True, card=view)

    def _find(self, turn: AskContext, ask: Find) -> Reply:
        given = [one for one in (ask.email, ask.phone, ask.receipt) if one is not None]
        if len(given) != 1:
            return Reply(ok=False, problem=problem("request", turn.words))
        # A passer-by must not learn whose addresses are known; where each transaction needs a PIN, it comes later.
        someone = turn.someone()
        if isinstance(someone, Refusal) and turn.essentials.settings.pin_required is PinRequired.PER_SHIFT:
            return self._refused(someone)
        if ask.receipt is not None:
            return Reply(ok=True, history=history.with_receipt(turn, ask.receipt.strip()))
        contact = contact_of(ask.email, ask.phone, turn.keys.lookup, turn.essentials.settings.country)
        if isinstance(contact, Refusal):
            return self._refused(contact)
        return self._put_in_front(turn, by_contact(contact, turn.look, self._journal))

    def _report(self, turn: AskContext, ask: Decided | Served | Open | Report) -> Reply:
        no = _may_read(turn, ask)
        if no is not None:
            return self._refused(no)
        self._desk.touched()
        match ask:
            case Decided():
                return Reply(ok=True, history=history.decided(turn, ask.limit, ask.skip))
            case Served():
                return Reply(ok=True, history=history.served(turn, ask.limit, ask.skip))
            case Open():
                return self._put_in_front(turn, InFront(ask.card.bytes, known=True, by_code=False))
            case Report():
                status = self._standing.view(turn, self._exchanger.status, self._clock)
                days, hours = day_report.of_days(turn, ask.days)
                ready = status.readiness
                return Reply(ok=True, report=ReportView(days, hours, ready.blanks, status.waiting, ready.serve_days))

    def _history(self, turn: AskContext, ask: History) -> Reply:
        card = turn.in_front()
        if isinstance(card, Refusal):
            return self._refused(card)
        return Reply(ok=True, history=history.history(turn, card[0], ask.limit, ask.before))

    def _quoted(self, turn: AskContext, ask: Quote | QuoteVoid, found: Effect | Refusal) -> Reply:
        amount = ask.amount_minor or 0
        if isinstance(found, Refusal):
            return Reply(ok=True, quote=QuoteView(amount, 0, refused(found, turn.words)))
        doubt = unusual_amounts.unusual(turn, amount) if isinstance(ask, Quote) else None
        return Reply(ok=True, quote=QuoteView(amount, found.points, None, doubt, found.stamps))

    def _given(self, turn: AskContext, done: transactions.Done | Refusal) -> Reply:
        if isinstance(done, Refusal):
            return self._refused(done)
        assert turn.front is not None, "something was given to a card in front"
        return self._done(turn, done, turn.front)

    def _done(self, turn: AskContext, done: transactions.Done, front: InFront) -> Reply:
        """What was journalled, and the card as it is now. All of it is on disk before this is called."""
        self._exchanger.wake()
        self._desk.touched()
        view = card_view.card_view(turn, front)
        first, *more = [card_view.entry_view(written, effect, view) for written, effect in done]
        rows = history.just_written(turn, front, [written for written, _effect in done])
        return Reply(ok=True, card=view, entry=first, also=more[0] if more else None, rows=rows)

    def _refused(self, no: Refusal) -> Reply:
        self._desk.touched()
        return Reply(ok=False, refusal=refused(no, self._words))


def _may_read(turn: AskContext, ask: Decided | Served | Open | Report) -> Refusal | None:
    """Lists of customers and of past days are for managers; what is today's is for whoever works."""
    someone = turn.someone()
    if isinstance(someone, Refusal):
        return someone
    if isinstance(ask, Decided) or (isinstance(ask, Report) and ask.days <= 1):
        return None
    manager = turn.desk.manager(None, Why.MANAGERS_ONLY)
    return manager if isinstance(manager, Refusal) else None
