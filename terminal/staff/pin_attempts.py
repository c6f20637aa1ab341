"""Counts of wrong PINs and wrong answers from head office, computed from the till's journal, so that a restart resets
none."""

from uuid import UUID

from loyalty.settings import Settings
from loyalty.staff import PinTries
from sync.protocol.entries import (
    Lockout,
    LockoutsCarried,
    PhoneTried,
    PinPassed,
    PinSet,
    PinTried,
    PinUnlocked,
    TillKind,
    till_body,
)
from terminal.storage.journal import Journal, Written

KINDS = [
    TillKind.PIN_TRIED,
    TillKind.PIN_PASSED,
    TillKind.PIN_UNLOCKED,
    TillKind.PIN_SET,
    TillKind.PHONE_TRIED,
    TillKind.LOCKOUTS_CARRIED,
]


class PinAttempts:
    """PIN attempts by person. Times are the till's running time in seconds."""

    def __init__(self) -> None:
        self._of: dict[UUID, PinTries] = {}
        self._by_phone: dict[UUID, PinTries] = {}

    def of(self, staff: UUID) -> PinTries:
        """A person's PIN attempts."""
        return self._of.get(staff, PinTries())

    def by_phone(self, staff: UUID) -> PinTries:
        """A person's attempts with answers from head office."""
        return self._by_phone.get(staff, PinTries())

    def fold(self, body: object, running_s: float, settings: Settings) -> None:
        """Applies one PIN entry."""
        match body:
            case PinTried(staff=staff):
                self._of[staff] = self.of(staff).tried(running_s, settings)
            case PhoneTried(staff=staff):
                self._by_phone[staff] = self.by_phone(staff).tried(running_s, settings)
            case PinUnlocked(staff=staff):
                self._of[staff] = self._by_phone[staff] = PinTries()
            case PinPassed(staff=staff) | PinSet(staff=staff):
                self._of[staff] = PinTries()
            case LockoutsCarried(lockouts=lockouts):
                for one in lockouts:
                    self._of[one.staff] = PinTries(one.wrong, one.lockouts, running_s + one.locked_for_s)
            case _:
                raise AssertionError(f"{body} is no PIN entry")

    def fold_all(self, history: list[Written], settings: Settings) -> None:
        """Applies a journal's PIN entries, oldest first."""
        for written in history:
            self.fold(till_body(written.entry), written.entry.running_ms / 1000, settings)

    def carried(self, running_s: float) -> LockoutsCarried:
        """The entry with which the next journal starts: everybody's unfinished attempts."""
        return LockoutsCarried(
            tuple(
                Lockout(staff, tries.wrong, tries.lockouts, max(0.0, tries.locked_until_s - running_s))
                for staff, tries in self._of.items()
                if tries != PinTries()
            )
        )


def history(journal: Journal) -> list[Written]:
    """The journal's PIN entries, oldest first."""
    return list(reversed(journal.of_kinds([str(kind) for kind in KINDS])))
