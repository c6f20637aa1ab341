"""Deciding a case from an office: what it books, once, and what it does beside the books.

Called under the company's lock. What a decision needs is read again, and what differs from what was shown is refused.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Row

from loyalty import authority
from loyalty.authority import Acting
from loyalty.cases import CaseKind, Choice
from loyalty.decisions import Decision
from loyalty.judge import Word
from loyalty.refusals import Reason, Refusal
from loyalty.settings import Settings
from loyalty.staff import Role
from loyalty.texts import CASE_NOTE_CHARS_MAX, clean
from loyalty.transactions import CaseDecided, Claim, Context, Kind, Transaction
from server.cards import booking, card_record, merging
from server.cases import clashes, opened_case
from server.cases.opened_case import OpenedCase, mark
from server.companies import companies, programs, staff
from server.ledger.judging import case_facts, held_entries, released_entries
from server.ledger.judging.claims import Claims
from server.ledger.judging.savepoint_booking import Ledger
from server.ledger.rows import cards as card_rows
from server.ledger.rows import cases as case_rows
from server.ledger.rows import second_enrolments
from server.ledger.rows.cards import OpenCard
from server.ledger.rows.cases import Outcome
from server.ledger.rows.enrolments import Enrolment
from server.refusals import ChangedMeanwhile, No, Refused


@dataclass(frozen=True, slots=True)
class Decider:
    """Who decides: somebody of the staff, or without an id whoever runs the server."""

    staff_id: UUID | None
    role: Role
    store_ids: frozenset[UUID] | None  # whose cases they may decide; None: all


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A decision as somebody sends it."""

    choice: str
    card: str = ""  # the code of the card that an entry is about
    blank: str = ""  # the code of a blank for a second customer
    amount: int | None = None
    note: str = ""
    seen: str | None = None  # the mark of the choice as it was shown; empty for one that asks for something


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision has booked, its own transaction first."""

    row: Row[Any]
    booked: tuple[Transaction, ...]


def decided_id(case_id: UUID) -> UUID:
    """The id of a decision made in an office."""
    return uuid5(case_id, "decided")


def decide(ledger: Ledger, case_id: UUID, typed: Typed, by: Decider) -> Decided:
    """Decides the case, or raises the refusal."""
    row = case_facts.row_of(ledger.conn, ledger.company_id, case_id)
    if row is None or not _is_within(row, by):
        raise Refused(No.CASE_UNKNOWN)
    if not case_facts.is_undecided(row):
        raise _refused(Reason.ALREADY_DECIDED)
    if by.staff_id is not None and case_facts.is_anothers_to_decide(ledger.conn, ledger.company_id, row, by.staff_id):
        raise _refused(Reason.OWN_ENTRY)
    choice, note = _choice(typed), clean(typed.note)
    if len(note) > CASE_NOTE_CHARS_MAX:
        raise Refused(No.REFUSED, refusal=Refusal(Reason.TEXT_TOO_LONG, limit=CASE_NOTE_CHARS_MAX))
    settings = companies.by_id(ledger.conn, ledger.company_id).settings
    case = opened_case.of_row(ledger.conn, ledger.company_id, settings, row, ledger.keys.company(ledger.company_id))
    work = _Work(ledger, case, replace(typed, note=note), by, settings)
    work.carry_out(choice)
    after = case_facts.row_of(ledger.conn, ledger.company_id, case_id)
    assert after is not None, "a case is never deleted"
    return Decided(after, tuple(work.booked))


def _is_within(row: Row[Any], by: Decider) -> bool:
    return by.store_ids is None or row.store_id is None or row.store_id in by.store_ids


def _choice(typed: Typed) -> Choice:
    if typed.choice not in set(Choice):
        raise _refused(Reason.CHOICE_UNKNOWN)
    return Choice(typed.choice)


class _Work:
    """One decision being carried out."""

    def __init__(self, ledger: Ledger, case: OpenedCase, typed: Typed, by: Decider, settings: Settings) -> None:
        self._ledger, self._case, self._typed, self._by, self._settings = ledger, case, typed, by, settings
        self.booked: list[Transaction] = []

    def carry_out(self, choice: Choice) -> None:
        """Checks it against the present state, and does it."""
        match choice:
            case Choice.WAIT:
                self._check(choice)
                self._still_held(released_entries.let_wait)
                case_rows.let_wait(self._ledger.conn, self._ledger.company_id, self._case.row.case_id, self._ledger.now)
            case Choice.THIS_CARD:
                self._check(choice)
                self._release()
            case Choice.NEW_CARD:
                self._hand_out()
            case Choice.MERGE:
                self._merge()
            case Choice.OWN_CARD:
                self._check(choice)
                self._make_card()
            case _:
                decision = self._check(choice)
                self._book(choice, decision)
                self._do_beside(choice)

    def _check(self, choice: Choice) -> Decision:
        found = self._case.planned(choice, self._typed.amount)
        if isinstance(found, Refusal):
            raise Refused(No.REFUSED, refusal=found)
        if self._typed.seen and self._typed.seen != mark(found):
            raise ChangedMeanwhile({"stamps": found.stamps, "points": found.points, "shortfall": found.shortfall})
        return found

    def _book(self, choice: Choice, decision: Decision, others: dict[UUID, OpenCard] | None = None) -> Claims | None:
        """Books the decision where the case has a ledger, and closes the case."""
        row, ledger, card = self._case.row, self._ledger, self._case.card
        outcome = Outcome(row.case_id, choice.value, self._by.staff_id, ledger.now, self._typed.note)
        case_rows.decide(ledger.conn, ledger.company_id, outcome, ledger.now)
        if card is None:
            self._book_on_each(choice, decision)
            return None
        claims = Claims(ledger)
        second = self._second(card) if choice is Choice.SECOND_KEEPS else None
        self.booked += self._decided_on(
            claims,
            card,
            choice,
            decision,
            decided_id(row.case_id),
            enrolment=second,
            others=others or self._opened({step.card_id for step in decision.steps} - {card.card.id}),
        )
        if self._case.imported is not None and choice is Choice.ADD_THERE:
            clashes.lead_code(ledger, self._case.imported, card)
        if choice not in (Choice.NEW_CARD, Choice.OWN_CARD):
            claims.write()
        return claims

    def _book_on_each(self, choice: Choice, decision: Decision) -> None:
        """Books what a decision of a case about no card changes, with the decision itself on each of the cards."""
        if not decision.steps:
            return
        claims = Claims(self._ledger)
        opened = self._opened({step.card_id for step in decision.steps})
        for card_id in dict.fromkeys(step.card_id for step in decision.steps):
            steps = tuple(step for step in decision.steps if step.card_id == card_id)
            main_id = uuid5(decided_id(self._case.row.case_id), str(card_id))
            self.booked += self._decided_on(claims, opened[card_id], choice, Decision(steps), main_id)
        claims.write()

    def _decided_on(
        self,
        claims: Claims,
        card: OpenCard,
        choice: Choice,
        decision: Decision,
        main_id: UUID,
        *,
        enrolment: Enrolment | None = None,
        others: dict[UUID, OpenCard] | None = None,
    ) -> tuple[Transaction, ...]:
        """Books the decision on a card."""
        row, now = self._case.row, self._ledger.now
        program = claims.programs.at(now)
        store_id = row.store_id or card.card.enrolled_at_store
        if program is None or store_id is None:
            raise Refused(No.PROGRAM_MISSING)
        claim = Claim(
            main_id,
            CaseDecided(case=row.case_id, choice=choice.value, amount=self._typed.amount, note=self._typed.note),
            Context(
                occurred_at=now.astimezone(UTC),
                program_version=program.version,
                store_id=store_id,
                staff_id=self._by.staff_id,
            ),
        )
        acting = Acting(
            staff=authority.Person(self._by.role, works_here=True),
            override=None,
            settings_told=authority.ASKED_ABOUT,
        )
        booked = claims.book(card, claim, acting, enrolment=enrolment, decision=decision, others=others)
        if isinstance(booked, Refusal):
            raise Refused(No.REFUSED, refusal=booked)
        return booked

    def _opened(self, card_ids: Collection[UUID]) -> dict[UUID, OpenCard]:
        return card_rows.load(self._ledger.conn, self._ledger.company_id, card_ids)

    def _do_beside(self, choice: Choice) -> None:
        """What a choice does beside the books."""
        row, ledger = self._case.row, self._ledger
        match choice:
            case Choice.DROP if row.kind == CaseKind.HELD_TOO_LONG:
                self._still_held(released_entries.drop)
            case Choice.FIRST_KEEPS | Choice.SECOND_KEEPS:
                held_entries.drop_side(ledger.conn, ledger.company_id, row.entry_id, ledger.now)
            case Choice.BOOK:
                self._book_salvaged()
                case_facts.forget_salvaged_side(ledger.conn, row)
            case Choice.DROP:
                case_facts.forget_salvaged_side(ledger.conn, row)
            case Choice.NEW_PINS:
                pepper = ledger.keys.company(ledger.company_id).pepper
                staff.end_pins(ledger.conn, ledger.company_id, row.entry_id, row.updated_at, pepper, ledger.now)
            case _:
                pass

    def _still_held(self, do: Callable[[Ledger, UUID], bool]) -> None:
        if not do(self._ledger, self._case.row.entry_id):
            raise _refused(Reason.ALREADY_DECIDED)  # what it waited for has come

    def _release(self) -> None:
        """Judges the held entry against the card that was scanned."""
        ledger, row = self._ledger, self._case.row
        keys = ledger.keys
        try:
            card_id = card_record.find(
                ledger.conn, ledger.company_id, self._typed.card, keys.platform, keys.company(ledger.company_id)
            )
        except Refused:
            raise _refused(Reason.UNKNOWN_CARD) from None
        card = card_rows.load(ledger.conn, ledger.company_id, [card_id])[card_id]
        if card.card.is_blank:
            raise _refused(Reason.CARD_BLANK)
        self._book(Choice.THIS_CARD, Decision())
        case_rows.note_card(ledger.conn, ledger.company_id, row.case_id, card_id)
        self._still_held(lambda books, entry_id: released_entries.release(books, entry_id, card_id))

    def _hand_out(self) -> None:
        """Gives the second customer of a blank a card of their own."""
        ledger, first = self._ledger, self._case.card
        blank = booking.blank_with(ledger, self._typed.blank)
        if first is None:
            raise _refused(Reason.NOT_A_BLANK)
        program = programs.versions(ledger.conn, ledger.company_id).at(ledger.now)
        gives = program is not None and program.gives_points
        facts = replace(
            self._case.facts,
            blank=blank.card,
            welcome=program.welcome_bonus if program is not None and gives else 0,
        )
        case = replace(self._case, facts=facts)
        decision = case.planned(Choice.NEW_CARD)
        if isinstance(decision, Refusal):
            raise Refused(No.REFUSED, refusal=decision)
        second = self._second(first, for_card=blank.card.id)
        claims = self._book(Choice.NEW_CARD, decision, {blank.card.id: blank})
        assert claims is not None, "the case has a card"
        if claims.has_other_card(second, blank.card.id):
            raise _refused(Reason.CONTACT_HAS_CARD)
        created = next(fact for fact in self.booked if fact.kind is Kind.CARD_CREATED)
        claims.hand_out(blank, created.id, second)
        claims.write()
        case_rows.note_card(ledger.conn, ledger.company_id, self._case.row.case_id, blank.card.id)
        held_entries.drop_side(ledger.conn, ledger.company_id, self._case.row.entry_id, ledger.now)

    def _merge(self) -> None:
        """Merges the newer of the case's cards into the older one."""
        ledger, row = self._ledger, self._case.row
        planned = self._case.planned(Choice.MERGE)
        if isinstance(planned, Refusal):
            raise Refused(No.REFUSED, refusal=planned)
        self._book(Choice.MERGE, Decision())
        main_id = decided_id(row.case_id)
        stays, goes = merging.older(ledger.conn, ledger.company_id, row.card_id, row.other_card_id)
        done = merging.merge(
            ledger,
            uuid5(main_id, f"{Kind.CARDS_MERGED} 1"),
            stays,
            goes,
            self._by.staff_id,
            seen=self._typed.seen or None,
            follows=main_id,
            store_id=row.store_id,
        )
        self.booked += done.transactions

    def _make_card(self) -> None:
        """Gives an import's row the card that it would have made without the clash."""
        ledger, row = self._ledger, self._case.imported
        assert row is not None, "it is only offered where the row is kept"
        blank = clashes.blank_for(ledger, row)
        case = replace(self._case, facts=replace(self._case.facts, blank=blank.card))
        decision = case.planned(Choice.OWN_CARD)
        if isinstance(decision, Refusal):
            raise Refused(No.REFUSED, refusal=decision)
        claims = self._book(Choice.OWN_CARD, decision, {blank.card.id: blank})
        assert claims is not None, "the case has a card"
        created = next(fact for fact in self.booked if fact.kind is Kind.CARD_CREATED)
        keys = ledger.keys.company(ledger.company_id)
        claims.hand_out(blank, created.id, row.enrolment(blank.card.id, keys, self._settings.country))
        clashes.lead_code(ledger, row, blank)
        claims.write()
        clashes.note_consent(ledger, row, created.id)
        case_rows.note_card(ledger.conn, ledger.company_id, self._case.row.case_id, blank.card.id)

    def _second(self, card: OpenCard, for_card: UUID | None = None) -> Enrolment:
        """The second customer of the case's blank, for this card or another."""
        ledger = self._ledger
        found = second_enrolments.read(
            ledger.conn,
            ledger.company_id,
            self._case.row.entry_id,
            ledger.keys,
            self._settings.country,
            from_card=self._case.row.card_id,
            for_card=for_card or card.card.id,
        )
        if found is None or not found.contacts.known:
            raise _refused(Reason.CHOICE_UNKNOWN)
        return found

    def _book_salvaged(self) -> None:
        ledger, row = self._ledger, self._case.row
        if case_facts.is_entered(ledger.conn, ledger.company_id, row.entry_id):
            raise _refused(Reason.ALREADY_DECIDED)
        kept = case_facts.salvaged_row(ledger.conn, row)
        if kept is None:
            raise _refused(Reason.CHOICE_UNKNOWN)
        word, reason = released_entries.book_salvaged(ledger, row, kept)
        if word is Word.HELD:
            raise _refused(Reason.CARD_WAITING)
        if word is Word.REJECTED:
            raise _refused(reason or Reason.CHOICE_UNKNOWN)
        self.booked += case_facts.booked_by(ledger.conn, ledger.company_id, row.entry_id)


def _refused(reason: Reason) -> Refused:
    return Refused(No.REFUSED, refusal=Refusal(reason))
