"""Cards on paper: their measures, and the PDF of a sheet in vectors.

The page in the office that shows a sheet beforehand uses the same measures.
"""

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import segno

import resources
from loyalty.codes import written
from loyalty.program import Program
from server.cards.decrypted_texts import PrintedCodes
from server.cards.paper.sheets import Paper
from server.refusals import No, Refused
from server.translations import Translator

if TYPE_CHECKING:
    from fpdf import FPDF
    from PIL.ImageFont import FreeTypeFont


def _(message: str) -> str:
    """Marks a sentence for the catalogues; it is translated when used."""
    return message


_SHOW = _("Please show this card when you pay.")
CARD_MM = (85.0, 54.0)
MARGIN_MM = 5.0
CODE_MM = 31.0  # of the QR code without its quiet zone
QUIET = 4  # modules around the code
NUMBER_Y_MM = CARD_MM[1] - MARGIN_MM
URL_CHARS_MAX = 90
OVERLAP_MM = 0.02  # so that viewers show no lines between the rows of a code
_MASK = 3  # one of the eight that codes may have; to find the prettiest takes longer than all else
FONTS = {"": "Inter-Regular.ttf", "B": "Inter-SemiBold.ttf"}
_EM = 1000  # pixels a text is measured at
_POINT_MM = 25.4 / 72
_one_at_a_time = threading.Lock()  # a large sheet takes seconds of a processor, which tills need too
TURN_WITHIN_S = 1.0  # who waits longer holds a thread that other pages need


@dataclass(frozen=True, slots=True)
class Layout:
    """Where cards lie on a page, in millimetres."""

    page: tuple[float, float]
    columns: int
    rows: int

    @property
    def a_page(self) -> int:
        return self.columns * self.rows

    def places(self) -> Iterator[tuple[float, float]]:
        """The upper left corners of the cards, row by row."""
        left = (self.page[0] - self.columns * CARD_MM[0]) / 2
        top = (self.page[1] - self.rows * CARD_MM[1]) / 2
        for row in range(self.rows):
            for column in range(self.columns):
                yield left + column * CARD_MM[0], top + row * CARD_MM[1]


LAYOUTS = {
    Paper.A4: Layout((210.0, 297.0), 2, 5),
    Paper.LETTER: Layout((215.9, 279.4), 2, 4),  # five rows would leave less margin than printers need
    Paper.SINGLE: Layout(CARD_MM, 1, 1),
}


@dataclass(frozen=True, slots=True)
class Wording:
    """What every card of a sheet says, beside its code and number."""

    company: str
    promises: tuple[str, ...]  # what the program gives, in each language
    hints: tuple[str, ...]  # what to do with the card, in each language


def wording(
    company: str, program: Program | None, languages: Sequence[str], *, self_enrolment: bool = False
) -> Wording:
    """What the cards of a company say, once if two languages say the same. By *self_enrolment* they are completed by
    whoever scans them."""
    words = [Translator(language) for language in languages]
    promises = [said for each in words for said in _promises(program, each)]
    hint = _("Scan it and add your name.") if self_enrolment else _SHOW
    hints = [each.gettext(hint) for each in words]
    return Wording(company, tuple(dict.fromkeys(promises)), tuple(dict.fromkeys(hints)))


def _promises(program: Program | None, words: Translator) -> Iterator[str]:
    if program is not None and program.gives_stamps:
        count = program.stamps_target
        said = words.ngettext("{count} stamp: {reward}", "{count} stamps: {reward}", count)
        yield said.format(count=count, reward=program.stamp_reward.name)
    if program is not None and program.gives_points:
        yield words.gettext(_("Points with every purchase"))


def pages(count: int, paper: Paper) -> int:
    """How many pages *count* cards take."""
    return -(-count // LAYOUTS[paper].a_page)


def code_text(token: str, url: str) -> str:
    """What the code of a card holds: its page's address, or the token alone where that would be long or unsafe."""
    address = f"{url}/c/{token}"
    return address if url.startswith("https://") and len(address) <= URL_CHARS_MAX else token


def runs(text: str) -> tuple[int, list[tuple[int, int, int]]]:
    """A code's modules a side, and its dark runs as column, row and length."""
    matrix = segno.make_qr(text, error="m", mask=_MASK, boost_error=False).matrix
    found = []
    for y, row in enumerate(matrix):
        start = None
        for x, is_dark in enumerate((*row, 0)):
            if is_dark and start is None:
                start = x
            elif not is_dark and start is not None:
                found.append((start, y, x - start))
                start = None
    return len(matrix), found


def code_place() -> tuple[float, float]:
    """The upper left corner of a card's code, within the card."""
    return CARD_MM[0] - MARGIN_MM - CODE_MM - 2, (CARD_MM[1] - CODE_MM) / 2


@contextmanager
def turn() -> Iterator[None]:
    """The one turn of this process to draw; refuses who would wait long."""
    if not _one_at_a_time.acquire(timeout=TURN_WITHIN_S):
        raise Refused(No.SHEETS_BUSY)
    try:
        yield
    finally:
        _one_at_a_time.release()


def pdf(printed: Sequence[PrintedCodes], wording: Wording, paper: Paper, url: str) -> bytes:
    """The sheet as PDF, with lines to cut along where a page has several cards. The caller has a `turn`."""
    from fpdf import FPDF  # noqa: PLC0415 - loads slowly, and most requests print nothing

    layout = LAYOUTS[paper]
    drawing = FPDF(format=layout.page)
    drawing.set_auto_page_break(False)
    drawing.set_margin(0)
    drawing.set_title(wording.company)
    for style, file in FONTS.items():
        drawing.add_font("Inter", style, Path(resources.path(f"fonts/{file}")))
    every = lines(wording, code_text(printed[0].token, url))
    for first in range(0, len(printed), layout.a_page):
        drawing.add_page()
        for (x, y), one in zip(layout.places(), printed[first : first + layout.a_page], strict=False):
            if layout.a_page > 1:
                _cut_lines(drawing, x, y)
            _card(drawing, x, y, one, every, code_text(one.token, url))
    return bytes(drawing.output())


@dataclass(frozen=True, slots=True)
class Line:
    """A line that every card of a sheet has, with its base line within the card."""

    text: str
    style: str
    size: float  # in points
    y: float  # in millimetres

    @property
    def size_mm(self) -> float:
        return self.size * _POINT_MM


def _card(drawing: "FPDF", x: float, y: float, one: PrintedCodes, every: Sequence[Line], text: str) -> None:  # noqa: PLR0917
    left, top = code_place()
    side, dark = runs(text)
    module = CODE_MM / side
    for column, row, length in dark:
        at = (x + left + column * module, y + top + row * module)
        drawing.rect(*at, length * module, module + OVERLAP_MM, "F")
    for line in (*every, number_line(written(one.number))):
        drawing.set_font("Inter", line.style, line.size)
        drawing.text(x + MARGIN_MM, y + line.y, line.text)


def lines(wording: Wording, widest: str) -> list[Line]:
    """What every card says, wrapped beside the quiet zone of a code that holds *widest*; what has no room is left
    out."""
    side, _dark = runs(widest)
    width = code_place()[0] - QUIET * CODE_MM / side - MARGIN_MM
    found: list[Line] = []
    y = 9.0
    for texts, style, size, most in (([wording.company], "B", 11.0, 2), (wording.promises, "", 7.5, 5)):
        for text in wrapped(texts, width, style, size)[:most]:
            found.append(Line(text, style, size, y))
            y += size * 0.45
    hints = wrapped(wording.hints, width, "", 6.5)[:4]
    top = NUMBER_Y_MM - 5 - 2.7 * (len(hints) - 1)
    return found + [Line(text, "", 6.5, top + 2.7 * place) for place, text in enumerate(hints)]


def number_line(number: str) -> Line:
    """The card's number, at its foot."""
    return Line(number, "B", 10, NUMBER_Y_MM)


def wrapped(texts: Iterable[str], width_mm: float, style: str, size: float) -> list[str]:
    """The texts in lines that fit; a word that is too long for one is broken."""
    em = _font(style)

    def fits(text: str) -> bool:
        return em.getlength(text) / _EM * size * _POINT_MM <= width_mm

    found = []
    for text in texts:
        line = ""
        for word in text.split():
            joined = f"{line} {word}".strip()
            if fits(joined):
                line = joined
                continue
            if line:
                found.append(line)
            line = word
            while not fits(line):
                part = next(length for length in range(len(line) - 1, 0, -1) if length == 1 or fits(line[:length]))
                found.append(line[:part])
                line = line[part:]
        if line:
            found.append(line)
    return found


@cache
def _font(style: str) -> "FreeTypeFont":
    """Measures text as the PDF and browsers set it, without pairs that are set closer."""
    from PIL import ImageFont  # noqa: PLC0415 - loads slowly, and most requests draw nothing

    return ImageFont.truetype(resources.path(f"fonts/{FONTS[style]}"), _EM, layout_engine=ImageFont.Layout.BASIC)


def _cut_lines(drawing: "FPDF", x: float, y: float) -> None:
    drawing.set_draw_color(190)
    drawing.set_line_width(0.1)
    drawing.set_dash_pattern(dash=1, gap=1)
    drawing.rect(x, y, *CARD_MM)
    drawing.set_dash_pattern()
