"""Checks what a till uploads against the hash chain that the server holds. Entries are not parsed or judged here.

A page is taken as a whole or not at all; a torn row in it is taken as torn, so that the rows after it need not wait.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from msgspec import structs
from sqlalchemy import Connection, Row, bindparam, select

from server.db.lookups import Lookup
from server.db.tables import companies, entries, platform, terminals
from server.exchange import marks
from server.exchange.marks import Marks
from server.exchange.turned_away import Behind, Forked, NotSigned, Revoked, TooLarge, Unsupported
from sync.protocol import chain
from sync.protocol.entries import ENTRY_BYTES_MAX, SIDE_BYTES_MAX
from sync.protocol.messages import PAGE_BYTES_MAX, PAGE_ENTRIES_MAX, PROTOCOL, ExchangeRequest, Garbled, Page, PageEntry

_SENDER = (
    select(terminals, companies.c.clock, companies.c.authority_version, platform.c.epoch)
    .join(companies, companies.c.company_id == terminals.c.company_id)
    .join(platform, platform.c.id == 1)
    .where(terminals.c.company_id == bindparam("company"))
)
_SENDERS = Lookup(_SENDER, terminals.c.terminal_id)


@dataclass(frozen=True, slots=True)
class Sender:
    """A terminal with the server's position in its journal, and its company's clock."""

    company_id: UUID
    id: UUID
    store_id: UUID
    signing_public: bytes
    sealing_public: bytes
    journal_id: UUID | None
    acked_seq: int
    head: bytes | None
    is_revoked: bool
    paired_at: datetime
    last_seen_at: datetime | None
    clock: int
    authority_version: int
    epoch: int
    marks: Marks


class Arrival(NamedTuple):
    """A new row of the journal; *torn* if its bytes do not match its hash."""

    row: PageEntry
    is_torn: bool


def load_senders(conn: Connection, company_id: UUID, terminal_ids: Collection[UUID]) -> dict[UUID, Sender]:
    """Loads those of the terminals that belong to the company."""
    rows = _SENDERS.rows(conn, terminal_ids, company=company_id)
    return {row.terminal_id: _sender(row) for row in rows}


def load_sender(conn: Connection, company_id: UUID, terminal_id: UUID) -> Sender:
    """Loads a terminal; raises `Revoked` if the company does not have it."""
    sender = load_senders(conn, company_id, [terminal_id]).get(terminal_id)
    if sender is None:
        raise Revoked
    return sender


def _sender(row: Row[Any]) -> Sender:
    return Sender(
        company_id=row.company_id,
        id=row.terminal_id,
        store_id=row.store_id,
        signing_public=row.signing_public,
        sealing_public=row.sealing_public,
        journal_id=row.journal_id,
        acked_seq=row.acked_seq,
        head=row.head,
        is_revoked=row.revoked_at is not None,
        paired_at=row.created_at,
        last_seen_at=row.last_seen_at,
        clock=row.clock,
        authority_version=row.authority_version,
        marks=marks.read(row.marks, row.said_seq, row.version),
        epoch=row.epoch,
    )


def check_sender(sender: Sender, request: ExchangeRequest, protocol: int = PROTOCOL) -> None:
    """Checks that the terminal signed this request and may take part."""
    signed = request.terminal == sender.id and chain.head_is_signed(
        sender.signing_public,
        sender.company_id,
        sender.id,
        request.journal,
        last_seq=request.last_seq,
        head=request.head,
        signature=request.signature,
    )
    if not signed:
        raise NotSigned
    if sender.is_revoked:
        raise Revoked
    if request.protocol not in (protocol, protocol - 1):  # the upload format is the same in both
        raise Unsupported


def check_journal(conn: Connection, sender: Sender, request: ExchangeRequest) -> None:
    """Checks that the journal continues the one the server knows."""
    if sender.journal_id is not None and sender.journal_id != request.journal:
        raise Forked
    if request.last_seq < sender.acked_seq:
        raise Behind if _held(conn, sender, request.journal, request.last_seq) == request.head else Forked
    if request.last_seq == sender.acked_seq and request.head != _head(sender, request.journal):
        raise Forked


def arrivals(conn: Connection, sender: Sender, request: ExchangeRequest) -> list[Arrival]:
    """The page's rows that are new and continue the journal; empty if rows before them are missing."""
    page = request.page
    if page is None or not page.entries:
        return []
    check_page(page, request)
    first, acked = page.entries[0].seq, sender.acked_seq
    if first > acked + 1:
        return []  # the answer's `acked_seq` makes the till resend from there
    repeats = first <= acked
    before = _repeated(conn, sender, request.journal, page) if repeats else _head(sender, request.journal)
    if page.prev_hash != before:
        raise Forked
    return [arrival for arrival in _linked(page) if arrival.row.seq > acked]


def check_page(page: Page, request: ExchangeRequest) -> None:
    """Checks that a page keeps the limits and leads up to the signed head."""
    rows = page.entries
    size = sum(len(row.entry) + len(row.side or b"") for row in rows)
    if len(rows) > PAGE_ENTRIES_MAX or (len(rows) > 1 and size > PAGE_BYTES_MAX):
        raise TooLarge
    if any(row.seq != seq for seq, row in enumerate(rows, start=rows[0].seq)) or rows[0].seq < 1:
        raise Garbled("a page's entries must be consecutive")
    if any(len(row.hash) != chain.HASH_BYTES for row in rows):
        raise Garbled("a hash must have 32 bytes")
    last = rows[-1]
    if last.seq > request.last_seq or (last.seq == request.last_seq and last.hash != request.head):
        raise NotSigned  # the page is not covered by the signature


def _repeated(conn: Connection, sender: Sender, journal_id: UUID, page: Page) -> bytes:
    """The hash before a page that overlaps stored rows, after checking that the overlap is identical."""
    first = page.entries[0].seq
    known_rows = select(entries.c.seq, entries.c.hash).where(
        entries.c.company_id == sender.company_id,
        entries.c.terminal_id == sender.id,
        entries.c.journal_id == journal_id,
        entries.c.seq.between(first - 1, min(page.entries[-1].seq, sender.acked_seq)),
    )
    known: dict[int, bytes] = {row.seq: row.hash for row in conn.execute(known_rows)}
    if any(known[row.seq] != row.hash for row in page.entries if row.seq <= sender.acked_seq):
        raise Forked
    return known[first - 1] if first > 1 else chain.genesis(sender.company_id, sender.id, journal_id)


def _held(conn: Connection, sender: Sender, journal_id: UUID, seq: int) -> bytes | None:
    """The stored hash at *seq*."""
    if seq < 1:
        return chain.genesis(sender.company_id, sender.id, journal_id)
    held = select(entries.c.hash).where(
        entries.c.company_id == sender.company_id,
        entries.c.terminal_id == sender.id,
        entries.c.journal_id == journal_id,
        entries.c.seq == seq,
    )
    found: bytes | None = conn.execute(held).scalar_one_or_none()
    return found


def _head(sender: Sender, journal_id: UUID) -> bytes:
    return sender.head or chain.genesis(sender.company_id, sender.id, journal_id)


def bounded(row: PageEntry) -> PageEntry:
    """The row as stored; one that exceeds the limits is cut, and so read as torn."""
    side = row.side
    if len(row.entry) <= ENTRY_BYTES_MAX and len(side or b"") <= SIDE_BYTES_MAX:
        return row
    if len(side or b"") > SIDE_BYTES_MAX:
        side = b""
    return structs.replace(row, entry=row.entry[:ENTRY_BYTES_MAX], side=side)


def _linked(page: Page) -> Iterator[Arrival]:
    """Links rows by their stated hashes, because the head is signed; a torn row shows by its own bytes."""
    before = page.prev_hash
    for row in page.entries:
        follows = chain.link(before, row.seq, chain.entry_hash(row.entry)) == row.hash
        yield Arrival(bounded(row), is_torn=not follows or len(row.entry) > ENTRY_BYTES_MAX)
        before = row.hash
