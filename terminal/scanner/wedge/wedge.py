"""Recognises scans of a keyboard-like scanner by typing speed, and corrects their text for the keyboard layout.

Keystrokes with times go in, codes come out. Keys may belong to a PIN, so they must not be stored or logged.
"""

import re
from enum import Enum, auto

from msgspec import Struct

from loyalty.codes import Foreign, parse
from loyalty.refusals import Seems
from terminal.scanner.seen import is_ours
from terminal.scanner.wedge.keyboard_layouts import LAYOUTS, Lock, undone

GAP_S = 0.05  # scanners type a key every 1 to 30 ms; people do not type six within 50 ms each
PATIENCE_S = 0.25  # longer gap allowed once it is clearly a scan
KEYS_LEAST = 6  # our shortest code has eight
_PAIRING = re.compile(r"orion-pair:(https?://)?[a-z0-9.:_\[\]-]+(/[a-z0-9._~/-]*)?#[a-z0-9-]+", re.IGNORECASE)
_SYMBOLOGY = re.compile(r"\][A-Za-z][0-9A-Za-z]")  # prefix like "]Q1" that some scanners send


class KeyPress(Struct, frozen=True):
    """A pressed key that types a sign, with its time."""

    sign: str
    shift: bool
    at_s: float

    def __repr__(self) -> str:
        return "Key(…)"


class KeyOwner(Enum):
    """Who typed the keys held back so far."""

    PERSON = auto()  # to be typed where they were meant
    SWALLOWED = auto()  # a second Enter of the same scan: ignore


class Reading(Struct, frozen=True):
    """One interpretation of a scan."""

    text: str
    layout: str
    lock: Lock


class Typed(Struct, frozen=True):
    """A scan with its interpretations, likeliest first. If not *sure*, only a known card can tell which is right."""

    readings: tuple[Reading, ...]
    sure: bool

    def __repr__(self) -> str:
        return f"Typed({len(self.readings)} readings, sure={self.sure})"


class Wedge:
    """Holds keys back until their pace shows who typed them. Each answer covers all keys held so far."""

    def __init__(self) -> None:
        self._keys: list[KeyPress] = []
        self._last_s = float("-inf")
        self._scan_ended_s = float("-inf")
        self.layout: str | None = None  # the layout learned for the scanner

    @property
    def holds(self) -> bool:
        return bool(self._keys)

    @property
    def patience_s(self) -> float:
        """The longest wait for the next key of the same scan."""
        return PATIENCE_S if len(self._keys) >= KEYS_LEAST else GAP_S

    def press(self, key: KeyPress) -> Typed | KeyOwner | None:
        """Takes a key; the answer is about the keys before it, while this one is held."""
        before = self.quiet() if self._keys and key.at_s - self._last_s > self.patience_s else None
        self._keys.append(key)
        self._last_s = key.at_s
        return before

    def end(self, at_s: float) -> Typed | KeyOwner:
        """Takes Enter or Tab: the end of a scan, or a person's key to be handled after the held ones."""
        if not self._keys and at_s - self._scan_ended_s <= GAP_S:
            return KeyOwner.SWALLOWED
        if self._keys and at_s - self._last_s > self.patience_s:
            before = self.quiet()
            return before if isinstance(before, Typed) else KeyOwner.PERSON
        decided = self.quiet()
        if isinstance(decided, Typed):
            self._scan_ended_s = at_s
        return decided or KeyOwner.PERSON

    def quiet(self) -> Typed | KeyOwner | None:
        """Decides on the held keys, after the wait or a key that scanners do not press."""
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
        """Learns the layout through which a known card was read."""
        self.layout = layout


def read(keys: list[KeyPress], usual: str | None = None) -> Typed:
    """The interpretations of *keys*, with the *usual* layout first."""
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
    """True for a card, a number, or a complete pairing code; a partial one reads the same in several layouts."""
    if not is_ours(text):
        return False
    return _PAIRING.fullmatch(text) is not None if text.lower().startswith("orion-pair:") else True


def _locks(keys: list[KeyPress]) -> tuple[Lock, ...]:
    """The possible effects of Caps Lock; a letter whose case contradicts Shift shows that it is on."""
    letters = [key for key in keys if key.sign.isalpha() and key.sign.isascii()]
    if letters and all(key.sign.isupper() == key.shift for key in letters):
        return (Lock.OFF,)
    return (Lock.LETTERS, Lock.SHIFT, Lock.OFF) if letters else (Lock.OFF, Lock.LETTERS, Lock.SHIFT)


def _named(text: str) -> bool:
    """True if a foreign text has a recognisable kind, such as a web address or payment code."""
    code = parse(text)
    return isinstance(code, Foreign) and code.seems is not Seems.OTHER
