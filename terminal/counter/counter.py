"""The counter answers a cashier's requests from local data; the network only affects how recent the data is.

Used on one thread. Refusals are values in the reply; problems are raised where they occur and become replies here.
"""

import logging
import time
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from loyalty.refusals import Reason, Refusal
from loyalty.settings import PinRequired, Settings
from loyalty.transactions import Effect
from terminal.counter import (
    card_view,
    cases,
    customer,
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
from terminal.counter.till_status import Exchanger
from terminal.interface.asks import (
    Adjust,
    AnyAsk,
    Colleagues,
    Deactivate,
    Earn,
    EditCustomer,
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
from terminal.interface.case_asks import Case, Cases, DecideCase
from terminal.interface.languages import LANGUAGES
from terminal.interface.phrases import CompanySpeech, problem, problem_of
from terminal.interface.pin_asks import ChangePin, ResetPin, Telephone, UnlockByPhone
from terminal.interface.refusal_view import refused
from terminal.interface.report_asks import Decided, Open, Report, Served
from terminal.interface.report_views import ReportView
from terminal.interface.typed_texts import cleaned
from terminal.interface.views import QuoteView, Reply, StaffView
from terminal.keys.keys_in_use import KeySource
from terminal.machine.clock import Clock
from terminal.problems import JournalProblem, Problem
from terminal.staff.pin_changes import PinChanges, pins_waiting
from terminal.staff.staff_desk import Person, StaffDesk
from terminal.storage.blank_pool import BlankPool
from terminal.storage.erased_customers import ErasedCustomers
from terminal.storage.journal import Journal
from terminal.storage.recorder import Recorder
from terminal.storage.replica import Replica
from terminal.storage.replica_reader import Essentials, ReplicaSnapshot, ReplicaState, essentials_in

SYNC_S_MAX = 3600.0
EFFECTIVE_CARDS_MAX = 100
log = logging.getLogger(__name__)


class Counter:
    """The counter of one till."""

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
        self._words = CompanySpeech(language, Settings().currency)  # until the company's is known
        self._recorder = Recorder(journal, clock)
        self._desk = StaffDesk(journal, self._recorder, clock, keys, journal.identity.store_id)
        self._pins = PinChanges(self._desk, self._recorder, keys, journal.identity)
        self._till_status = till_status.TillStatus(journal)
        self._today = day_report.Today()
        self._erased = ErasedCustomers()
        self._essentials = Essentials()
        self._essential_rows: list[Any] = []
        self._essentials_at = -1
        self._front: InFront | None = None
        self._effective_cards: dict[bytes, EffectiveCard] = {}
        self._effective_on: ReplicaState | None = None

    def begin(self) -> None:
        """Journals the till's start if this boot has no entry yet."""
        try:
            self._recorder.begin()
        except JournalProblem as trouble:
            log.warning("till_start_not_journalled", extra={"kind": trouble.kind})  # the next write reports it

    def handle(self, ask: AnyAsk) -> Reply:
        """Answers a request. Raises nothing: failures of the environment become problems in the reply."""
        try:
            ask = cleaned(ask)
            if isinstance(ask, Sync):
                self._exchanger.sync(min(max(0.0, ask.timeout_s), SYNC_S_MAX))
            _ = self._keys.now  # raises if the till was revoked, whose replica is gone
            self._pool.settle()
            with self._replica.snapshot() as snapshot:
                return self._answer(ask, self._context(snapshot))
        except Problem as trouble:
            log.warning("problem", extra={"kind": trouble.kind, "detail": str(trouble)})
            return Reply(ok=False, problem=problem_of(trouble, self._words))
        except Exception:
            log_id = f"{time.time_ns():x}"
            log.exception("bug", extra={"log_id": log_id})
            view = problem("problem", self._words)
            return Reply(ok=False, problem=type(view)(view.kind, f"{view.text} ({log_id})"))

    def _context(self, snapshot: ReplicaSnapshot) -> AskContext:
        state = snapshot.state()
        if state.cursors.essentials != self._essentials_at:
            rows = snapshot.essential_rows()
            if rows != self._essential_rows:  # verdicts move the cursor too
                self._essentials, self._essential_rows = essentials_in(rows), rows
            self._essentials_at = state.cursors.essentials
            self._recorder.essentials = state.cursors.essentials
            chosen = pins_waiting(self._journal, snapshot)
            self._desk.know(self._essentials.staff, self._essentials.settings, chosen)
            if self._words.currency != self._essentials.settings.currency:
                self._words = CompanySpeech(self._language, self._essentials.settings.currency)
        if state != self._effective_on or len(self._effective_cards) > EFFECTIVE_CARDS_MAX:
            self._effective_cards, self._effective_on = {}, state
        return AskContext(
            identity=self._journal.identity,
            keys=self._keys.now,
            journal=self._journal,
            recorder=self._recorder,
            desk=self._desk,
            snapshot=snapshot,
            state=state,
            essentials=self._essentials,
            words=self._words,
            now=self._clock.now(),
            now_at_least=self._clock.now_at_least(),
            front=self._front,
            pool=self._pool,
            kept=self._effective_cards,
        )

    def _answer(self, ask: AnyAsk, context: AskContext) -> Reply:
        match ask:
            case Speak(language=language):
                if language not in LANGUAGES:
                    return Reply(ok=False, problem=problem("request", context.words))
                self._language = language
                self._words = CompanySpeech(language, self._words.currency)
                return Reply(ok=True)
            case Status() | Sync():
                self._erased.follow(self._recorder, self._journal, context.essentials.erased, context.state.acked_seq)
                return Reply(ok=True, status=self._till_status.view(context, self._exchanger.status, self._clock))
            case Recent():
                return Reply(ok=True, history=history.recent(context, ask.limit), today=self._today.count(context))
            case Refresh():
                return self._refreshed(context, ask)
            case Decided() | Served() | Open() | Report():
                return self._report(context, ask)
            case Cases() | Case() | DecideCase():
                return self._cases(context, ask)
            case Colleagues():
                people = tuple(StaffView(one.id, one.name, one.role, minutes) for one, minutes in self._desk.people())
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
                redeem = None if ask.by_camera else context.essentials.settings.old_codes_redeem
                found = by_code(ask.code, context.snapshot, self._journal, context.keys.lookup, old_codes_redeem=redeem)
                return self._put_in_front(context, found)
            case Recognise():
                known = known_reading(ask.readings, context.snapshot, context.keys.lookup)
                return Reply(ok=True, reading=known)
            case Find():
                return self._find(context, ask)
            case History():
                return self._history(context, ask)
            case Quote():
                return self._quoted(context, ask, transactions.quote(context, ask))
            case QuoteVoid():
                return self._quoted(context, ask, voids.quote(context, ask))
            case Stamp():
                return self._given(context, transactions.stamp(context, ask))
            case Earn():
                return self._given(context, transactions.earn(context, ask))
            case Redeem():
                return self._given(context, transactions.redeem(context, ask))
            case Adjust() | Deactivate() | Reactivate() | EditCustomer() | Replace():
                return self._managed(context, ask)
            case Void():
                taken = voids.void(context, ask)
                if isinstance(taken, Refusal):
                    return self._refused(taken)
                return self._done(context, *taken)
            case Enrol():
                new = enrolment.enrol(context, ask)
                if isinstance(new, Refusal):
                    return self._refused(new)
                self._front = new.front
                done = self._done(context, ((new.written, Effect()),), new.front)
                return done if new.shown is None else replace(done, new_card=new.shown)
            case ShowCode():
                return self._show_code(context)
            case HandedOver():
                self._pool.handed_over()
                return Reply(ok=True)

    def _managed(self, context: AskContext, ask: Adjust | Deactivate | Reactivate | EditCustomer | Replace) -> Reply:
        """Answers requests that require a manager."""
        match ask:
            case Adjust(points=points, stamps=given) if points and given:
                return Reply(ok=False, problem=problem("request", context.words))  # an entry adjusts one balance
            case Adjust():
                return self._given(context, transactions.adjust(context, ask))
            case Deactivate() | Reactivate():
                return self._given(context, transactions.switch(context, ask))
            case EditCustomer() if ask == EditCustomer(override=ask.override):
                return Reply(ok=False, problem=problem("request", context.words))  # names no change
            case EditCustomer():
                return self._given(context, customer.edit(context, ask))
            case Replace():
                replaced = enrolment.replace(context, ask)
                if isinstance(replaced, Refusal):
                    return self._refused(replaced)
                assert context.front is not None, "a card in front was replaced"
                return self._done(context, ((replaced, Effect()),), context.front)

    def _refreshed(self, context: AskContext, ask: Refresh) -> Reply:
        """Answers a periodic refresh, which does not count as activity and so does not extend a shift."""
        self._erased.follow(self._recorder, self._journal, context.essentials.erased, context.state.acked_seq)
        return Reply(
            ok=True,
            status=self._till_status.view(context, self._exchanger.status, self._clock),
            card=None if context.front is None else card_view.card_view(context, context.front),
            history=history.recent(context, ask.limit),
            today=self._today.count(context),
        )

    def _show_code(self, context: AskContext) -> Reply:
        found = enrolment.last_code(context)
        if isinstance(found, Refusal):
            return self._refused(found)
        front, shown = found
        return replace(self._put_in_front(context, front), new_card=shown)

    def _person(self, answer: Person | Refusal) -> Reply:
        if isinstance(answer, Refusal):
            return self._refused(answer)
        self._exchanger.wake()
        return Reply(ok=True, staff=StaffView(answer.id, answer.name, answer.role))

    def _put_in_front(self, context: AskContext, found: InFront | Refusal) -> Reply:
        self._desk.touched()
        if isinstance(found, Refusal):
            return self._refused(found)
        view = card_view.card_view(context, found)
        if view is None:
            return self._refused(Refusal(Reason.UNKNOWN_CARD))
        self._front = found
        return Reply(ok=True, card=view)

    def _find(self, context: AskContext, ask: Find) -> Reply:
        given = [one for one in (ask.email, ask.phone, ask.receipt, ask.purchase) if one is not None]
        if len(given) != 1:
            return Reply(ok=False, problem=problem("request", context.words))
        # A passer-by must not find out whose addresses are known. A PIN for each transaction is requested later.
        someone = context.someone()
        if isinstance(someone, Refusal) and context.essentials.settings.pin_required is PinRequired.PER_SHIFT:
            return self._refused(someone)
        if ask.email is None and ask.phone is None:
            return self._purchases(context, history.purchases(context, ask))
        contact = contact_of(ask.email, ask.phone, context.keys.lookup, context.essentials.settings.country)
        if isinstance(contact, Refusal):
            return self._refused(contact)
        return self._put_in_front(context, by_contact(contact, context.snapshot, self._journal))

    def _purchases(self, context: AskContext, found: history.Purchases | Refusal) -> Reply:
        if isinstance(found, Refusal):
            return self._refused(found)
        card = UNSET if found.card is None else card_view.card_view(context, found.card)
        return Reply(ok=True, history=found.rows, card=card)

    def _report(self, context: AskContext, ask: Decided | Served | Open | Report) -> Reply:
        refusal = history.may_read(context, ask)
        if refusal is not None:
            return self._refused(refusal)
        self._desk.touched()
        match ask:
            case Decided():
                return Reply(ok=True, history=history.decided(context, ask.limit, ask.skip))
            case Served():
                return Reply(ok=True, history=history.served(context, ask.limit, ask.skip))
            case Open():
                return self._put_in_front(context, InFront(ask.card.bytes, known=True, by_code=False))
            case Report():
                status = self._till_status.view(context, self._exchanger.status, self._clock)
                days, hours, rewards = day_report.of_days(context, ask.days)
                ready = status.readiness
                report = ReportView(days, hours, ready.blanks, status.waiting, ready.serve_days, rewards)
                return Reply(ok=True, report=report)

    def _cases(self, context: AskContext, ask: Cases | Case | DecideCase) -> Reply:
        answer = cases.answer(context, ask)
        if isinstance(answer, Refusal):
            return self._refused(answer)
        self._desk.touched()
        if isinstance(ask, DecideCase):
            self._exchanger.wake()
        return Reply(ok=True, cases=answer) if isinstance(answer, tuple) else Reply(ok=True, case=answer)

    def _history(self, context: AskContext, ask: History) -> Reply:
        card = context.in_front()
        if isinstance(card, Refusal):
            return self._refused(card)
        return Reply(ok=True, history=history.history(context, card[0], ask.limit, ask.before))

    def _quoted(self, context: AskContext, ask: Quote | QuoteVoid, found: Effect | Refusal) -> Reply:
        amount = ask.amount_minor or 0
        if isinstance(found, Refusal):
            return Reply(ok=True, quote=QuoteView(amount, 0, refused(found, context.words)))
        warning = unusual_amounts.unusual(context, amount) if isinstance(ask, Quote) else None
        return Reply(ok=True, quote=QuoteView(amount, found.points, None, warning, found.stamps))

    def _given(self, context: AskContext, done: transactions.Done | Refusal) -> Reply:
        if isinstance(done, Refusal):
            return self._refused(done)
        assert context.front is not None, "something was given to a card in front"
        return self._done(context, done, context.front)

    def _done(self, context: AskContext, done: transactions.Done, front: InFront) -> Reply:
        """The reply after journalling: the entries, durable by now, and the card."""
        self._exchanger.wake()
        self._desk.touched()
        view = card_view.card_view(context, front)
        first, *more = [card_view.entry_view(written, effect, view) for written, effect in done]
        rows = history.just_written(context, front, [written for written, _effect in done])
        return Reply(ok=True, card=view, entry=first, also=more[0] if more else None, rows=rows)

    def _refused(self, refusal: Refusal) -> Reply:
        self._desk.touched()
        return Reply(ok=False, refusal=refused(refusal, self._words))
