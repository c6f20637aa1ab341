"""Read-only check of a company's ledger: stored cards against transactions, and stored sums against rows."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, select

from loyalty.card import Card
from loyalty.fold import fold_all
from loyalty.merging import fold_into
from loyalty.transactions import Kind
from server.db.tables import cards, transactions
from server.ledger.feed.recount import recounted, wrong_sums
from server.ledger.rows.cards import of_company, row_in
from server.ledger.rows.transactions import fact_of
from sync.protocol.card_packing import UNREADABLE
from sync.protocol.rows import CardRow, card_of

_ROWS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Checked:
    """Result of a ledger check: the number of cards, the ids of cards that differ from their ledger, and the number of
    wrong sums.

    Pooled blanks (reserved by a till, issued to nobody) are checked but not counted.
    """

    cards: int
    wrong: tuple[UUID, ...]
    wrong_sums: int


def check(conn: Connection, company_id: UUID) -> Checked:
    """Checks every card and sum of a company within the connection's snapshot."""
    kept = of_company(company_id).add_columns(cards.c.stamp_count, cards.c.points_balance)
    stored = kept.order_by(cards.c.card_id)
    facts = select(transactions).where(transactions.c.company_id == company_id)
    ledger = facts.order_by(transactions.c.card_id, transactions.c.version)
    streamed = {"yield_per": _ROWS_AT_ONCE}
    count, wrong = 0, []
    folded = _folded(conn.execute(ledger, execution_options=streamed), _merged(conn, company_id))
    expected = next(folded, None)
    for row in conn.execute(stored, execution_options=streamed):
        actual = Card(id=row.card_id)
        if expected is not None and expected.id == row.card_id:
            actual, expected = expected, next(folded, None)
        decoded = _decoded(row)
        count += decoded is None or not decoded.pooled
        if decoded is None or not _matches(row, decoded, actual):
            wrong.append(row.card_id)
    assert expected is None, "the ledger of a card that is not there: foreign keys are off"
    return Checked(count, tuple(wrong), wrong_sums(conn, company_id, recounted(conn, company_id)))


def _decoded(row: Row[Any]) -> CardRow | None:
    """The card decoded from a row, or None if the row is unreadable."""
    try:
        return row_in(row)
    except UNREADABLE:
        return None


def _matches(row: Row[Any], decoded: CardRow, card: Card) -> bool:
    """True if the row, and the columns copied from it, match the card computed from the ledger."""
    counted = (row.stamp_count, row.points_balance) == (card.stamp_count, card.points_balance)
    return counted and card_of(decoded) == card


def _merged(conn: Connection, company_id: UUID) -> dict[UUID, Card]:
    """The cards that were merged or took another one, computed from their ledgers together."""
    of_company = transactions.c.company_id == company_id
    merges = select(transactions.c.card_id, transactions.c.corrects).where(
        of_company, transactions.c.kind == str(Kind.CARDS_MERGED)
    )
    led = {row.corrects: row.card_id for row in conn.execute(merges)}
    together: dict[UUID, set[UUID]] = {}
    for card_id in led:
        last = card_id
        while last in led:
            last = led[last]
        together.setdefault(last, {last}).add(card_id)
    cards: dict[UUID, Card] = {}
    for card_ids in together.values():
        theirs = select(transactions).where(of_company, transactions.c.card_id.in_(card_ids))
        for row in conn.execute(theirs.order_by(transactions.c.version)):
            fold_into(cards, fact_of(row))
    return cards


def _folded(rows: Iterable[Row[Any]], merged: Mapping[UUID, Card]) -> Iterator[Card]:
    """The cards computed from their transactions, ordered by card id; those that are *merged* are known."""
    for card_id, of_card in groupby(rows, key=attrgetter("card_id")):
        yield merged.get(card_id) or fold_all(Card(id=card_id), map(fact_of, of_card))
