"""Exchanges: entries in, verdicts and changes out. No HTTP here, and the clock is handed in.

Tills of one company that come at the same time are served in one unit of work, and everything of it commits together.
Without entries it takes no lock and writes nothing but, once a minute, that a terminal was seen. Rows, `acked_seq` and
cursors of an answer are of one moment.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import structlog
from msgspec.structs import replace as replace_fields
from sqlalchemy import Connection, bindparam, select, update

from server.cards import pools
from server.db.batches import Batch
from server.db.lookups import Lookup
from server.db.tables import entries, terminals
from server.db.units import CompanyUnknown, Units
from server.exchange import salvage
from server.exchange.answers import Answers, Snapshot, read, reader_of
from server.exchange.intake import Arrival, Sender, arrivals, check_journal, check_sender, load_sender, load_senders
from server.exchange.together import (
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
from server.exchange.turned_away import Behind, Forked, Revoked, TurnedAway
from server.keys import Keys
from server.ledger.feed.tail import Tail, Tails
from server.ledger.judging import held_entries
from server.ledger.judging.judging import Judging
from server.ledger.judging.write_set import WriteSet
from server.ledger.rows import entries as parsed_entries
from server.ledger.rows.cases import HELD_MAX
from server.ledger.rows.entries import PARKED, TORN, ParsedEntry, Slot
from server.ledger.rows.entry_times import Anchors, occurred_at
from server.problems import DatabaseUnusable
from sync.protocol import chain
from sync.protocol.messages import PROTOCOL, Cursors, ExchangeRequest, ExchangeResponse, Garbled, Listening

NEWS_ROWS_MAX = 30  # that a hint brings: some visits' worth

_KNOWN = Lookup(select(entries.c.entry_id).where(entries.c.company_id == bindparam("company")), entries.c.entry_id)
_OF_TERMINAL = (terminals.c.company_id == bindparam("company"), terminals.c.terminal_id == bindparam("terminal"))
_HEARD = Batch(
    update(terminals)
    .where(*_OF_TERMINAL)
    .values(
        {name: bindparam(f"new_{name}") for name in ("journal_id", "acked_seq", "head", "last_seen_at", "updated_at")}
    )
)
_DIFFERED = (
    update(terminals)
    .where(*_OF_TERMINAL)
    .values(differences=terminals.c.differences + bindparam("count"), differed_at=bindparam("at"))
)

_log = structlog.get_logger()


class Exchanges:
    """Answers the company's terminals."""

    def __init__(self, units: Units, keys: Keys, now: Callable[[], datetime], *, protocol: int = PROTOCOL) -> None:
        self._units = units
        self._keys = keys
        self._now = now
        self._protocol = protocol
        self._answers = Answers(keys, protocol)
        self._tails = Tails()
        self._taken_up: set[UUID] = set()  # terminals whose entries from the future this program has tried

    def answer(self, company_id: UUID, terminal_id: UUID, request: ExchangeRequest) -> ExchangeResponse:
        """What the company says to *request*, which came with the terminal's token; or `TurnedAway`."""
        (outcome,) = self.take(company_id, [TillRequest(terminal_id, request)])
        if isinstance(outcome, Deferred):
            return self.finish(company_id, outcome)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def take(self, company_id: UUID, visits: Sequence[TillRequest], audience: NewsFor = NOBODY) -> list[Outcome]:
        """What becomes of each visit, in their order: an answer, one to be read by `finish`, or why there is none.

        The *audience* is told what they brought as soon as that is on disk, before anybody is answered.
        """
        assert len({visit.terminal_id for visit in visits}) == len(visits), "what one brings is new once"
        now = self._now()
        try:
            met = self._served(company_id, [self._of_its_protocol(visit) for visit in visits], audience, now)
        except (DatabaseUnusable, CompanyUnknown):
            raise
        except Exception as error:
            if len(visits) == 1:
                return [error]
            return [one for visit in visits for one in self.take(company_id, [visit], audience)]  # one of them did it
        return [self._outcome(company_id, one, now) for one in met]

    def finish(self, company_id: UUID, unread: Deferred) -> ExchangeResponse:
        """The answer to a visit that was taken already, from the database."""
        request, now = unread.visit.request, unread.now
        wants_blanks = request.pool is not None and request.protocol == self._protocol
        if wants_blanks:  # made before the answer is read: their rows go with their codes
            pools.make_up(self._units, company_id, self._keys, unread.visit.terminal_id, now)
        with self._units.read() as conn:
            sender = load_sender(conn, company_id, unread.visit.terminal_id)
            snapshot = read(conn, sender, request, now)
            if wants_blanks:
                own = self._keys.company(company_id)
                told = pools.sealed(conn, company_id, own, sender.id, sealing_public=sender.sealing_public)
                snapshot = replace(snapshot, pool=told)
        return self._answers.answer(snapshot, request, now)

    def news(self, company_id: UUID, listening: Mapping[UUID, Listening]) -> dict[UUID, ExchangeResponse]:
        """What terminals would be answered that ask now and bring nothing; without those who have to ask themselves."""
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
        rows = tail.unsent(reader_of(sender, now), read, rows_max=NEWS_ROWS_MAX, clock=clock)
        return None if rows is None else self._answers.news(Snapshot(sender, rows), listening.journal, now)

    def _of_its_protocol(self, visit: TillRequest) -> TillRequest:
        is_older = visit.request.protocol < self._protocol
        return visit._replace(request=replace_fields(visit.request, rows_max=1)) if is_older else visit  # it gets none

    def _served(self, company_id: UUID, visits: list[TillRequest], audience: NewsFor, now: datetime) -> list[Admitted]:
        tail = self._tails.of(company_id, now)
        if any(visit.brings_entries for visit in visits):
            return self._written(company_id, visits, tail, audience, now)
        with self._units.read() as conn:
            met = self._meet(conn, visits, load_senders(conn, company_id, {visit.terminal_id for visit in visits}))
            writing = [one for one in met if has_to_write(one, now)]
            reading = [one for one in met if one.is_well() and one not in writing]
            if reading:
                clock = clock_of(reading)
                tail.catch_up(conn, company_id, clock, now)
                find_rows(reading, tail, clock, now)
        if writing:
            written = iter(self._written(company_id, [one.visit for one in writing], tail, audience, now))
            met = [next(written) if one in writing else one for one in met]
        return met

    def _written(
        self, company_id: UUID, visits: list[TillRequest], tail: Tail, audience: NewsFor, now: datetime
    ) -> list[Admitted]:
        """The same under the company's lock."""
        book: WriteSet | None = None
        visiting = {visit.terminal_id for visit in visits}
        senders: dict[UUID, Sender] = {}

        def at_hand() -> None:  # before who hears of it comes for it
            if book is not None:
                tail.follow(book.began, book.clock, book.news(), now)
                idle = [one for one in senders.values() if one.id not in visiting]  # as it was read under the lock
                self._tell(audience, idle, tail, book.clock, now)

        with self._units.write(company_id, at_hand) as conn:
            senders = load_senders(conn, company_id, visiting | audience.listening.keys())
            met = self._meet(conn, visits, senders)
            well = [one for one in met if one.is_well()]
            if well:
                tail.catch_up(conn, company_id, clock_of(well), now)
                book = self._take(conn, company_id, well, now)
        if book is not None:
            find_rows([one for one in well if one.is_well()], tail, book.clock, now)
        return met

    def _tell(self, audience: NewsFor, senders: list[Sender], tail: Tail, clock: int, now: datetime) -> None:
        for sender in senders:
            listening = audience.listening[sender.id]
            if min(listening.essentials, listening.bulk) >= clock:
                continue
            try:
                if (news := self._news(sender, listening, tail, clock, now)) is not None:
                    audience.tell(sender.id, news)
            except Exception:  # a job of its own: what the visits brought is in the books, and they are answered
                _log.exception("no news for a listener", terminal=str(sender.id))

    def _meet(self, conn: Connection, visits: list[TillRequest], senders: dict[UUID, Sender]) -> list[Admitted]:
        """Who comes, and whether it is who it says, with the journal that goes on from here."""
        met = []
        for visit in visits:
            one = Admitted(visit, senders.get(visit.terminal_id))
            try:
                if one.sender is None:
                    raise Revoked
                check_sender(one.sender, visit.request, self._protocol)
                if visit.request.salvage:
                    raise Forked  # it was turned away before, and says so
                check_journal(conn, one.sender, visit.request)
            except TurnedAway as trouble:
                one.trouble = trouble
            met.append(one)
        return met

    def _take(self, conn: Connection, company_id: UUID, met: list[Admitted], now: datetime) -> WriteSet:
        """Everything that these visits change; the books after it."""
        judging = Judging(conn, company_id, self._keys, now)
        pages: list[tuple[Admitted, list[Arrival]]] = []
        for one in met:
            assert one.sender is not None
            try:
                pages.append((one, arrivals(conn, one.sender, one.visit.request)))
            except (TurnedAway, Garbled) as trouble:
                one.trouble = trouble
                continue
            if one.sender.id not in self._taken_up:
                judging.take(held_entries.waiting_for_update(conn, company_id, one.sender.id))
        taken = _read_items(conn, company_id, pages, now)
        judging.take(taken)
        judging.write()
        arrived = [(one, arrival) for one, page in pages for arrival in page]
        if arrived:
            rows = [_entry_row(one, arrival, item, now) for (one, arrival), item in zip(arrived, taken, strict=True)]
            judging.book.new_entries(rows, [item.slot for item in taken])
        for one, page in pages:
            assert one.sender is not None
            if page:
                last = page[-1].row
                one.sender = replace(one.sender, acked_seq=last.seq, head=last.hash)
            self._note_differences(conn, one.sender, one.visit.request, now)
        _HEARD.run(conn, [_heard_row(one, now) for one, page in pages if page or has_to_write(one, now)])
        self._taken_up |= {one.visit.terminal_id for one, _ in pages}
        return judging.book

    def _note_differences(self, conn: Connection, sender: Sender, request: ExchangeRequest, now: datetime) -> None:
        if not request.differences:
            return
        found = {"company": sender.company_id, "terminal": sender.id, "count": len(request.differences), "at": now}
        conn.execute(_DIFFERED, found)
        for one in request.differences:
            told = {"table": one.table, "bucket": one.bucket, "found_by": one.found_by}
            _log.warning("a replica differed", company=str(sender.company_id), terminal=str(sender.id), **told)

    def _outcome(self, company_id: UUID, one: Admitted, now: datetime) -> Outcome:
        visit = one.visit
        try:
            match one.trouble:
                case None:
                    if one.rows is None:
                        return Deferred(visit, now)
                    assert one.sender is not None
                    return self._answers.answer(Snapshot(one.sender, one.rows), visit.request, now)
                case Behind():
                    return one.trouble  # it may only have been late
                case Forked():
                    return self._forked(company_id, visit.terminal_id, visit.request, now)
                case Revoked():
                    return self._revoked(company_id, visit.terminal_id, visit.request, now)
                case _:
                    return one.trouble
        except Exception as error:  # this one's alone: the others' answers stand
            return error

    def _forked(self, company_id: UUID, terminal_id: UUID, request: ExchangeRequest, now: datetime) -> Forked:
        """The terminal is marked for its company to see; what it holds is left as it is, on both ends."""
        _log.warning("a journal forked", company=str(company_id), terminal=str(terminal_id))
        of_terminal = (terminals.c.company_id == company_id, terminals.c.terminal_id == terminal_id)
        with self._units.write(company_id) as conn:
            marked = update(terminals).where(*of_terminal, terminals.c.forked_at.is_(None))
            conn.execute(marked.values(forked_at=now, updated_at=now))
            return Forked(salvaged_seq=_salvaged(conn, company_id, terminal_id, request, now))

    def _revoked(self, company_id: UUID, terminal_id: UUID, request: ExchangeRequest, now: datetime) -> Revoked:
        """Told in the server's own hand: the till erases what it has on nothing less."""
        signature = chain.sign_revoked(self._keys.signing, company_id, terminal_id, request.journal)
        if not request.salvage:
            return Revoked(signature=signature)
        with self._units.write(company_id) as conn:
            salvaged_seq = _salvaged(conn, company_id, terminal_id, request, now)
        return Revoked(signature=signature, salvaged_seq=salvaged_seq)


def _salvaged(
    conn: Connection, company_id: UUID, terminal_id: UUID, request: ExchangeRequest, now: datetime
) -> int | None:
    if not request.salvage:
        return None
    return salvage.take(conn, load_sender(conn, company_id, terminal_id), request, now)


def _read_items(
    conn: Connection, company_id: UUID, pages: list[tuple[Admitted, list[Arrival]]], now: datetime
) -> list[ParsedEntry]:
    """The pages' entries, each placed in time; one that repeats another's id stands aside."""
    taken = []
    for one, page in pages:
        sender, request = one.sender, one.visit.request
        assert sender is not None
        anchors = Anchors(now=now, clock=request.clock, paired_at=sender.paired_at)
        for arrival in page:
            row = arrival.row
            unread = PARKED if row.parked else TORN if arrival.is_torn else None
            slot = Slot(sender.id, request.journal, row.seq)
            item = parsed_entries.read(
                row.entry, slot, store_id=sender.store_id, side=row.side, told=None, unread=unread
            )
            if item.entry is not None:
                item.occurred_at = occurred_at(item.entry, anchors)
            item.case_due_at = now + HELD_MAX
            taken.append(item)
    ids = {item.id for item in taken if item.has_own_id}
    seen = {row.entry_id for row in _KNOWN.rows(conn, ids, company=company_id)}
    for item in taken:
        if item.id in seen:
            item.settle_as_repeated()
        seen.add(item.id)
    return taken


def _heard_row(one: Admitted, now: datetime) -> dict[str, object]:
    sender = one.sender
    assert sender is not None
    return {
        "company": sender.company_id,
        "terminal": sender.id,
        "new_journal_id": one.visit.request.journal,
        "new_acked_seq": sender.acked_seq,
        "new_head": sender.head,
        "new_last_seen_at": now,
        "new_updated_at": now,
    }


def _entry_row(one: Admitted, arrival: Arrival, item: ParsedEntry, now: datetime) -> dict[str, object]:
    assert one.sender is not None
    return {
        "company_id": one.sender.company_id,
        "terminal_id": one.sender.id,
        "journal_id": item.slot.journal_id,
        "seq": item.slot.seq,
        "entry_id": item.id if item.has_own_id else None,
        "hash": arrival.row.hash,
        "entry": arrival.row.entry,
        "side": item.side,
        "occurred_at": item.occurred_at,
        "created_at": now,
        "updated_at": now,
    }
