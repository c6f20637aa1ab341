"""Draws a slip as a black-and-white picture in the till's own font, independent of a printer's character set.

Imported only when something is printed.
"""

import math
from dataclasses import dataclass
from functools import cache

from PIL import Image, ImageDraw, ImageFont
from segno import make_qr

from resources import path
from terminal.printing.slip import Block, Code, Pair, Rule, Slip, StampRow, Words

DOTS_A_MM = 8  # 203 dpi, the usual resolution of receipt printers
DISCS_IN_A_ROW = 10
DISCS_MAX = 20  # more are shown as a bar

_FONTS = {
    "title": ("InterDisplay-Bold", 40),
    "strong": ("InterDisplay-Bold", 32),
    "body": ("Inter-Medium", 25),
    "note": ("Inter-Medium", 22),
}
_WHITE, _BLACK = 255, 0
_MARGIN = 16
_GAP = 12
_MODULE, _QUIET = 5, 4  # dots of a QR code's module, and modules of white around it


@cache
def _font(style: str) -> ImageFont.FreeTypeFont:
    name, size = _FONTS[style]
    return ImageFont.truetype(str(path(f"fonts/{name}.ttf")), size)


def draw(slip: Slip, width: int) -> Image.Image:
    """Draws *slip*, *width* dots wide, with one bit a dot."""
    page = _Page(width)
    for block in slip.blocks:
        page.add(block)
    return page.finished()


@dataclass
class _Page:
    """A picture that grows downwards, band by band."""

    width: int

    def __post_init__(self) -> None:
        self._bands: list[Image.Image] = []

    def add(self, block: Block) -> None:
        match block:
            case Words(text=text, size=size):
                self._words(text, size)
            case Pair(left=left, right=right, strong=strong):
                self._pair(left, right, "strong" if strong else "body")
            case StampRow(count=count, target=target) if target <= DISCS_MAX:
                self._discs(count, target)
            case StampRow(count=count, target=target):
                self._bar(count / target)
            case Code():
                self._code(block)
            case Rule():
                band, pen = self._band(3 + 2 * _GAP)
                pen.rectangle((0, _GAP, self.width, _GAP + 2), fill=_BLACK)
                self._bands.append(band)

    def finished(self) -> Image.Image:
        height = sum(band.height for band in self._bands) + 2 * _MARGIN
        whole = Image.new("L", (self.width, height), _WHITE)
        top = _MARGIN
        for band in self._bands:
            whole.paste(band, (0, top))
            top += band.height
        return whole.point(lambda dot: _WHITE if dot > 127 else _BLACK, mode="1")  # thresholded instead of dithered

    def _band(self, height: int) -> tuple[Image.Image, ImageDraw.ImageDraw]:
        band = Image.new("L", (self.width, height), _WHITE)
        return band, ImageDraw.Draw(band)

    def _words(self, text: str, style: str) -> None:
        for line in _wrapped(text, style, self.width):
            self._line(line, style, 0)

    def _pair(self, left: str, right: str, style: str) -> None:
        """Draws *right* beside the last line of *left*, or below it if there is no room."""
        reserved = _length(right, style) + 2 * _GAP
        if reserved > self.width * 0.7:
            self._words(left, style)
            for line in _wrapped(right, style, self.width):
                self._line(line, style, self.width - _length(line, style))
            return
        lines = _wrapped(left, style, self.width - reserved)
        for line in lines[:-1]:
            self._line(line, style, 0)
        self._line(lines[-1], style, 0)
        pen = ImageDraw.Draw(self._bands[-1])
        pen.text((self.width - _length(right, style), 0), right, font=_font(style), fill=_BLACK)

    def _line(self, line: str, style: str, left: float) -> None:
        band, pen = self._band(round(_FONTS[style][1] * 1.35))
        pen.text((left, 0), line, font=_font(style), fill=_BLACK)
        self._bands.append(band)

    def _discs(self, count: int, target: int) -> None:
        """Draws earned stamps black and missing ones as numbered circles; the last one has a star."""
        rows = math.ceil(target / DISCS_IN_A_ROW)
        columns = math.ceil(target / rows)
        cell = self.width / columns
        disc = min(cell - 6, 64)
        band, pen = self._band(round(rows * (disc + 10)) + _GAP)
        for index in range(target):
            row, column = divmod(index, columns)
            x, y = column * cell + cell / 2, row * (disc + 10) + disc / 2
            given = index < count
            box = (x - disc / 2, y - disc / 2, x + disc / 2, y + disc / 2)
            pen.ellipse(box, fill=_BLACK if given else _WHITE, outline=_BLACK, width=3)
            ink = _WHITE if given else _BLACK
            if index == target - 1:
                pen.polygon(_star(x, y, disc * 0.36), fill=ink)
            elif given:
                pen.line(_tick(x, y, disc * 0.24), fill=ink, width=5, joint="curve")
            else:
                pen.text((x, y), str(index + 1), font=_font("note"), fill=ink, anchor="mm")
        self._bands.append(band)

    def _code(self, code: Code) -> None:
        """Draws the QR code at the left, and its words beside it."""
        rows = make_qr(code.text, error="m").matrix
        side = (len(rows) + 2 * _QUIET) * _MODULE
        left = side + _GAP
        lines = [(code.number, "strong"), *((line, "note") for line in _wrapped(code.hint, "note", self.width - left))]
        heights = [round(_FONTS[style][1] * 1.35) for _, style in lines]
        band, pen = self._band(max(side, sum(heights)))
        for y, row in enumerate(rows):
            for x, dark in enumerate(row):
                if dark:
                    at = ((x + _QUIET) * _MODULE, (y + _QUIET) * _MODULE)
                    pen.rectangle((*at, at[0] + _MODULE - 1, at[1] + _MODULE - 1), fill=_BLACK)
        top = (band.height - sum(heights)) // 2
        for (line, style), height in zip(lines, heights, strict=True):
            pen.text((left, top), line, font=_font(style), fill=_BLACK)
            top += height
        self._bands.append(band)

    def _bar(self, part: float) -> None:
        band, pen = self._band(36 + _GAP)
        pen.rectangle((0, 0, self.width - 1, 35), outline=_BLACK, width=3)
        pen.rectangle((0, 0, round((self.width - 1) * min(1.0, max(0.0, part))), 35), fill=_BLACK)
        self._bands.append(band)


def _star(x: float, y: float, reach: float) -> list[tuple[float, float]]:
    """A four-pointed star, as on the screen."""
    inner = reach * 0.36
    return [
        (
            x + (reach if step % 2 == 0 else inner) * math.sin(turn),
            y - (reach if step % 2 == 0 else inner) * math.cos(turn),
        )
        for step in range(8)
        for turn in [step * math.pi / 4]
    ]


def _tick(x: float, y: float, reach: float) -> list[tuple[float, float]]:
    return [(x - reach, y), (x - reach * 0.3, y + reach * 0.7), (x + reach, y - reach * 0.7)]


def _length(text: str, style: str) -> float:
    return _font(style).getlength(text)


def _wrapped(text: str, style: str, width: float) -> list[str]:
    """*text* in lines of at most *width*; longer words are broken."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if _length(longer, style) <= width:
            lines[-1] = longer
            continue
        lines.append("")
        for letter in word:
            if lines[-1] and _length(lines[-1] + letter, style) > width:
                lines.append("")
            lines[-1] += letter
    return [line for line in lines if line] or [""]
