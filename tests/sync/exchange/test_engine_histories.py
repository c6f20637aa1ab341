"""The engine under random histories: at most one exchange at a time, no request lost, at rest once the server
answers."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sync.exchange import page_limits
from sync.exchange.engine import (
    REST_S,
    Answered,
    Applied,
    Apply,
    Asked,
    Event,
    ExchangeFailed,
    Hinted,
    Now,
    Phase,
    SendExchange,
    Sent,
    SyncState,
    Ticked,
    TillFailed,
    Woken,
    step,
)
from sync.exchange.failures import FailureKind
from sync.exchange.ports import Marks
from sync.protocol.messages import PROTOCOL, Cursors, ExchangeResponse
from tests.support.exchanges import NOON, a_seal, an_identity


class AnyHistory(RuleBasedStateMachine):
    """A till, a failing server and a growing journal, in random order."""

    @initialize()
    def start(self) -> None:
        self.state = SyncState()
        self.at = 0.0
        self.under_way: SendExchange | Apply | None = None
        self.marks = Marks(0, Cursors(), None)
        self.last_seq = 0
        self.server_seq = 0
        self.server_version = 0
        self.tell(Ticked(self.now()))

    def now(self) -> Now:
        return Now(self.at, NOON + timedelta(seconds=self.at), jitter=0.5)

    def tell(self, event: Event) -> None:
        self.state, actions = step(self.state, event)
        for action in actions:
            if isinstance(action, SendExchange | Apply):
                assert self.under_way is None, "one exchange at a time"
                self.under_way = action

    def carried(self, sending: SendExchange) -> Sent:
        left = self.last_seq - self.marks.acked_seq
        entries = min(left, sending.limits.entries) if sending.limits is not None else 0
        return Sent(self.marks.acked_seq, self.marks.cursors, entries)

    @rule(count=st.integers(1, 3_000))
    def entries_are_appended(self, count: int) -> None:
        self.last_seq += count
        self.tell(Woken(self.now()))

    @rule(rows=st.integers(1, 20_000))
    def other_tills_are_busy(self, rows: int) -> None:
        self.server_version += rows

    @rule()
    def somebody_asks(self) -> None:
        self.tell(Asked(self.now()))

    @rule(seconds=st.floats(0, 400))
    def time_passes(self, seconds: float) -> None:
        self.at += seconds
        self.tell(Ticked(self.now()))

    @precondition(lambda self: isinstance(self.under_way, SendExchange))
    @rule(kind=st.sampled_from(sorted(FailureKind)))
    def the_exchange_fails(self, kind: FailureKind) -> None:
        assert isinstance(self.under_way, SendExchange)
        carried, self.under_way = self.carried(self.under_way), None
        self.tell(ExchangeFailed(self.now(), carried, kind))

    @precondition(lambda self: isinstance(self.under_way, SendExchange))
    @rule()
    def the_reply_is_lost(self) -> None:
        assert isinstance(self.under_way, SendExchange)
        carried, self.under_way = self.carried(self.under_way), None
        self.server_seq = max(self.server_seq, carried.after + carried.entries)
        self.tell(ExchangeFailed(self.now(), carried, FailureKind.UNREACHABLE))

    @precondition(lambda self: isinstance(self.under_way, SendExchange))
    @rule()
    def the_server_answers(self) -> None:
        assert isinstance(self.under_way, SendExchange)
        carried, self.under_way = self.carried(self.under_way), None
        if carried.after <= self.server_seq:
            self.server_seq = max(self.server_seq, carried.after + carried.entries)
        self.tell(Answered(self.now(), carried, self.response()))

    @precondition(lambda self: self.marks.acked_seq <= self.server_seq)
    @rule(rows=st.integers(1, 5_000))
    def a_hint_brings_news(self, rows: int) -> None:
        if self.under_way is None:
            self.server_version = max(self.server_version, self.marks.cursors.bulk + rows)
        sent = Sent(self.marks.acked_seq, self.marks.cursors, 0)
        self.tell(Hinted(self.now(), self.server_version, Answered(self.now(), sent, self.response())))

    def response(self) -> ExchangeResponse:
        cursor = min(self.server_version, self.marks.cursors.bulk + 5_000)
        return ExchangeResponse(
            protocol=PROTOCOL,
            seal=a_seal(an_identity(), self.server_seq),
            acked_seq=self.server_seq,
            cursors=Cursors(cursor, cursor),
            more=cursor < self.server_version,
            server_time=NOON,
        )

    @precondition(lambda self: self.under_way is not None)
    @rule()
    def the_disk_is_full(self) -> None:
        self.under_way = None
        self.tell(TillFailed(self.now(), "replica"))

    @precondition(lambda self: isinstance(self.under_way, Apply))
    @rule()
    def the_response_is_applied(self) -> None:
        assert isinstance(self.under_way, Apply)
        response, self.under_way = self.under_way.response, None
        self.marks = Marks(response.acked_seq, response.cursors, response.seal)
        self.tell(Applied(self.now(), self.marks, self.last_seq))

    @precondition(lambda self: self.server_seq > 0)
    @rule(share=st.floats(0, 1))
    def the_server_is_restored(self, share: float) -> None:
        self.server_seq = int(self.server_seq * share)

    @invariant()
    def it_is_doing_what_it_said_or_will_wake_within_minutes(self) -> None:
        assert (self.under_way is None) == (self.state.phase is Phase.WAITING)
        if self.state.phase is Phase.WAITING:
            assert self.state.due <= self.at + REST_S

    @invariant()
    def no_page_is_larger_than_allowed(self) -> None:
        if isinstance(self.under_way, SendExchange) and self.under_way.limits is not None:
            assert 1 <= self.under_way.limits.entries <= page_limits.FULL.entries

    def teardown(self) -> None:
        """Finally, when the server answers again, everything arrives and the till comes to rest."""
        exchanges = 0
        while not (self.state.quiet and self.marks == self.expected_marks() and self.under_way is None):
            if isinstance(self.under_way, SendExchange):
                self.the_server_answers()
                exchanges += 1
            elif self.under_way is not None:
                self.the_response_is_applied()
            else:
                self.at = max(self.at, self.state.due)
                self.tell(Ticked(self.now()))
            # After a single entry was too large, every entry may need a separate exchange.
            assert exchanges < 1_000 + self.last_seq, "it never comes to rest"
        assert self.state.parked == frozenset()
        assert self.state.status.online and not self.state.status.pair_again

    def expected_marks(self) -> Marks:
        cursors = Cursors(self.server_version, self.server_version)
        return Marks(self.last_seq, cursors, a_seal(an_identity(), self.last_seq))


TestAnyHistory = AnyHistory.TestCase
