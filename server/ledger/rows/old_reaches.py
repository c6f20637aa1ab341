"""What transactions of an older program reached and took; such rows get it when they are summed."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, select, update

from loyalty.card import Card
from loyalty.fold import fold
from loyalty.reach import Reach, Steps, reach_of, steps_of
from server.companies import programs
from server.db.batches import Batch
from server.db.lookups import Lookup
from server.db.tables import transactions
from server.ledger.rows.transactions import fact_of

_LEDGERS = Lookup(select(transactions).where(transactions.c.company_id == bindparam("company")), transactions.c.card_id)
_FILL = Batch(
    update(transactions)
    .where(
        transactions.c.company_id == bindparam("of_company"),
        transactions.c.transaction_id == bindparam("of_transaction"),
    )
    .values({name: bindparam(name) for name in Reach._fields})
)


def counted(conn: Connection, company_id: UUID, card_ids: Collection[UUID]) -> dict[UUID, Reach]:
    """What each transaction of these cards reached and took, of those that came without it."""
    steps = {one.version: steps_of(one) for one in programs.versions(conn, company_id).versions}
    ledgers: defaultdict[UUID, list[Row[Any]]] = defaultdict(list)
    for row in _LEDGERS.rows(conn, dict.fromkeys(card_ids), company=company_id):
        ledgers[row.card_id].append(row)
    found = {}
    for card_id, rows in ledgers.items():
        card = Card(id=card_id)
        for row in sorted(rows, key=lambda row: row.version):
            fact = fact_of(row)
            if row.reached is None:
                found[fact.id] = reach_of(card, fact, steps.get(fact.context.program_version, Steps()))
            card = fold(card, fact)
    return found


def fill(conn: Connection, company_id: UUID, reaches: Mapping[UUID, Reach]) -> None:
    """Writes it to their rows. No till receives these columns, so the rows keep their versions."""
    rows = [{"of_company": company_id, "of_transaction": one} | reach._asdict() for one, reach in reaches.items()]
    _FILL.run(conn, rows)
