"""Recognises scans of a keyboard-like scanner by typing speed, and corrects their text for the keyboard layout.

Keystrokes with their times go in, codes come out. It sees keys that may be a PIN: it keeps none and logs none.
"""

from collections.abc import Iterable
from enum import Enum, auto
from itertools import pairwise

from msgspec import Struct

from terminal.scanner.wedge.readings import Typed, read

GAP_S = 0.05  # fast scanners type a key every 1 to 30 ms; people rarely two, and never six, within 50 ms each
SLOWEST_S = 0.13  # slow ones take up to 120 ms: as fast as people, so that only the whole text tells
PATIENCE_S = 0.25  # what is a whole code may still go on, and its Enter may be late
STUMBLE_S = 1.0  # what is not whole yet may stumble for so long
AFTER_S = 0.5  # a second end, line feed after return, belongs to the same scan
_COUNTS = (12, 14, 15, 17, 32, 35)  # a number without and with dashes, a token, each with what tells the kind of code
_LONG, _PAIRING = 35, 13  # an address with a token; "orion-pair:" with a server and a code
KEYS_LEAST = 6  # the shortest code of ours has eight
AMOUNT_DIGITS_MAX = 9  # more are no amount that somebody types
PIN_DIGITS_LEAST, PIN_DIGITS_MAX = 4, 8


class Into(Enum):
    """The effect of a character where it is typed."""

    PAGE = auto()  # act as a key; a letter does nothing but in a scan
    DIGITS = auto()  # be one digit of an amount
    PIN = auto()  # be one digit of a PIN, whose last one is a try
    FIELD = auto()  # stand in a field, where somebody may write anything


class KeyPress(Struct, frozen=True):
    """A key press that writes a character, with its time."""

    sign: str
    shift: bool
    at_s: float
    into: Into = Into.PAGE

    def __repr__(self) -> str:
        return "Key(…)"


class KeyOwner(Enum):
    """The origin of the keys held back so far."""

    PERSON = auto()  # typed by a person; deliver them
    SWALLOWED = auto()  # part of a scan; discard them


class Wedge:
    """Holds keys back until their speed shows their origin. Each answer is about all keys held so far.

    What was given back to a person may turn out to be the beginning of a slow scan: `Typed.given` says how much of it.
    """

    def __init__(self) -> None:
        self._held: list[KeyPress] = []
        self._past: list[KeyPress] = []  # answered already, and perhaps the beginning of a scan that still goes on
        self._scan_ended_s = float("-inf")
        self.layouts: frozenset[str] = frozenset()  # those that fit all that was read; none while nothing was

    @property
    def holds(self) -> bool:
        return bool(self._held)

    @property
    def waits(self) -> bool:
        """True if waiting can still decide something."""
        return bool(self._held or self._past)

    @property
    def is_hasty(self) -> bool:
        """True if any of the latest keys, as many as a PIN may have, came at a scanner's pace: more may follow after
        a stumble."""
        latest = (self._past + self._held)[-PIN_DIGITS_MAX:]
        return any(after.at_s - before.at_s <= SLOWEST_S for before, after in pairwise(latest))

    @property
    def patience_s(self) -> float:
        """The longest time until the next key of the same scan."""
        held = self._held
        if not held:
            return self._patience_whole_s
        if all(key.into is Into.PIN for key in held) and len(held) <= PIN_DIGITS_MAX:
            return SLOWEST_S  # as a slow scanner's would be; together they tell whether they are too many
        acts = any(key.into is Into.PAGE for key in held)
        if len(held) >= KEYS_LEAST or (acts and len(self._past) + len(held) > 1):
            return self._patience_whole_s
        return SLOWEST_S if acts else GAP_S

    @property
    def _patience_whole_s(self) -> float:
        """With a pause in it, it may also be less than it seems: a person's digit, and a code that lacks its last."""
        whole = self._whole()
        if whole is None:
            return STUMBLE_S
        keys = self._past + self._held
        return STUMBLE_S if len(_starts(keys[len(keys) - whole.keys :])) > 1 else PATIENCE_S

    def press(self, key: KeyPress) -> Typed | KeyOwner | None:
        """Takes a writing key and holds it back; the answer is about the keys before it."""
        gap_s = key.at_s - self._last_s
        before: Typed | KeyOwner | None = None
        if gap_s > STUMBLE_S:
            before = self.interrupt()
        elif self._held and gap_s > self.patience_s:
            before = self.quiet()
        self._held.append(key)
        return before

    def end(self, at_s: float) -> Typed | KeyOwner:
        """Takes Enter or Tab: the end of a scan, or a person's key to be delivered after the held ones."""
        if not self.waits and at_s - self._scan_ended_s <= AFTER_S:
            return KeyOwner.SWALLOWED
        if self._is_code_like_a_pin(at_s):
            self._forget()
            self._scan_ended_s = at_s
            return KeyOwner.SWALLOWED
        decision = self.interrupt() if at_s - self._last_s > STUMBLE_S else self._scan(over=True) or self.interrupt()
        if isinstance(decision, Typed):
            self._scan_ended_s = at_s
        return decision or KeyOwner.PERSON

    def quiet(self) -> Typed | KeyOwner | None:
        """Decides after the wait without further keys."""
        if not self._held:
            return self._scan(over=False)
        return self._scan(over=True) if self.patience_s >= PATIENCE_S else self._given_back()

    def interrupt(self) -> Typed | KeyOwner | None:
        """Decides after a long pause, or a key that scanners do not press."""
        decision = self._scan(over=True) or (self._given_back() if self._held else None)
        self._forget()
        return decision

    def learn(self, layouts: Iterable[str]) -> frozenset[str]:
        """A card known here was read through any of *layouts*: those fit from now on that fitted before, too."""
        fit = frozenset(layouts)
        self.layouts = self.layouts & fit or fit
        return self.layouts

    @property
    def _last_s(self) -> float:
        keys = self._held or self._past
        return keys[-1].at_s if keys else float("-inf")

    def _forget(self) -> None:
        self._held, self._past = [], []

    def _given_back(self) -> KeyOwner:
        """Of a page's keys one acts that stands alone; several are no person's, since letters write nothing there."""
        acting = any(key.into is Into.PAGE for key in self._held)
        alone = len(self._held) == 1 and not (self._past and self._held[0].at_s - self._past[-1].at_s <= STUMBLE_S)
        self._past += self._held
        self._held = []
        return KeyOwner.SWALLOWED if acting and not alone else KeyOwner.PERSON

    def _whole(self) -> Typed | None:
        """The keys since a pause, if they are a code of ours."""
        keys = self._past + self._held
        for start in _starts(keys):
            if not _may_be_whole(keys[start:]):
                continue
            typed = read(keys[start:], self.layouts, given=max(0, len(self._past) - start))
            free = any(key.into is Into.FIELD for key in keys[start:])
            if typed.ours and not (free and len(self._held) < KEYS_LEAST and typed.is_number):
                return typed  # twelve digits somebody types into a field may be anything
        return None

    def _scan(self, *, over: bool) -> Typed | None:
        """The scan in the held keys, if any; *over* if no more keys follow."""
        typed = self._whole()
        if typed is None and over:
            typed = self._foreign()
        if typed is not None:
            self._forget()
        return typed

    def _is_code_like_a_pin(self, ended_s: float) -> bool:
        """True if digits that a PIN may have came faster than a person types them, and their end with them."""
        keys = self._past + self._held
        return (
            PIN_DIGITS_LEAST <= len(keys) <= PIN_DIGITS_MAX
            and all(key.into is Into.PIN for key in keys)
            and all(after.at_s - before.at_s <= GAP_S for before, after in pairwise(keys))
            and ended_s - keys[-1].at_s <= STUMBLE_S
        )

    def _foreign(self) -> Typed | None:
        keys = self._past + self._held
        if all(key.into is Into.PIN for key in self._held) and len(self._held) <= PIN_DIGITS_MAX:
            return None
        acting = [key for key in keys if key.into is not Into.FIELD]
        writes = sum(key.into is Into.PAGE for key in acting)
        slow = len(acting) >= KEYS_LEAST and (writes > 1 or len(acting) > AMOUNT_DIGITS_MAX)
        if len(self._held) < KEYS_LEAST and not slow:
            return None
        start = max(each for each in _starts(keys) if each <= len(self._past) or each == 0)
        if slow:
            start = 0 if len(acting) == len(keys) else start
        return read(keys[start:], self.layouts, given=max(0, len(self._past) - start))


def _may_be_whole(keys: list[KeyPress]) -> bool:
    """True if the number of keys fits a code, to avoid reading every prefix in all ways."""
    count = len(keys)
    return count in _COUNTS or count > _LONG or (count > _PAIRING and keys[0].sign in "oO")


def _starts(keys: list[KeyPress]) -> list[int]:
    """The possible starts of a scan: the first key, and each key after a pause longer than a slow scanner's."""
    return [index for index in range(len(keys)) if index == 0 or keys[index].at_s - keys[index - 1].at_s > SLOWEST_S]
