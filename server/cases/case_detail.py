"""One case as somebody decides it: its figures, its choices as things stand, and its story."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from loyalty.card import Card
from loyalty.cases import Choice, Unit
from loyalty.decisions import NEEDS, Decision, offered
from loyalty.refusals import Reason, Refusal
from server.cards import merging
from server.cards.decrypted_texts import name_of
from server.cards.merging import Preview
from server.cases import case_list, clashes, opened_case, story
from server.cases.clashes import ImportedRow
from server.cases.story import StoryOfCase
from server.companies import programs
from server.companies.companies import Company
from server.keys import CompanyKeys
from server.ledger.judging import case_facts
from server.ledger.rows import cards as card_rows
from server.ledger.rows.cases import worth
from server.refusals import No, Refused

CASES_SINCE = timedelta(days=426)  # 14 months
# What a choice costs the company: all that is at stake, as it stays with the customer or is given to them.
_BEARS = {
    Choice.ACCEPT,
    Choice.GIVE,
    Choice.BOTH_SALES,
    Choice.IT_WAS_RIGHT,
    Choice.DIFFERENT_PEOPLE,
    Choice.FINE,
    Choice.SWITCH_ON,
    Choice.ADD_THERE,
    Choice.OWN_CARD,
}


@dataclass(frozen=True, slots=True)
class Option:
    """A choice as things stand: what it would book, or why it is impossible now."""

    choice: Choice
    decision: Decision
    refusal: Refusal | None
    stake_minor: int | None  # what the company bears with it; None: not known
    needs: str | None  # what has to be typed or scanned for it
    mark: str  # of what it would book; empty where that depends on what is typed
    merge: Preview | None = None  # of the case's cards


@dataclass(frozen=True, slots=True)
class CaseDetail:
    """A case with everything its page shows."""

    row: Row[Any]
    card: Card | None
    number_end: str | None
    name: str | None  # the customer's
    options: tuple[Option, ...]  # none for one that is decided
    story: StoryOfCase
    cases_lately: int  # of the same card
    is_own: bool  # decided by who it was about, since nobody else could
    imported: ImportedRow | None  # what met the card, until it is decided

    @property
    def merge(self) -> Preview | None:
        """What merging its cards would do, where that can be chosen."""
        return next((one.merge for one in self.options if one.merge is not None), None)


def row_of(conn: Connection, company_id: UUID, case_id: UUID, stores: frozenset[UUID] | None) -> Row[Any]:
    """The case's row; one of other stores is unknown."""
    row = case_facts.row_of(conn, company_id, case_id)
    if row is None or not (stores is None or row.store_id is None or row.store_id in stores):
        raise Refused(No.CASE_UNKNOWN)
    return row


def of_row(conn: Connection, company: Company, keys: CompanyKeys, row: Row[Any], now: datetime) -> CaseDetail:
    """The case of a row."""
    opened = None if row.card_id is None else card_rows.load_leading(conn, company.id, [row.card_id]).get(row.card_id)
    return CaseDetail(
        row=row,
        card=None if opened is None else opened.card,
        number_end=None if opened is None else opened.codes.number_end,
        name=None if opened is None else name_of(card_rows.sent_row(opened), keys),
        options=tuple(options(conn, company, keys, row, now)) if case_facts.is_undecided(row) else (),
        story=story.tell(conn, row, company.settings.zone),
        cases_lately=0
        if opened is None
        else case_list.of_customer(conn, company.id, (opened.card.id, *opened.card.merged), now - CASES_SINCE),
        is_own=row.decided_by is not None and row.decided_by == row.staff_id,
        imported=clashes.row_of(row, keys),
    )


def options(conn: Connection, company: Company, keys: CompanyKeys, row: Row[Any], now: datetime) -> Sequence[Option]:
    """The choices of an undecided case."""
    case = opened_case.of_row(conn, company.id, company.settings, row, keys)
    program = programs.versions(conn, company.id).at(row.occurred_at)
    found = []
    for choice in offered(case.facts):
        if choice is Choice.MERGE:
            found.append(_merge(conn, company, keys, row, now))
            continue
        needs = NEEDS.get(choice)
        planned = Decision() if needs is not None else case.planned(choice)
        decision = Decision() if isinstance(planned, Refusal) else planned
        unit = None if row.unit is None else Unit(row.unit)
        stake = row.stake_minor if choice in _BEARS else _rest(choice, unit, decision, row, program)
        refusal = planned if isinstance(planned, Refusal) else None
        mark = opened_case.mark(decision) if needs is None else ""
        found.append(Option(choice, decision, refusal, stake, needs, mark))
    return found


def _merge(conn: Connection, company: Company, keys: CompanyKeys, row: Row[Any], now: datetime) -> Option:
    try:
        stays, goes = merging.older(conn, company.id, row.card_id, row.other_card_id)
        seen = merging.preview(conn, company, keys, stays, goes, now=now)
    except Refused as no:
        refusal = no.refusal or Refusal(Reason.UNKNOWN_CARD)
        return Option(Choice.MERGE, Decision(), refusal, None, None, "")
    return Option(Choice.MERGE, Decision(), None, None, None, seen.mark, seen)


def _rest(choice: Choice, unit: Unit | None, decision: Decision, row: Row[Any], program: Any) -> int | None:
    """What stays with the company of a choice that takes something from the customer."""
    if row.stake_minor is None or unit is None:
        return None
    if choice in (Choice.KEEP, Choice.BOOK):
        return None  # it stays as it is, whatever that is worth
    return worth(unit, decision.shortfall, program) if decision.shortfall else 0
