"""What a case is about as things stand, read from the books, and who may decide it."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, select, update

from loyalty.card import Card
from loyalty.cases import CaseKind, Unit
from loyalty.decisions import CaseFacts
from loyalty.judge import Note
from loyalty.transactions import Body, Transaction, corrected
from loyalty.voids import GIVEN, Original
from server.companies import staff
from server.db.tables import entries, salvage, stores, transactions
from server.db.work_tables import cases
from server.ledger.rows import cards as card_rows
from server.ledger.rows import entries as parsed_entries
from server.ledger.rows import transactions as facts
from server.ledger.rows import verdicts
from server.ledger.rows.cases import State
from server.ledger.rows.entries import Slot
from sync.protocol.rows import VerdictRow, decode_row

Originals = Callable[
    [Collection[UUID]], Mapping[UUID, Original]
]  # transactions by id, with what was taken back of them
_LATE = timedelta(days=1)  # after a person's case has opened, for the rest of their day
_NO_STORE = UUID(int=0)  # parsing needs one, and what is parsed here is not booked


def row_of(conn: Connection, company_id: UUID, case_id: UUID) -> Row[Any] | None:
    """The case's row."""
    return conn.execute(select(cases).where(cases.c.company_id == company_id, cases.c.case_id == case_id)).one_or_none()


def is_undecided(row: Row[Any]) -> bool:
    """True if nobody has decided it, and it has not settled."""
    return row.state in (State.OPEN, State.WAITING)


def is_anothers_to_decide(conn: Connection, company_id: UUID, row: Row[Any], by: UUID) -> bool:
    """True if the case is about what *by* did, and somebody else can decide it."""
    return row.staff_id == by and staff.has_other_manager(conn, company_id, by, row.store_id)


def booked_originals(conn: Connection, company_id: UUID, ids: Collection[UUID]) -> dict[UUID, Original]:
    """The transactions with these ids, with their voids, as the database has them."""
    found = facts.by_id(conn, company_id, ids)
    voids: dict[UUID, list[Any]] = {one: [] for one in found}
    for name, void in facts.correcting(conn, company_id, found):
        voids[name].append(void)
    return {one: Original(fact, tuple(voids[one])) for one, fact in found.items()}


def facts_of(
    conn: Connection,
    row: Row[Any],
    zone: ZoneInfo,
    originals: Originals,
    card: Callable[[UUID], Card | None],
) -> CaseFacts:
    """Everything that the choices of a case depend on, beside its card."""
    kind = CaseKind(row.kind)
    claimed, has_second, waits_for_card = _entry(conn, row)
    done_ids = of_day(conn, row, zone) if kind is CaseKind.UNUSUAL else [row.entry_id]
    named_id = None if claimed is None else corrected(claimed)
    wanted = {one for one in (*done_ids, named_id, row.other_entry_id) if one is not None}
    found = originals(wanted)
    first = found.get(row.other_entry_id) if kind is CaseKind.RECEIPT_REPEATED else None
    done = tuple(found[one] for one in done_ids if one in found)
    return CaseFacts(
        kind=kind,
        unit=None if row.unit is None else Unit(row.unit),
        amount=row.amount,
        claimed=claimed,
        done=done,
        named=None if named_id is None else found.get(named_id),
        first=first,
        first_card=None if first is None else card(first.transaction.card_id),
        has_second=has_second,
        waits_for_card=waits_for_card,
        waits=row.waits,
        has_other_card=row.other_card_id is not None,
        cards=_cards_of(conn, row.company_id, done) if row.card_id is None else {},
    )


def _cards_of(conn: Connection, company_id: UUID, done: Collection[Original]) -> dict[UUID, Card]:
    """The cards that these lead to by their own, but for those whose customers were erased."""
    ids = {one.transaction.card_id for one in done}
    leading = card_rows.load_leading(conn, company_id, ids)
    return {id_: one.card for id_, one in leading.items() if not one.is_erased}


def _entry(conn: Connection, row: Row[Any]) -> tuple[Body | None, bool, bool]:
    """What the case's entry says, whether its personal fields are kept, and whether it waits for a card."""
    if row.entry_id is None or row.terminal_id is None:
        return None, False, False
    if row.kind == CaseKind.SALVAGED:
        return salvaged_body(conn, row), False, False
    of_it = (entries.c.company_id == row.company_id, entries.c.entry_id == row.entry_id)
    found = conn.execute(select(entries).where(*of_it)).one_or_none()
    if found is None:
        return None, False, False
    waits = found.waits_for is not None and Note.WAITS_FOR_CARD in decode_row(VerdictRow, found.verdict).notes
    return _body_in(found.entry, found), found.side is not None, waits


def sent_bytes(conn: Connection, row: Row[Any]) -> bytes | None:
    """What a till has sent of the case's entry, byte for byte; None if there is no entry."""
    kept = salvaged_row(conn, row) if row.kind == CaseKind.SALVAGED else entry_row(conn, row)
    return None if kept is None else kept.entry


def entry_row(conn: Connection, row: Row[Any]) -> Row[Any] | None:
    """The row of the case's entry; one whose bytes have no id of their own is known by its place in the journal."""
    if row.entry_id is None or row.terminal_id is None:
        return None
    of_terminal = (entries.c.company_id == row.company_id, entries.c.terminal_id == row.terminal_id)
    found = conn.execute(select(entries).where(*of_terminal, entries.c.entry_id == row.entry_id)).one_or_none()
    if found is not None:
        return found
    nameless = select(entries).where(*of_terminal, entries.c.entry_id.is_(None))
    return next((one for one in conn.execute(nameless) if verdicts.id_of(one) == row.entry_id), None)


def salvaged_row(conn: Connection, row: Row[Any]) -> Row[Any] | None:
    """The kept row of a salvaged entry; the first one, if copies of the journal both have it."""
    of_it = (salvage.c.company_id == row.company_id, salvage.c.entry_id == row.entry_id)
    return conn.execute(select(salvage).where(*of_it).order_by(salvage.c.created_at, salvage.c.seq)).first()


def forget_salvaged_side(conn: Connection, row: Row[Any]) -> None:
    """Forgets the personal fields of a salvaged entry, which a manager has decided about."""
    of_it = (salvage.c.company_id == row.company_id, salvage.c.entry_id == row.entry_id)
    conn.execute(update(salvage).where(*of_it).values(side=None))


def salvaged_body(conn: Connection, row: Row[Any]) -> Body | None:
    """What a salvaged entry says, if it can be read."""
    kept = salvaged_row(conn, row)
    return None if kept is None else _body_in(kept.entry, kept)


def _body_in(data: bytes, row: Row[Any]) -> Body | None:
    slot = Slot(row.terminal_id, row.journal_id, row.seq)
    return parsed_entries.read(data, slot, store_id=_NO_STORE, side=None, former_hash=None).body


def of_day(conn: Connection, row: Row[Any], zone: ZoneInfo) -> list[UUID]:
    """What the case's card was given on its day, or what its person has given, oldest first."""
    day = row.occurred_at.astimezone(zone).date()
    begins = datetime(day.year, day.month, day.day, tzinfo=zone)
    ends = datetime.combine(day + timedelta(days=1), datetime.min.time(), tzinfo=zone)
    query = select(transactions.c.transaction_id).where(
        transactions.c.company_id == row.company_id,
        transactions.c.kind.in_(GIVEN),
        transactions.c.occurred_at >= begins,
        transactions.c.occurred_at < ends,
    )
    if row.card_id is not None:
        query = query.where(transactions.c.card_id.in_(_with_merged(conn, row.company_id, row.card_id)))
    else:  # found by when it was recorded, as there is no index by person
        places = select(stores.c.store_id).where(stores.c.company_id == row.company_id)
        query = query.where(
            transactions.c.store_id.in_(places),
            transactions.c.recorded_at >= begins,
            transactions.c.recorded_at < max(ends, row.created_at) + _LATE,
            transactions.c.staff_id == row.staff_id,
        )
    return list(conn.execute(query.order_by(transactions.c.version)).scalars())


def _with_merged(conn: Connection, company_id: UUID, card_id: UUID) -> tuple[UUID, ...]:
    opened = card_rows.load(conn, company_id, [card_id]).get(card_id)
    return (card_id,) if opened is None else (card_id, *opened.card.merged)


def booked_by(conn: Connection, company_id: UUID, entry_id: UUID) -> tuple[Transaction, ...]:
    """The transaction of an entry, if it was booked."""
    found = facts.by_id(conn, company_id, [entry_id])
    return tuple(found.values())


def is_entered(conn: Connection, company_id: UUID, entry_id: UUID) -> bool:
    """True if an entry with this id is in the books, or waits to be."""
    known = select(entries.c.seq).where(entries.c.company_id == company_id, entries.c.entry_id == entry_id)
    booked = select(transactions.c.version).where(
        transactions.c.company_id == company_id, transactions.c.transaction_id == entry_id
    )
    return conn.execute(known).first() is not None or conn.execute(booked).first() is not None
