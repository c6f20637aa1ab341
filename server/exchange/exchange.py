"""Exchanges with tills: entries in, verdicts and changes out. No HTTP in here; the clock is passed in.

Requests of a company that arrive together share one unit of work and commit together. Without entries, an exchange
takes no lock and writes only, once a minute, that the terminal was seen. Rows, `acked_seq` and cursors of an answer
belong to one moment.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from msgspec.structs import replace as replace_fields
from sqlalchemy import Connection, bindparam, update
from sqlalchemy.exc import DBAPIError

from server.cards import pools
from server.db.batches import Batch
from server.db.outages import problem_in
from server.db.tables import terminals
from server.db.units import CompanyUnknown, Units
from server.exchange import salvage
from server.exchange.acknowledgements import Acknowledgements
from server.exchange.answers import Answers, Snapshot, read, reader_of
from server.exchange.entry_booking import book
from server.exchange.intake import Arrival, Sender, arrivals, check_journal, check_sender, load_sender, load_senders
from server.exchange.request_group import (
    NOBODY,
    Admitted,
    Deferred,
    NewsFor,
    Outcome,
    TillRequest,
    clock_of,
    find_rows,
    has_to_write,
)
from server.exchange.turned_away import Behind, EntryFailed, Forked, Revoked, TurnedAway
from server.keys import Keys
from server.ledger.feed.tail import Tail, Tails
from server.ledger.judging import held_entries
from server.ledger.judging.ledger_writes import WriteSet
from server.ledger.judging.savepoint_booking import Ledger
from server.ledger.rows import cases
from server.ledger.rows.cases import Settling
from server.ledger.rows.entries import ParsedEntry
from server.problems import DatabaseProblem
from server.terminals import contact_log
from server.terminals.contact_log import Contact
from sync.protocol import chain
from sync.protocol.messages import PROTOCOL, Cursors, ExchangeRequest, ExchangeResponse, Garbled, Listening

NEWS_ROWS_MAX = 30  # rows in a hint: a few customers' worth

_OF_TERMINAL = (terminals.c.company_id == bindparam("company"), terminals.c.terminal_id == bindparam("terminal"))
_HEARD_COLUMNS = (
    "journal_id",
    "acked_seq",
    "head",
    "said_seq",
    "marks",
    "program_version",
    "last_seen_at",
    "updated_at",
)
_HEARD = Batch(
    update(terminals).where(*_OF_TERMINAL).values({name: bindparam(f"new_{name}") for name in _HEARD_COLUMNS})
)
_DIFFERED = (
    update(terminals)
    .where(*_OF_TERMINAL)
    .values(differences=terminals.c.differences + bindparam("count"), differed_at=bindparam("at"))
)

_log = structlog.get_logger()


class Exchanges:
    """Processes the exchanges of all companies."""

    def __init__(self, units: Units, keys: Keys, now: Callable[[], datetime], *, protocol: int = PROTOCOL) -> None:
        self._units = units
        self._keys = keys
        self._now = now
        self._protocol = protocol
        self._answers = Answers(keys, protocol)
        self._tails = Tails()
        self._acknowledgements = Acknowledgements()
        self.on_verdicts: Callable[[Mapping[str, int]], None] | None = None  # called with how many of each were given
        self._taken_up: set[UUID] = set()  # terminals whose entries held for an update were retried

    def answer(self, company_id: UUID, terminal_id: UUID, request: ExchangeRequest) -> ExchangeResponse:
        """The answer to an authenticated *request*; raises `TurnedAway`."""
        (outcome,) = self.take(company_id, [TillRequest(terminal_id, request)])
        if isinstance(outcome, Deferred):
            return self.finish(company_id, outcome)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def take(self, company_id: UUID, requests: Sequence[TillRequest], audience: NewsFor = NOBODY) -> list[Outcome]:
        """The outcome of each request in order: an answer, a `Deferred` for `finish`, or an exception.

        The *audience* gets its news as soon as the entries are on disk, before any request is answered.
        """
        assert len({request.terminal_id for request in requests}) == len(requests), (
            "at most one request of each terminal"
        )
        now = self._now()
        try:
            admitted = self._served(
                company_id, [self._limited_to_protocol(request) for request in requests], audience, now
            )
        except (DatabaseProblem, CompanyUnknown):  # no request is to blame
            raise
        except Exception as error:
            if len(requests) == 1:
                return [error]
            return [
                one for request in requests for one in self.take(company_id, [request], audience)
            ]  # retries each alone, so that only the faulty one fails
        return [self._outcome(company_id, one, now) for one in admitted]

    def finish(self, company_id: UUID, deferred: Deferred) -> ExchangeResponse:
        """The answer to a deferred request, read from the database."""
        request, now = deferred.request.exchange, deferred.now
        wants_blanks = request.pool is not None and request.protocol == self._protocol
        if wants_blanks:  # added before the answer is read, so that their rows are part of it
            pools.make_up(self._units, company_id, self._keys, deferred.request.terminal_id, now)
        with self._units.read() as conn:
            sender = load_sender(conn, company_id, deferred.request.terminal_id)
            snapshot = read(conn, sender, request, now)
            if wants_blanks:
                own = self._keys.company(company_id)
                blanks = pools.sealed(conn, company_id, own, sender.id, sealing_public=sender.sealing_public)
                snapshot = replace(snapshot, pool=blanks)
        return self._answers.answer(snapshot, request, now)

    def news(self, company_id: UUID, listening: Mapping[UUID, Listening]) -> dict[UUID, ExchangeResponse]:
        """The news for listening terminals, as if each asked now without entries; terminals that must ask are left
        out."""
        now = self._now()
        tail = self._tails.of(company_id, now)
        made: dict[UUID, ExchangeResponse] = {}
        with self._units.read() as conn:
            senders = list(load_senders(conn, company_id, listening.keys()).values())
            if not senders:
                return made
            tail.catch_up(conn, company_id, senders[0].clock, now)
        self._tell(NewsFor(listening, made.__setitem__), senders, tail, senders[0].clock, now)
        return made

    def _news(
        self, sender: Sender, listening: Listening, tail: Tail, clock: int, now: datetime
    ) -> ExchangeResponse | None:
        if sender.is_revoked or sender.journal_id != listening.journal:
            return None
        read = Cursors(listening.essentials, listening.bulk)
        rows = tail.unsent(reader_of(sender, listening.can.split(","), now), read, rows_max=NEWS_ROWS_MAX, clock=clock)
        return None if rows is None else self._answers.news(Snapshot(sender, rows), listening.journal, now)

    def _limited_to_protocol(self, request: TillRequest) -> TillRequest:
        is_older = request.exchange.protocol < self._protocol
        return (
            request._replace(exchange=replace_fields(request.exchange, rows_max=1)) if is_older else request
        )  # it gets no rows

    def _served(
        self, company_id: UUID, requests: list[TillRequest], audience: NewsFor, now: datetime
    ) -> list[Admitted]:
        tail = self._tails.of(company_id, now)
        if any(request.brings_entries for request in requests):
            return self._written(company_id, requests, tail, audience, now)
        with self._units.read() as conn:
            admitted = self._admit(
                conn, requests, load_senders(conn, company_id, {request.terminal_id for request in requests})
            )
            writing = [one for one in admitted if has_to_write(one, now)]
            reading = [one for one in admitted if one.is_well() and one not in writing]
            if reading:
                clock = clock_of(reading)
                tail.catch_up(conn, company_id, clock, now)
                find_rows(reading, tail, clock, now)
        if writing:
            written = iter(self._written(company_id, [one.request for one in writing], tail, audience, now))
            admitted = [next(written) if one in writing else one for one in admitted]
        return admitted

    def _written(
        self, company_id: UUID, requests: list[TillRequest], tail: Tail, audience: NewsFor, now: datetime
    ) -> list[Admitted]:
        """Serves requests that write, under the company's lock."""
        written: list[WriteSet] = []
        sending = {request.terminal_id for request in requests}
        senders: dict[UUID, Sender] = {}

        def at_hand() -> None:  # runs before listeners are notified
            for writes in written:
                tail.follow(writes.began, writes.clock, writes.news(), now)
            if written:
                idle = [one for one in senders.values() if one.id not in sending]  # as read under the lock
                self._tell(audience, idle, tail, written[-1].clock, now)

        with self._units.write(company_id, at_hand) as conn:
            senders = load_senders(conn, company_id, sending | audience.listening.keys())
            admitted = self._admit(conn, requests, senders)
            well = [one for one in admitted if one.is_well()]
            if well:
                tail.catch_up(conn, company_id, clock_of(well), now)
                written = self._take(conn, company_id, well, now)
        if self.on_verdicts is not None:
            for writes in written:
                self.on_verdicts(writes.words)
        if written:
            find_rows([one for one in well if one.is_well()], tail, written[-1].clock, now)
        return admitted

    def _tell(self, audience: NewsFor, senders: list[Sender], tail: Tail, clock: int, now: datetime) -> None:
        for sender in senders:
            listening = audience.listening[sender.id]
            if min(listening.essentials, listening.bulk) >= clock:
                continue
            try:
                if (news := self._news(sender, listening, tail, clock, now)) is not None:
                    audience.tell(sender.id, news)
            except Exception:  # the entries are committed, and their senders must still be answered
                _log.exception("making a listener's news failed", terminal=str(sender.id))

    def _admit(self, conn: Connection, requests: list[TillRequest], senders: dict[UUID, Sender]) -> list[Admitted]:
        """Checks each request's sender and journal."""
        admitted = []
        for request in requests:
            one = Admitted(request, senders.get(request.terminal_id))
            try:
                if one.sender is None:
                    raise Revoked
                check_sender(one.sender, request.exchange, self._protocol)
                if request.exchange.salvage:
                    raise Forked  # the till knows that its journal forked
                check_journal(conn, one.sender, request.exchange)
            except TurnedAway as trouble:
                one.trouble = trouble
            admitted.append(one)
        return admitted

    def _take(self, conn: Connection, company_id: UUID, admitted: list[Admitted], now: datetime) -> list[WriteSet]:
        """Books the entries of these requests and marks how far each journal is known; returns what was written."""
        pages: list[tuple[Admitted, list[Arrival]]] = []
        held: list[ParsedEntry] = []
        heard: list[Admitted] = []
        opened: list[dict[str, Any]] = []
        for one in admitted:
            sender, request = one.sender, one.request.exchange
            assert sender is not None
            try:
                page = arrivals(conn, sender, request)
            except (TurnedAway, Garbled) as trouble:
                one.trouble = trouble
                continue
            pages.append((one, page))
            if page or has_to_write(one, now):
                heard.append(one)
            marks = sender.marks.with_request(
                request, acked_seq=sender.acked_seq, clock=sender.clock, heard_at=sender.last_seen_at
            )
            one.sender = replace(sender, marks=marks)
            is_sent_rows = request.protocol == self._protocol
            if (settled := self._acknowledgements.caught_up(one.sender, now)) is not None:
                cases.settle_one(conn, company_id, settled, Settling.TAKEN_IN, now)
            if is_sent_rows and (case := self._acknowledgements.heard(one.sender, now)) is not None:
                opened.append(case)
            if sender.id not in self._taken_up:
                held += held_entries.waiting_for_update(conn, company_id, sender.id)
        with _entry_named([arrival.row.seq for _, page in pages for arrival in page]):
            written = book(Ledger(conn, company_id, self._keys, now), held, pages)
        for one, page in pages:
            assert one.sender is not None
            if page:
                last = page[-1].row
                one.sender = replace(one.sender, acked_seq=last.seq, head=last.hash)
            self._note_differences(conn, one.sender, one.request.exchange, now)
        _HEARD.run(conn, [_heard_row(one, now) for one in heard])
        cases.open_each(conn, opened)
        contact_log.note(conn, [_contact(one.sender) for one in heard if one.sender is not None], now)
        self._taken_up |= {one.request.terminal_id for one, _ in pages}
        return written

    def _note_differences(self, conn: Connection, sender: Sender, request: ExchangeRequest, now: datetime) -> None:
        if not request.differences:
            return
        found = {"company": sender.company_id, "terminal": sender.id, "count": len(request.differences), "at": now}
        conn.execute(_DIFFERED, found)
        for one in request.differences:
            where = {"table": one.table, "bucket": one.bucket, "found_by": one.found_by}
            _log.warning("a replica differed", company=str(sender.company_id), terminal=str(sender.id), **where)

    def _outcome(self, company_id: UUID, one: Admitted, now: datetime) -> Outcome:
        request = one.request
        try:
            match one.trouble:
                case None:
                    if one.rows is None:
                        return Deferred(request, now)
                    assert one.sender is not None
                    return self._answers.answer(Snapshot(one.sender, one.rows), request.exchange, now)
                case Behind():
                    return one.trouble  # the request may only have been late
                case Forked():
                    return self._forked(company_id, request.terminal_id, request.exchange, now)
                case Revoked():
                    return self._revoked(company_id, request.terminal_id, request.exchange, now)
                case _:
                    return one.trouble
        except Exception as error:  # fails this request only
            return error

    def _forked(self, company_id: UUID, terminal_id: UUID, request: ExchangeRequest, now: datetime) -> Forked:
        """Marks the terminal as forked for its company; entries stay as they are on both ends."""
        _log.warning("a journal forked", company=str(company_id), terminal=str(terminal_id))
        of_terminal = (terminals.c.company_id == company_id, terminals.c.terminal_id == terminal_id)
        with self._units.write(company_id) as conn:
            marked = update(terminals).where(*of_terminal, terminals.c.forked_at.is_(None))
            conn.execute(marked.values(forked_at=now, updated_at=now))
            return Forked(salvaged_seq=_salvaged(conn, company_id, terminal_id, request, now))

    def _revoked(self, company_id: UUID, terminal_id: UUID, request: ExchangeRequest, now: datetime) -> Revoked:
        """A signed refusal: the till erases its data only on this signature."""
        signature = chain.sign_revoked(self._keys.signing, company_id, terminal_id, request.journal)
        if not request.salvage:
            return Revoked(signature=signature)
        with self._units.write(company_id) as conn:
            salvaged_seq = _salvaged(conn, company_id, terminal_id, request, now)
        return Revoked(signature=signature, salvaged_seq=salvaged_seq)


@contextmanager
def _entry_named(seqs: list[int]) -> Iterator[None]:
    """Names the entry that could not be taken: only where it was alone, and the database is not at fault."""
    try:
        yield
    except DBAPIError as error:
        if len(seqs) != 1 or problem_in(error) is not None:
            raise
        raise EntryFailed(seqs[0]) from error
    except Exception as error:
        if len(seqs) != 1:
            raise
        raise EntryFailed(seqs[0]) from error


def _salvaged(
    conn: Connection, company_id: UUID, terminal_id: UUID, request: ExchangeRequest, now: datetime
) -> int | None:
    if not request.salvage:
        return None
    return salvage.take(conn, load_sender(conn, company_id, terminal_id), request, now)


def _contact(sender: Sender) -> Contact:
    return Contact(sender.company_id, sender.id, sender.last_seen_at, sender.marks.said_seq, sender.acked_seq)


def _heard_row(one: Admitted, now: datetime) -> dict[str, object]:
    sender = one.sender
    assert sender is not None
    return {
        "company": sender.company_id,
        "terminal": sender.id,
        "new_journal_id": one.request.exchange.journal,
        "new_acked_seq": sender.acked_seq,
        "new_head": sender.head,
        "new_said_seq": sender.marks.said_seq,
        "new_marks": sender.marks.kept,
        "new_program_version": one.request.exchange.program_version or None,
        "new_last_seen_at": now,
        "new_updated_at": now,
    }
