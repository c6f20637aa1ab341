"""Shifts, PIN checks and lock-outs. Every PIN attempt is journalled before it is checked."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from loyalty.refusals import Reason, Refusal, Why
from loyalty.settings import PinRequired, Settings
from loyalty.staff import Role
from loyalty.texts import matches
from sync.protocol.entries import PhoneTried, PinPassed, PinSet, PinTried, PinUnlocked
from sync.protocol.rows import StaffRow, VerifierRow
from sync.protocol.sealing import PinVerifier, Unopenable, pin_matches
from terminal.interface.ask import Override
from terminal.keys.keys_in_use import KeySource
from terminal.machine.clock import Clock
from terminal.staff.pin_attempts import PinAttempts, history
from terminal.storage.journal import Journal
from terminal.storage.recorder import EntryContext, Recorder

IDLE_S = 90.0


@dataclass(frozen=True, slots=True)
class Person:
    """A member of staff who may work at this till."""

    id: UUID
    name: str
    role: Role
    verifier: PinVerifier


class StaffDesk:
    """The staff of this till and the current shift."""

    def __init__(self, journal: Journal, recorder: Recorder, clock: Clock, keys: KeySource, store_id: UUID) -> None:
        self._recorder = recorder
        self._clock = clock
        self._keys = keys
        self._store_id = store_id
        self._people: dict[UUID, Person] = {}
        self._settings = Settings()
        self._attempts = PinAttempts()
        self._on_shift: UUID | None = None
        self._last_touch_s = clock.monotonic_s()
        self._history = history(journal)

    def know(
        self, people: tuple[StaffRow, ...], settings: Settings, chosen: Mapping[UUID, VerifierRow] | None = None
    ) -> None:
        """Takes the staff and settings from the essentials. Dismissal ends a shift.

        *chosen* are PINs set at this till that the rows do not contain yet.
        """
        self._settings, chosen = settings, chosen or {}
        self._people = {
            row.id: Person(row.id, row.name, Role(row.role), _verifier(chosen.get(row.id, row.verifier)))
            for row in people
            if row.active and row.role in set(Role) and (row.stores is None or self._store_id in row.stores)
        }
        if self._on_shift not in self._people:
            self._on_shift = None
        if self._history:  # entries of earlier runs, applied once the settings are known
            self._attempts.fold_all(self._history, settings)
            self._history = []

    @property
    def settings(self) -> Settings:
        """The company's settings."""
        return self._settings

    def people(self) -> list[tuple[Person, int]]:
        """The staff by name, each with the minutes of their lock-out."""
        running_s = self._recorder.running_ms() / 1000
        listed = sorted(self._people.values(), key=lambda person: person.name.casefold())
        return [(person, self._locked_minutes(person, running_s)) for person in listed]

    @property
    def on_shift(self) -> Person | None:
        """The person on shift; a shift ends after 90 s without activity."""
        if self._clock.monotonic_s() - self._last_touch_s >= IDLE_S:
            self._on_shift = None
        return None if self._on_shift is None else self._people.get(self._on_shift)

    def touched(self) -> None:
        """Records activity; it does not revive a shift that has ended."""
        if self.on_shift is not None:
            self._last_touch_s = self._clock.monotonic_s()

    def name_of(self, staff_id: UUID | None) -> str:
        """The person's name, or an empty text."""
        person = None if staff_id is None else self._people.get(staff_id)
        return person.name if person else ""

    def lock(self) -> None:
        """Ends the shift."""
        self._on_shift = None

    def written(self) -> None:
        """Records that a transaction was written, which ends the shift if each needs a PIN."""
        if self._settings.pin_required is PinRequired.PER_TRANSACTION:
            self._on_shift = None

    def sign_in(self, name: str, pin: str) -> Person | Refusal:
        """Starts a person's shift."""
        answer = self.checked(name, pin)
        if isinstance(answer, Person):
            self._on_shift, self._last_touch_s = answer.id, self._clock.monotonic_s()
        return answer

    def manager(self, override: Override | None, why: Why, *, hours: int | None = None) -> Person | Refusal:
        """The approving manager: the person on shift, or the one whose PIN is given."""
        if override is not None:
            person = self.checked(override.staff, override.pin)
            if isinstance(person, Person) and not person.role.manages:
                return Refusal(Reason.NOT_A_MANAGER)
            return person
        on_shift = self.on_shift
        if on_shift is not None and on_shift.role.manages:
            return on_shift
        return Refusal(Reason.MANAGER_NEEDED, why=why, hours=hours)

    def unlock(self, name: str, override: Override) -> Person | Refusal:
        """Lifts a colleague's lock-out with a manager's PIN; one's own cannot be lifted."""
        person = self.named(name)
        if isinstance(person, Refusal):
            return person
        if not self._locked_minutes(person, self._recorder.running_ms() / 1000):
            return Refusal(Reason.NOT_LOCKED)
        manager = self.manager(override, Why.MANAGERS_ONLY)
        if isinstance(manager, Refusal):
            return manager
        self.note(PinUnlocked(person.id), override=manager.id)
        return person

    def checked(self, name: str, pin: str) -> Person | Refusal:
        """The person, if the PIN is right; counts as an attempt."""
        person = self.named(name)
        if isinstance(person, Refusal):
            return person
        tries = self._attempts.of(person.id)
        if (locked := tries.refusal(self._recorder.running_ms() / 1000)) is not None:
            return locked
        if not (pin.isascii() and pin.isdigit() and len(pin) <= 8):
            pin = ""  # invalid, but counts as an attempt
        self.note(PinTried(person.id))
        try:
            pepper = self._keys.now.pepper_with(person.verifier.pepper_id)
            right = pin != "" and pepper is not None and pin_matches(pin, person.id, person.verifier, pepper)
        except Unopenable:
            right = False
        if right:
            self.note(PinPassed(person.id))
            return person
        tries = self._attempts.of(person.id)
        locked = tries.refusal(self._recorder.running_ms() / 1000)
        return locked or Refusal(Reason.PIN_WRONG, left=tries.left(self._settings))

    def phone_refusal(self, person: Person) -> Refusal | None:
        """Why no answer from head office is accepted for this person now, or None."""
        locked = self._attempts.by_phone(person.id).refusal(self._recorder.running_ms() / 1000)
        return None if locked is None else Refusal(Reason.ANSWER_LOCKED, minutes=locked.minutes)

    def phone_tries_left(self, person: Person) -> int:
        """The number of answers from head office that may still be tried."""
        return self._attempts.by_phone(person.id).left(self._settings)

    def note(
        self, body: PinTried | PinPassed | PinUnlocked | PinSet | PhoneTried, override: UUID | None = None
    ) -> None:
        """Journals and counts a PIN event."""
        written = self._recorder.write(body, EntryContext(staff=body.staff, override=override))
        self._attempts.fold(body, written.entry.running_ms / 1000, self._settings)
        if isinstance(body, PinSet):
            person = self._people[body.staff]
            self._people[person.id] = replace(person, verifier=_verifier(body.verifier))

    def named(self, who: str) -> Person | Refusal:
        """The member of staff with this id, or else with this name.

        The case of letters matters only if several names differ by it; a name that fits two people is refused.
        """
        if not self._people:
            return Refusal(Reason.NOT_READY)
        people = self._people.values()
        by_id = [person for person in people if str(person.id) == who.strip().lower()]
        found = by_id or matches(who, ((person.name, person) for person in people))
        if len(found) > 1:
            return Refusal(Reason.STAFF_AMBIGUOUS)
        return found[0] if found else Refusal(Reason.STAFF_UNKNOWN)

    def _locked_minutes(self, person: Person, running_s: float) -> int:
        refusal = self._attempts.of(person.id).refusal(running_s)
        return 0 if refusal is None else refusal.minutes or 0


def _verifier(kept: VerifierRow) -> PinVerifier:
    return PinVerifier(
        kept.salt,
        kept.memory_kib,
        kept.time_cost,
        kept.parallelism,
        kept.pepper_id,
        kept.nonce,
        kept.ciphertext,
    )
