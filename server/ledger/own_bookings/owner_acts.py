"""Books what the owner of a card asks on the company's pages for customers: nobody of the staff answers for it, and no
terminal. The caller holds the company's lock, and has proven who asks.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid5

from sqlalchemy import Connection, bindparam, or_, select

from loyalty import enrolment
from loyalty.card import Card
from loyalty.refusals import Reason, Refusal
from loyalty.transactions import (
    LOST,
    NO_EFFECT,
    Body,
    CardDeactivated,
    CardReactivated,
    CardReplaced,
    Context,
    CustomerEdited,
    Effect,
    Kind,
    Transaction,
)
from server.companies import programs
from server.db.lookups import Query
from server.db.tables import transactions
from server.ledger.judging.ledger_writes import WriteSet
from server.ledger.judging.savepoint_booking import Ledger
from server.ledger.rows import cards as card_rows
from server.ledger.rows import transactions as facts
from server.ledger.rows.cards import OpenCard
from server.ledger.rows.enrolments import CustomerEdit
from server.ledger.rows.replacements import replacement
from server.refusals import No, Refused

_BY_OWNERS = (transactions.c.staff_id.is_(None), transactions.c.terminal_id.is_(None))
_SWITCH = Query(
    select(transactions.c.kind, transactions.c.reason, transactions.c.staff_id, transactions.c.terminal_id)
    .where(transactions.c.company_id == bindparam("company"), transactions.c.card_id == bindparam("card"))
    .where(or_(*(transactions.c.kind == str(kind) for kind in (Kind.CARD_DEACTIVATED, Kind.CARD_REACTIVATED))))
    .order_by(transactions.c.version.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class OwnAct:
    """Something that an owner has had booked."""

    kind: Kind
    at: datetime


def since(conn: Connection, company_id: UUID, card_ids: Collection[UUID], moment: datetime) -> Sequence[OwnAct]:
    """What the owners of these cards have had booked since a moment."""
    of_cards = (transactions.c.company_id == company_id, transactions.c.card_id.in_(card_ids), *_BY_OWNERS)
    query = select(transactions.c.kind, transactions.c.recorded_at).where(*of_cards)
    return [
        OwnAct(Kind(row.kind), row.recorded_at)
        for row in conn.execute(query.where(transactions.c.recorded_at >= moment))
    ]


def is_blocked(conn: Connection, company_id: UUID, card: Card) -> bool:
    """True if the card is off because its owner has blocked it."""
    if card.is_active:
        return False
    row = _SWITCH.first(conn, company=company_id, card=card.id)
    return row is not None and row.reason == LOST and row.staff_id is None and row.terminal_id is None


def edit(ledger: Ledger, booking_id: UUID, opened: OpenCard, values: CustomerEdit) -> None:
    """Books that the customer has another name or contact; the card has them already, and the *values* are their
    row's."""
    writes = WriteSet(ledger.conn, ledger.company_id, ledger.now)
    writes.book(opened, _fact(ledger, booking_id, opened.card, CustomerEdited()))
    writes.edit(values)
    writes.write()


def block(ledger: Ledger, booking_id: UUID, opened: OpenCard) -> None:
    """Switches the card off at once; what this id has booked already is not booked again."""
    if _is_booked(ledger, booking_id):
        return
    _checked(enrolment.deactivate(opened.card))
    writes = WriteSet(ledger.conn, ledger.company_id, ledger.now)
    writes.book(opened, _fact(ledger, booking_id, opened.card, CardDeactivated(reason=LOST)))
    writes.write()


def replace(ledger: Ledger, booking_id: UUID, opened: OpenCard, blank: OpenCard) -> None:
    """Continues the card under the codes of a blank, and switches it on again if its owner had blocked it."""
    conn, company_id, keys, now = ledger
    _checked(enrolment.replace_code(opened.card, blank.card, is_erased=opened.is_erased))
    if not (opened.card.is_active or is_blocked(conn, company_id, opened.card)):
        raise Refused(No.REFUSED, refusal=Refusal(Reason.CARD_INACTIVE))  # the shop has switched it off
    merged = card_rows.load(conn, company_id, opened.card.merged).values()
    writes = WriteSet(conn, company_id, now)
    writes.book(opened, _fact(ledger, booking_id, opened.card, CardReplaced(blank=blank.card.id, reason=LOST)))
    writes.replace(replacement(opened, blank, keys.company(company_id), keys.platform, merged))
    if not opened.card.is_active:
        on = CardReactivated(reason=LOST)
        writes.book(opened, _fact(ledger, uuid5(booking_id, str(Kind.CARD_REACTIVATED)), opened.card, on))
    writes.write()


def _is_booked(ledger: Ledger, booking_id: UUID) -> bool:
    return bool(facts.by_id(ledger.conn, ledger.company_id, [booking_id]))


def _fact(ledger: Ledger, id_: UUID, card: Card, body: Body) -> Transaction:
    assert card.enrolled_at_store is not None, "somebody has the card"
    rules = programs.versions(ledger.conn, ledger.company_id).at(ledger.now)
    context = Context(
        occurred_at=ledger.now.astimezone(UTC),
        program_version=0 if rules is None else rules.version,
        store_id=card.enrolled_at_store,
    )
    return Transaction(id=id_, card_id=card.id, body=body, effect=NO_EFFECT, context=context)


def _checked(found: Effect | Refusal) -> None:
    if isinstance(found, Refusal):
        raise Refused(No.REFUSED, refusal=found)
