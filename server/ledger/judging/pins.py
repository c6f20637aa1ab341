"""PINs set at tills: whether the setter was allowed to, which PIN is the newest, and the staff row sent to all tills.

Tills make the verifiers; the server re-encrypts those made under an older pepper. The PIN itself never reaches it.
"""

from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

import msgspec
import structlog
from msgspec.structs import asdict
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from loyalty.cases import CaseKind
from loyalty.judge import Note, Word
from loyalty.refusals import Reason
from loyalty.staff import Role, reset_refusal
from server.db.tables import phone_answers, pin_changes, staff
from server.keys import Keys
from server.ledger.feed import row_bytes, sources
from server.ledger.feed.sources import FeedRow
from server.ledger.judging.ledger_writes import WriteSet
from server.ledger.rows import cases
from server.ledger.rows.entries import ACCEPTED, FROM_THE_FUTURE, UNREADABLE, ParsedEntry, Settled
from sync.protocol import sealing
from sync.protocol.entries import PinProof, PinSet, Unreadable, decode_proof
from sync.protocol.rows import Table, VerifierRow
from sync.protocol.sealing import PinVerifier, Purpose, Unopenable, pin_matches, repepper, unseal

MEMORY_KIB_MAX = 64 * 1024  # each attempt at a till costs what the verifier demands
TIME_COST_MAX = 8
PARALLELISM_MAX = 4
SERIES_WITHIN = timedelta(hours=1)
PROOFS_WITHIN, WRONG_PROOFS_MAX = timedelta(days=1), 5  # four digits are guessed in ten thousand tries
ANSWER_GOOD_FOR = timedelta(days=30)  # a till may have been without contact when head office was telephoned
_SUPERSEDED = Settled(word=Word.ADJUSTED, note=Note.PIN_SUPERSEDED)

_log = structlog.get_logger()


class Pins:
    """PIN entries of one unit of work, under the company's lock. Rows are written immediately, with versions of the
    write set."""

    def __init__(self, conn: Connection, company_id: UUID, keys: Keys, now: datetime, writes: WriteSet) -> None:
        self._conn, self._company_id, self._keys, self._now, self._writes = conn, company_id, keys, now, writes

    @cached_property
    def _people(self) -> dict[UUID, Row[Any]]:
        return {row.staff_id: row for row in self._conn.execute(self._query)}

    @property
    def _query(self) -> Any:
        return select(staff).where(staff.c.company_id == self._company_id)

    def settle(self, item: ParsedEntry) -> Settled:
        """Settles a PIN entry; if accepted, the PIN is valid from now on."""
        try:
            settled = self._settled(item)
            self._note(item, settled)
        except Exception:
            _log.exception("settling a PIN failed", entry=str(item.id), seq=item.slot.seq)
            return FROM_THE_FUTURE  # a bug: a later program may succeed
        return settled

    def _settled(self, item: ParsedEntry) -> Settled:
        body, at = item.pin, item.occurred_at
        assert body is not None and at is not None and item.entry is not None, "only PIN entries are settled here"
        person = self._people.get(body.staff)
        if person is None or not _works_in(person, item.store_id):
            return Settled(word=Word.REJECTED, reason=Reason.STAFF_UNKNOWN)
        if (no := self._refusal(item, body, person)) is not None:
            return Settled(word=Word.REJECTED, reason=no)
        verifier = self._repeppered(body.verifier, body.staff)
        if verifier is None:
            return UNREADABLE
        if person.pin_set_at is not None and at < person.pin_set_at:
            return _SUPERSEDED
        values = {
            "verifier": msgspec.to_builtins(verifier),
            "former_verifier": person.verifier,
            "has_pin": True,
            "pin_set_at": at,
            "version": self._writes.version(),
            "updated_at": self._now,
        }
        of_person = (staff.c.company_id == self._company_id, staff.c.staff_id == body.staff)
        self._conn.execute(update(staff).where(*of_person).values(values))
        changed = self._conn.execute(self._query.where(staff.c.staff_id == body.staff)).one()
        self._people[body.staff] = changed
        row = msgspec.json.encode(row_bytes.person(changed))
        self._writes.add_row(sources.of_person(FeedRow(Table.STAFF, body.staff, changed.version, row, bytes), changed))
        return ACCEPTED

    def _refusal(self, item: ParsedEntry, body: PinSet, person: Row[Any]) -> Reason | None:
        entry = item.entry
        assert entry is not None
        answering = person
        if entry.override is not None:
            manager = self._people.get(entry.override)
            if manager is None or not _works_in(manager, item.store_id):
                return Reason.STAFF_UNKNOWN
            answering = manager
            if (no := reset_refusal(Role(answering.role), Role(person.role))) is not None:
                return no.reason
            if not item.told.pin_passed:
                return Reason.MANAGER_NEEDED
        elif entry.staff != person.staff_id:
            return Reason.NOT_A_MANAGER
        if not Role(person.role).manages or self._was_answered(item, person.staff_id):
            return None
        return None if self._is_proved(item, body, answering) else Reason.PIN_UNPROVED

    def _is_proved(self, item: ParsedEntry, body: PinSet, answering: Row[Any]) -> bool:
        """Whether who answers for it knew their PIN; at a till that had not heard of it, the one before."""
        changes = pin_changes.c
        lately = (changes.company_id == self._company_id, changes.created_at > self._now - PROOFS_WITHIN)
        wrong = (changes.answering_id == answering.staff_id, changes.reason == Reason.PIN_UNPROVED)
        count = self._conn.execute(select(func.count()).select_from(pin_changes).where(*lately, *wrong)).scalar_one()
        if body.proof is None or count >= WRONG_PROOFS_MAX:
            return False
        try:
            proof = decode_proof(unseal(self._keys.sealing, body.proof, Purpose.PIN))
        except (Unopenable, Unreadable):
            return False
        entry = item.entry
        assert entry is not None
        verifiers = [answering.verifier]
        if max(item.told.essentials, entry.essentials) < answering.version and answering.former_verifier is not None:
            verifiers.append(answering.former_verifier)
        return any(self._matches(proof, kept) for kept in verifiers)

    def _matches(self, proof: PinProof, kept: Any) -> bool:
        """Whether the PIN is right; a verifier opens for its own person alone."""
        verifier = PinVerifier(**asdict(msgspec.convert(kept, VerifierRow)))
        pepper = self._keys.company(self._company_id).pepper_with(verifier.pepper_id)
        try:
            return pepper is not None and pin_matches(proof.pin, proof.staff, verifier, pepper)
        except Unopenable:
            return False

    def _was_answered(self, item: ParsedEntry, staff_id: UUID) -> bool:
        """Whether head office has told this person at this till something by telephone; it is good for one PIN."""
        mine = (
            phone_answers.c.company_id == self._company_id,
            phone_answers.c.terminal_id == item.slot.terminal_id,
            phone_answers.c.staff_id == staff_id,
            phone_answers.c.answered_at > self._now - ANSWER_GOOD_FOR,
        )
        return self._conn.execute(delete(phone_answers).where(*mine)).rowcount > 0

    def _note(self, item: ParsedEntry, settled: Settled) -> None:
        """A line for managers, and a case for a series at one till or for a manager's PIN that was not proved."""
        body, at, entry = item.pin, item.occurred_at, item.entry
        assert body is not None and at is not None and entry is not None, "only PIN entries are settled here"
        changes = pin_changes.c
        here = (changes.company_id == self._company_id, changes.terminal_id == item.slot.terminal_id)
        lately = select(pin_changes).where(*here, changes.created_at > self._now - SERIES_WITHIN)
        before = self._conn.execute(lately.order_by(changes.created_at, changes.occurred_at)).all()
        row = {
            "company_id": self._company_id,
            "change_id": item.id,
            "terminal_id": item.slot.terminal_id,
            "staff_id": body.staff,
            "answering_id": entry.override or entry.staff,
            "occurred_at": at,
            "word": settled.word,
            "reason": settled.reason,
            "created_at": self._now,
            "updated_at": self._now,
        }
        self._conn.execute(insert(pin_changes).values(row))
        if settled.reason is Reason.PIN_UNPROVED or {one.staff_id for one in before} - {body.staff}:
            first = before[0].change_id if before else item.id
            case = cases.values(
                self._company_id,
                CaseKind.PIN_CHANGES,
                case_id=cases.pin_changes_id(first),
                entry_id=first,
                terminal_id=item.slot.terminal_id,
                store_id=item.store_id,
                staff_id=entry.override or entry.staff,
                asked=cases.Question(amount=1),
                occurred_at=at,
                now=self._now,
            )
            self._writes.add_to_case(case)

    def _repeppered(self, row: VerifierRow, staff_id: UUID) -> PinVerifier | None:
        """The verifier under the current pepper; None if it cannot be decrypted or demands too much of a till."""
        fits = (
            0 < row.memory_kib <= MEMORY_KIB_MAX
            and 0 < row.time_cost <= TIME_COST_MAX
            and 0 < row.parallelism <= PARALLELISM_MAX
            and len(row.salt) == sealing.SALT_BYTES
        )
        keys = self._keys.company(self._company_id)
        pepper = keys.pepper_with(row.pepper_id)
        if not fits or pepper is None:
            return None
        try:
            return repepper(PinVerifier(**asdict(row)), staff_id, pepper, keys.pepper)
        except Unopenable:
            return None


def _works_in(person: Row[Any], store_id: UUID) -> bool:
    works_here: bool = person.is_active and (person.stores is None or str(store_id) in person.stores)
    return works_here
