"""The table that lists, filters and searches of cards read, filled from the cards that changed.

Every entry touches its card's row, so that indexes on `cards` would slow the tills; `card_list`, `card_words`, and the
sums in `card_days` and `card_stores` lie beside it and follow within seconds. Whoever acts on a card reads the card
itself.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter, itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Insert, bindparam, delete, insert, select
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


@dataclass(frozen=True, slots=True)
class Changes:
    """Cards that changed, as the list has them, up to a version of the company."""

    listed: dict[UUID, dict[str, Any]]
    unlisted: frozenset[UUID]  # blanks, and cards whose codes lead elsewhere
    until: int
    is_all: bool


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
    added, taken = map(itemgetter(*_COUNTED), changed.listed.values()), map(attrgetter(*_COUNTED), present)
    days, stores = _sums(added, taken)
    _COUNT_DAYS[conn.dialect.name].run(conn, [of_company | one | times for one in days])
    _COUNT_STORES[conn.dialect.name].run(conn, [of_company | one | times for one in stores])
    return len(rows) + len(gone)


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


def _sums(added: Iterable[_Counted], taken: Iterable[_Counted]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """By how much the sums of days and of stores change."""
    cards: Counter[tuple[int, bool]] = Counter()
    stamps: Counter[tuple[int, bool]] = Counter()
    points: Counter[tuple[int, bool]] = Counter()
    stores: Counter[UUID] = Counter()
    for sign, counted in ((1, added), (-1, taken)):
        for at, is_active, its_stamps, its_points, store_id in counted:
            of_day = day_of(at), is_active
            cards[of_day] += sign
            stamps[of_day] += sign * max(its_stamps, 0)
            points[of_day] += sign * max(its_points, 0)
            if store_id is not None:
                stores[store_id] += sign
    days = [
        {"day": of[0], "is_active": of[1], "cards": number, "stamps": stamps[of], "points": points[of]}
        for of, number in cards.items()
        if number or stamps[of] or points[of]
    ]
    return days, [{"store_id": store_id, "cards": number} for store_id, number in stores.items() if number]


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
