"""Judges entries in order and collects the rows they result in. The rules decide; this module applies the decisions.

An entry whose judging raises is logged and held; later entries are still judged. Held entries are judged again, in the
same unit of work, as soon as what they wait for has arrived.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import Connection

from loyalty import authority
from loyalty.cases import CaseKind
from loyalty.judge import Judgement, Note, Word, judge
from loyalty.refusals import Reason
from loyalty.transactions import (
    NO_EFFECT,
    CardCreated,
    CaseDecided,
    Claim,
    Context,
    CustomerEdited,
    PointsEarned,
    corrected,
)
from server.companies import programs
from server.keys import Keys
from server.ledger.judging import grants, held_entries
from server.ledger.judging.day_sums import DaySums
from server.ledger.judging.ledger_writes import WriteSet
from server.ledger.judging.pins import Pins
from server.ledger.judging.policy import policy_of
from server.ledger.judging.till_decisions import TillDecisions
from server.ledger.judging.working_set import WorkingSet
from server.ledger.rows import cards as card_rows
from server.ledger.rows import cases
from server.ledger.rows.cards import OpenCard
from server.ledger.rows.cases import Question
from server.ledger.rows.enrolments import Enrolment, Opener, customer_id_of
from server.ledger.rows.entries import FOR_PROGRAM, FROM_THE_FUTURE, PARKED, UNREADABLE, ParsedEntry, Settled
from server.ledger.rows.replacements import Replacement, replacement
from sync.protocol import typed_text
from sync.protocol.entries import ByCard
from sync.protocol.rows import Follow, VerdictRow

_log = structlog.get_logger()
_ACCEPTED, _ADJUSTED, _REJECTED, _HELD = Word  # each is asked for with every entry, and slow to look up in its class
_RECEIPT_REPEATED = Note.RECEIPT_REPEATED


class Judging:
    """Judges the entries of one unit of work under the company's lock; call `write` at the end."""

    def __init__(self, conn: Connection, company_id: UUID, keys: Keys, now: datetime) -> None:
        self._conn = conn
        self._company_id = company_id
        self._keys = keys
        self._now = now
        self._policy = policy_of(conn, company_id)
        settings = self._policy.settings
        opener = Opener(keys.sealing, keys.company(company_id), settings.country)
        versions, announced = programs.dated_versions(conn, company_id)
        self._working_set = WorkingSet(company_id, versions, announced, self._policy, now, opener)
        self.writes = WriteSet(conn, company_id, now, began=self._policy.clock, versions=versions)
        self._pins = Pins(conn, company_id, keys, now, self.writes)
        self._days = DaySums(company_id, settings, versions, now)
        self._decisions = TillDecisions(conn, company_id, self._working_set, self.writes, settings)
        self._held: dict[str, list[ParsedEntry]] = {}  # entries held in this unit of work, by what they wait for
        self._arrived: list[UUID | str] = []
        present = versions.at(now)
        self._present = 0 if present is None else present.version
        self._late: dict[UUID, int] = {}  # cards with something decided under an older program, and the oldest one
        self.salvaged: dict[UUID, tuple[Word, Reason | None]] = {}  # what became of salvaged entries

    def take(self, items: Sequence[ParsedEntry]) -> None:
        """Judges *items* in order, then the held entries that were waiting for them."""
        while items:
            self._working_set.gather(self._conn, items)
            for item in items:
                self._take_one(item)
            items = self._released()

    def take_alone(self, item: ParsedEntry) -> set[UUID | str]:
        """Judges one entry and leaves alone what it releases; returns what held entries may have been waiting for."""
        self._working_set.gather(self._conn, [item])
        self._take_one(item)
        return set(self._arrived)

    def set_aside(self, item: ParsedEntry) -> None:
        """Holds an entry that cannot be booked until a manager decides."""
        self._settle(item, PARKED)

    def release(self, arrived: Iterable[str]) -> None:
        """Judges entries that were held for *arrived*: ids of cards and entries, hexadecimal hashes of codes, or a
        keyword."""
        self._arrived += arrived
        self.take(self._released())

    def write(self) -> None:
        """Writes all collected changes."""
        for case in self._days.cases(self._conn, self._working_set.as_read):
            self.writes.open_case(case)
        self.writes.write()
        if self._policy.due is not None and self._policy.due <= self._now:
            programs_known, currency = self._working_set.programs, self._policy.settings.currency
            # only entries that are still held
            held_entries.open_overdue_cases(self._conn, self._company_id, programs_known, currency, self._now)

    def late_grants(self) -> list[WriteSet]:
        """Books what cards need to keep rewards that they turn out to have reached under an older program; called after
        `write`."""
        return grants.give_late(self._conn, self._company_id, self._late, self._now)

    def _released(self) -> list[ParsedEntry]:
        arrived, self._arrived = self._arrived, []
        held_now = [item for arrival in arrived for item in self._held.pop(str(arrival), ())] if self._held else []
        # Everything arrives only once, so no entry is found twice.
        has_held = self._policy.has_held
        earlier = held_entries.waiting_for(self._conn, self._company_id, set(arrived)) if has_held else []
        return sorted(held_now + earlier, key=held_entries.journal_order)

    def _take_one(self, item: ParsedEntry) -> None:
        if item.settled is not None:
            self._settle(item, item.settled if item.pin is None else self._pins.settle(item))
            return
        if self._working_set.is_booked(item.id):
            self._settle(item, UNREADABLE)  # the server has booked a transaction under this id
            return
        try:
            card, notes, waits_for = self._find(item)
            if card is None:
                self._hold(item, Note.WAITS_FOR_CARD, waits_for)
                return
            judgement = self._judge(item, card)
            replaced = self._replacement(item, card, judgement)
        except Exception:
            _log.exception("judging an entry failed", entry=str(item.id), seq=item.slot.seq)
            self._settle(item, FROM_THE_FUTURE)  # a bug: a later program may succeed
            return
        facts = judgement.transactions
        if len(facts) > 1 and any(self._working_set.is_booked(fact.id) for fact in facts):
            self._settle(item, UNREADABLE)  # its own consequences have ids that are taken
        elif judgement.word is _HELD:
            self._hold(item, judgement.notes[0], self._awaited(item, card, judgement), card)
        elif judgement.word is _REJECTED:
            self._reject(item, card, judgement)
        else:
            self._accept(item, card, judgement, notes, replaced)

    def _find(self, item: ParsedEntry) -> tuple[OpenCard | None, tuple[Note, ...], str]:
        assert item.entry is not None and item.entry.card is not None, "settled entries are not judged"
        found = self._working_set.find(item.entry.card)
        corrections = (Note.CLOCK_CORRECTED,) if item.clock_corrected else ()
        return found.card, (*found.notes, *corrections), found.waits_for

    def _judge(self, item: ParsedEntry, card: OpenCard) -> Judgement:
        entry, body, at = item.entry, item.body, item.occurred_at
        assert entry is not None and body is not None and at is not None, "settled entries are not judged"
        if card.is_erased:  # their customer asked that nothing be kept
            body = item.body = typed_text.erased(body)
            self.writes.drop_side(item.slot)
        context = Context(
            occurred_at=at,
            program_version=entry.program,
            store_id=item.store_id,
            terminal_id=item.slot.terminal_id,
            staff_id=entry.staff,
            override_id=entry.override,
        )
        present = self._working_set.present(item, card)
        if isinstance(body, CaseDecided):
            present = present._replace(decision=self._decisions.of(item, body, card))
        return judge(card.card, Claim(id=entry.id, body=body, context=context), present)

    def _replacement(self, item: ParsedEntry, card: OpenCard, judgement: Judgement) -> Replacement | None:
        blank = self._working_set.blank_of(item)
        if blank is None or not judgement.transactions:
            return None
        merged = card_rows.load(self._conn, self._company_id, card.card.merged).values()
        return replacement(card, blank, self._keys.company(self._company_id), self._keys.platform, merged)

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
        counts = isinstance(item.body, PointsEarned) and _RECEIPT_REPEATED not in judgement.notes
        receipt = self._working_set.take_receipt(item) if counts else None
        folded = judgement.card if len(judgement.transactions) == 1 else None  # already folded by the rules
        for fact in judgement.transactions:
            self.writes.book(card, fact, receipt_key=receipt, after=folded)
            freed = self._working_set.take(fact)
            if fact.context.program_version < self._present:
                oldest = self._late.get(fact.card_id, fact.context.program_version)
                self._late[fact.card_id] = min(oldest, fact.context.program_version)
            if fact.id == item.id:
                self._days.take(fact)
            if freed is not None:
                self.writes.free_receipt(freed)
        assert card.card == judgement.card, "the stored card differs from the judged one"
        if replaced is not None:
            self.writes.replace(replaced)
            self._working_set.take_replacement(card, replaced.blank)
            self._arrived.append(replaced.blank.card.id)
        if isinstance(item.body, CardCreated):
            notes = (*notes, *self._enrol(item, card, judgement))
            if was_blank:
                self._arrived.append(card.card.id)
        elif isinstance(item.body, CustomerEdited):
            notes = (*notes, *self._edit_customer(item, card))
        elif isinstance(item.body, CaseDecided):
            self._decisions.take(item, item.body, judgement)
        if item.body is not None and typed_text.has_text(item.body):  # which lies with the transaction or the case now
            self.writes.drop_side(item.slot)
        self._arrived.append(item.id)
        self._set_verdict(item, judgement.word, card, judgement=judgement, notes=(*notes, *judgement.notes))
        self._working_set.take_entry(item)
        if judgement.case is not None:
            self._open_case(item, judgement.case, card, judgement)

    def _enrol(self, item: ParsedEntry, card: OpenCard, judgement: Judgement) -> tuple[Note, ...]:
        """Writes the enrolled customer. Unreadable personal fields stay in the side row, and a case is opened."""
        if card.is_erased:
            return ()
        enrolment = self._enrolment(item, card)
        if enrolment.is_somebody and card.customer_id is None:
            self._make_customer(item, card, enrolment)
        if enrolment.is_torn:
            self._open_case(item, CaseKind.UNREADABLE, card)
            return (Note.UNREADABLE,)
        if judgement.case is not CaseKind.SECOND_ENROLMENT:
            self.writes.drop_side(item.slot)
        return ()

    def _edit_customer(self, item: ParsedEntry, card: OpenCard) -> tuple[Note, ...]:
        """Changes the customer's fields that the side row names."""
        if card.is_erased:
            return ()
        enrolment = self._enrolment(item, card)
        if enrolment.is_torn:
            self._open_case(item, CaseKind.UNREADABLE, card)
            return (Note.UNREADABLE,)
        if card.customer_id is None and enrolment.is_somebody:
            self._make_customer(item, card, enrolment)
        elif card.customer_id is not None and enrolment.side is not None:
            self.writes.edit(self._working_set.opener.edited(self._company_id, card.customer_id, enrolment, self._now))
            before = card.contacts
            if enrolment.renames:
                card.name = enrolment.name
            if enrolment.reaches_anew:
                card.contacts = enrolment.contacts
            self._working_set.take_contacts(card, before)
        self.writes.drop_side(item.slot)
        return ()

    def _enrolment(self, item: ParsedEntry, card: OpenCard) -> Enrolment:
        """The personal fields of an entry, for the card that its own leads to."""
        named = None if item.entry is None else item.entry.card
        written_for = named.id if isinstance(named, ByCard) else None
        return self._working_set.opener.for_card(self._working_set.enrolments[item.id], card.card.id, written_for)

    def _make_customer(self, item: ParsedEntry, card: OpenCard, enrolment: Enrolment) -> None:
        self.writes.enrol(self._working_set.opener.customer(self._company_id, item.id, enrolment, self._now))
        card.customer_id = customer_id_of(item.id)
        card.contacts, card.name = enrolment.contacts, enrolment.name
        self._working_set.take_contacts(card)

    def _reject(self, item: ParsedEntry, card: OpenCard, judgement: Judgement) -> None:
        self._working_set.take_rejection(item)
        self._arrived.append(item.id)
        self._set_verdict(item, Word.REJECTED, card, judgement=judgement, notes=judgement.notes)
        if judgement.case is not None:
            self._open_case(item, judgement.case, card, judgement)

    def _hold(self, item: ParsedEntry, note: Note, waits_for: str, card: OpenCard | None = None) -> None:
        self._held.setdefault(waits_for, []).append(item)
        self._set_verdict(item, Word.HELD, card, notes=(note,), waits_for=waits_for)

    def _settle(self, item: ParsedEntry, settled: Settled) -> None:
        notes = () if settled.note is None else (settled.note,)
        self._set_verdict(item, settled.word, None, notes=notes, waits_for=settled.waits_for, reason=settled.reason)
        if settled.note in {Note.UNREADABLE, Note.PARKED}:
            self._open_case(item, CaseKind.UNREADABLE, None)
        if settled.word is Word.REJECTED and item.has_own_id:
            self._working_set.take_rejection(item)
            self._arrived.append(item.id)

    def _set_verdict(
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
            notes=tuple(map(str, notes)) if notes else (),
            reason=None if reason is None else str(reason),
            waits_for=waits_for,
            follows=tuple(
                [
                    Follow(id=one.id, kind=str(one.kind), stamps=one.effect.stamps, points=one.effect.points)
                    for one in follows
                    if one.follows is not None
                ]
            )
            if len(follows) > 1
            else (),
        )
        if item.is_salvaged:
            self.salvaged[item.id] = (word, reason)
            return
        due = item.case_due_at if word is _HELD else None
        self.writes.set_verdict(item.slot, verdict, former_hash=item.former_hash, case_due_at=due)

    def _open_case(
        self, item: ParsedEntry, kind: CaseKind, card: OpenCard | None, judgement: Judgement | None = None
    ) -> None:
        group_id = None
        if kind is CaseKind.NOT_ALLOWED:  # listed as one for a terminal and day
            day = self._now.astimezone(self._policy.settings.zone).date()
            group_id = cases.not_allowed_group(item.slot.terminal_id, day)
        other_card_id, other_entry_id = self._other_of(item, kind, card)
        self.writes.open_case(
            cases.values(
                self._company_id,
                kind,
                entry_id=item.id,
                group_id=group_id,
                terminal_id=item.slot.terminal_id,
                store_id=item.store_id,
                staff_id=_who_did(item),
                card_id=None if card is None else card.card.id,
                other_card_id=other_card_id,
                other_entry_id=other_entry_id,
                asked=cases.NOTHING if judgement is None else self._question(item, judgement),
                occurred_at=item.occurred_at or self._now,
                now=self._now,
            )
        )

    def _other_of(self, item: ParsedEntry, kind: CaseKind, card: OpenCard | None) -> tuple[UUID | None, UUID | None]:
        """The second card and the earlier transaction that a case of this kind is also about."""
        if kind is CaseKind.CONTACT_HAS_CARD and card is not None:
            return min(self._working_set.rivals(item, card), default=None), None
        first = None
        if kind is CaseKind.RECEIPT_REPEATED:
            first = self._working_set.receipt_used_by(item)
        elif kind is CaseKind.RETURN_TOO_LARGE and item.body is not None:
            first = corrected(item.body)
        if first is None:
            return None, None
        original = self._working_set.originals(self._conn, [first]).get(first)
        return None if original is None else original.transaction.card_id, first

    def _question(self, item: ParsedEntry, judgement: Judgement) -> Question:
        entry, body, at = item.entry, item.body, item.occurred_at
        assert entry is not None and body is not None and at is not None, "it was judged"
        versions = self._working_set.programs
        named = versions.numbered(entry.program)
        main = next((fact for fact in judgement.transactions if fact.follows is None), None)
        judged = versions.at(at) if main is None else versions.numbered(main.context.program_version)
        return cases.question(body, judgement.effect, judged, named, self._policy.settings.currency)


def _who_did(item: ParsedEntry) -> UUID | None:
    """Whose entry it is: the manager's for what only managers do."""
    if item.entry is None:
        return None
    is_managers = isinstance(item.body, authority.MANAGERS_ONLY)
    return item.entry.override or item.entry.staff if is_managers else item.entry.staff
