"""Takes a customer off their cards: the cards stay with their ledger, switched off, as nobody's."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, bindparam, delete, or_, select, update

from loyalty.card import Card
from loyalty.transactions import ERASED, NO_EFFECT, CardDeactivated, Context, Transaction
from server.companies import programs
from server.db.lookups import Lookup
from server.db.tables import cards, customers
from server.db.work_tables import cases
from server.ledger.judging.ledger_writes import WriteSet
from server.ledger.rows import cards as card_rows
from server.ledger.rows import erasures
from server.ledger.rows.cards import NO_CONTACTS, NO_NAME
from server.ledger.rows.erasures import Written

_COMPANY: Any = bindparam("company")
_OF_CUSTOMER = Lookup(select(cards.c.card_id).where(cards.c.company_id == _COMPANY), cards.c.customer_id)


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased."""

    cards: tuple[UUID, ...]
    customers: tuple[UUID, ...]


def erase(conn: Connection, company_id: UUID, card_ids: Collection[UUID], *, by: UUID | None, now: datetime) -> Erased:
    """Erases the customers of these cards, with all of their cards. The caller holds the company's lock."""
    leading = card_rows.load_leading(conn, company_id, dict.fromkeys(card_ids))
    loaded = {one.card.id: one for one in leading.values()}
    people = {one.customer_id for one in loaded.values()} - {None}
    others = {row.card_id for row in _OF_CUSTOMER.rows(conn, people, company=company_id)} - loaded.keys()
    loaded |= card_rows.load(conn, company_id, others)
    chosen = [one for one in loaded.values() if not (one.card.is_blank or one.is_retired or one.is_erased)]
    merged = {card_id for one in chosen for card_id in one.card.merged}
    chosen += card_rows.load(conn, company_id, merged).values()
    sides = erasures.forget_sides(conn, company_id, chosen, now)
    writes, rules = WriteSet(conn, company_id, now), programs.versions(conn, company_id).at(now)
    versions = {}
    for opened in chosen:
        if opened.card.merged_into is None and opened.card.is_active:
            writes.book(opened, _switched_off(opened.card, 0 if rules is None else rules.version, by, now))
        else:
            writes.touch(opened)
        opened.customer_id, opened.contacts, opened.name = None, NO_CONTACTS, NO_NAME
        opened.codes = opened.codes._replace(sealed=b"")
        versions[opened.card.id] = writes.version()
    writes.write()
    erasures.forget_reasons(conn, company_id, versions.keys(), now)
    for card_id, version in versions.items():
        erasures.note(conn, company_id, card_id, sides.get(card_id, Written()), version=version, by=by, now=now)
    mine = (customers.c.company_id == company_id, customers.c.customer_id.in_(people))
    conn.execute(delete(customers).where(*mine))
    about = or_(cases.c.card_id.in_(versions), cases.c.other_card_id.in_(versions))
    telling = or_(cases.c.note.is_not(None), cases.c.sealed.is_not(None))
    noted = (cases.c.company_id == company_id, telling, about)
    conn.execute(update(cases).where(*noted).values(note=None, sealed=None))
    return Erased(tuple(versions), tuple(one for one in people if one is not None))


def _switched_off(card: Card, version: int, by: UUID | None, now: datetime) -> Transaction:
    assert card.enrolled_at_store is not None, "somebody has the card"
    return Transaction(
        id=uuid5(card.id, ERASED),
        card_id=card.id,
        body=CardDeactivated(reason=ERASED),
        effect=NO_EFFECT,
        context=Context(occurred_at=now, program_version=version, store_id=card.enrolled_at_store, staff_id=by),
    )
