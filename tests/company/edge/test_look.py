"""A company's look by page and by API: colour and words, the logo, and who sees it."""

import base64
import re
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from server.accounts import audit
from server.companies import logos
from tests.support.office_web import reason
from tests.support.staffed_office import SLUG, Staffed

pytestmark = pytest.mark.slow

API = f"/api/store/v1/{SLUG}/look"
PAGE = f"/office/{SLUG}/look"


def a_logo(colour: str = "red") -> bytes:
    file = BytesIO()
    Image.new("RGB", (300, 200), colour).save(file, "PNG")
    return file.getvalue()


def look(staffed: Staffed) -> dict[str, Any]:
    found: dict[str, Any] = staffed.owner.get(API).json()
    return found


def edit(staffed: Staffed, **changed: Any) -> dict[str, Any]:
    """The look as it is, with changes, as the API takes it."""
    kept = look(staffed)
    return {name: kept[name] for name in ("version", "name", "colour", "stamp", "promises")} | changed


def logged(staffed: Staffed) -> list[str]:
    with staffed.server.units.read() as conn:
        return [one.action for one in audit.listed(conn, staffed.shop.company_id, limit=100)]


def test_a_company_begins_with_a_look_and_a_program_changes_it(staffed: Staffed) -> None:
    assert (look(staffed)["name"], look(staffed)["logo"]) == ("Bean Scene", None)
    promises = {"en": "Ten stamps", "fr": "Dix tampons"}
    sent = edit(staffed, colour="#7c7c7c", promises=promises, stamp="star", name="Bean")
    changed = staffed.owner.send("PUT", API, json=sent)
    assert changed.status_code == 200, changed.text
    found = changed.json()
    assert (found["colour"], found["stamp"], found["name"]) == ("#7C7C7C", "star", "Bean")
    assert found["shade"]["ground"] != found["colour"] and found["shade"]["contrast"] >= 4.5
    assert look(staffed) == found
    assert logged(staffed).count("look_changed") == 1
    assert reason(staffed.owner.send("PUT", API, json=sent)) == (409, "changed_meanwhile")
    for wrong in ({"colour": "red"}, {"stamp": "skull"}, {"promises": {"xx": "?"}}, {"name": "x" * 41}):
        assert reason(staffed.owner.send("PUT", API, json=edit(staffed, **wrong))) == (422, "invalid")
    assert reason(staffed.manager.send("PUT", API, json=edit(staffed))) == (403, "not_allowed")


def test_a_page_shows_a_draft_before_it_is_saved(staffed: Staffed) -> None:
    owner = staffed.owner.browser()
    version = look(staffed)["version"]
    drawn = owner.get(f"{PAGE}?colour=%23808080&promise_en=Free+coffee&name=Draft").text
    assert "Not saved yet" in drawn and "Free coffee" in drawn and "#808080" in drawn
    assert re.search(r"Neither white nor dark text reads well on #808080, so cards show #[0-9A-F]{6} instead", drawn)
    assert look(staffed)["version"] == version, "looking changes nothing"
    fields = {"version": version, "colour": "#0e4754", "stamp": "croissant", "promise_de": "Zehn Stempel"}
    assert owner.form(PAGE, **fields).status_code == 303
    assert (look(staffed)["colour"], look(staffed)["promises"]) == ("#0E4754", {"de": "Zehn Stempel"})
    assert owner.form(PAGE, **fields).status_code == 409
    wrong = owner.form(PAGE, **fields | {"version": look(staffed)["version"], "promise_de": "x" * 61})
    assert (wrong.status_code, "At most 60 characters." in wrong.text) == (422, True)


def test_a_logo_is_set_shown_beside_the_companys_name_and_taken_away(staffed: Staffed) -> None:
    owner = staffed.owner.browser()
    assert reason(staffed.owner.get(f"{API}/logo")) == (404, "unknown")
    assert owner.upload(f"{PAGE}/logo", "logo", a_logo(), version=look(staffed)["version"]).status_code == 303
    mark = look(staffed)["logo"]
    address = f"{API}/logo?size=icon&v={mark}"
    assert address.replace("&", "&amp;") in staffed.cashier.browser().get(f"/office/{SLUG}/counter").text
    sent = staffed.cashier.browser().get(address)
    assert (sent.status_code, sent.headers["content-type"]) == (200, "image/png")
    assert "immutable" in sent.headers["cache-control"] and "private" in sent.headers["cache-control"]
    assert sent.content not in (a_logo(), b"")
    assert staffed.owner.get(f"{API}/logo?v=older").headers["cache-control"] == "no-store"
    for wrong, sentence in ((b"<svg/>", "This is no picture"), (bytes(logos.BYTES_MAX + 1), "at most 2 MB")):
        answer = owner.upload(f"{PAGE}/logo", "logo", wrong, version=look(staffed)["version"])
        assert (answer.status_code, sentence in answer.text) == (422, True)
    far_too_large = owner.upload(f"{PAGE}/logo", "logo", bytes(logos.BYTES_MAX + (1 << 17)), version=0)
    assert far_too_large.status_code == 413
    assert "at most 2 MB" in far_too_large.text and f'href="{PAGE}"' in far_too_large.text
    without_version = owner.form(f"{PAGE}/logo/remove"), owner.upload(f"{PAGE}/logo", "logo", a_logo())
    assert [answer.status_code for answer in without_version] == [422, 422]
    assert look(staffed)["logo"] == mark
    asked = owner.get(f"{PAGE}?act=remove").text
    assert "/logo/remove" in asked and "/logo/remove" not in owner.get(PAGE).text, "it asks before the logo goes"
    assert owner.form(f"{PAGE}/logo/remove", version=look(staffed)["version"]).status_code == 303
    assert look(staffed)["logo"] is None
    assert {"logo_set", "logo_removed"} <= set(logged(staffed))


@pytest.mark.parametrize(
    ("path", "field", "count"), [(PAGE, "name", 1), (PAGE, "colour", 2), (f"{PAGE}/logo", "logo", 2)]
)
def test_files_where_none_or_one_belongs_are_what_is_wrong(staffed: Staffed, path: str, field: str, count: int) -> None:
    fields = {"version": look(staffed)["version"], "colour": "#0e4754", "stamp": "coffee"}
    sent = {name: value for name, value in fields.items() if path == PAGE or name == "version"}
    files = [(field, ("picture", a_logo()))] * count
    answer = staffed.owner.browser().send("POST", path, data=sent, files=files)
    assert (answer.status_code, "This value cannot be used." in answer.text) == (422, True)


def test_a_program_sends_a_logo_as_base64(staffed: Staffed) -> None:
    sent = {"version": look(staffed)["version"], "logo": base64.b64encode(a_logo("blue")).decode()}
    found = staffed.owner.send("PUT", f"{API}/logo", json=sent)
    assert found.status_code == 200 and found.json()["logo"] is not None, found.text
    assert reason(staffed.owner.send("PUT", f"{API}/logo", json=sent)) == (409, "changed_meanwhile")
    version = found.json()["version"]
    for wrong in ("%%%", base64.b64encode(b"<svg/>").decode()):
        answer = staffed.owner.send("PUT", f"{API}/logo", json={"version": version, "logo": wrong})
        assert reason(answer) == (422, "invalid")
    gone = staffed.owner.send("PUT", f"{API}/logo", json={"version": version, "logo": None})
    assert gone.json()["logo"] is None
    assert reason(staffed.manager.send("PUT", f"{API}/logo", json=sent)) == (403, "not_allowed")
