"""Setting PINs at the till: one's own, a colleague's, and unlocking by telephone.

Only the verifier of a PIN leaves this module. A new PIN is valid here at once, elsewhere once the company has it.
"""

import hmac
import secrets
from dataclasses import dataclass
from uuid import UUID

import msgspec

from loyalty.judge import Word
from loyalty.refusals import Reason, Refusal
from loyalty.staff import pin_refusal, reset_refusal
from sync.protocol.entries import PhoneTried, PinProof, PinSet, PinUnlocked, TillKind, encode_proof, till_body
from sync.protocol.rows import VerifierRow
from sync.protocol.sealing import PHONE_DIGITS, Purpose, make_verifier, phone_answer, phone_key, seal, spoken_digits
from terminal.interface.pin_asks import ChangePin, ResetPin, UnlockByPhone
from terminal.keys.identity import Identity
from terminal.keys.keys_in_use import KeySource
from terminal.staff.staff_desk import Person, StaffDesk
from terminal.storage.journal import Journal
from terminal.storage.recorder import Recorder
from terminal.storage.replica_reader import ReplicaSnapshot

CHALLENGE_S = 15 * 60.0  # running time, enough for a call
REMEMBERED_MAX = 200  # changes read at start


@dataclass(frozen=True, slots=True)
class _Challenge:
    staff: UUID
    digits: str
    until_s: float


class PinChanges:
    """PIN changes of one till's staff."""

    def __init__(self, desk: StaffDesk, recorder: Recorder, keys: KeySource, identity: Identity) -> None:
        self._desk, self._recorder, self._keys, self._identity = desk, recorder, keys, identity
        self._challenge: _Challenge | None = None  # the last challenge; not kept over a restart

    def change(self, ask: ChangePin) -> Person | Refusal:
        """Changes a person's own PIN."""
        if (no := pin_refusal(ask.new_pin, self._desk.settings)) is not None:
            return no
        person = self._desk.checked(ask.staff, ask.pin)
        return person if isinstance(person, Refusal) else self._set(person, ask.new_pin, self._proof(person, ask.pin))

    def reset(self, ask: ResetPin) -> Person | Refusal:
        """Resets a colleague's PIN with a manager's approval."""
        if (refusal := pin_refusal(ask.new_pin, self._desk.settings)) is not None:
            return refusal
        person = self._desk.named(ask.staff)
        if isinstance(person, Refusal):
            return person
        manager = self._desk.checked(ask.override.staff, ask.override.pin)
        if isinstance(manager, Refusal):
            return manager
        no = reset_refusal(manager.role, person.role)
        return no or self._set(person, ask.new_pin, self._proof(manager, ask.override.pin), manager)

    def challenge(self, name: str) -> str | Refusal:
        """Creates the digits to read to head office for the person called *name*; earlier ones become invalid."""
        person = self._desk.named(name)
        if isinstance(person, Refusal):
            return person
        if (locked := self._desk.phone_refusal(person)) is not None:
            return locked
        digits = f"{secrets.randbelow(10**PHONE_DIGITS):0{PHONE_DIGITS}}"
        self._challenge = _Challenge(person.id, digits, self._running_s() + CHALLENGE_S)
        return spaced(digits)

    def unlock(self, ask: UnlockByPhone) -> Person | Refusal:
        """Checks head office's answer, once for each challenge; every attempt is journalled before the check."""
        person = self._desk.named(ask.staff)
        if isinstance(person, Refusal):
            return person
        if ask.new_pin is not None and (no := pin_refusal(ask.new_pin, self._desk.settings)) is not None:
            return no
        if (locked := self._desk.phone_refusal(person)) is not None:
            return locked
        challenge = self._challenge
        if challenge is None or challenge.staff != person.id or self._running_s() >= challenge.until_s:
            return Refusal(Reason.CHALLENGE_OVER)
        self._desk.note(PhoneTried(person.id))
        if not self._is_answer(challenge, spoken_digits(ask.answer)):
            locked = self._desk.phone_refusal(person)
            return locked or Refusal(Reason.ANSWER_WRONG, left=self._desk.phone_tries_left(person))
        self._challenge = None
        self._desk.note(PinUnlocked(person.id, by_phone=True))
        return person if ask.new_pin is None else self._set(person, ask.new_pin)

    def _is_answer(self, challenge: _Challenge, digits: str | None) -> bool:
        own_key, server_key, identity = self._keys.now.sealing, self._identity.sealing_public, self._identity
        key = phone_key(own_key, server_key, terminal_public=own_key.public, server_public=server_key)
        right = phone_answer(key, identity.company_id, identity.terminal_id, challenge.staff, challenge.digits)
        return digits is not None and hmac.compare_digest(digits, right)

    def _set(self, person: Person, pin: str, proof: bytes | None = None, manager: Person | None = None) -> Person:
        made = make_verifier(pin, person.id, self._keys.now.pepper)
        row = msgspec.convert(made, VerifierRow, from_attributes=True)
        by = None if manager is None or manager.id == person.id else manager.id
        self._desk.note(PinSet(person.id, row, proof), override=by)
        return person

    def _proof(self, person: Person, pin: str) -> bytes:
        """What shows the company that somebody knew their PIN, which it checks for those who manage."""
        return seal(self._identity.sealing_public, encode_proof(PinProof(person.id, pin)), Purpose.PIN)

    def _running_s(self) -> float:
        return self._recorder.running_ms() / 1000


def pins_waiting(journal: Journal, snapshot: ReplicaSnapshot) -> dict[UUID, VerifierRow]:
    """PINs set at this till without a verdict yet; they already replace the PINs of the staff rows."""
    newest: dict[UUID, VerifierRow | None] = {}
    for written in journal.of_kinds([TillKind.PIN_SET], limit=REMEMBERED_MAX):
        body = till_body(written.entry)
        if isinstance(body, PinSet) and body.staff not in newest:
            verdict = snapshot.verdict(written.entry.id)
            waits = verdict is None or verdict.word == Word.HELD
            newest[body.staff] = body.verifier if waits else None
    return {staff: verifier for staff, verifier in newest.items() if verifier is not None}


def spaced(digits: str) -> str:
    """Digits in groups of four, for reading aloud."""
    return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))
