"""Settings beside their limits: one list for page and program, made from the definitions of the rules."""

from dataclasses import fields
from typing import Any

import pytest
from sqlalchemy import update

from loyalty.settings import BOUNDS, NO_LIMITS, Settings, names, spelled
from server.accounts import audit
from server.companies import choices, setting_words
from server.companies.choices import Kind
from server.db.tables import platform
from server.translations import Translator
from tests.support.office_web import reason
from tests.support.paper_shop import PaperShop
from tests.support.staffed_office import SLUG, Staffed

API = f"/api/store/v1/{SLUG}/settings"
PAGE = f"/office/{SLUG}/settings"
ENGLISH = Translator("en")


def answered(staffed: Staffed) -> dict[str, Any]:
    found: dict[str, Any] = staffed.owner.get(API).json()
    return found


def fields_of(answer: dict[str, Any]) -> dict[str, Any]:
    """The form as a browser sends it back."""
    typed: dict[str, Any] = {"version": answer["version"]}
    for one in answer["settings"]:
        typed[one["name"]] = one["value"].split(",") if one["kind"] in (Kind.SOME, Kind.PAIR) else one["value"]
    return typed


@pytest.mark.parametrize("name", names())
def test_each_setting_has_its_words(name: str) -> None:
    assert setting_words.label(name, ENGLISH) != name
    assert setting_words.sentence(name, ENGLISH).endswith(".")
    assert setting_words.allowed(name, NO_LIMITS, ENGLISH)


def test_all_settings_are_listed_with_value_default_and_limit(staffed: Staffed) -> None:
    found = {one["name"]: one for one in answered(staffed)["settings"]}
    assert list(found) == [one.name for one in fields(Settings)]
    assert {name: one["default"] for name, one in found.items()} == spelled(Settings())
    bounds = {name: (one["lowest"], one["highest"]) for name, one in found.items() if one["kind"] == Kind.NUMBER}
    assert bounds == dict(BOUNDS)
    assert found["overdraft"]["not_yet"] == ["carry"]


def test_an_edit_takes_values_as_programs_write_them(staffed: Staffed) -> None:
    version = answered(staffed)["version"]
    chosen = {"void_allowed": False, "self_void_minutes": 20, "review_rewards_per_day": [6, 90], "languages": ["fr"]}
    answer = staffed.owner.patch(API, {"version": version, "values": chosen})
    values = {one["name"]: one["value"] for one in answer.json()["settings"]}
    told = ("void_allowed", "self_void_minutes", "review_rewards_per_day", "languages")
    assert [values[name] for name in told] == ["false", "20", "6,90", "fr"]
    assert answer.json()["version"] > version
    stale = staffed.owner.patch(API, {"version": version, "values": {"self_void_minutes": 5}})
    assert reason(stale) == (409, "changed_meanwhile")
    assert stale.json()["present"]["values"]["self_void_minutes"] == "20"


def test_what_is_refused_names_each_field_and_its_limit(staffed: Staffed) -> None:
    wrong = {"offline_stop_days": 90, "currency": "XYZ", "no_such": 1}
    version = answered(staffed)["version"]
    unknown = staffed.owner.patch(API, {"version": version, "values": wrong})
    assert [one["field"] for one in unknown.json()["errors"]] == ["no_such"]
    del wrong["no_such"]
    answer = staffed.owner.patch(API, {"version": version, "values": wrong})
    assert answer.status_code == 422
    found = {one["field"]: (one.get("limit"), one["detail"]) for one in answer.json()["errors"]}
    assert found["offline_stop_days"] == (60, "From 1 to 60.")
    assert "three letters" in found["currency"][1]
    assert answered(staffed)["version"] == version, "all of them or none"


@pytest.mark.slow
def test_the_form_saves_what_was_changed_and_says_so_there(staffed: Staffed) -> None:
    typed = fields_of(answered(staffed)) | {"pin_attempts": "7"}
    person = staffed.owner.browser()
    saved = person.form(PAGE, **typed)
    assert saved.headers["location"] == f"{PAGE}?saved=pin_attempts#s-pin_attempts"
    page = person.get(saved.headers["location"].partition("#")[0]).text
    assert page.count('class="saved"') == 1
    with staffed.server.units.read() as conn:
        lines = audit.listed(conn, staffed.shop.company_id, limit=100)
    changes = [(one.before, one.after) for one in lines if one.action == "settings_changed"]
    assert ({"pin_attempts": "5"}, {"pin_attempts": "7"}) in changes


@pytest.mark.slow
def test_a_stale_form_shows_what_holds_now_beside_what_was_typed(staffed: Staffed) -> None:
    typed = fields_of(answered(staffed))
    assert staffed.owner.patch(API, {"version": typed["version"], "values": {"pin_length": 6}}).status_code == 200
    person = staffed.owner.browser()
    stale = person.form(PAGE, **typed | {"pin_length": "5"})
    assert stale.status_code == 409
    assert "Now: 6" in stale.text
    now = answered(staffed)
    assert person.form(PAGE, **typed | {"pin_length": "5", "version": now["version"]}).status_code == 303


@pytest.mark.slow
def test_a_wrong_form_comes_back_as_typed(staffed: Staffed) -> None:
    typed = fields_of(answered(staffed))
    page = staffed.owner.browser().form(PAGE, **typed | {"pin_length": "99", "languages": []})
    assert page.status_code == 422
    assert 'href="#f-pin_length"' in page.text and 'value="99"' in page.text
    assert 'href="#f-languages"' in page.text, "without a tick nothing is sent"


def test_one_at_the_platforms_limit_is_marked(shop: PaperShop) -> None:
    shop.set(offline_stop_days="20")
    with shop.units.platform_write() as conn:
        conn.execute(update(platform).values(limits={"offline_stop_days": 10}))
    with shop.units.read() as conn:
        found = {one.name: one for one in choices.of_company(conn, shop.company_id).settings}
    one = found["offline_stop_days"]
    assert (one.value, one.highest, one.is_limited, one.is_at_limit) == ("10", 10, True, True)
    assert not found["offline_warn_hours"].is_at_limit
