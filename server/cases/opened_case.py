"""A case with everything that its choices depend on, and what each of them would book now."""

import hashlib
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Row

from loyalty import decisions
from loyalty.card import Card
from loyalty.cases import Choice
from loyalty.decisions import CaseFacts, Decision
from loyalty.refusals import Refusal
from loyalty.settings import Settings
from server.cases import clashes
from server.cases.clashes import ImportedRow
from server.keys import CompanyKeys
from server.ledger.judging import case_facts
from server.ledger.rows import cards as card_rows
from server.ledger.rows import cases as case_rows
from server.ledger.rows.cards import OpenCard

_MARK_BYTES = 9


@dataclass(frozen=True, slots=True)
class OpenedCase:
    """A case as things stand."""

    row: Row[Any]
    facts: CaseFacts
    card: OpenCard | None  # that has a ledger: not a blank
    imported: ImportedRow | None = None  # that met the card

    @property
    def reason(self) -> str:
        """The reason of what its decision books."""
        return case_rows.reason_of(self.row.number)

    def planned(self, choice: Choice, amount: int | None = None) -> Decision | Refusal:
        """What a choice would book now, or why it is impossible."""
        card = None if self.card is None else self.card.card
        return decisions.decide(choice, self.facts, card, reason=self.reason, amount=amount)


def of_row(conn: Connection, company_id: UUID, settings: Settings, row: Row[Any], keys: CompanyKeys) -> OpenedCase:
    """Reads what a case is about."""

    def card_of(card_id: UUID) -> Card | None:
        found = card_rows.load_leading(conn, company_id, [card_id]).get(card_id)
        return None if found is None else found.card

    facts = case_facts.facts_of(
        conn, row, settings.zone, lambda ids: case_facts.booked_originals(conn, company_id, ids), card_of
    )
    card = None if row.card_id is None else card_rows.load_leading(conn, company_id, [row.card_id]).get(row.card_id)
    imported = clashes.row_of(row, keys)
    if imported is not None:
        facts = replace(facts, imported=imported.brings)
    if card is None or card.card.is_blank:
        return OpenedCase(row, facts, None, imported)
    return OpenedCase(row, replace(facts, is_erased=card.is_erased), card, imported)


def mark(decision: Decision) -> str:
    """A mark of what a decision would book, which changes with it."""
    told = [(str(step.card_id), type(step.body).__name__, *step.effect) for step in decision.steps]
    return hashlib.sha256(msgspec.json.encode(told)).hexdigest()[: 2 * _MARK_BYTES]
