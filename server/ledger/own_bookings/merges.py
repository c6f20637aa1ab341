"""Books that two cards become one. Whose customer the card is then, and the rights of who asks, are the caller's."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import Connection, bindparam, or_, select

from loyalty import merging
from loyalty.refusals import Refusal
from loyalty.transactions import CardsMerged, Context, Effect, Kind, Transaction
from server.companies import programs
from server.db.lookups import Lookup
from server.db.tables import transactions
from server.ledger.judging.ledger_writes import WriteSet
from server.ledger.rows import cards as card_rows
from server.ledger.rows import cases, old_codes
from server.ledger.rows import transactions as facts
from server.ledger.rows.cards import OpenCard
from server.refusals import No, Refused

_WELCOMES = Lookup(
    select(transactions).where(
        transactions.c.company_id == bindparam("company"),
        or_(*(transactions.c.kind == str(kind) for kind in (Kind.WELCOME_BONUS, Kind.CARDS_MERGED))),
    ),
    transactions.c.card_id,
)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two cards of a company: the one that stays, and the one whose ledger goes on in it."""

    stays: OpenCard
    goes: OpenCard


@dataclass(frozen=True, slots=True)
class Asked:
    """A merge as somebody asks for it."""

    id: UUID  # of its transaction
    by: UUID | None  # of the staff
    store_id: UUID | None = None  # None: where the card that stays was handed out
    follows: UUID | None = None  # the decision that it is part of


def pair(conn: Connection, company_id: UUID, stays_id: UUID, goes_id: UUID) -> Pair:
    """Loads both cards; raises the refusal of one that nobody has."""
    loaded = card_rows.load(conn, company_id, {stays_id, goes_id})
    found = []
    for card_id in (stays_id, goes_id):
        opened = loaded.get(card_id)
        is_gone = opened is not None and opened.is_retired and opened.card.merged_into is None
        if opened is None or opened.is_erased or is_gone:
            raise Refused(No.CARD_UNKNOWN)
        found.append(opened)
    return Pair(*found)


def effect(conn: Connection, company_id: UUID, two: Pair) -> Effect | Refusal:
    """What the merge takes of both cards together, or why they cannot be merged."""
    theirs = (two.goes.card.id, *two.goes.card.merged)
    given = merging.welcome_of(map(facts.fact_of, _WELCOMES.rows(conn, theirs, company=company_id)))
    return merging.merge(two.stays.card, two.goes.card, given)


def book(conn: Connection, company_id: UUID, two: Pair, asked: Asked, taken: Effect, *, now: datetime) -> Transaction:
    """Books the merge. The caller holds the company's lock, and has set the customer of both cards."""
    rules, card = programs.versions(conn, company_id).at(now), two.stays.card
    store_id = asked.store_id or card.enrolled_at_store
    if rules is None or store_id is None:
        raise Refused(No.PROGRAM_MISSING)
    fact = Transaction(
        id=asked.id,
        card_id=card.id,
        body=CardsMerged(merged=two.goes.card.id),
        effect=taken,
        context=Context(
            occurred_at=now.astimezone(UTC), program_version=rules.version, store_id=store_id, staff_id=asked.by
        ),
        follows=asked.follows,
    )
    writes = WriteSet(conn, company_id, now)
    old_codes.move(conn, company_id, two.goes.codes.old_codes, card.id, now)
    writes.merge(two.stays, two.goes, fact)
    writes.write()
    together = two.stays.card
    cases.settle_merged(conn, company_id, (together.id, *together.merged), now)
    return fact
