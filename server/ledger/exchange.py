"""One exchange: entries in, verdicts and changes out. No HTTP here, and the clock is handed in.

Everything of a page commits together. An exchange without entries takes no lock and writes nothing but, once a minute,
that the terminal was seen. Rows, `acked_seq` and cursors of an answer are read in one snapshot.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from msgspec.structs import replace as replace_fields
from sqlalchemy import Connection, bindparam, select, update

from server.db.batches import Batch
from server.db.lookups import Lookup
from server.db.tables import entries, terminals
from server.db.units import Units
from server.keys import Keys, terminal_keys
from server.ledger import comparing, feed, holding, items, salvage
from server.ledger.book import Book
from server.ledger.cases import HELD_MAX
from server.ledger.clockwork import Anchors, occurred_at
from server.ledger.intake import Arrival, Sender, arrivals, check_journal, check_sender, load_sender
from server.ledger.items import PARKED, TORN, Item, Slot
from server.ledger.judging import Judging
from server.ledger.sources import Reader
from server.ledger.turned_away import Behind, Forked, Revoked
from sync import chain
from sync.digests import BUCKETS_FETCHED_MAX
from sync.messages import (
    PROTOCOL,
    BucketRows,
    Cursors,
    Digest,
    ExchangeRequest,
    ExchangeResponse,
    Seal,
    SentKeys,
    encode,
)
from sync.sealing import Purpose, seal

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
SEEN_AGAIN_AFTER = timedelta(minutes=1)

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """What was true at the moment of answering."""

    sender: Sender
    rows: feed.Unsent
    digest: Digest | None = None
    buckets: tuple[BucketRows, ...] = ()


class Exchanges:
    """Answers the company's terminals."""

    def __init__(self, units: Units, keys: Keys, now: Callable[[], datetime], *, protocol: int = PROTOCOL) -> None:
        self._units = units
        self._keys = keys
        self._now = now
        self._protocol = protocol
        self._taken_up: set[UUID] = set()  # terminals whose entries from the future this program has tried

    def answer(self, company_id: UUID, terminal_id: UUID, request: ExchangeRequest) -> ExchangeResponse:
        """What the company says to *request*, which came with the terminal's token; or `TurnedAway`."""
        now = self._now()
        if request.protocol < self._protocol:
            request = replace_fields(request, rows_max=1)  # it gets none
        brings_entries = request.page is not None and bool(request.page.entries) and not request.salvage
        snapshot = None
        try:
            if not brings_entries:
                with self._units.read() as conn:
                    sender = load_sender(conn, company_id, terminal_id)
                    check_sender(sender, request, self._protocol)
                    if request.salvage:
                        raise Forked  # it was turned away before, and says so
                    check_journal(conn, sender, request)
                    writes = _has_to_write(sender, request, now)
                    snapshot = None if writes else _read(conn, sender, request, now)
            if snapshot is None:
                with self._units.write(company_id) as conn:
                    sender = load_sender(conn, company_id, terminal_id)
                    check_sender(sender, request, self._protocol)
                    check_journal(conn, sender, request)
                    sender, book = self._take(conn, sender, request, now)
                self._taken_up.add(terminal_id)
                snapshot = _just_written(book, sender, request, now)
            if snapshot is None:
                with self._units.read() as conn:
                    snapshot = _read(conn, load_sender(conn, company_id, terminal_id), request, now)
        except Behind:
            raise  # it may only have been late
        except Forked as forked:
            raise self._forked(company_id, terminal_id, request, now) from forked
        except Revoked as revoked:
            raise self._revoked(company_id, terminal_id, request, now) from revoked
        return self._answered(snapshot, request, now)

    def _take(self, conn: Connection, sender: Sender, request: ExchangeRequest, now: datetime) -> tuple[Sender, Book]:
        """Everything that this exchange changes; the sender and the books as they are after it."""
        new = arrivals(conn, sender, request)
        taken = _read_items(conn, sender, request, new, now)
        judging = Judging(conn, sender.company_id, self._keys, now)
        if sender.id not in self._taken_up:
            judging.take(holding.waiting_for_update(conn, sender.company_id, sender.id))
        judging.take(taken)
        judging.write()
        if new:
            rows = [_entry_row(sender, arrival, item, now) for arrival, item in zip(new, taken, strict=True)]
            judging.book.new_entries(rows, [item.slot for item in taken])
            last = new[-1].row
            sender = replace(sender, acked_seq=last.seq, head=last.hash)
        if request.differences:
            found = {"company": sender.company_id, "terminal": sender.id, "count": len(request.differences), "at": now}
            conn.execute(_DIFFERED, found)
            for one in request.differences:
                told = {"table": one.table, "bucket": one.bucket, "found_by": one.found_by}
                _log.warning("a replica differed", company=str(sender.company_id), terminal=str(sender.id), **told)
        _HEARD.run(conn, [_heard_row(sender, request, now)])
        return sender, judging.book

    def _answered(self, snapshot: _Snapshot, request: ExchangeRequest, now: datetime) -> ExchangeResponse:
        portion, sender = feed.encoded(snapshot.rows), snapshot.sender
        signature = chain.sign_seal(
            self._keys.signing,
            sender.company_id,
            sender.id,
            request.journal,
            epoch=sender.epoch,
            version=snapshot.rows.clock,
            acked_seq=sender.acked_seq,
        )
        acked = sender.acked_seq
        seal = Seal(epoch=sender.epoch, version=snapshot.rows.clock, acked_seq=acked, signature=signature)
        if request.protocol < self._protocol:
            return ExchangeResponse(
                protocol=request.protocol,
                seal=seal,
                acked_seq=acked,
                cursors=request.cursors,
                more=False,
                server_time=now,
                update=True,
            )
        return ExchangeResponse(
            protocol=self._protocol,
            seal=seal,
            acked_seq=acked,
            cursors=portion.cursors,
            more=portion.more,
            server_time=now,
            changes=portion.changes,
            rows_left=portion.rows_left if portion.more else None,
            keys=self._new_keys(sender, request),
            digest=None if portion.more else snapshot.digest,
            buckets=snapshot.buckets,
            differences_heard=len(request.differences),
        )

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

    def _new_keys(self, sender: Sender, request: ExchangeRequest) -> bytes | None:
        """The company's keys, for a till that works with others. Read after the rows, which may need the newest."""
        if not request.data_key:
            return None
        keys = self._keys.company(sender.company_id)
        if (request.data_key, request.pepper) == (keys.data.id, keys.pepper.id):
            return None
        data = encode(terminal_keys(keys))
        signature = chain.sign_keys(self._keys.signing, sender.company_id, sender.id, data)
        return seal(sender.sealing_public, encode(SentKeys(data, signature)), Purpose.KEYS)


def _salvaged(
    conn: Connection, company_id: UUID, terminal_id: UUID, request: ExchangeRequest, now: datetime
) -> int | None:
    if not request.salvage:
        return None
    return salvage.take(conn, load_sender(conn, company_id, terminal_id), request, now)


def _has_to_write(sender: Sender, request: ExchangeRequest, now: datetime) -> bool:
    """Also without entries: its first exchange binds the journal, and now and then it is noted that it was seen."""
    if sender.journal_id is None or request.differences:
        return True
    return sender.last_seen_at is None or now - sender.last_seen_at >= SEEN_AGAIN_AFTER


def _read_items(
    conn: Connection, sender: Sender, request: ExchangeRequest, new: list[Arrival], now: datetime
) -> list[Item]:
    """The page's entries, each placed in time; one that repeats another's id stands aside."""
    anchors = Anchors(now=now, clock=request.clock, paired_at=sender.paired_at)
    taken = []
    for arrival in new:
        row = arrival.row
        unread = PARKED if row.parked else TORN if arrival.is_torn else None
        slot = Slot(sender.id, request.journal, row.seq)
        item = items.read(row.entry, slot, store_id=sender.store_id, side=row.side, told=None, unread=unread)
        if item.entry is not None:
            item.occurred_at = occurred_at(item.entry, anchors)
        item.case_due_at = now + HELD_MAX
        taken.append(item)
    ids = {item.id for item in taken if item.has_own_id}
    seen = set(_KNOWN.rows(conn, ids, company=sender.company_id).scalars()) if ids else set()
    for item in taken:
        if item.id in seen:
            item.settle_as_repeated()
        seen.add(item.id)
    return taken


def _heard_row(sender: Sender, request: ExchangeRequest, now: datetime) -> dict[str, object]:
    return {
        "company": sender.company_id,
        "terminal": sender.id,
        "new_journal_id": request.journal,
        "new_acked_seq": sender.acked_seq,
        "new_head": sender.head,
        "new_last_seen_at": now,
        "new_updated_at": now,
    }


def _entry_row(sender: Sender, arrival: Arrival, item: Item, now: datetime) -> dict[str, object]:
    return {
        "company_id": sender.company_id,
        "terminal_id": sender.id,
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


def _just_written(book: Book, sender: Sender, request: ExchangeRequest, now: datetime) -> _Snapshot | None:
    """The answer to a till that lacked nothing but what its own page has brought: no row is read again for it.

    The moment is the commit; nobody else has written between the books' first version and their last.
    """
    if request.cursors != Cursors(book.began, book.began) or request.digest or request.fetch:
        return None
    found = book.for_reader(_reader(sender, now))
    rows = feed.just_written(found, request.cursors, rows_max=request.rows_max, clock=book.clock)
    return None if rows is None else _Snapshot(sender, rows)


def _reader(sender: Sender, now: datetime) -> Reader:
    return Reader(sender.company_id, sender.id, sender.store_id, now)


def _read(conn: Connection, sender: Sender, request: ExchangeRequest, now: datetime) -> _Snapshot:
    reader = _reader(sender, now)
    rows = feed.unsent(conn, reader, request.cursors, rows_max=request.rows_max, clock=sender.clock)
    wants_digest = request.digest and rows.essentials.whole and rows.bulk.whole
    return _Snapshot(
        sender,
        rows,
        comparing.digest(conn, reader) if wants_digest else None,
        comparing.buckets(conn, reader, request.fetch[:BUCKETS_FETCHED_MAX]),
    )
