"""A poster for a store as PDF: what there is to gain, and the code of the page where a card is taken."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import resources
from server.cards.paper import drawing
from server.companies.colours import Shade
from server.translations import Translator

if TYPE_CHECKING:
    from fpdf import FPDF


def _(message: str) -> str:
    """Marks a sentence for the catalogues; it is translated when used."""
    return message


A4_MM = (210.0, 297.0)
CODE_MM = 116.0  # of the QR code without its quiet zone: it is read from two metres away
_HEAD_MM, _EDGE_MM = 106.0, 18.0
_LINE = 0.42  # millimetres for each point of size
_COMPANY, _PROMISE, _HINT = 20.0, 44.0, 18.0  # points
_PROMISE_LEAST, _PROMISE_LINES = 22.0, 4
_HINTS = _("Scan this code and get your card: no app, no password.")


@dataclass(frozen=True, slots=True)
class Poster:
    """What a poster says."""

    company: str
    promise: str
    address: str  # that its code leads to
    languages: tuple[str, ...]
    shade: Shade


def pdf(poster: Poster) -> bytes:
    """The poster, one page of A4. The caller has a turn to draw."""
    from fpdf import FPDF  # noqa: PLC0415 - loads slowly, and most requests print nothing

    page = FPDF(format=A4_MM)
    page.set_auto_page_break(False)
    page.set_margin(0)
    page.set_title(poster.company)
    for style, file in drawing.FONTS.items():
        page.add_font("Inter", style, Path(resources.path(f"fonts/{file}")))
    page.add_page()
    page.set_fill_color(poster.shade.ground)
    page.rect(0, 0, A4_MM[0], _HEAD_MM, "F")
    page.set_text_color(poster.shade.text)
    _texts(page, [poster.company], "", _COMPANY, 26.0)
    size, lines = _fitted(poster.promise)
    _texts(page, lines, "B", size, 26.0 + 8 + size * _LINE)
    _code(page, poster.address)
    page.set_text_color("#0E1A36")
    hints = [Translator(one).gettext(_HINTS) for one in poster.languages]
    lines = drawing.wrapped(dict.fromkeys(hints), A4_MM[0] - 2 * _EDGE_MM, "", _HINT)
    _texts(page, lines, "", _HINT, _HEAD_MM + CODE_MM + 34)
    return bytes(page.output())


def _fitted(promise: str) -> tuple[float, list[str]]:
    """The promise in lines, set smaller where it is long."""
    size = _PROMISE
    lines = drawing.wrapped([promise], A4_MM[0] - 2 * _EDGE_MM, "B", size)
    while len(lines) > _PROMISE_LINES and size > _PROMISE_LEAST:
        size -= 2
        lines = drawing.wrapped([promise], A4_MM[0] - 2 * _EDGE_MM, "B", size)
    return size, lines[:_PROMISE_LINES]


def _texts(page: "FPDF", lines: list[str], style: str, size: float, top: float) -> None:
    page.set_font("Inter", style, size)
    for place, text in enumerate(lines):
        page.text(_EDGE_MM, top + place * size * _LINE, text)


def _code(page: "FPDF", address: str) -> None:
    side, dark = drawing.runs(address)
    module = CODE_MM / side
    left, top = (A4_MM[0] - CODE_MM) / 2, _HEAD_MM + 15
    page.set_fill_color("#000000")
    for column, row, length in dark:
        page.rect(left + column * module, top + row * module, length * module, module + drawing.OVERLAP_MM, "F")
