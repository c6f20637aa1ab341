"""A hand-held scanner that types: told from people by its speed, its text made good for the keyboard's layout.

Keystrokes with their times go in, codes come out. It sees keys that may be a PIN: it keeps none and logs none.
"""

import re
from enum import Enum, auto

from msgspec import Struct

from loyalty.codes import Foreign, parse
from loyalty.refusals import Seems
from terminal.scanner.seen import is_ours
from terminal.scanner.wedge.keyboard_layouts import LAYOUTS, Lock, undone

GAP_S = 0.05  # scanners type a key every 1 to 30 ms; people rarely two, and never six, within 50 ms each
PATIENCE_S = 0.25  # what is a scan already may stumble, and its Enter may be late
KEYS_LEAST = 6  # the shortest code of ours has eight
_PAIRING = re.compile(r"orion-pair:(https?://)?[a-z0-9.:_\[\]-]+(/[a-z0-9._~/-]*)?#[a-z0-9-]+", re.IGNORECASE)
_SYMBOLOGY = re.compile(r"\][A-Za-z][0-9A-Za-z]")  # "]Q1", which some scanners send before the code


class KeyPress(Struct, frozen=True):
    """One key that writes a sign, and when it was pressed."""

    sign: str
    shift: bool
    at_s: float

    def __repr__(self) -> str:
        return "Key(…)"


class KeyOwner(Enum):
    """Whose the keys were that have been held back so far."""

    PERSON = auto()  # they belong where they were typed
    SWALLOWED = auto()  # a second Enter of the same scan


class Reading(Struct, frozen=True):
    """One way to read what a scanner typed."""

    text: str
    layout: str
    lock: Lock


class Typed(Struct, frozen=True):
    """A scan: the ways to read it, the likeliest first. Not *sure*: only a card known here can tell which is right."""

    readings: tuple[Reading, ...]
    sure: bool

    def __repr__(self) -> str:
        return f"Typed({len(self.readings)} readings, sure={self.sure})"


class Wedge:
    """Holds keys back until their pace has told whose they are. Each answer is about all keys held so far."""

    def __init__(self) -> None:
        self._keys: list[KeyPress] = []
        self._last_s = float("-inf")
        self._scan_ended_s = float("-inf")
        self.layout: str | None = None  # what the scanner has been found to type through

    @property
    def holds(self) -> bool:
        return bool(self._keys)

    @property
    def patience_s(self) -> float:
        """How long the next key of the same scan may take."""
        return PATIENCE_S if len(self._keys) >= KEYS_LEAST else GAP_S

    def press(self, key: KeyPress) -> Typed | KeyOwner | None:
        """A key that writes. The answer is about the keys before it; it is held itself from now on."""
        before = self.quiet() if self._keys and key.at_s - self._last_s > self.patience_s else None
        self._keys.append(key)
        self._last_s = key.at_s
        return before

    def end(self, at_s: float) -> Typed | KeyOwner:
        """Enter or Tab: the end of a scan, or a person's key, to be handled after those that were held."""
        if not self._keys and at_s - self._scan_ended_s <= GAP_S:
            return KeyOwner.SWALLOWED
        if self._keys and at_s - self._last_s > self.patience_s:
            before = self.quiet()
            return before if isinstance(before, Typed) else KeyOwner.PERSON
        told = self.quiet()
        if isinstance(told, Typed):
            self._scan_ended_s = at_s
        return told or KeyOwner.PERSON

    def quiet(self) -> Typed | KeyOwner | None:
        """Nothing came for as long as there was patience, or a key that no scanner presses."""
        keys, self._keys = self._keys, []
        if not keys:
            return None
        if len(keys) < KEYS_LEAST:
            return KeyOwner.PERSON
        typed = read(keys, self.layout)
        if len(typed.readings) == 1 and typed.readings[0].layout != "us":
            self.layout = typed.readings[0].layout
        return typed

    def learn(self, layout: str) -> None:
        """A card known here was read through *layout*."""
        self.layout = layout


def read(keys: list[KeyPress], usual: str | None = None) -> Typed:
    """The ways to read *keys*, those through the *usual* layout first."""
    text = "".join(key.sign for key in keys)
    texts: dict[str, Reading] = {}
    others: list[Reading] = []
    for layout in sorted(LAYOUTS, key=lambda each: each.name != usual):
        for lock in _locks(keys):
            meant = undone(text, layout, lock)
            if meant is None:
                continue
            reading = Reading(_SYMBOLOGY.sub("", meant, count=1) if meant[0] == "]" else meant, layout.name, lock)
            if _is_ours(reading.text):
                texts.setdefault(reading.text, reading)
            else:
                others.append(reading)
    if texts:
        readings = tuple(sorted(texts.values(), key=lambda each: each.text.startswith("ORION-PAIR:")))
        usuals = [reading for reading in readings if reading.layout == usual]
        return Typed(readings, sure=len(readings) == 1 or len(usuals) == 1)
    named = next((each for each in others if _named(each.text)), Reading(text, "us", Lock.OFF))
    return Typed((named,), sure=True)


def _is_ours(text: str) -> bool:
    """A card, a number, or a pairing code that is whole: its beginning alone reads the same through several layouts."""
    if not is_ours(text):
        return False
    return _PAIRING.fullmatch(text) is not None if text.lower().startswith("orion-pair:") else True


def _locks(keys: list[KeyPress]) -> tuple[Lock, ...]:
    """What Caps Lock may have done: a letter whose case does not follow Shift shows that it is on."""
    letters = [key for key in keys if key.sign.isalpha() and key.sign.isascii()]
    if letters and all(key.sign.isupper() == key.shift for key in letters):
        return (Lock.OFF,)
    return (Lock.LETTERS, Lock.SHIFT, Lock.OFF) if letters else (Lock.OFF, Lock.LETTERS, Lock.SHIFT)


def _named(text: str) -> bool:
    """Whether a foreign text can be called something: a web address, a payment code."""
    code = parse(text)
    return isinstance(code, Foreign) and code.seems is not Seems.OTHER
