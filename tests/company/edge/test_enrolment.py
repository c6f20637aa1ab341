"""Sheets of blank cards by page and by API."""

import re
from uuid import uuid4

import pypdfium2  # type: ignore[import-untyped]
import pytest
import zxingcpp

from server.accounts import audit
from server.cards.paper import drawing
from tests.support.office_web import ORIGIN, reason
from tests.support.staffed_office import SLUG, Staffed

pytestmark = pytest.mark.slow

API = f"/api/store/v1/{SLUG}/sheets"
PAGE = f"/office/{SLUG}/enrolment"


def test_a_program_makes_a_sheet_once_for_each_key(staffed: Staffed) -> None:
    order = {"store": staffed.store_id, "count": 3, "paper": "letter", "languages": ["lb", "en"]}
    key = str(uuid4())
    made = staffed.owner.post(API, order, idempotency_key=key)
    again = staffed.owner.post(API, order, idempotency_key=key)
    assert (made.status_code, again.json()) == (201, made.json())
    assert reason(staffed.owner.post(API, order)) == (400, "idempotency_key_missing")
    assert reason(staffed.owner.post(API, order | {"store": str(uuid4())}, idempotency_key=str(uuid4())))[0] == 404
    assert reason(staffed.owner.post(API, order | {"count": 2001}, idempotency_key=str(uuid4())))[0] == 422
    listed = staffed.manager.get(f"{API}?limit=1").json()
    assert (listed["items"][0]["id"], listed["items"][0]["left"]) == (made.json()["id"], 3)
    withdrawn = staffed.manager.post(f"{API}/{made.json()['id']}/withdraw").json()
    assert (withdrawn["left"], withdrawn["withdrawn"], withdrawn["used"]) == (0, 3, 0)
    assert reason(staffed.manager.post(f"{API}/{made.json()['id']}/withdraw")) == (409, "sheet_used")
    assert reason(staffed.manager.post(f"{API}/{uuid4()}/withdraw")) == (404, "unknown")


def test_a_page_makes_a_sheet_and_gives_its_pdf_for_a_day(staffed: Staffed) -> None:
    manager = staffed.manager.browser()
    order = {"store": staffed.store_id, "count": "11", "paper": "a4", "language": "fr", "second_language": "de"}
    before = staffed.owner.get(API).json()["count"]
    assert manager.form(PAGE, **order, _key=str(uuid4())).status_code == 303
    (sheet_id,) = (one["id"] for one in staffed.owner.get(API).json()["items"] if one["count"] == 11)
    assert staffed.owner.get(API).json()["count"] == before + 1
    assert f"{PAGE}/{sheet_id}/pdf" in manager.get(PAGE).text
    answer = manager.form(f"{PAGE}/{sheet_id}/pdf")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.headers["cache-control"] == "no-store"
    with pypdfium2.PdfDocument(answer.content) as pages:
        assert len(pages) == 2
    with staffed.server.units.read() as conn:
        lines = audit.listed(conn, staffed.shop.company_id, limit=200)
    assert sorted(one.action for one in lines if one.subject_id == sheet_id) == ["sheet_made", "sheet_printed"]
    question = manager.get(f"{PAGE}/{sheet_id}/withdraw").text
    assert "Withdraw 11 cards of this sheet?" in question
    assert "that somebody has" not in question
    log = staffed.owner.get(f"/office/{SLUG}/audit").text
    assert all(words in log for words in ("Downloaded a sheet of blank cards", "Store: ", "Cards: 11", "Paper: A4"))
    assert f"Store: {staffed.store_id}" not in log
    assert manager.form(f"{PAGE}/{sheet_id}/withdraw").status_code == 303
    assert manager.form(f"{PAGE}/{sheet_id}/pdf").status_code == 409


def test_a_form_that_is_wrong_comes_back_and_issues_nothing(staffed: Staffed) -> None:
    before = staffed.owner.get(API).json()["count"]
    order = {"store": staffed.store_id, "count": "5000", "paper": "a4", "language": "fr", "second_language": "de"}
    answer = staffed.owner.browser().form(PAGE, **order, _key=str(uuid4()))
    assert (answer.status_code, "At most 2000." in answer.text, 'value="5000"' in answer.text) == (422, True, True)
    assert staffed.owner.get(API).json()["count"] == before


def test_the_preview_has_the_measures_of_the_paper_and_no_real_code(staffed: Staffed) -> None:
    for paper, box, cards in (
        ("a4", "0 0 210.0 297.0", 10),
        ("letter", "0 0 215.9 279.4", 8),
        ("single", "0 0 85.0 54.0", 1),
    ):
        text = staffed.owner.browser().get(f"{PAGE}?paper={paper}&count=30").text
        assert f'viewBox="{box}"' in text
        assert len(re.findall(r'<use href="#sheet-code"', text)) == cards
        assert text.count("0000-0000-0000") == cards


def test_who_would_wait_long_for_a_pdf_is_told_to_come_again(staffed: Staffed, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight of them would hold every thread that other companies' pages need."""
    monkeypatch.setattr(drawing, "TURN_WITHIN_S", 0.01)
    order = {"store": staffed.store_id, "count": 1}
    sheet = staffed.owner.post(API, order, idempotency_key=str(uuid4())).json()
    path = f"{PAGE}/{sheet['id']}/pdf"
    with drawing.turn():
        answer = staffed.manager.browser().form(path)
    assert (answer.status_code, int(answer.headers["retry-after"]) > 0) == (503, True)
    assert "Other sheets are being drawn just now." in answer.text
    with staffed.server.units.read() as conn:
        lines = audit.listed(conn, staffed.shop.company_id, limit=200)
    assert [one.action for one in lines if one.subject_id == sheet["id"]] == ["sheet_made"]
    assert staffed.manager.browser().form(path).status_code == 200


def test_a_poster_leads_to_the_page_of_its_store_where_a_card_is_taken(staffed: Staffed) -> None:
    manager = staffed.manager.browser()
    page = manager.get(f"{PAGE}/ways").text
    link = f"{ORIGIN}/{SLUG}/join?store={staffed.store_id}&amp;via=link"
    assert link in page and "Customers cannot enrol themselves now" in page
    answer = manager.get(f"{PAGE}/ways/poster?store={staffed.store_id}&via=window")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    with pypdfium2.PdfDocument(answer.content) as pages:
        assert len(pages) == 1
        (read,) = zxingcpp.read_barcodes(pages[0].render(scale=2).to_pil())
        words = pages[0].get_textpage().get_text_bounded()
    assert read.text == f"{ORIGIN}/{SLUG}/join?store={staffed.store_id}&via=window"
    assert "no app, no password" in words
    assert manager.get(f"{PAGE}/ways/poster?store={uuid4()}").status_code == 404
    assert manager.get(f"{PAGE}/ways/poster?via=link").status_code == 422
