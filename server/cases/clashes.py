"""Rows of imports that have met a card: each is a case, which keeps what the row says, encrypted, until a decision."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Row, update

from loyalty.cases import CaseKind, Unit
from loyalty.decisions import Imported
from loyalty.program import Program
from server.cards import blanks, card_record
from server.db.tables import customers
from server.keys import CompanyKeys
from server.ledger.judging.savepoint_booking import Ledger
from server.ledger.rows import cards as card_rows
from server.ledger.rows import cases as case_rows
from server.ledger.rows import old_codes
from server.ledger.rows.cards import Contacts, OpenCard
from server.ledger.rows.cases import Question
from server.ledger.rows.enrolments import Enrolment, Person, customer_id_of, enrolment_of
from server.refusals import Refused
from sync.protocol import sealing


class ImportedRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a row of an import says."""

    stamps: int
    points: int
    store_id: UUID
    code: str = ""  # of another program
    number: str = ""  # of the card that it names
    name: str = ""
    email: str | None = None
    phone: str | None = None
    language: str | None = None
    consent: bool = False
    consent_on: datetime | None = None

    @property
    def brings(self) -> Imported:
        """What its decision books."""
        return Imported(self.stamps, self.points, self.store_id)

    def enrolment(self, card_id: UUID, keys: CompanyKeys, country: str) -> Enrolment:
        """The row's customer, for a card."""
        person = Person(
            name=self.name, email=self.email, phone=self.phone, language=self.language, consent=self.consent
        )
        contacts = Contacts(
            sealing.email_hmac(keys.lookup, self.email) if self.email else None,
            sealing.phone_hmac(keys.lookup, self.phone, country) if self.phone else None,
        )
        return enrolment_of(person, contacts, card_id, keys.data)


class Clash(msgspec.Struct, frozen=True, kw_only=True):
    """A row that has met a card."""

    number: int  # of the row in its file
    card_id: UUID
    row: ImportedRow


def open_each(  # noqa: PLR0917
    conn: Connection,
    company_id: UUID,
    import_id: UUID,
    clashes: Iterable[Clash],
    program: Program,
    keys: CompanyKeys,
    now: datetime,
) -> None:
    """Opens a case for each of them, all in one group and of no store, so that no till gets thousands of them.

    The caller holds the company's lock.
    """
    opened = []
    for clash in clashes:
        case_id = case_rows.import_clash_id(import_id, clash.number)
        unit, count = (Unit.POINTS, clash.row.points) if clash.row.points else (Unit.STAMPS, clash.row.stamps)
        values = case_rows.values(
            company_id,
            CaseKind.IMPORT_CLASH,
            case_id=case_id,
            group_id=import_id,
            entry_id=None,
            card_id=clash.card_id,
            asked=Question.about(unit, count, program),
            occurred_at=now,
            now=now,
        )
        sealed = sealing.encrypt_bytes(keys.data, case_id, msgspec.json.encode(clash.row))
        opened.append(values | {"sealed": sealed, "sealed_key": keys.data.id})
    case_rows.open_each(conn, opened)


def row_of(case: Row[Any], keys: CompanyKeys) -> ImportedRow | None:
    """What the case's row says; None once it is decided, or if it cannot be read any more."""
    key = None if case.sealed is None else keys.data_with(case.sealed_key)
    if key is None:
        return None
    try:
        return _decode(sealing.decrypt_bytes(key, case.case_id, case.sealed))
    except (sealing.Unopenable, msgspec.MsgspecError):
        return None


def blank_for(ledger: Ledger, row: ImportedRow) -> OpenCard:
    """A card for the row: the blank that it names, or else one that is shown on a phone."""
    conn, company_id, keys, now = ledger
    if row.number:
        try:
            named = card_record.find(conn, company_id, row.number, keys.platform, keys.company(company_id))
        except Refused:
            pass  # withdrawn since
        else:
            found = card_rows.load(conn, company_id, [named])[named]
            if found.card.is_blank and not found.is_retired:
                return found
    (made,) = blanks.issue(conn, company_id, keys, blanks.random_blanks(), count=1, now=now, pooled=True)
    return card_rows.load(conn, company_id, [made.id])[made.id]


def lead_code(ledger: Ledger, row: ImportedRow, card: OpenCard) -> None:
    """Has the row's code lead to a card that is being written, unless it leads to one already."""
    conn, company_id, keys, now = ledger
    hashed = sealing.old_code_hmac(keys.company(company_id).lookup, row.code) if row.code else None
    if hashed is None or _is_taken(ledger, row.code, hashed):
        return
    card.add_old_code(hashed)
    old_codes.add(conn, company_id, {hashed: card.card.id}, now)


def note_consent(ledger: Ledger, row: ImportedRow, created_id: UUID) -> None:
    """Notes when the customer of a new card had agreed to messages."""
    if row.consent and row.consent_on is not None:
        mine = (
            customers.c.company_id == ledger.company_id,
            customers.c.customer_id == customer_id_of(created_id),
        )
        ledger.conn.execute(update(customers).where(*mine).values(consent_at=row.consent_on))


def _is_taken(ledger: Ledger, code: str, hashed: bytes) -> bool:
    """True if tills take the code for a card already: by its own number, or as another old code."""
    if old_codes.cards_of(ledger.conn, ledger.company_id, [hashed]):
        return True
    keys = ledger.keys
    try:
        card_record.find(ledger.conn, ledger.company_id, code, keys.platform, keys.company(ledger.company_id))
    except Refused:
        return False
    return True


_decode = msgspec.json.Decoder(ImportedRow).decode
