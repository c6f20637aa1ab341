"""A company's program by page and by API: written, looked at, published, scheduled and withdrawn."""

import re
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI

from loyalty.program import BOUNDS, Program, ProgramKind
from server.accounts import audit
from server.companies import programs
from server.companies.programs import Grants, State
from server.edge.asks import Installation
from server.edge.public_url import Place
from server.hints import Hints
from server.office_mount import mount
from server.pages import program_words
from server.pages.formats import Formats
from server.translations import Translator
from tests.support.office_web import ORIGIN, Caller, reason
from tests.support.staffed_office import SLUG, Staffed

pytestmark = pytest.mark.slow

API = f"/api/store/v1/{SLUG}/program"
PAGE = f"/office/{SLUG}/program"


def body(staffed: Staffed, **changed: Any) -> dict[str, Any]:
    """The newest version with changes, as the API takes it."""
    found = staffed.owner.get(API).json()
    newest = next(one for one in found["versions"] if one["state"] != "withdrawn")
    program: dict[str, Any] = newest["program"]
    return program | {"version": found["version"]} | changed


def fields(staffed: Staffed, **changed: Any) -> dict[str, Any]:
    """The form as the page shows it, with changes."""
    return shown_in(staffed.owner.browser().get(PAGE).text) | changed


def shown_in(text: str) -> dict[str, Any]:
    """What a browser would send of the form on a page."""
    named: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", text):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if attributes.get("type") in ("radio", "checkbox") and " checked" not in tag:
            continue
        if "name" in attributes:
            named.setdefault(attributes["name"], []).append(attributes.get("value", ""))
    return {name: values[0] if len(values) == 1 else values for name, values in named.items()}


def in_days(staffed: Staffed, days: int) -> str:
    return f"{staffed.server.now() + timedelta(days=days):%Y-%m-%d}"


def test_a_version_that_began_while_its_withdrawal_waited_is_not_withdrawn(staffed: Staffed) -> None:
    server, now = staffed.server, staffed.server.now()
    begins = now + timedelta(hours=1)
    made = staffed.owner.post(API, body(staffed, stamps_target=8, holds_from=begins.isoformat())).json()
    arrives, app = iter([now]), FastAPI()  # a request can be sent slowly, and waits for the company's lock
    clock = lambda: next(arrives, now + timedelta(hours=2))  # noqa: E731
    mount(app, Installation(server.units, server.keys, clock, Place(ORIGIN)), Hints())
    late = Caller(app, staffed.owner.token)
    assert reason(late.send("DELETE", f"{API}/{made['number']}")) == (409, "program_begun")
    assert staffed.owner.send("DELETE", f"{API}/{made['number']}").status_code == 204


def test_a_program_schedules_a_version_and_withdraws_it(staffed: Staffed) -> None:
    later = body(staffed, stamps_target=12, holds_from=f"{in_days(staffed, 9)}T04:00:00Z")
    told = staffed.owner.post(f"{API}/preview", later).json()
    assert [(one["field"], one["before"], one["after"]) for one in told["changes"]] == [("stamps_target", 10, 12)]
    made = staffed.owner.post(API, later)
    assert (made.status_code, made.json()["state"]) == (201, "scheduled")
    number = made.json()["number"]
    assert reason(staffed.owner.post(API, later)) == (409, "changed_meanwhile")
    assert staffed.owner.send("DELETE", f"{API}/{number}").status_code == 204
    assert reason(staffed.owner.send("DELETE", f"{API}/{number}")) == (404, "unknown")
    assert reason(staffed.owner.send("DELETE", f"{API}/1")) == (409, "program_begun")
    assert reason(staffed.owner.send("DELETE", f"{API}/-1")) == (404, "unknown")
    with staffed.server.units.read() as conn:
        lines = audit.listed(conn, staffed.shop.company_id, limit=100)
    found = sorted(one.action for one in lines if one.subject_id == str(number))
    assert found == ["program_published", "program_withdrawn"]
    log = staffed.owner.get(f"/office/{SLUG}/audit").text
    assert "Stamps to a reward: 10 → 12" in log
    assert not any(raw in log for raw in ("stamps_target", "holds_from", "+00:00", "None"))


def test_a_version_says_what_it_will_give_and_what_it_gave(staffed: Staffed) -> None:
    will_give = "When it begins, cards that have reached a reward are given what they lack."
    for grant in ("missing", "tell"):
        later = body(staffed, stamps_target=14, grant=grant, holds_from=f"{in_days(staffed, 9)}T04:00:00Z")
        made = staffed.owner.post(API, later).json()
        assert (made["grants"] is None) == (grant == "tell")
        assert (will_give in staffed.owner.browser().get(PAGE).text) == (grant == "missing")
        assert staffed.owner.send("DELETE", f"{API}/{made['number']}").status_code == 204
    english = Translator("en")
    f = Formats(english, staffed.server.now())

    def said(**given: Any) -> str:
        version = programs.Version(Program(kind=ProgramKind.STAMPS), State.IN_FORCE, grants=Grants(**given))
        return program_words.gives(english, f, version)

    assert said() == "Cards that had reached a reward are being given what they lack."
    assert said(cards=1, stamps=2) == (
        "1 card that had reached a reward was given what it lacked: 2 stamps. More are to come."
    )
    assert said(cards=1200, stamps=2400, points=1, done_at=staffed.server.now()) == (
        "1,200 cards that had reached a reward were given what they lacked: 2,400 stamps, 1 point."
    )
    assert said(done_at=staffed.server.now()).startswith("No card had reached")


@pytest.mark.parametrize("field", [one for one in BOUNDS if "." not in one])
def test_the_rules_refuse_what_is_out_of_bounds_and_name_the_field(staffed: Staffed, field: str) -> None:
    answer = staffed.owner.post(f"{API}/preview", body(staffed, **{field: BOUNDS[field][1] + 1}), accept_language="de")
    assert reason(answer) == (422, "invalid")
    (error,) = answer.json()["errors"]
    assert (error["field"], str(BOUNDS[field][1]) in error["detail"]) == (field, True)
    assert "must be" not in error["detail"]


def test_a_page_shows_what_would_change_before_it_is_published(staffed: Staffed) -> None:
    owner = staffed.owner.browser()
    sent = fields(staffed, stamps_target="13", holds_date=in_days(staffed, 20), holds_time="05:00")
    looked = owner.form(PAGE, **sent)  # nothing is published that was not looked at
    assert looked.status_code == 200
    assert "was 10" in looked.text
    mark = re.search(r'name="_seen" value="(\w+)"', looked.text)
    assert mark is not None
    changed_since = owner.form(PAGE, **sent | {"stamps_target": "14", "_seen": mark[1]})
    assert changed_since.status_code == 200
    assert owner.form(PAGE, **sent, _seen=mark[1]).status_code == 303
    newest = staffed.owner.get(API).json()["versions"][0]
    assert (newest["state"], newest["program"]["stamps_target"]) == ("scheduled", 13)
    assert newest["holds_from"].endswith(("03:00:00Z", "04:00:00Z"))  # 5 h in Luxembourg
    withdraw = f"{PAGE}/{newest['number']}/withdraw"
    assert f"Withdraw version {newest['number']}?" in owner.get(withdraw).text
    assert owner.form(withdraw).status_code == 303
    assert owner.get(withdraw).status_code == 404


def test_a_new_reward_gets_an_id_and_a_form_that_is_wrong_comes_back_as_typed(staffed: Staffed) -> None:
    owner = staffed.owner.browser()
    sent = fields(staffed)
    names, costs = list(sent["reward_name"]), list(sent["reward_cost"])
    names[-1], costs[-1] = "Crème brûlée", "many"
    wrong = owner.form(f"{PAGE}/preview", **sent | {"reward_name": names, "reward_cost": costs})
    assert (wrong.status_code, "Crème brûlée needs a whole number of points." in wrong.text) == (422, True)
    costs[-1] = "120"
    sent |= {"reward_name": names, "reward_cost": costs}
    looked = owner.form(f"{PAGE}/preview", **sent).text
    shown = shown_in(looked)
    assert "_seen" in shown, re.findall(r'class="notice bad".*?</div>', looked, re.DOTALL)
    assert len(shown["reward_name"]) > len(names), "there is room for one more reward"
    assert owner.form(PAGE, **shown).status_code == 303
    rewards = staffed.owner.get(API).json()["versions"][0]["program"]["rewards"]
    assert rewards[-1] == {"id": "creme-brulee", "name": "Crème brûlée", "cost": 120}
    assert owner.form(PAGE, **shown).status_code == 409  # written upon an older version


def test_amounts_have_no_more_decimals_than_the_currency(staffed: Staffed) -> None:
    answer = staffed.owner.browser().form(f"{PAGE}/preview", **fields(staffed, minimum_purchase="2,005"))
    assert (answer.status_code, "at most 2 decimal places" in answer.text) == (422, True)
