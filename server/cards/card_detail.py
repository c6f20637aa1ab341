"""One card with everything that its page shows beside its ledger: codes, customer and contacts in clear."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection, select

from loyalty import expiry
from loyalty.card import Card
from loyalty.program import Program
from loyalty.transactions import Kind
from server.cards.decrypted_texts import PrintedCodes, codes_of, contact_of, masked, personal_of
from server.companies import programs
from server.companies.companies import Company
from server.db.tables import customers
from server.keys import CompanyKeys
from server.ledger.rows import cards as card_rows
from server.ledger.rows import transactions as facts
from server.ledger.rows.cards import OpenCard
from server.refusals import No, Refused


@dataclass(frozen=True, slots=True)
class Customer:
    """Who a card belongs to; empty fields are not known."""

    id: UUID | None = None
    name: str = ""
    note: str = ""
    email: str | None = None
    phone: str | None = None
    is_verified: bool = False
    language: str | None = None
    consent: bool = False
    undeliverable_at: datetime | None = None
    version: int = 0  # of the last change of these fields

    def masked(self) -> "Customer":
        """The customer for who may not read contacts and notes."""
        return replace(self, note="", email=masked(self.email), phone=masked(self.phone))


@dataclass(frozen=True, slots=True)
class CardDetail:
    """A card that somebody has."""

    opened: OpenCard
    codes: PrintedCodes | None  # None: they cannot be opened, or may not be read
    customer: Customer
    program: Program | None
    expires_on: date | None  # of the points, if nothing happens until then

    @property
    def card(self) -> Card:
        return self.opened.card

    @property
    def number_end(self) -> str:
        return self.opened.codes.number_end

    def masked(self) -> "CardDetail":
        """The card for who may read neither its codes nor contacts."""
        return replace(self, codes=None, customer=self.customer.masked())


@dataclass(frozen=True, slots=True)
class Merged:
    """A card whose ledger goes on in another one."""

    number_end: str
    into: UUID
    at: datetime
    staff_id: UUID | None  # who did it


def merged(conn: Connection, company_id: UUID, card_id: UUID) -> Merged | None:
    """What became of the card, if it was merged."""
    opened = card_rows.load(conn, company_id, [card_id]).get(card_id)
    if opened is None or opened.card.merged_into is None:
        return None
    done = next(fact for _, fact in facts.correcting(conn, company_id, [card_id]) if fact.kind is Kind.CARDS_MERGED)
    into = card_rows.load_leading(conn, company_id, [card_id])[card_id]
    return Merged(opened.codes.number_end, into.card.id, done.context.occurred_at, done.context.staff_id)


def number_ends(conn: Connection, company_id: UUID, card_ids: Collection[UUID]) -> dict[UUID, str]:
    """The last digits of cards, such as those that were merged into one."""
    loaded = card_rows.load(conn, company_id, card_ids) if card_ids else {}
    return {card_id: one.codes.number_end for card_id, one in loaded.items()}


def of_card(conn: Connection, company: Company, keys: CompanyKeys, card_id: UUID, now: datetime) -> CardDetail:
    """The card, or the one that it was merged into; a blank, and one whose codes lead elsewhere, are unknown."""
    opened = card_rows.load_leading(conn, company.id, [card_id]).get(card_id)
    if opened is None or opened.is_retired or opened.card.is_blank:
        raise Refused(No.CARD_UNKNOWN)
    program = programs.versions(conn, company.id).at(now)
    codes = codes_of(opened.card.id, opened.codes.sealed, opened.codes.sealed_key, keys)
    lapses = None if program is None else expiry.expires_on(opened.card, program, company.settings.zone)
    return CardDetail(opened, codes, _customer(conn, company.id, opened, keys), program, lapses)


def _customer(conn: Connection, company_id: UUID, opened: OpenCard, keys: CompanyKeys) -> Customer:
    personal = personal_of(card_rows.sent_row(opened), keys)
    if opened.customer_id is None:
        return Customer(name=personal.name, note=personal.note)
    one = (customers.c.company_id == company_id, customers.c.customer_id == opened.customer_id)
    row = conn.execute(select(customers).where(*one)).one()
    return Customer(
        id=row.customer_id,
        name=personal.name,
        note=personal.note,
        email=contact_of(row.customer_id, row.email, keys),
        phone=contact_of(row.customer_id, row.phone, keys),
        is_verified=row.verified_at is not None,
        language=row.language,
        consent=row.consent,
        undeliverable_at=row.undeliverable_at,
        version=int(row.updated_at.timestamp() * 1_000_000),
    )
