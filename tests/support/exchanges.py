"""A till's ports in memory, and a simulated company server without a network. Time moves only when a test moves it."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from sync.exchange import page_limits
from sync.exchange.failures import EntryFailed, ExchangeFailure, Forked, ServerFailed, Unreachable
from sync.exchange.ports import Head, Marks, Signer
from sync.protocol import chain, messages
from sync.protocol.messages import (
    Change,
    Cursors,
    Digest,
    ExchangeRequest,
    ExchangeResponse,
    Hint,
    Page,
    PageEntry,
    Seal,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SERVER_KEY = chain.SigningKey(hashlib.sha256(b"the server's key").digest())
TILL_KEY = chain.SigningKey(hashlib.sha256(b"the till's key").digest())


def an_identity() -> Signer:
    return Signer(
        company_id=UUID(int=1),
        terminal_id=UUID(int=2),
        journal_id=UUID(int=3),
        signing=TILL_KEY,
        server_signing_public=SERVER_KEY.public,
    )


def a_seal(identity: Signer, acked_seq: int, version: int = 0, key: chain.SigningKey = SERVER_KEY) -> Seal:
    signature = chain.sign_seal(
        key,
        identity.company_id,
        identity.terminal_id,
        identity.journal_id,
        epoch=1,
        version=version,
        acked_seq=acked_seq,
    )
    return Seal(epoch=1, version=version, acked_seq=acked_seq, signature=signature)


@dataclass
class VirtualClock:
    """A clock moved by the test."""

    passed_s: float = 0.0
    learned_times: list[datetime] = field(default_factory=list)

    def advance(self, seconds: float) -> None:
        self.passed_s += seconds

    def reading(self) -> messages.Clock:
        wall = NOON + timedelta(seconds=self.passed_s)
        return messages.Clock(wall=wall, boot=UUID(int=4), monotonic_ms=int(self.passed_s * 1000))

    def learned(self, server_time: datetime, sent: messages.Clock, received: messages.Clock) -> None:
        assert sent.monotonic_ms <= received.monotonic_ms
        self.learned_times.append(server_time)

    def monotonic_s(self) -> float:
        return self.passed_s


class JournalInMemory:
    """A hash chain of opaque entries."""

    def __init__(self, identity: Signer) -> None:
        self._genesis = chain.genesis(identity.company_id, identity.terminal_id, identity.journal_id)
        self._rows: list[PageEntry] = []

    def append(self, entry: bytes = b"{}") -> None:
        head = self.head()
        digest = chain.entry_hash(entry)
        self._rows.append(PageEntry(seq=head.seq + 1, hash=chain.link(head.hash, head.seq + 1, digest), entry=entry))

    def head(self) -> Head:
        return Head(self._rows[-1].seq, self._rows[-1].hash) if self._rows else Head(0, self._genesis)

    def page_after(
        self, seq: int, entries_max: int, bytes_max: int, parked: frozenset[int] = frozenset()
    ) -> Page | None:
        rows = page_limits.fill(self._rows[seq:], entries_max, bytes_max)
        marked = tuple(msgspec.structs.replace(row, parked=row.seq in parked) for row in rows)
        prev_hash = self._rows[seq - 1].hash if seq else self._genesis
        return Page(prev_hash=prev_hash, entries=marked) if marked else None


class ReplicaInMemory:
    """Keeps the newest version of each row; raises *problem*, if set, at the next response."""

    def __init__(self) -> None:
        self.rows: dict[UUID, int] = {}
        self.problem: Exception | None = None
        self.on_apply: Callable[[], None] = lambda: None
        self._marks = Marks(acked_seq=0, cursors=Cursors(), seal=None)

    def marks(self) -> Marks:
        return self._marks

    def apply(self, response: ExchangeResponse) -> None:
        self.on_apply()
        if self.problem is not None:
            raise self.problem
        for change in response.changes:
            self.rows[change.id] = max(change.version, self.rows.get(change.id, 0))
        self._marks = Marks(response.acked_seq, response.cursors, response.seal)


class Made:
    """A call with a known outcome."""

    def __init__(self, exchange: Callable[[], ExchangeResponse]) -> None:
        self.is_given_up = False
        self._outcome: ExchangeResponse | ExchangeFailure
        try:
            self._outcome = exchange()
        except ExchangeFailure as failure:
            self._outcome = failure

    def answer(self) -> ExchangeResponse:
        if isinstance(self._outcome, ExchangeFailure):
            raise self._outcome
        return self._outcome

    def give_up(self) -> None:
        self.is_given_up = True


class ServerInMemory:
    """The server's side of an exchange, with faults that tests switch on."""

    def __init__(self, clock: VirtualClock, identity: Signer, rows: int = 0, rows_a_page: int = 5_000) -> None:
        self._clock = clock
        self._identity = identity
        self._rows_a_page = rows_a_page
        self.version = rows
        self.entries: list[PageEntry] = []
        self.requests: list[ExchangeRequest] = []
        self.unreachable = False
        self.hangs = False  # gives no answer until the deadline
        self.poisonous: set[int] = set()  # entries that make it fail unless parked
        self.refuses: Callable[[ExchangeRequest], ExchangeFailure | None] = lambda request: None
        self.on_exchange: Callable[[], None] = lambda: None
        self.distorts: Callable[[ExchangeResponse], ExchangeResponse] = lambda response: response
        self.drops_replies = 0  # number of answers to lose after the commit
        self.too_old = False
        self.closed = False

    def begin(self, request: ExchangeRequest, deadline_s: float) -> Made:
        return Made(lambda: self.exchange(request, deadline_s))

    def exchange(self, request: ExchangeRequest, deadline_s: float) -> ExchangeResponse:
        self.requests.append(request)
        self.on_exchange()
        if self.hangs:
            self._clock.advance(deadline_s)
        if self.hangs or self.unreachable or self.closed:
            raise Unreachable("nothing there")
        failure = self.refuses(request)
        if failure is not None:
            raise failure
        self._take(request)
        if self.drops_replies:
            self.drops_replies -= 1
            raise Unreachable("the reply was lost")
        return self.distorts(self._response(request.cursors, digest=request.digest))

    def brings(self, after: int) -> Hint:
        """A hint with the rows after a version, for a till that has read up to it."""
        said = self._response(Cursors(essentials=after, bulk=after))
        return Hint(version=self.version, after=Cursors(essentials=after, bulk=after), answer=said)

    def close(self) -> None:
        self.closed = True

    def _take(self, request: ExchangeRequest) -> None:
        me = self._identity
        ids = (me.company_id, me.terminal_id, me.journal_id)
        assert chain.head_is_signed(
            me.signing.public, *ids, last_seq=request.last_seq, head=request.head, signature=request.signature
        )
        if request.last_seq < len(self.entries):
            raise Forked
        if request.page is None:
            return
        sent = request.page.entries
        if any(entry.seq in self.poisonous and not entry.parked for entry in sent):
            raise EntryFailed(sent[0].seq) if len(sent) == 1 else ServerFailed(500)
        links = [(entry.seq, chain.entry_hash(entry.entry), entry.hash) for entry in sent]
        assert chain.verify(request.page.prev_hash, sent[0].seq, links) is None
        assert sent[-1].seq <= request.last_seq and sent[0].seq <= len(self.entries) + 1
        for entry in sent:
            if entry.seq == len(self.entries) + 1:
                self.entries.append(entry)
            elif self.entries[entry.seq - 1].hash != entry.hash:
                raise Forked

    def _response(self, cursors: Cursors, *, digest: bool = False) -> ExchangeResponse:
        acked_seq = len(self.entries)
        read = cursors.bulk
        upto = read if self.too_old else min(self.version, read + self._rows_a_page)
        return ExchangeResponse(
            protocol=messages.PROTOCOL,
            seal=a_seal(self._identity, acked_seq, self.version),
            acked_seq=acked_seq,
            cursors=Cursors(essentials=upto, bulk=upto),
            more=upto < self.version,
            server_time=self._clock.reading().wall,
            changes=tuple(Change("card", UUID(int=n), n, msgspec.Raw(b"{}")) for n in range(read + 1, upto + 1)),
            rows_left=self.version - upto,
            update=self.too_old,
            digest=Digest(sums={}, since="2026-01-01") if digest and upto == self.version else None,
        )
