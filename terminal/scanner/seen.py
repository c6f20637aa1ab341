"""Codes seen in one picture, with their positions, and the choice of the one that is meant."""

import itertools
import math
from collections.abc import Sequence

from msgspec import Struct

from loyalty.codes import PART_PREFIX, Foreign, parse
from loyalty.refusals import Seems

Point = tuple[float, float]
Corners = tuple[Point, Point, Point, Point]

AS_GOOD_AS = 0.8  # a card with this share of the best card's weight could be meant too


class Seen(Struct, frozen=True):
    """A code in a picture: its text, its corners in pixels, and the stage that read it."""

    text: str
    corners: Corners
    stage: str

    @property
    def centre(self) -> Point:
        return sum(x for x, _ in self.corners) / 4, sum(y for _, y in self.corners) / 4

    @property
    def size(self) -> float:
        """The mean length of its edges in pixels."""
        ring = (*self.corners, self.corners[0])
        return sum(math.dist(a, b) for a, b in itertools.pairwise(ring)) / 4

    def placed(self, scale: float, left: float = 0, top: float = 0) -> "Seen":
        """The same code, converted to the picture of which this one was a part or an enlargement."""
        a, b, c, d = ((x * scale + left, y * scale + top) for x, y in self.corners)
        return Seen(self.text, (a, b, c, d), self.stage)

    @property
    def is_ours(self) -> bool:
        return is_ours(self.text)

    @property
    def is_enough(self) -> bool:
        """Whether no repair could tell more: one of several codes reads like a whole one where its header is lost."""
        return self.is_ours or self.text.startswith(PART_PREFIX)


class Ambiguous(Struct, frozen=True):
    """Several equally likely cards, best first; the cashier has to choose."""

    seen: tuple[Seen, ...]


def is_ours(text: str) -> bool:
    """True if *text* is something the till acts on: a card, a card number or a pairing code."""
    match parse(text):
        case Foreign(seems=seems):
            return seems is Seems.PAIRING
        case _:
            return True


def choose(seen: Sequence[Seen], width: int, height: int) -> Seen | Ambiguous | None:
    """The code that is meant: own codes before foreign ones, then large ones near the middle.

    For instance, a payment sticker on the counter must not hide the card held above it.
    """
    ours = [code for code in seen if code.is_ours]
    middle = (width / 2, height / 2)

    def weight(code: Seen) -> float:
        off = min(1.0, math.dist(code.centre, middle) / math.hypot(*middle))
        return code.size * (1 - off / 2)

    best_of_text: dict[str, Seen] = {}
    for code in sorted(ours or seen, key=weight, reverse=True):
        best_of_text.setdefault(code.text, code)  # the same card twice counts once
    ranked = list(best_of_text.values())
    if not ranked:
        return None
    as_good = tuple(code for code in ranked if weight(code) >= AS_GOOD_AS * weight(ranked[0]))
    return Ambiguous(as_good) if ours and len(as_good) > 1 else ranked[0]
