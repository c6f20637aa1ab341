"""`ledger check`: every stored card against the fold of its ledger, every sum against its rows. Reads only, a little
at a time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, select

from loyalty.card import Card
from loyalty.fold import fold_all
from server.db.tables import cards, transactions
from server.ledger.feed.recount import recounted, wrong_sums
from server.ledger.rows.cards import of_company, row_in
from server.ledger.rows.transactions import fact_of
from sync.protocol.card_packing import UNREADABLE
from sync.protocol.rows import CardRow, card_of

_ROWS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Checked:
    """How many cards there are, which of them are not what their ledger adds up to, and how many sums are wrong.

    Blanks that wait in tills' pools are looked at, but not counted: nobody holds one.
    """

    cards: int
    wrong: tuple[UUID, ...]
    wrong_sums: int


def check(conn: Connection, company_id: UUID) -> Checked:
    """Compares everything a card's row keeps of its ledger, in the connection's snapshot."""
    kept = of_company(company_id).add_columns(cards.c.stamp_count, cards.c.points_balance)
    stored = kept.order_by(cards.c.card_id)
    facts = select(transactions).where(transactions.c.company_id == company_id)
    ledger = facts.order_by(transactions.c.card_id, transactions.c.version)
    streamed = {"yield_per": _ROWS_AT_ONCE}
    count, wrong = 0, []
    folded = _folded(conn.execute(ledger, execution_options=streamed))
    expected = next(folded, None)
    for row in conn.execute(stored, execution_options=streamed):
        should_be = Card(id=row.card_id)
        if expected is not None and expected.id == row.card_id:
            should_be, expected = expected, next(folded, None)
        said = _said(row)
        count += said is None or not said.pooled
        if said is None or not _is(row, said, should_be):
            wrong.append(row.card_id)
    assert expected is None, "the ledger of a card that is not there: foreign keys are off"
    return Checked(count, tuple(wrong), wrong_sums(conn, company_id, recounted(conn, company_id)))


def _said(row: Row[Any]) -> CardRow | None:
    """What the row's bytes say; None where nobody can tell."""
    try:
        return row_in(row)
    except UNREADABLE:
        return None


def _is(row: Row[Any], said: CardRow, card: Card) -> bool:
    """Whether a row and the columns beside its bytes say what the ledger does."""
    counted = (row.stamp_count, row.points_balance) == (card.stamp_count, card.points_balance)
    return counted and card_of(said) == card


def _folded(rows: Iterable[Row[Any]]) -> Iterator[Card]:
    """Each card with a ledger, in the order of ids, as its ledger makes it."""
    for card_id, of_card in groupby(rows, key=attrgetter("card_id")):
        yield fold_all(Card(id=card_id), map(fact_of, of_card))
