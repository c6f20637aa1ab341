"""Cases that tills decide: the first decision recorded counts, whichever was made first."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from uuid import UUID

from sqlalchemy import Connection

from loyalty import decisions
from loyalty.card import Card
from loyalty.cases import AT_TILLS, Choice
from loyalty.decisions import Decision
from loyalty.judge import Judgement, Note
from loyalty.refusals import Reason, Refusal
from loyalty.settings import Settings
from loyalty.transactions import CaseDecided
from loyalty.voids import Original
from server.ledger.judging import case_facts
from server.ledger.judging.ledger_writes import WriteSet
from server.ledger.judging.working_set import WorkingSet
from server.ledger.rows.cards import OpenCard
from server.ledger.rows.cases import Outcome, reason_of
from server.ledger.rows.entries import ParsedEntry


class TillDecisions:
    """Those of one unit of work, under the company's lock."""

    def __init__(
        self, conn: Connection, company_id: UUID, working_set: WorkingSet, writes: WriteSet, settings: Settings
    ) -> None:
        self._conn, self._company_id = conn, company_id
        self._working_set, self._writes, self._settings = working_set, writes, settings
        self._planned: dict[UUID, Decision] = {}  # by entry
        self._decided: set[UUID] = set()  # cases, in this unit of work

    def of(self, item: ParsedEntry, body: CaseDecided, card: OpenCard) -> Decision | Refusal:
        """What the decision books, or why it does not hold."""
        assert item.entry is not None, "it was read"
        row = case_facts.row_of(self._conn, self._company_id, body.case)
        if row is None or row.card_id is None or row.store_id not in (None, item.store_id):
            return Refusal(Reason.CASE_UNKNOWN)
        if not card.card.has_ledger_of(row.card_id):
            return Refusal(Reason.CASE_UNKNOWN)
        if body.choice not in AT_TILLS:
            return Refusal(Reason.CHOICE_UNKNOWN)
        by = item.entry.override or item.entry.staff
        if by is not None and case_facts.is_anothers_to_decide(self._conn, self._company_id, row, by):
            return Refusal(Reason.OWN_ENTRY)
        if body.case in self._decided or not case_facts.is_undecided(row):
            return Decision(is_late=True)
        facts = case_facts.facts_of(self._conn, row, self._settings.zone, self._originals, self._card)
        facts = replace(facts, is_erased=card.is_erased)
        choice = Choice(body.choice)
        found = decisions.decide(choice, facts, card.card, reason=reason_of(row.number), amount=body.amount)
        if isinstance(found, Decision):
            self._planned[item.id] = found
        return found

    def take(self, item: ParsedEntry, body: CaseDecided, judgement: Judgement) -> None:
        """Notes an accepted decision with its case, and books what it does to other cards."""
        assert item.entry is not None, "it was read"
        if Note.ALREADY_DECIDED in judgement.notes:
            return
        main, *_ = judgement.transactions
        for fact in decisions.following(main, self._planned[item.id].steps):
            if fact.card_id != main.card_id:
                self._writes.book(self._working_set.cards[fact.card_id], fact)
                self._working_set.take_moved(fact)
        by = item.entry.override or item.entry.staff
        self._writes.decide(Outcome(body.case, body.choice, by, main.context.occurred_at, body.note))
        self._decided.add(body.case)

    def _originals(self, ids: Collection[UUID]) -> Mapping[UUID, Original]:
        return self._working_set.originals(self._conn, ids)

    def _card(self, card_id: UUID) -> Card | None:
        return self._working_set.card(self._conn, card_id)
