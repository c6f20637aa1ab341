"""The readings of a scanner's input, and whether one is certain. Independent of known cards."""

import re
from collections.abc import Collection, Sequence
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from loyalty.codes import Foreign, Number, parse
from loyalty.refusals import Seems
from loyalty.slip_numbers import is_slip_code
from terminal.scanner.seen import is_ours
from terminal.scanner.wedge.keyboard_layouts import LAYOUTS, Lock, undone

_PAIRING = re.compile(r"orion-pair:(https?://)?[a-z0-9.:_\[\]-]+(/[a-z0-9._~/-]*)?#[a-z0-9-]+", re.IGNORECASE)
_SYMBOLOGY = re.compile(r"\][A-Za-z][0-9A-Za-z]")  # "]Q1", which some scanners send before the code


class Sign(Protocol):
    """A key press: its character and whether Shift was held."""

    @property
    def sign(self) -> str: ...

    @property
    def shift(self) -> bool: ...


class Reading(Struct, frozen=True):
    """A reading of a scanner's input, with the keyboard layouts that lead to it."""

    text: str
    layouts: tuple[str, ...]
    lock: Lock

    @property
    def layout(self) -> str:
        return self.layouts[0]


class Typed(Struct, frozen=True):
    """A scan with its readings, likeliest first. If not *sure*, only a known card can tell which is right; otherwise it
    is the first one unless another leads to a known card.

    *given*: how many of its *keys* had been answered before it was known to be a scan. *teaches*: whether a card known
    here would tell something new of the keyboard.
    """

    readings: tuple[Reading, ...]
    sure: bool
    ours: bool = False
    keys: int = 0
    given: int = 0
    teaches: bool = False

    def __repr__(self) -> str:
        return f"Typed({len(self.readings)} readings, sure={self.sure})"

    @property
    def is_number(self) -> bool:
        return all(isinstance(parse(reading.text), Number) for reading in self.readings)


def read(keys: Sequence[Sign], known: Collection[str] = (), *, given: int = 0) -> Typed:
    """The readings of *keys*; sure if all possible layouts agree: the *known* ones, else any."""
    text = "".join(key.sign for key in keys)
    found: dict[str, Reading] = {}
    others: list[Reading] = []
    for layout in sorted(LAYOUTS, key=lambda each: each.name not in known):
        for lock in _locks(keys):
            meant = undone(text, layout, lock)
            if meant is None:
                continue
            meant = _SYMBOLOGY.sub("", meant, count=1) if meant[0] == "]" else meant
            reading = found.get(meant) or Reading(meant, (), lock)
            if layout.name not in reading.layouts:
                reading = replace(reading, layouts=(*reading.layouts, layout.name))
            if is_shape_of_ours(meant):
                found[meant] = reading
            else:
                others.append(reading)
    if found:
        readings = sorted(found.values(), key=lambda each: (_pairs(each.text), not _fits(each, known)))
        likely = [reading for reading in readings if _fits(reading, known)] if known else readings
        new = not known or any(layout not in readings[0].layouts for layout in known)
        return Typed(tuple(readings), sure=len(likely) == 1, ours=True, keys=len(keys), given=given, teaches=new)
    as_learned = next((each for each in others if each.layouts[0] in known), Reading(text, ("us",), Lock.OFF))
    named = next((each for each in others if _named(each.text)), None)
    if named is not None:
        return Typed((named,), sure=True, keys=len(keys), given=given)
    # Another program's code can be any of them: one that leads to a card is right, else the likeliest.
    return Typed(_by_text((as_learned, *others)), sure=True, keys=len(keys), given=given)


def _by_text(readings: Sequence[Reading]) -> tuple[Reading, ...]:
    """Each text once, with all layouts that lead to it."""
    found: dict[str, Reading] = {}
    for each in readings:
        before = found.get(each.text, each)
        found[each.text] = replace(before, layouts=tuple(dict.fromkeys((*before.layouts, *each.layouts))))
    return tuple(found.values())


def _fits(reading: Reading, known: Collection[str]) -> bool:
    return any(layout in known for layout in reading.layouts)


def _pairs(text: str) -> bool:
    return text.startswith("ORION-PAIR:")


def is_shape_of_ours(text: str) -> bool:
    """A card, a number, a slip, or a pairing code that is whole: its beginning reads the same through several
    layouts."""
    if not is_ours(text):
        return is_slip_code(text)
    return _PAIRING.fullmatch(text) is not None if text.lower().startswith("orion-pair:") else True


def _locks(keys: Sequence[Sign]) -> tuple[Lock, ...]:
    """The possible effects of Caps Lock; a letter whose case contradicts Shift shows that it is on."""
    letters = [key for key in keys if key.sign.isalpha() and key.sign.isascii()]
    if letters and all(key.sign.isupper() == key.shift for key in letters):
        return (Lock.OFF,)
    return (Lock.LETTERS, Lock.SHIFT, Lock.OFF) if letters else (Lock.OFF, Lock.LETTERS, Lock.SHIFT)


def _named(text: str) -> bool:
    """True if a foreign text has a known kind, such as a web address."""
    code = parse(text)
    return isinstance(code, Foreign) and code.seems is not Seems.OTHER
