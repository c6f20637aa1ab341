"""The story of a case, put together when it is read: what happened on its card until it was judged, in order, or what
its person has given on their day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, func, select

from loyalty.card import Card
from loyalty.cases import CaseKind, Unit
from loyalty.judge import Note
from loyalty.merging import fold_into
from loyalty.transactions import Body, Kind, Transaction
from server.db.tables import entries, transactions
from server.db.work_tables import contacts
from server.ledger.judging import case_facts
from server.ledger.rows import cards as card_rows
from server.ledger.rows import entries as parsed_entries
from server.ledger.rows import transactions as facts
from server.ledger.rows.entries import Slot
from sync.protocol.rows import VerdictRow, decode_row

LINES_MAX = 12
BEFORE = timedelta(hours=24)
_NO_STORE = UUID(int=0)
_ABOUT_STAMPS = {Kind.STAMP_EARNED, Kind.STAMP_REDEEMED, Kind.STAMP_VOIDED, Kind.STAMPS_ADJUSTED}


class Event(StrEnum):
    """What a line tells."""

    CONTACT = "contact"  # the till's last one before it
    BOOKED = "booked"  # a transaction on the card
    WRITTEN = "written"  # the case's entry, as the till saw it
    JUDGED = "judged"  # what the company made of it


_RANK = {event: rank for rank, event in enumerate((Event.CONTACT, Event.BOOKED, Event.WRITTEN, Event.JUDGED))}


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One thing that happened; *before* and *after* are the balance that it changed."""

    event: Event
    at: datetime
    store_id: UUID | None = None
    terminal_id: UUID | None = None
    staff_id: UUID | None = None
    fact: Transaction | None = None
    body: Body | None = None
    notes: tuple[Note, ...] = ()
    word: str | None = None
    reason: str | None = None
    unit: Unit | None = None
    before: int | None = None
    after: int | None = None


@dataclass(frozen=True, slots=True)
class StoryOfCase:
    """Its lines, and how many more there are."""

    lines: tuple[StoryLine, ...]
    more: int


def tell(conn: Connection, row: Row[Any], zone: ZoneInfo) -> StoryOfCase:
    """The story of a case."""
    if row.kind == CaseKind.UNUSUAL and row.card_id is None:
        return _of_person(conn, row, zone)
    entry = _entry_of(conn, row)
    ledger = _ledger(conn, row)
    unit = None if row.unit is None else Unit(row.unit)
    told = list(_booked(row, ledger))
    if entry is not None:
        told += _of_entry(conn, row, entry, ledger, unit)
    own = [line for line in told if line.event is not Event.BOOKED]
    others = [line for line in told if line.event is Event.BOOKED]
    kept = others[-max(0, LINES_MAX - len(own)) :] if len(own) < LINES_MAX else []
    lines = sorted([*own, *kept], key=lambda line: (line.at, _RANK[line.event]))
    return StoryOfCase(tuple(lines), len(told) - len(lines))


def _of_person(conn: Connection, row: Row[Any], zone: ZoneInfo) -> StoryOfCase:
    """The last of what a person has given on their day."""
    ids = case_facts.of_day(conn, row, zone)
    found = facts.by_id(conn, row.company_id, ids[-LINES_MAX:])
    given = [found[one] for one in ids[-LINES_MAX:]]
    lines = (
        StoryLine(
            Event.BOOKED,
            fact.context.occurred_at,
            store_id=fact.context.store_id,
            terminal_id=fact.context.terminal_id,
            staff_id=fact.context.staff_id,
            fact=fact,
            body=fact.body,
        )
        for fact in given
    )
    return StoryOfCase(tuple(sorted(lines, key=lambda line: line.at)), len(ids) - len(given))


def _entry_of(conn: Connection, row: Row[Any]) -> Row[Any] | None:
    if row.entry_id is None or row.terminal_id is None:
        return None
    of_it = (entries.c.company_id == row.company_id, entries.c.entry_id == row.entry_id)
    return conn.execute(select(entries).where(*of_it)).one_or_none()


def _ledger(conn: Connection, row: Row[Any]) -> Sequence[tuple[Row[Any], Transaction]]:
    """All transactions of the card and of those that were merged into it, in the order they were recorded."""
    if row.card_id is None:
        return []
    opened = card_rows.load(conn, row.company_id, [row.card_id]).get(row.card_id)
    together = (row.card_id, *(() if opened is None else opened.card.merged))
    of_card = (transactions.c.company_id == row.company_id, transactions.c.card_id.in_(together))
    rows = conn.execute(select(transactions).where(*of_card).order_by(transactions.c.version)).all()
    return [(one, facts.fact_of(one)) for one in rows]


def _booked(row: Row[Any], ledger: Sequence[tuple[Row[Any], Transaction]]) -> list[StoryLine]:
    """What was booked on the card from a day before until it was judged, with the balance before and after it."""
    cards: dict[UUID, Card] = {}
    found = []
    for one, fact in ledger:
        if fact.id == row.entry_id:
            break
        before = cards.get(fact.card_id) or Card(id=fact.card_id)
        after = fold_into(cards, fact)
        is_before = row.occurred_at - BEFORE <= fact.context.occurred_at and one.recorded_at <= row.created_at
        if is_before and fact.card_id == row.card_id:
            found.append(_line(Event.BOOKED, fact.context.occurred_at, fact, before, after))
    return found


def _folded(card_id: UUID, ledger: Iterable[Transaction]) -> Card:
    cards: dict[UUID, Card] = {}
    for fact in ledger:
        fold_into(cards, fact)
    return cards.get(card_id) or Card(id=card_id)


def _line(event: Event, at: datetime, fact: Transaction, before: Card, after: Card) -> StoryLine:
    is_about_stamps = fact.effect.stamps != 0 or fact.kind in _ABOUT_STAMPS
    unit = Unit.STAMPS if is_about_stamps else Unit.POINTS
    was, now = (
        (before.stamp_count, after.stamp_count) if is_about_stamps else (before.points_balance, after.points_balance)
    )
    is_still = was == now and not fact.effect.shortfall
    context = fact.context
    return StoryLine(
        event=event,
        at=at,
        store_id=context.store_id,
        terminal_id=context.terminal_id,
        staff_id=context.staff_id,
        fact=fact,
        body=fact.body,
        unit=unit,
        before=None if is_still else was,
        after=None if is_still else now,
    )


def _of_entry(
    conn: Connection, row: Row[Any], found: Row[Any], ledger: Sequence[tuple[Row[Any], Transaction]], unit: Unit | None
) -> list[StoryLine]:
    """The till's last contact before the entry with the balance it knew, the entry, and what became of it."""
    slot = Slot(found.terminal_id, found.journal_id, found.seq)
    item = parsed_entries.read(found.entry, slot, store_id=_NO_STORE, side=None, former_hash=None)
    verdict = decode_row(VerdictRow, found.verdict)
    place: dict[str, Any] = {"store_id": row.store_id, "terminal_id": row.terminal_id}
    lines: list[StoryLine] = []
    version = None if item.entry is None else item.entry.card_version
    last = _last_contact(conn, row)
    if last is not None:
        known = _known_then(row, ledger, version, unit)
        lines.append(StoryLine(Event.CONTACT, last, unit=unit, after=known, **place))
    who = None if item.entry is None else item.entry.staff
    lines.append(StoryLine(Event.WRITTEN, row.occurred_at, staff_id=who, body=item.body, **place))
    fact = next((one for _, one in ledger if one.id == row.entry_id), None)
    judged_at = max(row.occurred_at, found.created_at)
    told: dict[str, Any] = {"word": verdict.word, "reason": verdict.reason}
    notes = tuple(Note(note) for note in verdict.notes if note in set(Note))
    if fact is None:
        lines.append(StoryLine(Event.JUDGED, judged_at, notes=notes, unit=unit, **told, **place))
        return lines
    at = [one.id for _, one in ledger].index(fact.id)
    before, after = (_folded(fact.card_id, (one for _, one in ledger[:end])) for end in (at, at + 1))
    line = _line(Event.JUDGED, judged_at, fact, before, after)
    lines.append(
        StoryLine(
            Event.JUDGED,
            judged_at,
            fact=fact,
            body=fact.body,
            notes=notes,
            unit=line.unit,
            before=line.before,
            after=line.after,
            **told,
            **place,
        )
    )
    return lines


def _last_contact(conn: Connection, row: Row[Any]) -> datetime | None:
    """When the till had been in contact last before its entry; None where that is too long ago to be kept."""
    before = (
        contacts.c.company_id == row.company_id,
        contacts.c.terminal_id == row.terminal_id,
        contacts.c.at <= row.occurred_at,
    )
    found: datetime | None = conn.execute(select(func.max(contacts.c.at)).where(*before)).scalar_one()
    return found


def _known_then(
    row: Row[Any], ledger: Sequence[tuple[Row[Any], Transaction]], version: int | None, unit: Unit | None
) -> int | None:
    """The balance of the version of the card that the till decided on."""
    if version is None or unit is None or row.card_id is None:
        return None
    card = _folded(row.card_id, (fact for one, fact in ledger if one.version <= version))
    return card.stamp_count if unit is Unit.STAMPS else card.points_balance
