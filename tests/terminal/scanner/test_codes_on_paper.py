"""The demo's printed codes are readable by the scanner."""

from pathlib import Path

import cv2
import msgspec
import numpy as np
import pypdfium2  # type: ignore[import-untyped]
import pytest

from demo.codes import DemoCode, write_codes
from loyalty.codes import written
from server.demo.codes import SEED, demo_number, demo_token
from terminal.scanner.decoding.decoder import read_still

TOKENS = [demo_token(SEED, n) for n in range(2)]


@pytest.fixture
def on_paper(tmp_path: Path) -> Path:
    names = ["Zoé Müller", "Łukasz Nowak"]
    write_codes([DemoCode(TOKENS[n], demo_number(SEED, n), name) for n, name in enumerate(names)], tmp_path / "out")
    return tmp_path / "out"


def test_every_page_shows_one_code_that_the_scanner_reads(on_paper: Path) -> None:
    with pypdfium2.PdfDocument(on_paper / "codes.pdf") as pages:
        for page, token in zip(pages, TOKENS, strict=True):
            drawn = np.asarray(page.render(scale=1.5).to_numpy(), np.uint8)
            assert [code.text for code in read_still(cv2.cvtColor(drawn, cv2.COLOR_RGB2BGR))] == [token]


def test_every_page_names_the_card(on_paper: Path) -> None:
    with pypdfium2.PdfDocument(on_paper / "codes.pdf") as pages:
        words = pages[0].get_textpage().get_text_range()
    assert "Zoé Müller" in words
    assert written(demo_number(SEED, 0)) in words


def test_the_codes_are_listed_for_programs_in_the_order_of_showing(on_paper: Path) -> None:
    listed = msgspec.json.decode((on_paper / "codes.json").read_bytes())
    assert [code["qr_code"] for code in listed] == TOKENS
    assert listed[1] == {"qr_code": TOKENS[1], "card_number": demo_number(SEED, 1), "name": "Łukasz Nowak"}
