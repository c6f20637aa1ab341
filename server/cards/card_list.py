"""The table that lists, filters and searches of cards read, filled from the cards that changed.

Every entry touches its card's row, so that indexes on `cards` would slow the tills; `card_list` and `card_words` lie
beside it and follow within seconds. Whoever acts on a card reads the card itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Insert, bindparam, delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from server.cards import card_words
from server.cards.clear_texts import name_of
from server.companies import companies
from server.db.batches import Batch
from server.db.lookups import Lookup, Query
from server.db.tables import cards
from server.db.work_tables import card_list
from server.db.work_tables import card_words as word_rows
from server.keys import CompanyKeys
from server.ledger.rows import cards as card_rows
from sync.protocol.rows import CardRow

AT_ONCE = 500


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
    before = {row.card_id: row.words for row in _PRESENT.rows(conn, ids, company=company_id)}
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


def _cut(words: bytes) -> Iterable[bytes]:
    size = card_words.HASH_BYTES
    return (words[at : at + size] for at in range(0, len(words), size))


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
    select(card_list.c.card_id, card_list.c.words).where(card_list.c.company_id == _COMPANY), card_list.c.card_id
)
_WRITE = {
    "sqlite": Batch(_written(sqlite.insert(card_list))),
    "postgresql": Batch(_written(postgresql.insert(card_list))),
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
