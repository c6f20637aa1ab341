"""Cases of the till's store, and their decision. What was decided here waits as an entry until the company has said.

What a choice does is worked out from what this till knows: its own entries and its store's transactions. A choice that
it cannot judge is offered, and the company says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from loyalty import decisions
from loyalty.card import Card
from loyalty.cases import AT_TILLS, CHOICES, CaseKind, Choice, Unit
from loyalty.decisions import NEEDS, CaseFacts, Decision
from loyalty.judge import Note, Word
from loyalty.phrases import note as note_text
from loyalty.phrases import refusal as refusal_text
from loyalty.refusals import Reason, Refusal, Why
from loyalty.texts import CASE_NOTE_CHARS_MAX
from loyalty.transactions import Body, CaseDecided, Kind, corrected
from loyalty.voids import Original
from sync.protocol.entries import is_transaction, transaction_body
from sync.protocol.rows import CaseRow, VerdictRow, body_of
from terminal.counter import history
from terminal.counter.ask_context import AskContext
from terminal.counter.card_lookup import InFront
from terminal.counter.effective_card import EffectiveCard
from terminal.counter.void_originals import find_original
from terminal.interface.case_asks import Case, Cases, DecideCase
from terminal.interface.refusal_view import refused
from terminal.interface.views import CaseView, ChoiceView, HistoryRow, OwnDecision
from terminal.staff.staff_desk import Person
from terminal.storage.journal import Written

LISTED_MAX = 200
STORY_BEFORE = timedelta(hours=24)
STORY_ROWS_MAX = 12
_OWN_MAX = 500  # decisions of this till that are looked at: more than its store has cases
_UNDECIDED = ("open", "waiting")
SENT = "sent"
# Choices that depend on what the entry said or did, which another till of the store may not know.
_OF_THE_ENTRY = (Choice.GIVE, Choice.REVERSE, Choice.IT_WAS_RIGHT, Choice.BELONGS_HERE)


@dataclass(frozen=True, slots=True)
class _Case:
    """A case, and the last decision of this till about it."""

    row: CaseRow
    own: Written | None
    verdict: VerdictRow | None  # on that decision

    @property
    def state(self) -> str:
        """As the company says, or sent if it has not heard of the decision that was made here."""
        waits = self.own is not None and (self.verdict is None or self.verdict.word == Word.HELD)
        return SENT if waits and self.row.is_undecided else self.row.state


@dataclass(frozen=True, slots=True)
class _Option:
    choice: Choice
    found: Decision | Refusal | None  # None: this till cannot work it out


def count(context: AskContext) -> int:
    """How many cases somebody has to decide."""
    rows = [row for row in context.essentials.cases if row.is_undecided]
    return sum(one.state in _UNDECIDED for one in _with_own(context, rows)) if rows else 0


def answer(context: AskContext, ask: Cases | Case | DecideCase) -> tuple[CaseView, ...] | CaseView | Refusal:
    """The cases, or one of them, as it is after a decision; for managers."""
    refusal = _decide(context, ask) if isinstance(ask, DecideCase) else history.may_read(context, ask)
    if refusal is not None:
        return refusal
    return _listed(context, ask.limit, ask.skip) if isinstance(ask, Cases) else _one(context, ask.case)


def _listed(context: AskContext, limit: int, skip: int) -> tuple[CaseView, ...]:
    """The cases without their choices: those to decide oldest first, then the others, last changed first."""
    found = _with_own(context, context.essentials.cases)
    to_decide = sorted((one for one in found if one.state in _UNDECIDED), key=lambda one: one.row.number)
    done = sorted((one for one in found if one.state not in _UNDECIDED), key=lambda one: one.row.changed_at)
    shown = [*to_decide, *reversed(done)][:LISTED_MAX]
    part = shown[max(0, skip) :][: max(0, min(limit, LISTED_MAX))]
    return tuple(_view(context, one, _card_of(context, one.row)) for one in part)


def _one(context: AskContext, case_id: UUID) -> CaseView | Refusal:
    """A case with its choices, and what happened on its card."""
    found = _find(context, case_id)
    if found is None:
        return Refusal(Reason.CASE_UNKNOWN)
    row, effective = found.row, _card_of(context, found.row)
    choices: tuple[ChoiceView, ...] = ()
    if found.state in _UNDECIDED:
        choices = tuple(_choice_view(context, option, effective) for option in _options(context, row, effective))
    rows: tuple[HistoryRow, ...] = ()
    if effective is not None:
        until = max(row.opened_at, row.occurred_at)
        rows = history.between(context, effective, row.occurred_at - STORY_BEFORE, until)
    return _view(
        context, found, effective, choices=choices, rows=rows[-STORY_ROWS_MAX:], more=max(0, len(rows) - STORY_ROWS_MAX)
    )


def _decide(context: AskContext, ask: DecideCase) -> Refusal | None:
    """Journals a manager's decision, or says why not."""
    staff = context.someone()
    if isinstance(staff, Refusal):
        return staff
    manager = context.desk.manager(ask.override, Why.MANAGERS_ONLY)
    if isinstance(manager, Refusal):
        return manager
    found = _find(context, ask.case)
    if found is None:
        return Refusal(Reason.CASE_UNKNOWN)
    if found.state not in _UNDECIDED:
        return Refusal(Reason.ALREADY_DECIDED)
    if len(ask.note) > CASE_NOTE_CHARS_MAX:
        return Refusal(Reason.TEXT_TOO_LONG, limit=CASE_NOTE_CHARS_MAX)
    effective = _card_of(context, found.row)
    options = _options(context, found.row, effective, ask.amount or 0)
    choice = next((option for option in options if option.choice == ask.choice), None)
    if choice is None or effective is None:
        return Refusal(Reason.CHOICE_UNKNOWN)
    if isinstance(choice.found, Refusal):
        return choice.found
    if _is_anothers(context, found.row, manager):
        given = Reason.OWN_ENTRY if ask.override is not None else Reason.MANAGER_NEEDED
        return Refusal(given, why=None if ask.override is not None else Why.OWN_CASE)
    amount = ask.amount if choice.choice in NEEDS else None
    body = CaseDecided(case=found.row.id, choice=choice.choice, amount=amount, note=ask.note)
    context.write(body, context.about(_front(found.row), effective, staff=staff, override=manager))
    return None


def _find(context: AskContext, case_id: UUID) -> _Case | None:
    rows = [row for row in context.essentials.cases if row.id == case_id]
    return next(iter(_with_own(context, rows)), None)


def _with_own(context: AskContext, rows: Sequence[CaseRow]) -> list[_Case]:
    """The cases with this till's last decision of each."""
    own: dict[UUID, Written] = {}
    for written in context.journal.of_kinds([str(Kind.CASE_DECIDED)], limit=_OWN_MAX):  # newest first
        body = transaction_body(written.entry)
        if isinstance(body, CaseDecided):
            own.setdefault(body.case, written)
    verdicts = context.snapshot.verdicts([own[row.id].entry.id for row in rows if row.id in own])
    found = []
    for row in rows:
        decision = own.get(row.id)
        found.append(_Case(row, decision, None if decision is None else verdicts.get(decision.entry.id)))
    return found


def _front(row: CaseRow) -> InFront:
    assert row.card is not None, "only a case with a card is decided at tills"
    return InFront(row.card.bytes, known=True, by_code=False)


def _card_of(context: AskContext, row: CaseRow) -> EffectiveCard | None:
    """The case's card; None if it has none, or its row is not here."""
    return None if row.card is None else context.effective(_front(row))


def _is_anothers(context: AskContext, row: CaseRow, by: Person) -> bool:
    """True if the case is about what *by* did, and somebody else here can decide it."""
    if row.staff != by.id:
        return False
    return any(person.id != by.id and person.role.manages for person, _minutes in context.desk.people())


# -- what choices do --------------------------------------------------------------------------------------------------


def _options(
    context: AskContext, row: CaseRow, effective: EffectiveCard | None, amount: int | None = None
) -> list[_Option]:
    """The choices that a till can make; none for a case without a card, or of a kind that a newer server has."""
    if effective is None or effective.card.is_blank or row.kind not in set(CaseKind):
        return []
    facts = _facts(context, row, effective)
    offered = decisions.offered(facts)
    found = []
    for choice in CHOICES[facts.kind]:
        if choice not in AT_TILLS:
            continue
        if choice in offered:
            reason = f"case {row.number}"
            planned = decisions.decide(choice, facts, effective.card, reason=reason, amount=amount)
            if choice in NEEDS and amount is None:
                planned = Decision()
            found.append(_Option(choice, planned))
        elif choice in _OF_THE_ENTRY and not _is_known(facts, row, choice):
            found.append(_Option(choice, None))
    return found


def _is_known(facts: CaseFacts, row: CaseRow, choice: Choice) -> bool:
    """True if this till knows all that the choice depends on."""
    if choice is Choice.BELONGS_HERE and row.other_entry is not None and facts.first is None:
        return False
    return facts.claimed is not None and facts.kind is not CaseKind.UNUSUAL


def _facts(context: AskContext, row: CaseRow, effective: EffectiveCard) -> CaseFacts:
    kind = CaseKind(row.kind)
    claimed = None if row.entry is None else _claimed(context, row.entry)
    done = None if row.entry is None or kind is CaseKind.UNUSUAL else _original(context, row.entry, effective)
    named_id = None if claimed is None else corrected(claimed)
    is_repeated = kind is CaseKind.RECEIPT_REPEATED and row.other_entry is not None
    first = _original(context, row.other_entry, effective) if is_repeated and row.other_entry is not None else None
    return CaseFacts(
        kind=kind,
        unit=None if row.unit is None else Unit(row.unit),
        amount=row.amount,
        claimed=claimed,
        done=() if done is None else (done,),
        named=None if named_id is None else _original(context, named_id, effective),
        first=first,
        first_card=None if first is None else _other_card(context, first.transaction.card_id),
        is_erased=effective.is_erased,
    )


def _claimed(context: AskContext, entry_id: UUID) -> Body | None:
    """What the case's entry says, if it is this till's, or booked in this store."""
    written = context.journal.with_id(entry_id)
    if written is not None and is_transaction(written.entry.kind):
        return transaction_body(written.entry)
    row = context.snapshot.transaction(entry_id)
    return body_of(row) if row is not None and row.kind in set(Kind) else None


def _original(context: AskContext, transaction_id: UUID, effective: EffectiveCard) -> Original | None:
    store_id = context.identity.store_id
    return find_original(transaction_id, context.journal, context.snapshot, store_id, effective.waiting).original


def _other_card(context: AskContext, card_id: UUID) -> Card | None:
    found = context.effective(InFront(card_id.bytes, known=True, by_code=False))
    return None if found is None else found.card


# -- views ------------------------------------------------------------------------------------------------------------


def _choice_view(context: AskContext, option: _Option, effective: EffectiveCard | None) -> ChoiceView:
    match option.found:
        case Refusal():
            return ChoiceView(option.choice, refusal=refused(option.found, context.words))
        case Decision(steps=steps) if effective is not None:
            own = [step.effect for step in steps if step.card_id == effective.card.id]
            return ChoiceView(
                option.choice,
                stamps=sum(effect.stamps for effect in own),
                points=sum(effect.points for effect in own),
                missing=option.found.shortfall,
                asks_amount=option.choice in NEEDS,
            )
        case _:
            return ChoiceView(option.choice)


def _view(
    context: AskContext,
    case: _Case,
    effective: EffectiveCard | None,
    *,
    choices: tuple[ChoiceView, ...] = (),
    rows: tuple[HistoryRow, ...] = (),
    more: int = 0,
) -> CaseView:
    row, essentials = case.row, context.essentials
    known = None if effective is None else effective.known
    card = "" if effective is None or known is None else context.personal(effective).name or known.row.number_end
    return CaseView(
        id=row.id,
        number=row.number,
        kind=row.kind,
        state=case.state,
        occurred_at=row.occurred_at,
        card_id=row.card,
        card=card,
        unit=row.unit,
        amount=row.amount,
        stake_minor=row.stake_minor,
        terminal="" if row.terminal is None else essentials.terminal_names.get(row.terminal, ""),
        staff=_name_of(context, row.staff),
        choice=row.choice,
        decided_by=_name_of(context, row.decided_by),
        decided_at=row.decided_at,
        settled_by=row.settled_by,
        own=_own_decision(context, case),
        choices=choices,
        history=rows,
        more=more,
    )


def _name_of(context: AskContext, staff_id: UUID | None) -> str:
    """The person's name, also of somebody who works elsewhere or has left."""
    return next((one.name for one in context.essentials.staff if one.id == staff_id), "")


def _own_decision(context: AskContext, case: _Case) -> OwnDecision | None:
    if case.own is None:
        return None
    entry, verdict, body = case.own.entry, case.verdict, transaction_body(case.own.entry)
    assert isinstance(body, CaseDecided), "it was found as one"
    return OwnDecision(
        choice=body.choice,
        state="waiting" if verdict is None else verdict.word,
        at=entry.occurred_at,
        by=_name_of(context, entry.override or entry.staff),
        note="" if verdict is None else _why(context, verdict),
    )


def _why(context: AskContext, verdict: VerdictRow) -> str:
    """Why the company did not take the decision as it was."""
    if verdict.reason in set(Reason):
        return refusal_text(Refusal(Reason(verdict.reason)), context.words)
    return " ".join(note_text(Note(one), context.words) for one in verdict.notes if one in set(Note))
