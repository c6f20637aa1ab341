"""The picture of a row of stamps for the passes of wallets, drawn of the same shapes as the card's page."""

import io
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageDraw

from resources.colours import LIGHT
from server.wallet import icon_lines
from server.wallet.icon_lines import Point
from server.wallet.pass_content import PassContent

APPLE, GOOGLE = (375, 144), (1032, 336)  # at the first scale
DISCS_MAX = 20  # a longer row is a bar
_SAFE = 123 / 144  # some of Apple's pages say that a strip is only so high: nothing is drawn beyond
_FINER = 2  # is drawn so much larger, and then made smaller, so that edges are smooth
_A_ROW = {10: 5, 12: 6}
_KEPT = 256
_COLOURS = 128


@dataclass(frozen=True, slots=True)
class Row:
    """What a strip shows."""

    ground: str
    text: str
    stamp: str
    stamps: int
    target: int


def row_of(content: PassContent) -> Row | None:
    """The row of stamps of a pass; None if it has none to show."""
    if content.stamps is None or content.target is None:
        return None
    stamps = min(max(content.stamps, 0), content.target)
    return Row(content.ground, content.text, content.stamp, stamps, content.target)


def png(row: Row | None, ground: str, size: tuple[int, int]) -> bytes:
    """The strip as PNG; without a row it is the company's colour alone."""
    return pngs(row, ground, size, (1,))[1]


@lru_cache(maxsize=_KEPT)
def pngs(row: Row | None, ground: str, size: tuple[int, int], scales: tuple[int, ...]) -> Mapping[int, bytes]:
    """The strip as PNG, by how many times as large as its size."""
    finest = max(scales) * _FINER
    picture = _shaded(size[0] * finest, size[1] * finest, ground)
    if row is not None:
        draw = ImageDraw.Draw(picture)
        if row.target > DISCS_MAX:
            _bar(draw, row, *picture.size)
        else:
            for disc in _discs(row, *picture.size):
                _disc(draw, row, disc)
    found = {}
    for scale in scales:
        out = io.BytesIO()
        smooth = picture.resize((size[0] * scale, size[1] * scale), Image.Resampling.BOX)
        smooth.quantize(_COLOURS).save(out, "PNG")
        found[scale] = out.getvalue()
    return found


def icon(ground: str, text: str, stamp: str, side: int) -> bytes:
    """A square mark in the company's colour, where it has no logo."""
    wide = side * _FINER
    picture = Image.new("RGB", (wide, wide), ground)
    _icon(ImageDraw.Draw(picture), stamp, (wide / 2, wide / 2), wide * 0.62, text)
    return _png(picture.resize((side, side), Image.Resampling.BOX))


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def _shaded(width: int, height: int, ground: str) -> Image.Image:
    """The ground, a little darker towards the lower right."""
    plain = Image.new("RGB", (width, height), ground)
    dark = Image.new("RGB", (width, height), "#000000")
    small = Image.new("L", (2, 2))
    small.putdata([0, 14, 14, 44])
    return Image.composite(dark, plain, small.resize((width, height), Image.Resampling.BILINEAR))


@dataclass(frozen=True, slots=True)
class _Disc:
    x: float
    y: float
    radius: float
    is_earned: bool
    is_reward: bool


def _discs(row: Row, width: int, height: int) -> Iterator[_Disc]:
    rows = 1 if row.target <= 5 else 2
    a_row = _A_ROW.get(row.target, math.ceil(row.target / rows))
    safe = height * _SAFE
    pitch = min(width * 0.92 / a_row, safe / rows)
    radius = pitch * 0.42
    top = (height - safe) / 2 + safe / (2 * rows)
    for place in range(row.target):
        line, column = divmod(place, a_row)
        x = width / 2 + (column - (a_row - 1) / 2) * max(pitch, min(width * 0.92 / a_row, pitch * 1.15))
        yield _Disc(x, top + line * safe / rows, radius, place < row.stamps, place == row.target - 1)


def _disc(draw: ImageDraw.ImageDraw, row: Row, disc: _Disc) -> None:
    box = (disc.x - disc.radius, disc.y - disc.radius, disc.x + disc.radius, disc.y + disc.radius)
    colour = LIGHT.on_gold if disc.is_earned else row.text
    if disc.is_earned:
        draw.ellipse(box, fill=LIGHT.gold)
    else:
        dashes = 22
        for dash in range(dashes):
            begin = 360 * dash / dashes
            draw.arc(box, begin, begin + 360 / dashes * 0.6, fill=colour, width=max(1, round(disc.radius * 0.06)))
    _icon(draw, "gift" if disc.is_reward else row.stamp, (disc.x, disc.y), disc.radius * 1.05, colour)


def _icon(draw: ImageDraw.ImageDraw, name: str, middle: Point, side: float, colour: str) -> None:
    """An icon around a point."""
    scale = side / icon_lines.FIELD
    pen = max(1, round(2 * scale))
    for line in icon_lines.lines(name):
        points = [(middle[0] + (x - 12) * scale, middle[1] + (y - 12) * scale) for x, y in line]
        draw.line(points, fill=colour, width=pen, joint="curve")
        for end in (points[0], points[-1]):
            half = pen / 2
            draw.ellipse((end[0] - half, end[1] - half, end[0] + half, end[1] + half), fill=colour)


def _bar(draw: ImageDraw.ImageDraw, row: Row, width: int, height: int) -> None:
    left, right, middle, half = width * 0.08, width * 0.92, height / 2, height * 0.06
    draw.rounded_rectangle((left, middle - half, right, middle + half), half, outline=row.text, width=round(half * 0.2))
    filled = left + (right - left) * row.stamps / row.target
    if row.stamps:
        box = (left, middle - half, max(filled, left + 2 * half), middle + half)
        draw.rounded_rectangle(box, half, fill=LIGHT.gold)
