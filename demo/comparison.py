"""Compares a till's files with the company's database: no entry lost or doubled, every card equal. Read-only.

The till must be closed.
"""

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection, Engine, func, select

from loyalty.card import Card
from server.bootstrap import Server
from server.db import tables as books
from server.ledger.feed.check import check
from server.ledger.rows import cards as server_cards
from sync.protocol.entries import TRANSACTION_KINDS
from sync.protocol.rows import card_of
from sync.replica import cards as replica_cards
from sync.replica import tables as replicated
from terminal.keys.identity import Identity
from terminal.machine.profiles import profile_at
from terminal.storage import tables as till
from terminal.storage.journal import Journal


@dataclass(frozen=True, slots=True)
class Comparison:
    """The numbers of entries and of verdicts, and all differences found."""

    entries: int
    confirmed: int
    differences: tuple[str, ...]

    @property
    def ledger_equal(self) -> bool:
        return not self.differences


def compare(folder: Path, server: Server, company_id: UUID) -> Comparison:
    """Compares the till in *folder* with the company's database on *server*."""
    profile = profile_at(folder)
    journal = Journal(profile.journal)
    journal.close()
    written, replica = till.open_file(profile.journal), till.open_file(profile.replica)
    try:
        with server.units.read() as conn:
            wrong = [f"card {one} differs from its ledger" for one in check(conn, company_id).wrong]
            ledger = _ledger(conn, company_id, journal.identity)
            cards = _cards(conn, company_id)
        different = [*wrong, *_transactions(_transaction_ids(written), ledger), *_card_by_card(replica, cards)]
        return Comparison(_count(written), _verdicts(replica, journal.identity), tuple(different))
    finally:
        written.dispose()
        replica.dispose()


def _transactions(journalled: list[UUID], ledger: list[UUID]) -> list[str]:
    """Lost and additional transactions. Ids are unique in the ledger, so none can be there twice."""
    lost, doubled = set(journalled) - set(ledger), set(ledger) - set(journalled)
    return [
        *(f"transaction {one} is in the journal and not in the ledger" for one in lost),
        *(f"transaction {one} is in the ledger and not in the journal" for one in doubled),
    ]


def _card_by_card(replica: Engine, cards: dict[UUID, Card]) -> list[str]:
    with replica.connect() as conn:
        known = {
            UUID(bytes=row.id): card_of(replica_cards.card_in(row)) for row in conn.execute(select(replicated.cards))
        }
    missing = [f"card {one} is not on the till" for one in cards.keys() - known.keys()]
    unknown = [f"card {one} is on the till only" for one in known.keys() - cards.keys()]
    other = [f"card {one} differs on the till" for one in known.keys() & cards.keys() if known[one] != cards[one]]
    return [*missing, *unknown, *other]


def _count(written: Engine) -> int:
    with written.connect() as conn:
        return conn.execute(select(func.count()).select_from(till.journal)).scalar_one()


def _transaction_ids(written: Engine) -> list[UUID]:
    query = select(till.journal.c.entry_id).where(till.journal.c.kind.in_(TRANSACTION_KINDS))
    with written.connect() as conn:
        return [UUID(bytes=row.entry_id) for row in conn.execute(query)]


def _verdicts(replica: Engine, who: Identity) -> int:
    query = (
        select(func.count())
        .select_from(replicated.verdicts)
        .where(replicated.verdicts.c.journal_id == who.journal_id.bytes)
    )
    with replica.connect() as conn:
        return conn.execute(query).scalar_one()


def _ledger(conn: Connection, company_id: UUID, who: Identity) -> list[UUID]:
    """The ledger's transactions from this till's entries, without their consequences."""
    facts = books.transactions.c
    query = select(facts.transaction_id).where(facts.company_id == company_id, facts.terminal_id == who.terminal_id)
    return list(conn.execute(query.where(facts.follows.is_(None))).scalars())


def _cards(conn: Connection, company_id: UUID) -> dict[UUID, Card]:
    rows = conn.execute(server_cards.of_company(company_id))
    return {row.card_id: card_of(server_cards.row_in(row)) for row in rows}
