"""The table that lists, filters and searches of cards read, filled from the cards that changed.

Every entry touches its card's row, so that indexes on `cards` would slow the tills; `card_list`, `card_words`, and the
sums in `card_days` and `card_stores` lie beside it and follow within seconds. Whoever acts on a card reads the card
itself.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter, itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Insert, Row, bindparam, delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from server.cards import card_words
from server.cards.decrypted_texts import name_of
from server.companies import companies
from server.db.batches import Batch
from server.db.columns import day_of
from server.db.lookups import Lookup, Query
from server.db.tables import cards
from server.db.work_tables import card_days, card_list, card_stores
from server.db.work_tables import card_words as word_rows
from server.keys import CompanyKeys
from server.ledger.rows import cards as card_rows
from sync.protocol.rows import CardRow

AT_ONCE = 500
_COUNTED = ("last_activity_at", "is_active", "stamps", "points", "enrolled_store_id")
_Counted = tuple[datetime, bool, int, int, UUID | None]
_STREAMED = {"yield_per": 1_000}


@dataclass(frozen=True, slots=True)
class Changes:
    """Cards that changed, as the list has them, up to a version of the company."""

    listed: dict[UUID, dict[str, Any]]
    unlisted: frozenset[UUID]  # blanks, and cards whose codes lead elsewhere
    until: int
    is_all: bool


@dataclass(frozen=True, slots=True)
class Differences:
    """What the list has otherwise than the cards: cards, and sums of days and of stores."""

    cards: tuple[UUID, ...]
    sums: int
    words: int  # of names, by which cards are found


def changes(conn: Connection, company_id: UUID, keys: CompanyKeys, after: int) -> Changes:
    """The next cards with a version above *after*."""
    rows = _CHANGED.all(conn, company=company_id, after=after, room=AT_ONCE)
    is_all = len(rows) < AT_ONCE
    until = companies.version(conn, company_id) if is_all else rows[-1].version
    listed, unlisted = {}, set()
    for row in rows:
        card = card_rows.row_in(row)
        if card.created_at is None or card.retired:
            unlisted.add(card.id)
        else:
            listed[card.id] = _values(card, card.created_at, keys)
    return Changes(listed, frozenset(unlisted), until, is_all)


def write(conn: Connection, company_id: UUID, changed: Changes, now: datetime) -> int:
    """Brings the list up to date with the changed cards; returns how many rows it touched."""
    ids = [*changed.listed, *changed.unlisted]
    present = _PRESENT.rows(conn, ids, company=company_id)
    before = {row.card_id: row.words for row in present}
    of_company, times = {"company_id": company_id}, {"created_at": now, "updated_at": now}
    gone = [{"of_company": company_id, "of_card": card_id} for card_id in changed.unlisted if card_id in before]
    _forget.run(conn, gone)
    rows = [of_company | {"card_id": card_id} | values | times for card_id, values in changed.listed.items()]
    _WRITE[conn.dialect.name].run(conn, rows)
    after = {card_id: values["words"] for card_id, values in changed.listed.items()}
    old = {(word, card_id) for card_id, words in before.items() for word in _cut(words)}
    new = {(word, card_id) for card_id, words in after.items() for word in _cut(words)}
    _forget_word.run(conn, [{"of_company": company_id, "of_word": word, "of_card": card} for word, card in old - new])
    _add_word.run(conn, [of_company | {"word": word, "card_id": card} | times for word, card in new - old])
    added, taken = map(itemgetter(*_COUNTED), changed.listed.values()), map(_counted_of, present)
    sums = _Sums()
    sums.add(added)
    sums.add(taken, sign=-1)
    _COUNT_DAYS[conn.dialect.name].run(conn, [of_company | one | times for one in sums.of_days()])
    _COUNT_STORES[conn.dialect.name].run(conn, [of_company | one | times for one in sums.of_stores()])
    return len(rows) + len(gone)


def differences(conn: Connection, company_id: UUID, keys: CompanyKeys, until: int) -> Differences:
    """Lists the cards anew that have not changed since version *until*, and counts the sums anew."""
    sums, wrong = _Sums(), []
    stored = select(card_list).where(card_list.c.company_id == company_id).order_by(card_list.c.card_id)
    listed = _counting(conn.execute(stored, execution_options=_STREAMED), sums)
    row, words = next(listed, None), 0
    ordered = card_rows.of_company(company_id).order_by(cards.c.card_id)
    for one in conn.execute(ordered, execution_options=_STREAMED):
        while row is not None and row.card_id < one.card_id:  # of a card that is not there
            wrong.append(row.card_id)
            row = next(listed, None)
        found = None
        if row is not None and row.card_id == one.card_id:
            found, row = row, next(listed, None)
        words += 0 if found is None else len(found.words) // card_words.HASH_BYTES
        if one.version <= until and not _is_listed(card_rows.row_in(one), found, keys):
            wrong.append(one.card_id)
    if row is not None:
        wrong += [row.card_id, *(more.card_id for more in listed)]
    there = select(func.count()).select_from(word_rows).where(word_rows.c.company_id == company_id)
    return Differences(
        tuple(wrong), sums.differing(conn, company_id), abs(words - int(conn.execute(there).scalar_one()))
    )


def _counting(rows: Iterable[Row[Any]], sums: "_Sums") -> Iterator[Row[Any]]:
    for row in rows:
        sums.add([_counted_of(row)])
        yield row


def _is_listed(card: CardRow, found: Row[Any] | None, keys: CompanyKeys) -> bool:
    """True if the list has the card as it is; *found* is its row there, if there is one."""
    if card.created_at is None or card.retired:
        return found is None
    expected = _values(card, card.created_at, keys)
    return found is not None and all(getattr(found, name) == value for name, value in expected.items())


def _values(card: CardRow, enrolled_at: datetime, keys: CompanyKeys) -> dict[str, Any]:
    return {
        "number_end": card.number_end,
        "enrolled_at": enrolled_at,
        "enrolled_store_id": card.enrolled_at_store,
        "last_activity_at": max(card.last_activity_at or enrolled_at, enrolled_at),
        "is_active": card.is_active,
        "stamps": card.stamp_count,
        "points": card.points_balance,
        "words": b"".join(card_words.hashes_of(keys.lookup, name_of(card, keys))),
    }


class _Sums:
    """Sums of days and of stores, as cards are added and taken away."""

    def __init__(self) -> None:
        self._cards: Counter[tuple[int, bool]] = Counter()
        self._stamps: Counter[tuple[int, bool]] = Counter()
        self._points: Counter[tuple[int, bool]] = Counter()
        self._stores: Counter[UUID] = Counter()

    def add(self, some: Iterable[_Counted], *, sign: int = 1) -> None:
        """Adds cards, or takes them away."""
        for at, is_active, stamps, points, store_id in some:
            of_day = day_of(at), is_active
            self._cards[of_day] += sign
            self._stamps[of_day] += sign * max(stamps, 0)
            self._points[of_day] += sign * max(points, 0)
            if store_id is not None:
                self._stores[store_id] += sign

    def of_days(self) -> list[dict[str, Any]]:
        """A row for each day on which cards were last active, that is more than nothing."""
        return [
            {"day": of[0], "is_active": of[1], "cards": number, "stamps": self._stamps[of], "points": self._points[of]}
            for of, number in self._cards.items()
            if number or self._stamps[of] or self._points[of]
        ]

    def of_stores(self) -> list[dict[str, Any]]:
        """The same for each store that has handed cards out."""
        return [{"store_id": store_id, "cards": number} for store_id, number in self._stores.items() if number]

    def differing(self, conn: Connection, company_id: UUID) -> int:
        """How many of the stored sums are others."""
        differing = 0
        for table, rows in ((card_days, self.of_days()), (card_stores, self.of_stores())):
            names = [column.name for column in table.c if column.name not in _NOT_COUNTED]
            found = conn.execute(select(*(table.c[name] for name in names)).where(table.c.company_id == company_id))
            keys = len(table.primary_key) - 1
            stored = {tuple(row[:keys]): tuple(row[keys:]) for row in found if any(row[keys:])}
            counted = {
                tuple(row[name] for name in names[:keys]): tuple(row[name] for name in names[keys:]) for row in rows
            }
            differing += len({key for key, _ in stored.items() ^ counted.items()})
        return differing


def _cut(words: bytes) -> Iterable[bytes]:
    size = card_words.HASH_BYTES
    return (words[at : at + size] for at in range(0, len(words), size))


def _counted(statement: sqlite.Insert | postgresql.Insert, *sums: str) -> Insert:
    new, table = statement.excluded, statement.table
    changed = {name: table.c[name] + new[name] for name in sums} | {"updated_at": new.updated_at}
    return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=changed)


def _written(statement: sqlite.Insert | postgresql.Insert) -> Insert:
    kept = {"company_id", "card_id", "created_at"}
    changed = {column.name: statement.excluded[column.name] for column in card_list.c if column.name not in kept}
    return statement.on_conflict_do_update(index_elements=list(card_list.primary_key), set_=changed)


_counted_of = attrgetter(*_COUNTED)
_NOT_COUNTED = ("company_id", "created_at", "updated_at")
_COMPANY: Any = bindparam("company")
_CHANGED = Query(
    card_rows.of_company(_COMPANY)
    .where(cards.c.version > bindparam("after"))
    .order_by(cards.c.version)
    .limit(bindparam("room"))
)
_PRESENT = Lookup(
    select(
        card_list.c.card_id,
        card_list.c.words,
        card_list.c.last_activity_at,
        card_list.c.is_active,
        card_list.c.stamps,
        card_list.c.points,
        card_list.c.enrolled_store_id,
    ).where(card_list.c.company_id == _COMPANY),
    card_list.c.card_id,
)
_WRITE = {
    "sqlite": Batch(_written(sqlite.insert(card_list))),
    "postgresql": Batch(_written(postgresql.insert(card_list))),
}
_COUNT_DAYS = {
    "sqlite": Batch(_counted(sqlite.insert(card_days), "cards", "stamps", "points")),
    "postgresql": Batch(_counted(postgresql.insert(card_days), "cards", "stamps", "points")),
}
_COUNT_STORES = {
    "sqlite": Batch(_counted(sqlite.insert(card_stores), "cards")),
    "postgresql": Batch(_counted(postgresql.insert(card_stores), "cards")),
}
_forget = Batch(
    delete(card_list).where(
        card_list.c.company_id == bindparam("of_company"), card_list.c.card_id == bindparam("of_card")
    )
)
_add_word = Batch(insert(word_rows))
_forget_word = Batch(
    delete(word_rows).where(
        word_rows.c.company_id == bindparam("of_company"),
        word_rows.c.word == bindparam("of_word"),
        word_rows.c.card_id == bindparam("of_card"),
    )
)
