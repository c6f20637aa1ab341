"""Sheets of blank cards: made, read back from paper, counted, and withdrawn."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import numpy as np
import pypdfium2  # type: ignore[import-untyped]
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from loyalty.codes import Number, Token, parse, written
from server.cards.decrypted_texts import PrintedCodes
from server.cards.paper import drawing, sheets
from server.cards.paper.drawing import CARD_MM, CODE_MM, LAYOUTS, QUIET, Wording
from server.cards.paper.sheets import COUNT_MAX, Order, Paper, Sheet
from server.db.work_tables import sheet_cards
from server.refusals import No, Refused
from tests.support.builders import a_program
from tests.support.paper_shop import PaperShop

URL = "https://loyalty.example.com"
INCHES = 25.4
DPI = 150


def make(shop: PaperShop, count: int, paper: Paper = Paper.A4) -> Sheet:
    with shop.units.write(shop.company_id) as conn:
        order = Order(shop.store(conn, "Gare").id, count, paper, ("fr", "de"))
        return sheets.make(conn, shop.company_id, shop.keys, uuid4(), order, shop.now)


def present(shop: PaperShop, sheet: Sheet) -> Sheet:
    with shop.units.read() as conn:
        return sheets.by_id(conn, shop.company_id, sheet.id)


def codes(shop: PaperShop, sheet: Sheet) -> list[PrintedCodes]:
    with shop.units.read() as conn:
        return sheets.codes(conn, shop.company_id, shop.keys.company(shop.company_id), sheet.id, shop.now)[1]


def ids_of(shop: PaperShop, sheet: Sheet) -> list[UUID]:
    with shop.units.read() as conn:
        query = select(sheet_cards.c.card_id).where(sheet_cards.c.sheet_id == sheet.id)
        return list(conn.execute(query.order_by(sheet_cards.c.place)).scalars())


def withdraw(shop: PaperShop, sheet: Sheet) -> int:
    with shop.units.write(shop.company_id) as conn:
        return sheets.withdraw(conn, shop.company_id, sheet.id, shop.now)


def drawn(shop: PaperShop, sheet: Sheet, url: str = URL) -> bytes:
    wording = drawing.wording("Café Lumière", a_program(stamps_target=10), sheet.languages)
    return drawing.pdf(codes(shop, sheet), wording, sheet.paper, url)


def found_on(content: bytes) -> Iterator[tuple[str, str, list[zxingcpp.Barcode]]]:
    """Of each page its measures, its text and its codes."""
    with pypdfium2.PdfDocument(content) as pages:
        for page in pages:
            width, height = (round(side / 72 * INCHES, 1) for side in page.get_size())
            picture = np.asarray(page.render(scale=DPI / 72, grayscale=True).to_numpy())
            read = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
            yield f"{width} x {height}", page.get_textpage().get_text_range(), read


@pytest.mark.slow
@pytest.mark.parametrize(
    ("paper", "size", "pages"), [(Paper.A4, "210.0 x 297.0", 2), (Paper.LETTER, "215.9 x 279.4", 2)]
)
def test_what_is_printed_is_read_back(shop: PaperShop, paper: Paper, size: str, pages: int) -> None:
    sheet = make(shop, 12, paper)
    wanted = codes(shop, sheet)
    printed = list(found_on(drawn(shop, sheet)))
    assert [one[0] for one in printed] == [size] * pages
    read = [barcode.text for _, _, barcodes in printed for barcode in barcodes]
    assert sorted(read) == sorted(f"{URL}/c/{one.token}" for one in wanted)
    text = "".join(one[1] for one in printed)
    for one in wanted:
        assert isinstance(parse(one.number), Number)
        assert written(one.number) in text
    for sentence in ("Café Lumière", "10 tampons : Reward", "10 Stempel: Reward", "Présentez cette carte"):
        assert text.count(sentence) == 12


@pytest.mark.slow
def test_a_code_is_wide_enough_has_a_quiet_zone_and_mends_15_percent(shop: PaperShop) -> None:
    sheet = make(shop, 1, Paper.SINGLE)
    ((size, _, (barcode,)),) = found_on(drawn(shop, sheet, "http://127.0.0.1:8400"))
    assert size == f"{CARD_MM[0]} x {CARD_MM[1]}"
    assert isinstance(parse(barcode.text), Token)  # no address that only this machine knows
    assert barcode.ec_level == "M"
    at = barcode.position
    width_mm = (at.top_right.x - at.top_left.x) / DPI * INCHES
    assert width_mm >= 30
    assert at.top_left.x / DPI * INCHES > QUIET * CODE_MM / 29
    assert CARD_MM[0] - at.top_right.x / DPI * INCHES > QUIET * CODE_MM / 29


@pytest.mark.slow
@given(st.text("abmW éß—", max_size=90).map(str.split).filter(bool))
@settings(max_examples=30)
def test_a_name_is_wrapped_beside_the_code_and_loses_no_letter_of_a_line(words: list[str]) -> None:
    name = " ".join(words)
    found = drawing.lines(Wording(name, (), ()), "k" * 32)
    assert 1 <= len(found) <= 2
    said = "".join(line.text for line in found).replace(" ", "")
    assert name.replace(" ", "").startswith(said)
    assert len(found) == 2 or said == name.replace(" ", ""), "what has room for it stands whole"


def test_cards_that_somebody_has_are_counted_and_the_rest_is_withdrawn(shop: PaperShop) -> None:
    sheet, other = make(shop, 5), make(shop, 2)
    till = shop.till()
    ids = ids_of(shop, sheet)
    till.enrol(ids[0], name="Ana")
    till.sync()
    assert (present(shop, sheet).used, present(shop, sheet).left) == (1, 4)
    assert withdraw(shop, sheet) == 4
    after = present(shop, sheet)
    assert (after.used, after.withdrawn, after.left) == (1, 4, 0)
    till.sync()
    assert [till.card(one).retired for one in ids] == [False, True, True, True, True]
    assert present(shop, other).left == 2
    with pytest.raises(Refused) as refused:
        withdraw(shop, sheet)
    assert refused.value.reason is No.SHEET_USED


def test_a_card_that_a_till_gave_away_before_it_heard_of_the_withdrawal_counts(shop: PaperShop) -> None:
    sheet = make(shop, 2)
    till = shop.till()
    given, left = ids_of(shop, sheet)
    till.sync()
    entry = till.enrol(given, name="Ana")
    withdraw(shop, sheet)
    till.sync()
    assert till.verdict(entry).word == "accepted"
    assert [till.card(one).retired for one in (given, left)] == [False, True]


def test_a_pdf_can_be_had_for_a_day_and_not_after_the_withdrawal(shop: PaperShop) -> None:
    sheet, other = make(shop, 2), make(shop, 2)
    shop.passes(hours=23)
    assert codes(shop, sheet) == codes(shop, sheet)
    withdraw(shop, other)
    shop.passes(hours=1)
    for one in (sheet, other):
        with pytest.raises(Refused) as refused:
            codes(shop, one)
        assert refused.value.reason is No.SHEET_TOO_OLD
    assert sheet.made_at + timedelta(days=1) == shop.now


def test_a_sheet_has_up_to_2000_cards_for_a_store_of_the_company(shop: PaperShop) -> None:
    with shop.units.write(shop.company_id) as conn:
        shop.store(conn, "Gare")
    for count in (0, COUNT_MAX + 1):
        with pytest.raises(Refused) as refused:
            make(shop, count)
        assert refused.value.reason is No.COUNT_INVALID
    with shop.units.write(shop.company_id) as conn, pytest.raises(Refused) as refused:
        order = Order(uuid4(), 1, Paper.A4, ("fr", "de"))
        sheets.make(conn, shop.company_id, shop.keys, uuid4(), order, shop.now)
    assert refused.value.reason is No.STORE_UNKNOWN
    with shop.units.read() as conn:
        assert sheets.count(conn, shop.company_id) == 0


@pytest.mark.parametrize("paper", Paper)
def test_cards_lie_within_the_page_and_beside_each_other(paper: Paper) -> None:
    layout = LAYOUTS[paper]
    places = list(layout.places())
    assert len(places) == layout.a_page == len(set(places))
    for x, y in places:
        assert 0 <= x <= layout.page[0] - CARD_MM[0] + 1e-9
        assert 0 <= y <= layout.page[1] - CARD_MM[1] + 1e-9
