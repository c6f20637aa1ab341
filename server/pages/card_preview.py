"""A customer's card as it is drawn to show a look: where its parts stand, and what a card of a program would hold."""

from collections.abc import Iterator
from dataclasses import dataclass

from loyalty.program import Program
from resources.colours import DARK, LIGHT, STOREFRONT_DARK, STOREFRONT_LIGHT
from server.pages import qr_codes

WIDTH, HEIGHT = 320, 404
LEFT, RIGHT = 32, 288  # of what stands on the card
CUSTOMER, NUMBER = "Marie", "4821-0937-5516"  # invented
_TOKEN = "sample" * 5 + "00"  # as long as a real one
_POINTS = 186
_DISCS_A_ROW, _DISCS_MAX = 10, 20  # a longer row is a bar
_DISCS_TOP, _ROW_HEIGHT = 281, 27

# A page's ground, its line, its text and its second text, in light and dark.
GROUNDS = (
    (STOREFRONT_LIGHT.ground, STOREFRONT_LIGHT.line, LIGHT.ink, LIGHT.ink2),
    (STOREFRONT_DARK.ground, STOREFRONT_DARK.line, DARK.ink, DARK.ink2),
)


@dataclass(frozen=True, slots=True)
class Disc:
    """A stamp of the row: its place, whether it is earned, and whether it is the reward."""

    x: float
    y: float
    radius: float
    is_earned: bool
    is_reward: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What a card in the middle of its way shows; None where the program has no such thing."""

    stamps: int | None
    target: int
    points: int | None
    discs: tuple[Disc, ...]
    code: tuple[int, str]  # how wide it is, and its path


def of_program(program: Program | None) -> Preview:
    """A card of this program, or of ten stamps where there is none yet."""
    gives_stamps = program is None or program.gives_stamps
    target = 10 if program is None else program.stamps_target
    stamps = target * 7 // 10
    return Preview(
        stamps=stamps if gives_stamps else None,
        target=target,
        points=_POINTS if program is not None and program.gives_points else None,
        discs=tuple(_discs(target, stamps)) if gives_stamps and target <= _DISCS_MAX else (),
        code=qr_codes.outline(_TOKEN),
    )


def _discs(target: int, stamps: int) -> Iterator[Disc]:
    rows = -(-target // _DISCS_A_ROW)
    a_row = -(-target // rows)
    pitch = (RIGHT - LEFT) / _DISCS_A_ROW
    top = _DISCS_TOP - (rows - 1) * _ROW_HEIGHT / 2
    for place in range(target):
        row, column = divmod(place, a_row)
        x = LEFT + (column + 0.5) * pitch
        yield Disc(round(x, 2), top + row * _ROW_HEIGHT, 11, place < stamps, place == target - 1)
