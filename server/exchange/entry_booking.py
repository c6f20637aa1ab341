"""Books the pages that came with one unit of work: entries are parsed, judged and written, each with its verdict.

All entries are booked together in a savepoint. If that fails, they are booked one by one to find the faulty entry.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, select

from loyalty import authority
from server.db.lookups import Lookup
from server.db.tables import entries
from server.exchange.intake import Arrival
from server.exchange.request_group import Admitted
from server.ledger.judging.ledger_writes import WriteSet
from server.ledger.judging.savepoint_booking import Ledger, book_in_savepoint
from server.ledger.rows import entries as parsed_entries
from server.ledger.rows import erasures, pin_passes
from server.ledger.rows.cases import HELD_MAX
from server.ledger.rows.entries import PARKED, TORN, ParsedEntry, Slot
from server.ledger.rows.entry_times import Anchors, occurred_at
from server.ledger.rows.pin_passes import Pass, at_their_shift, just_before
from server.ledger.rows.till_knowledge import Told

Pages = list[tuple[Admitted, list[Arrival]]]  # each request with its new rows

_KNOWN = Lookup(select(entries.c.entry_id).where(entries.c.company_id == bindparam("company")), entries.c.entry_id)


def book(ledger: Ledger, held: Sequence[ParsedEntry], pages: Pages) -> list[WriteSet]:
    """Books entries that were *held* so far, and the *pages*' entries behind them; returns what was written."""
    taken = _read_items(ledger, pages)
    arrived = [(one, arrival) for one, page in pages for arrival in page]
    rows = {
        item.slot: _entry_row(one, arrival, item, ledger.now)
        for (one, arrival), item in zip(arrived, taken, strict=True)
    }
    return book_in_savepoint(ledger, [*held, *taken], rows)


def _read_items(ledger: Ledger, pages: Pages) -> list[ParsedEntry]:
    """Parses the pages' entries and places them in time; an entry that repeats another's id is settled as
    unreadable."""
    now = ledger.now
    taken = []
    for one, page in pages:
        sender, request = one.sender, one.request.exchange
        assert sender is not None
        anchors = Anchors(now=now, clock=request.clock, paired_at=sender.paired_at)
        for arrival in page:
            row = arrival.row
            deferred = PARKED if row.parked else TORN if arrival.is_torn else None
            slot = Slot(sender.id, request.journal, row.seq)
            item = parsed_entries.read(
                row.entry, slot, store_id=sender.store_id, side=row.side, former_hash=None, unread=deferred
            )
            if item.entry is not None:
                mark = sender.marks.before(row.seq)
                item.occurred_at, item.told = occurred_at(item.entry, anchors, mark.since), mark.told
            item.case_due_at = now + HELD_MAX
            taken.append(item)
    _tell_of_pins(ledger, taken)
    ids = {item.id for item in taken if item.has_own_id}
    seen = {row.entry_id for row in _KNOWN.rows(ledger.conn, ids, company=ledger.company_id)}
    for item in taken:
        if item.id in seen:
            item.settle_as_repeated()
        seen.add(item.id)
        if item.erased is not None:
            erasures.till_has_erased(ledger.conn, ledger.company_id, item.erased, item.slot.terminal_id, now)
    return taken


def _tell_of_pins(ledger: Ledger, taken: Sequence[ParsedEntry]) -> None:
    """Says of the entries that somebody answers for whether they had passed their PIN."""
    answered = [item for item in taken if _names_answering(item)]
    asked = {item.slot.terminal_id for item in answered if item.passed is None}
    passes = pin_passes.load(ledger.conn, ledger.company_id, asked)
    new: pin_passes.Passes = {}
    for item in answered:
        entry, at, slot, told = item.entry, item.occurred_at, item.slot, item.told
        assert entry is not None and at is not None, "it was read"
        if item.passed is not None:
            who = slot.terminal_id, item.passed
            passes[who] = new[who] = Pass(slot.journal_id, slot.seq, at)
        elif entry.override is not None:
            passed = just_before(passes.get((slot.terminal_id, entry.override)), slot, at)
            item.told = Told(told.essentials, told.bulk, passed)
        elif entry.staff is not None:
            passed = at_their_shift(passes.get((slot.terminal_id, entry.staff)), slot, at)
            item.told = Told(told.essentials, told.bulk, passed)
    pin_passes.save(ledger.conn, ledger.company_id, new, ledger.now)


def _names_answering(item: ParsedEntry) -> bool:
    """Whether somebody passed their PIN by it, or may have to answer for it as a manager."""
    if item.entry is None:
        return False
    is_managed = item.body is not None and authority.may_need_a_manager(item.body)
    return item.passed is not None or item.entry.override is not None or is_managed


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
        "told": item.told,
        "created_at": now,
        "updated_at": now,
    }
