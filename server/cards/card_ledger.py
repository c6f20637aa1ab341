"""A card's ledger as people read it: what happened, newest first, with what waits, and the balance counted anew.

The card's transactions are read by their index and folded; entries that no transaction came of yet are few, and are
found among those that the company holds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Row, bindparam, select

from loyalty.card import Card
from loyalty.judge import Note, Word
from loyalty.merging import fold_into
from loyalty.money import Money, points_for
from loyalty.program import Programs
from loyalty.transactions import (
    NO_EFFECT,
    Body,
    Context,
    Effect,
    Kind,
    PointsEarned,
    StampEarned,
    Transaction,
    corrected,
)
from loyalty.voids import Original, amount_of, void_body, voided_whole
from server.companies import programs
from server.companies.companies import Company
from server.db.lookups import Lookup
from server.db.tables import entries, terminals, transactions
from server.ledger.rows import cards as card_rows
from server.ledger.rows import transactions as facts
from server.ledger.rows.cards import OpenCard
from sync.protocol.entries import (
    ByCard,
    ByNumber,
    ByToken,
    Entry,
    FromTheFuture,
    Unreadable,
    decode_entry,
    is_transaction,
    transaction_body,
)
from sync.protocol.rows import VerdictRow, decode_row

HELD_MAX = 2_000  # of the company's held entries that are looked through
_AT_ONCE = 5_000


class Group(StrEnum):
    """What an event is about, in a word to filter by."""

    STAMPS = "stamps"
    POINTS = "points"
    REWARDS = "rewards"
    TAKEN_BACK = "taken_back"
    CORRECTIONS = "corrections"
    CARD = "card"


KINDS_OF: dict[Group, frozenset[Kind]] = {
    Group.STAMPS: frozenset({Kind.STAMP_EARNED}),
    Group.POINTS: frozenset({Kind.POINTS_EARNED, Kind.WELCOME_BONUS, Kind.POINTS_EXPIRED, Kind.EXPIRY_REVERSED}),
    Group.REWARDS: frozenset({Kind.STAMP_REDEEMED, Kind.POINTS_REDEEMED}),
    Group.TAKEN_BACK: frozenset({Kind.STAMP_VOIDED, Kind.POINTS_VOIDED, Kind.REDEMPTION_VOIDED}),
    Group.CORRECTIONS: frozenset({Kind.POINTS_ADJUSTED, Kind.STAMPS_ADJUSTED}),
    Group.CARD: frozenset(
        {
            Kind.CARD_CREATED,
            Kind.CARD_DEACTIVATED,
            Kind.CARD_REACTIVATED,
            Kind.CARD_REPLACED,
            Kind.CUSTOMER_EDITED,
            Kind.CASE_DECIDED,
            Kind.CARDS_MERGED,
        }
    ),
}


class State(StrEnum):
    """How the company counted an event."""

    ACCEPTED = "accepted"
    ADJUSTED = "adjusted"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Event:
    """A transaction, or an entry that waits to become one."""

    fact: Transaction
    recorded_at: datetime
    state: State = State.ACCEPTED
    notes: tuple[Note, ...] = ()
    claimed: int | None = None  # the stamps or points that its till counted, if the company did otherwise
    original: Transaction | None = None  # that it corrects
    is_voided: bool = False
    left_minor: int = 0  # of a purchase, what can still be returned
    can_be_voided: bool = False

    @property
    def place(self) -> tuple[datetime, UUID]:
        """Where it stands in the list."""
        return self.fact.context.occurred_at, self.fact.id


@dataclass(frozen=True, slots=True)
class HistoryFilters:
    """Which events are listed; None does not filter."""

    group: Group | None = None
    store_id: UUID | None = None
    state: State | None = None

    def wants(self, event: Event) -> bool:
        """True if the event is one of them."""
        return (
            (self.group is None or event.fact.kind in KINDS_OF[self.group])
            and (self.store_id is None or event.fact.context.store_id == self.store_id)
            and (self.state is None or event.state is self.state)
        )


_OF_STAMPS = {Kind.STAMP_REDEEMED, Kind.STAMP_VOIDED, Kind.STAMPS_ADJUSTED}  # whose shortfall is one of stamps


@dataclass(frozen=True, slots=True)
class CardLedger:
    """All events of a card, newest first, and whether the card's row equals their sum."""

    events: tuple[Event, ...]
    transactions: int
    agrees: bool
    stamps_short: int  # that rewards have cost beyond what was there; the company bears them
    points_short: int
    counted: Card  # from the transactions alone

    def listed(self, filters: HistoryFilters) -> list[Event]:
        """The events that are wanted."""
        return [event for event in self.events if filters.wants(event)]

    def original(self, fact_id: UUID) -> Original | None:
        """A transaction that may be taken back, with what was taken back of it; None if there is none."""
        found = next((event for event in self.events if event.fact.id == fact_id and event.can_be_voided), None)
        if found is None:
            return None
        booked = (event.fact for event in reversed(self.events) if event.state is not State.HELD)
        return Original(found.fact, tuple(fact for fact in booked if corrected(fact.body) == fact_id))


def of_card(conn: Connection, company: Company, opened: OpenCard) -> CardLedger:
    """The ledger of a card, with those of the cards that were merged into it."""
    together = (opened.card.id, *opened.card.merged)
    rows = sorted(_TRANSACTIONS.rows(conn, together, company=company.id), key=attrgetter("version"))
    done = [facts.fact_of(row) for row in rows]
    folded: dict[UUID, Card] = {}
    for fact in done:
        fold_into(folded, fact)
    counted = folded.get(opened.card.id) or Card(id=opened.card.id)
    events = [*_booked(conn, company, rows, done), *_held(conn, company.id, opened, done)]
    events.sort(key=lambda event: event.place, reverse=True)
    stamps_short = sum(fact.effect.shortfall for fact in done if fact.kind in _OF_STAMPS)
    points_short = sum(fact.effect.shortfall for fact in done) - stamps_short
    return CardLedger(tuple(events), len(done), counted == opened.card, stamps_short, points_short, counted)


def _booked(conn: Connection, company: Company, rows: Sequence[Row[Any]], done: list[Transaction]) -> Iterable[Event]:
    known = {fact.id: fact for fact in done}
    voids: dict[UUID, list[Transaction]] = {}
    for fact in done:
        named = corrected(fact.body)
        if named is not None:
            voids.setdefault(named, []).append(fact)
    verdicts = _adjusted(conn, company.id, [row.transaction_id for row in rows if row.terminal_id is not None])
    versions = programs.versions(conn, company.id) if verdicts else Programs(())
    for row, fact in zip(rows, done, strict=True):
        original = Original(fact, tuple(voids.get(fact.id, ())))
        verdict = verdicts.get(fact.id)
        is_whole = voided_whole(original)
        yield Event(
            fact=fact,
            recorded_at=row.recorded_at,
            state=State.ACCEPTED if verdict is None else State.ADJUSTED,
            notes=() if verdict is None else _notes(verdict.verdict),
            claimed=None if verdict is None else _claimed(company, fact, verdict.entry, versions),
            original=known.get(corrected(fact.body) or fact.id) if corrected(fact.body) else None,
            is_voided=is_whole,
            left_minor=max(0, amount_of(fact) - original.returned_minor),
            can_be_voided=void_body(fact) is not None and not is_whole,
        )


def _adjusted(conn: Connection, company_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Any]:
    """The entries among these that the company counted otherwise than their till."""
    found = {}
    for start in range(0, len(ids), _AT_ONCE):
        for row in _ENTRIES.rows(conn, ids[start : start + _AT_ONCE], company=company_id, word=str(Word.ADJUSTED)):
            found[row.entry_id] = row
    return found


def _notes(verdict: bytes) -> tuple[Note, ...]:
    known = set(Note)
    return tuple(Note(note) for note in decode_row(VerdictRow, verdict).notes if note in known)


def _claimed(company: Company, fact: Transaction, data: bytes, versions: Programs) -> int | None:
    """What the till counted, where the entry tells it and the company counted otherwise."""
    try:
        entry = decode_entry(data)
        body = transaction_body(entry)
    except (Unreadable, FromTheFuture):
        return None
    if isinstance(body, StampEarned):
        return body.count if body.count != fact.effect.stamps else None
    program = versions.numbered(entry.program) or versions.numbered(fact.context.program_version)
    if isinstance(body, PointsEarned) and program is not None and program.gives_points:
        claimed = points_for(Money(body.amount_minor, company.settings.currency), program.points_per_unit)
        return claimed if claimed != fact.effect.points else None
    return None


def _held(conn: Connection, company_id: UUID, opened: OpenCard, done: list[Transaction]) -> Iterable[Event]:
    """The entries of this card that wait for something."""
    waiting = (entries.c.company_id == company_id, entries.c.waits_for > "")
    query = select(
        entries.c.entry, entries.c.verdict, entries.c.terminal_id, entries.c.occurred_at, entries.c.created_at
    )
    rows = conn.execute(query.where(*waiting).limit(HELD_MAX)).all()
    if not rows:
        return
    mine = _named(conn, company_id, opened)
    places = select(terminals.c.terminal_id, terminals.c.store_id).where(terminals.c.company_id == company_id)
    store_of = {row.terminal_id: row.store_id for row in conn.execute(places)}
    known = {fact.id: fact for fact in done}
    for row in rows:
        try:
            entry = decode_entry(row.entry)
            if not is_transaction(entry.kind) or _card_of(entry) not in mine:
                continue
            body = transaction_body(entry)
        except (Unreadable, FromTheFuture, msgspec.MsgspecError):
            continue
        context = Context(
            occurred_at=row.occurred_at or entry.occurred_at,
            program_version=entry.program,
            store_id=store_of[row.terminal_id],
            terminal_id=row.terminal_id,
            staff_id=entry.staff,
            override_id=entry.override,
        )
        named = corrected(body)
        original = None if named is None else known.get(named)
        fact = Transaction(entry.id, opened.card.id, body, _expected(body, original), context)
        yield Event(fact, row.created_at, State.HELD, _notes(row.verdict), original=original)


def _named(conn: Connection, company_id: UUID, opened: OpenCard) -> set[UUID | bytes]:
    """By what entries name the card, or one that was merged into it."""
    found: set[UUID | bytes] = set()
    for one in (opened, *card_rows.load(conn, company_id, opened.card.merged).values()):
        codes = one.codes
        found |= {one.card.id, codes.token_hash, codes.number_hmac, *codes.old_tokens, *codes.old_numbers}
    return found


def _card_of(entry: Entry) -> UUID | bytes | None:
    match entry.card:
        case ByCard(id=card_id):
            return card_id
        case ByToken(hash=hashed) | ByNumber(hmac=hashed):
            return hashed
    return None


def _expected(body: Body, original: Transaction | None) -> Effect:
    """What a held entry will change if nothing speaks against it, as far as it can be said."""
    if isinstance(body, StampEarned):
        return Effect(stamps=body.count)
    if original is None:
        return NO_EFFECT
    return Effect(stamps=-original.effect.stamps, points=-original.effect.points)


_NOT_SHOWN = {"company_id", "receipt_key", "reached", "taken", "waited_days", "created_at", "updated_at"}
_TRANSACTIONS = Lookup(
    select(*(column for column in transactions.c if column.name not in _NOT_SHOWN)).where(
        transactions.c.company_id == bindparam("company")
    ),
    transactions.c.card_id,
)
_ENTRIES = Lookup(
    select(entries.c.entry_id, entries.c.verdict, entries.c.entry).where(
        entries.c.company_id == bindparam("company"), entries.c.word == bindparam("word")
    ),
    entries.c.entry_id,
)
