"""Judges entries in their order and books what they come to: the rules decide, this keeps the books.

An entry whose judging fails is held and logged; those behind it go on. What is held is taken up again, in the same unit
of work, as soon as what it waits for has arrived.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import Connection

from loyalty.judge import CaseKind, Judgement, Note, Word, judge
from loyalty.refusals import Reason
from loyalty.transactions import NO_EFFECT, CardCreated, Claim, Context, PointsEarned, corrected
from server.companies import programs
from server.keys import Keys
from server.ledger.judging import held_entries
from server.ledger.judging.pins import Pins
from server.ledger.judging.policy import standing_of
from server.ledger.judging.working_set import WorkingSet
from server.ledger.judging.write_set import WriteSet
from server.ledger.rows import cases
from server.ledger.rows.cards import OpenCard
from server.ledger.rows.enrolments import Enrolment, Opener, customer_id_of
from server.ledger.rows.entries import FOR_PROGRAM, FROM_THE_FUTURE, ParsedEntry, Settled
from server.ledger.rows.replacements import Replacement, replacement
from sync.protocol.rows import Follow, VerdictRow

_log = structlog.get_logger()


class Judging:
    """One unit of work's judging, under the company's lock; ends with `write`."""

    def __init__(self, conn: Connection, company_id: UUID, keys: Keys, now: datetime) -> None:
        self._conn = conn
        self._company_id = company_id
        self._keys = keys
        self._now = now
        self._standing = standing_of(conn, company_id)
        settings = self._standing.settings
        opener = Opener(keys.sealing, keys.company(company_id), settings.country)
        self._known = WorkingSet(company_id, programs.versions(conn, company_id), settings, now, opener)
        self.book = WriteSet(conn, company_id, now, began=self._standing.clock)
        self._pins = Pins(conn, company_id, keys, now, self.book)
        self._held: dict[str, list[ParsedEntry]] = {}  # of this unit of work, by what they wait for
        self._arrived: set[UUID | str] = set()

    def take(self, items: Sequence[ParsedEntry]) -> None:
        """Judges *items* in order, then whatever waited for what they brought."""
        while items:
            self._known.gather(self._conn, items)
            for item in items:
                self._take_one(item)
            items = self._released()

    def release(self, arrived: Iterable[str]) -> None:
        """Judges what waited for *arrived*: cards' and entries' ids, codes' hashes in hexadecimal, or a word."""
        self._arrived |= set(arrived)
        self.take(self._released())

    def write(self) -> None:
        """Writes everything that was decided."""
        self.book.write()
        if self._standing.due is not None and self._standing.due <= self._now:
            held_entries.open_overdue_cases(self._conn, self._company_id, self._now)  # what is still held, that is

    def _released(self) -> list[ParsedEntry]:
        arrived, self._arrived = self._arrived, set()
        here = [item for one in arrived for item in self._held.pop(str(one), ())] if self._held else []
        # What arrives does so once, so nobody is found here who was taken up before.
        holds = self._standing.holds
        earlier = held_entries.waiting_for(self._conn, self._company_id, arrived) if holds else []
        return sorted(here + earlier, key=held_entries.journal_order)

    def _take_one(self, item: ParsedEntry) -> None:
        if item.settled is not None:
            self._settle(item, item.settled if item.pin is None else self._pins.settle(item))
            return
        try:
            card, notes, waits_for = self._find(item)
            if card is None:
                self._hold(item, Note.WAITS_FOR_CARD, waits_for)
                return
            judgement = self._judge(item, card)
            replaced = self._replacement(item, card, judgement)
        except Exception:
            _log.exception("an entry could not be judged", entry=str(item.id), seq=item.slot.seq)
            self._settle(item, FROM_THE_FUTURE)  # a bug: the next program may know better
            return
        if judgement.word is Word.HELD:
            self._hold(item, judgement.notes[0], self._awaited(item, card, judgement), card)
        elif judgement.word is Word.REJECTED:
            self._reject(item, card, judgement)
        else:
            self._accept(item, card, judgement, notes, replaced)

    def _find(self, item: ParsedEntry) -> tuple[OpenCard | None, tuple[Note, ...], str]:
        assert item.entry is not None and item.entry.card is not None, "settled otherwise"
        found = self._known.find(item.entry.card)
        corrections = (Note.CLOCK_CORRECTED,) if item.clock_corrected else ()
        return found.card, (*found.notes, *corrections), found.waits_for

    def _judge(self, item: ParsedEntry, card: OpenCard) -> Judgement:
        entry, body, at = item.entry, item.body, item.occurred_at
        assert entry is not None and body is not None and at is not None, "settled otherwise"
        context = Context(
            occurred_at=at,
            program_version=entry.program,
            store_id=item.store_id,
            terminal_id=item.slot.terminal_id,
            staff_id=entry.staff,
            override_id=entry.override,
        )
        return judge(card.card, Claim(id=entry.id, body=body, context=context), self._known.present(item, card))

    def _replacement(self, item: ParsedEntry, card: OpenCard, judgement: Judgement) -> Replacement | None:
        blank = self._known.blank_of(item)
        if blank is None or not judgement.transactions:
            return None
        return replacement(card, blank, self._keys.company(self._company_id), self._keys.platform)

    def _awaited(self, item: ParsedEntry, card: OpenCard, judgement: Judgement) -> str:
        if Note.WAITS_FOR_PROGRAM in judgement.notes:
            return FOR_PROGRAM
        names = None if item.body is None else corrected(item.body)
        return str(card.card.id if Note.WAITS_FOR_CARD in judgement.notes else names)

    def _accept(
        self,
        item: ParsedEntry,
        card: OpenCard,
        judgement: Judgement,
        notes: tuple[Note, ...],
        replaced: Replacement | None,
    ) -> None:
        was_blank = card.card.is_blank
        counts = isinstance(item.body, PointsEarned) and Note.RECEIPT_REPEATED not in judgement.notes
        if counts:
            self._known.take_receipt(item)
        alone = judgement.card if len(judgement.transactions) == 1 else None  # the rules have folded it already
        for fact in judgement.transactions:
            self.book.book(card, fact, receipt_counts=counts, after=alone)
            freed = self._known.take(fact)
            if freed is not None:
                self.book.free_receipt(freed)
        assert card.card == judgement.card, "the books are the fold of what was decided"
        if replaced is not None:
            self.book.replace(replaced)
            self._known.take_replacement(card, replaced.blank)
            self._arrived.add(replaced.blank.card.id)
        if isinstance(item.body, CardCreated):
            notes = (*notes, *self._enrol(item, card, judgement))
            if was_blank:
                self._arrived.add(card.card.id)
        self._arrived.add(item.id)
        self._say(item, judgement.word, card, judgement=judgement, notes=(*notes, *judgement.notes))
        if judgement.case is not None and item.body is not None:
            stake = cases.at_stake(item.body, judgement, self._known.programs, self._known.settings)
            self._open_case(item, judgement.case, card, stake)

    def _enrol(self, item: ParsedEntry, card: OpenCard, judgement: Judgement) -> tuple[Note, ...]:
        """Writes down whose card it is. What cannot be written down stays in the side row, and a manager is told."""
        enrolment = self._known.enrolments[item.id]
        if enrolment.is_somebody and card.customer_id is None:
            self._make_customer(item, card, enrolment)
        if enrolment.is_torn:
            self._open_case(item, CaseKind.UNREADABLE, card)
            return (Note.UNREADABLE,)
        if judgement.case is not CaseKind.SECOND_ENROLMENT:
            self.book.side_done(item.slot)
        return ()

    def _make_customer(self, item: ParsedEntry, card: OpenCard, enrolment: Enrolment) -> None:
        enrolment = self._known.opener.under_the_present_key(enrolment, card.card.id)
        self.book.enrol(self._known.opener.customer(self._company_id, item.id, enrolment, self._now))
        card.customer_id = customer_id_of(item.id)
        card.contacts, card.name = enrolment.contacts, enrolment.name
        self._known.take_contacts(card)

    def _reject(self, item: ParsedEntry, card: OpenCard, judgement: Judgement) -> None:
        self._known.take_rejection(item)
        self._arrived.add(item.id)
        self._say(item, Word.REJECTED, card, judgement=judgement, notes=judgement.notes)
        if judgement.case is not None:
            self._open_case(item, judgement.case, card)

    def _hold(self, item: ParsedEntry, note: Note, waits_for: str, card: OpenCard | None = None) -> None:
        self._held.setdefault(waits_for, []).append(item)
        self._say(item, Word.HELD, card, notes=(note,), waits_for=waits_for)

    def _settle(self, item: ParsedEntry, settled: Settled) -> None:
        notes = () if settled.note is None else (settled.note,)
        self._say(item, settled.word, None, notes=notes, waits_for=settled.waits_for, reason=settled.reason)
        if settled.note in {Note.UNREADABLE, Note.PARKED}:
            self._open_case(item, CaseKind.UNREADABLE, None)
        if settled.word is Word.REJECTED and item.has_own_id:
            self._known.take_rejection(item)
            self._arrived.add(item.id)

    def _say(
        self,
        item: ParsedEntry,
        word: Word,
        card: OpenCard | None,
        *,
        judgement: Judgement | None = None,
        notes: tuple[Note, ...] = (),
        reason: Reason | None = None,
        waits_for: str | None = None,
    ) -> None:
        effect = NO_EFFECT if judgement is None else judgement.effect
        if judgement is not None and judgement.refusal is not None:
            reason = judgement.refusal.reason
        follows = () if judgement is None else judgement.transactions
        verdict = VerdictRow(
            id=item.id,
            journal=item.slot.journal_id,
            seq=item.slot.seq,
            word=str(word),
            card=None if card is None else card.card.id,
            card_version=0 if card is None else card.version,
            stamps=effect.stamps,
            points=effect.points,
            shortfall=effect.shortfall,
            notes=tuple(map(str, notes)),
            reason=None if reason is None else str(reason),
            waits_for=waits_for,
            follows=tuple(
                [
                    Follow(id=one.id, kind=str(one.kind), stamps=one.effect.stamps, points=one.effect.points)
                    for one in follows
                    if one.follows is not None
                ]
            ),
        )
        due = item.case_due_at if word is Word.HELD else None
        self.book.say(item.slot, verdict, told=item.told, case_due_at=due)

    def _open_case(self, item: ParsedEntry, kind: CaseKind, card: OpenCard | None, amount: int = 0) -> None:
        self.book.open_case(
            cases.values(
                self._company_id,
                kind,
                entry_id=item.id,
                terminal_id=item.slot.terminal_id,
                occurred_at=item.occurred_at or self._now,
                now=self._now,
                card_id=None if card is None else card.card.id,
                amount=amount,
            )
        )


def release(conn: Connection, company_id: UUID, keys: Keys, arrived: Iterable[str], now: datetime) -> None:
    """Takes up what waited for something that has come another way than by an entry: issued cards, a program.

    Under the company's lock, with nothing else open that takes versions.
    """
    judging = Judging(conn, company_id, keys, now)
    judging.release(arrived)
    judging.write()
