"""The demo's codes: `codes.pdf` to hold up to a camera, and `codes.json` for programs.

Only demo codes may be written this way, as whoever has a card's code can use the card.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import segno
from fpdf import FPDF

from loyalty.codes import written

PAGE_MM = (148.0, 210.0)  # A5: one code a page, so that a camera sees only one
CODE_MM = 110.0
CODE_TOP_MM = 24.0
PIXELS_PER_MODULE = 20


@dataclass(frozen=True, slots=True)
class DemoCode:
    """A code to show: a card's token, number and customer; without a number, something other than a card."""

    qr_code: str
    card_number: str
    name: str


def write_codes(codes: Sequence[DemoCode], directory: Path) -> None:
    """Writes `codes.json`, in order of showing, and `codes.pdf`, with a page for each code."""
    directory.mkdir(parents=True, exist_ok=True)
    listed = msgspec.json.format(msgspec.json.encode(codes), indent=2)
    (directory / "codes.json").write_bytes(listed + b"\n")
    pages = FPDF(format=PAGE_MM)
    pages.set_title("Orion Terminal: codes of the demo")
    pages.set_auto_page_break(False)
    for n, code in enumerate(codes, start=1):
        _page(pages, code, f"{n} of {len(codes)}")
    pages.output(str(directory / "codes.pdf"))


def _page(pages: FPDF, code: DemoCode, place: str) -> None:
    pages.add_page()
    picture = io.BytesIO()
    # make_qr, because `make` uses Micro QR for short texts, which most scanners cannot read
    segno.make_qr(code.qr_code, error="q").save(picture, kind="png", scale=PIXELS_PER_MODULE)
    pages.image(picture, x=(PAGE_MM[0] - CODE_MM) / 2, y=CODE_TOP_MM, w=CODE_MM)
    pages.set_y(CODE_TOP_MM + CODE_MM + 10)
    _line(pages, code.name, 26, "B")
    if code.card_number:
        _line(pages, written(code.card_number), 20)
    pages.set_y(PAGE_MM[1] - 22)
    _line(pages, place, 11)


def _line(pages: FPDF, text: str, size: int, style: str = "") -> None:
    pages.set_font("Helvetica", style, size)  # built into every PDF reader; limited to Latin 1
    known = text.encode("latin-1", "replace").decode("latin-1")
    pages.cell(0, size * 0.55, known, align="C", new_x="LMARGIN", new_y="NEXT")
