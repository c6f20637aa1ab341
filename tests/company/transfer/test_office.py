"""Imports by page and by API: a file is sent, its columns are named, and it is carried out."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server.accounts import audit
from server.transfer import csv_reading
from tests.company.transfer.files import work
from tests.support.office_web import Caller, confirmed, reason
from tests.support.staffed_office import SLUG, Staffed, staffed_office

pytestmark = pytest.mark.slow

API = f"/api/store/v1/{SLUG}/imports"
PAGE = f"/office/{SLUG}/import"
CSV = {"content_type": "text/csv"}
FILE = "code;name;stamps;points\r\nK-1;Zoé Weber;3;120\r\nK-1;Twice;1;1\r\n4.8E+11;Rounded;0;0\r\n".encode()


@pytest.fixture
def owner(staffed: Staffed) -> Caller:
    return confirmed(staffed.server, staffed.owner)


@pytest.fixture(scope="module")
def staffed(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staffed]:
    with staffed_office(migrated_file, tmp_path_factory.mktemp("transfer")) as office:
        yield office


def send(person: Caller, content: bytes = FILE, query: str = "?name=old.csv&again=true") -> Any:
    return person.send("POST", API + query, content=content, **CSV)


def logged(staffed: Staffed) -> list[str]:
    with staffed.server.units.read() as conn:
        return [one.action for one in audit.listed(conn, staffed.shop.company_id, limit=100)]


def test_a_program_sends_plans_and_starts_an_import(staffed: Staffed, owner: Caller) -> None:
    answer = send(owner)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["state"], made["encoding"], made["columns"]) == ("sent", "utf-8", ["code", "name", "stamps", "points"])
    assert made["guess"] == {"old_code": 0, "name": 1, "stamps": 2, "points": 3}
    one = f"{API}/{made['id']}"

    chosen = {"columns": made["guess"], "store": staffed.store_id}
    assert owner.post(f"{one}/plan", chosen).json()["state"] == "planning"
    work(staffed.shop)
    plan = owner.get(one).json()
    assert [plan[name] for name in ("state", "makes", "adds", "clashes", "refused")] == ["planned", 1, 0, 1, 1]
    (refused,) = owner.get(f"{one}/rows?word=refused").json()["items"]
    assert (refused["number"], refused["reason"], refused["cells"][1]) == (4, "number_mangled", "Rounded")
    (clash,) = owner.get(f"{one}/rows?word=clashes").json()["items"]
    assert (clash["number"], clash["other_row"]) == (3, 2)

    assert owner.post(f"{one}/start").json()["state"] == "running"
    work(staffed.shop)
    done = owner.get(one).json()
    assert (done["state"], done["done"]) == ("done", 1)
    assert owner.get(API).json()["items"][0]["id"] == made["id"]
    assert {"import_sent", "import_planned", "import_started"} <= set(logged(staffed))
    assert reason(send(owner, query="?name=again.csv")) == (409, "import_again")
    assert reason(owner.post(f"{one}/discard")) == (409, "import_busy")

    store = {"store": staffed.store_id}
    look_up = f"/api/store/v1/{SLUG}/counter/look-up"
    found = owner.post(look_up, {"code": "K-1"} | store)
    assert (found.json()["stamps"]["count"], found.json()["by"].partition(".")[0]) == (3, "code")
    assert reason(owner.post(look_up, {"code": "K-1", "by_camera": True} | store)) == (409, "foreign_code")


def test_wrong_files_and_columns_are_refused_with_what_is_wrong(staffed: Staffed, owner: Caller) -> None:
    for content in (b"", b"PK\x03\x04 a spreadsheet", b'"open'):
        assert reason(send(owner, content)) == (422, "invalid")
    assert "it is empty" in send(owner, b"").text
    assert reason(owner.send("POST", API, content=FILE, content_type="application/json")) == (415, "media_type")
    one = f"{API}/{send(owner).json()['id']}"
    for columns in ({"old_code": 0, "name": 0}, {"old_code": 7}):
        assert reason(owner.post(f"{one}/plan", {"columns": columns, "store": staffed.store_id})) == (422, "invalid")
    assert reason(owner.post(f"{one}/plan", {"columns": {}, "store": staffed.store_id})) == (422, "invalid")
    assert reason(owner.post(f"{one}/start")) == (409, "import_busy")


def test_a_file_that_is_too_large_is_refused_before_it_is_read_whole(
    staffed: Staffed, owner: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_reading, "FILE_BYTES_MAX", 4)
    assert reason(send(owner)) == (422, "invalid")


def test_only_owners_import_and_after_their_password(staffed: Staffed) -> None:
    assert reason(send(staffed.manager)) == (403, "not_allowed")
    assert reason(send(staffed.nobody)) == (401, "sign_in_needed")
    assert reason(staffed.manager.get(API)) == (403, "not_allowed")


def test_a_page_leads_from_the_file_to_the_cards(staffed: Staffed, owner: Caller) -> None:
    browser = owner.browser(**{"accept-language": "en"})
    content = "code;name\r\nP-1;Märie Klein\r\n=1+1;Formula\r\n".encode("windows-1252")
    sent = browser.upload(PAGE, "file", content)
    assert sent.status_code == 303, sent.text
    page = sent.headers["location"]
    shown = browser.get(page).text
    assert "Windows-1252" in shown and "What the columns hold" in shown
    assert re.search(r'<option value="0" selected>code</option>', shown)
    assert browser.form(f"{page}/plan", old_code="0", name="1", dates="dmy", default_store="").status_code == 422
    planned = browser.form(f"{page}/plan", old_code="0", name="1", dates="dmy", default_store=staffed.store_id)
    assert planned.status_code == 303, planned.text
    assert "Trying it out" in browser.get(page).text
    work(staffed.shop)
    shown = browser.get(page).text
    assert "Import 1 row" in shown and "A cell holds a formula instead of its value." in shown
    assert "Märie Klein" in browser.get(f"{page}?word=makes").text
    file = browser.form(f"{page}/refused.csv")
    assert file.text.splitlines() == ["code,name,row,reason,clashes_with_row", ",,3,formula,"]
    assert browser.form(f"{page}/start").status_code == 303
    work(staffed.shop)
    assert "Imported" in browser.get(page).text and page.rpartition("/")[2] in browser.get(PAGE).text
    again = browser.upload(PAGE, "file", content)
    assert again.status_code == 422 and "imported before" in again.text
    assert browser.upload(PAGE, "file", content, again="true").status_code == 303
    assert browser.form(PAGE).status_code in (415, 422)
