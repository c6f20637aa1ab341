"""Cases through the office's API and pages: who sees and decides what, groups, and what a browser shows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from loyalty.transactions import PointsAdjusted
from server.db.tables import staff
from server.db.work_tables import cases
from server.jobs.runner import Runner, Services
from server.jobs.schedule import JOBS
from tests.support.case_scenes import PROGRAM, SCENES, Scene
from tests.support.office_cases import a_case
from tests.support.office_web import Caller, reason
from tests.support.staffed_office import Staffed, staffed_office

API, PAGE = "/api/store/v1/bean-scene", "/office/bean-scene/cases"


pytestmark = pytest.mark.slow


@pytest.fixture
def staffed(migrated_file: Path, tmp_path: Path) -> Iterator[Staffed]:
    with staffed_office(migrated_file, tmp_path) as office:
        yield office


@pytest.fixture
def scene(staffed: Staffed) -> Scene:
    """A reward that the balance did not cover, in the store that the manager works in."""
    staffed.shop.set_program(PROGRAM)
    return SCENES["balance_too_small"](staffed.shop)


def decide(caller: Caller, case: Any, choice: str, **body: Any) -> Any:
    sent = {"choice": choice} | body
    return caller.post(f"{API}/cases/{case.case_id}/decision", sent, idempotency_key=str(uuid4()))


def test_a_case_is_listed_shown_and_decided(staffed: Staffed, scene: Scene) -> None:
    (item,) = staffed.owner.get(f"{API}/cases").json()["items"]
    assert (item["number"], item["unit"], item["amount"], item["stake_minor"]) == (1, "stamps", 9, 315)
    view = staffed.owner.get(f"{API}/cases/{item['id']}").json()
    assert [one["choice"] for one in view["choices"]] == ["accept", "charge_back", "reverse"]
    assert [one["stake_minor"] for one in view["choices"]] == [315, 245, 0]
    assert [(one["before"], one["after"]) for one in view["story"] if one["before"] is not None] == [
        (0, 10),
        (10, 0),
        (0, 1),
        (1, 0),
    ]
    charge = view["choices"][1]
    assert charge["effect"].endswith("The card goes from 2 to 0 stamps. 7 more are missing and stay with the company.")
    done = decide(staffed.owner, scene.case, "charge_back", note="on camera", seen=charge["mark"])
    assert [(one["kind"], one["stamps"], one["shortfall"]) for one in done.json()["booked"]] == [
        ("case_decided", 0, 0),
        ("stamps_adjusted", -2, 7),
    ]
    assert reason(decide(staffed.owner, scene.case, "accept")) == (409, "already_decided")
    assert staffed.owner.get(f"{API}/cases").json()["items"] == []
    (after,) = staffed.owner.get(f"{API}/cases?state=decided").json()["items"]
    assert (after["choice"], after["decided_by"] is not None) == ("charge_back", True)


def test_a_cards_page_names_its_open_cases(staffed: Staffed, scene: Scene) -> None:
    page, listed = f"/office/bean-scene/cards/{scene.card}", f"{PAGE}?card={scene.card}"
    browser = staffed.manager.browser()
    shown = browser.get(page).text
    assert f'href="{listed}&amp;case={scene.case.case_id}#case"' in shown and "3.15" in shown
    assert "Balance too small" in browser.get(listed).text
    assert "No such case." in browser.get(f"{PAGE}?card={uuid4()}").text
    assert [one["number"] for one in staffed.owner.get(f"{API}/cases?card={scene.card}").json()["items"]] == [1]
    assert staffed.owner.get(f"{API}/cases?card={uuid4()}").json()["items"] == []
    assert decide(staffed.manager, scene.case, "accept").status_code == 200
    assert "Balance too small" not in browser.get(page).text


def test_a_row_of_an_import_is_shown_to_who_decides_about_it(staffed: Staffed) -> None:
    staffed.shop.set_program(PROGRAM)
    case = SCENES["import_clash"](staffed.shop).case
    page = staffed.owner.browser().get(f"{PAGE}?case={case.case_id}").text
    assert "Ana B" in page and "K-17" in page and "What the row says" in page
    said = staffed.owner.get(f"{API}/cases/{case.case_id}").json()["imported"]
    assert (said["name"], said["code"], said["email"], said["points"]) == ("Ana B", "K-17", "ana@example.org", 30)
    assert decide(staffed.owner, case, "add_there").status_code == 200
    assert staffed.owner.get(f"{API}/cases/{case.case_id}").json()["imported"] is None


def test_a_changed_balance_is_refused_with_the_new_amounts(staffed: Staffed, scene: Scene) -> None:
    mark = staffed.owner.get(f"{API}/cases/{scene.case.case_id}").json()["choices"][1]["mark"]
    assert scene.till is not None and scene.card is not None
    scene.till.stamp(scene.card)
    scene.till.sync()
    answer = decide(staffed.owner, scene.case, "charge_back", seen=mark)
    assert reason(answer) == (409, "changed_meanwhile")
    assert answer.json()["present"] == {"stamps": -3, "points": 0, "shortfall": 6}


def test_managers_see_cases_of_their_stores_and_cashiers_none(staffed: Staffed, scene: Scene) -> None:
    assert reason(staffed.cashier.get(f"{API}/cases")) == (403, "not_allowed")
    assert len(staffed.manager.get(f"{API}/cases").json()["items"]) == 1
    shop = staffed.shop
    with shop.units.write(shop.company_id) as conn:
        conn.execute(update(staff).where(staff.c.company_id == shop.company_id).values(stores=[staffed.store_id]))
    assert staffed.manager.get(f"{API}/cases").json()["items"] == [], "it is another store's"
    assert reason(staffed.manager.get(f"{API}/cases/{scene.case.case_id}")) == (404, "unknown")
    assert reason(decide(staffed.manager, scene.case, "accept")) == (404, "unknown")
    assert len(staffed.owner.get(f"{API}/cases").json()["items"]) == 1


def test_a_group_is_one_line_and_decided_by_a_job(staffed: Staffed) -> None:
    staffed.shop.set_program(PROGRAM)
    scene = SCENES["not_allowed"](staffed.shop)
    assert scene.till is not None and scene.card is not None
    scene.till.write(PointsAdjusted(points=-90, reason="mistake"), scene.card, override=None)
    scene.till.write(PointsAdjusted(points=5, reason="gift"), scene.card, override=None)
    scene.till.sync()
    (line,) = staffed.owner.get(f"{API}/cases").json()["items"]
    assert (line["count"], line["stake_minor"]) == (3, 140 + 1800 + 100)
    path = f"{API}/case-groups/{line['group']}/decision"
    asked = staffed.owner.post(path, {"choice": "it_was_right"}, idempotency_key=str(uuid4()))
    assert (asked.status_code, asked.json()) == (202, {"job": "case_groups", "cases": 3})
    job = next(job for job in JOBS if job.name == "case_groups")
    Runner(Services(staffed.server.units, staffed.server.keys), [job]).round()
    assert staffed.shop.said(scene.card).points_balance == 12
    left = staffed.owner.get(f"{API}/cases").json()["items"]
    assert [one["number"] for one in left] == [2], "what cannot be done stays open"
    assert staffed.shop.kinds(scene.card).count("points_adjusted") == 2
    form = {"_key": str(uuid4()), "for_all": "keep"}
    answer = staffed.owner.browser().form(f"{PAGE}/groups/{line['group']}/decision", **form)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}?asked=1")


def test_the_page_shows_a_case_decides_it_and_opens_the_next(staffed: Staffed, scene: Scene) -> None:
    browser = staffed.manager.browser()
    page = browser.get(PAGE).text
    assert "Balance too small" in page and "3.15" in page and "waits" in page
    case = scene.case
    form = {"_key": str(uuid4()), "choice": "reverse", "note": "it broke", "seen": ""}
    answer = browser.form(f"{PAGE}/{case.case_id}/decision", **form)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}?done={case.case_id}")
    after = browser.get(answer.headers["location"]).text
    assert "Case 1 is decided: Take it back." in after
    shown = browser.get(f"{PAGE}?state=decided&case={case.case_id}").text
    assert "it broke" in shown and "Your decision" not in shown


def test_a_choice_that_is_impossible_is_said_on_the_page(staffed: Staffed, scene: Scene) -> None:
    assert scene.till is not None and scene.card is not None
    scene.till.void_redemption(scene.card, scene.case.entry_id)
    scene.till.sync()
    browser = staffed.manager.browser()
    page = browser.get(f"{PAGE}?case={scene.case.case_id}").text
    assert "This has been taken back already." in page
    form = {"_key": str(uuid4()), "choice": "reverse"}
    answer = browser.form(f"{PAGE}/{scene.case.case_id}/decision", **form)
    assert answer.status_code == 422
    assert "This has been taken back already." in answer.text and scene.case.state == "open"


def test_a_decision_that_is_refused_half_way_leaves_the_case_open(staffed: Staffed) -> None:
    scene = SCENES["second_enrolment"](staffed.shop)
    staffed.shop.enrolled(staffed.shop.till("Till 3"), email="ben@example.org")
    form = {"_key": str(uuid4()), "choice": "new_card", "blank": scene.codes["blank"]}
    answer = staffed.manager.browser().form(f"{PAGE}/{scene.case.case_id}/decision", **form)
    assert (answer.status_code, scene.case.state, scene.case.choice) == (422, "open", None)


def test_what_nobody_could_read_is_given_to_the_owner(staffed: Staffed) -> None:
    scene = SCENES["unreadable"](staffed.shop)
    path = f"{API}/cases/{scene.case.case_id}/entry"
    answer = staffed.owner.get(path)
    assert (answer.content, answer.headers["content-type"]) == (b"no entry", "application/octet-stream")
    assert reason(staffed.manager.get(path)) == (403, "not_allowed")
    assert reason(staffed.owner.get(f"{API}/cases/{uuid4()}/entry")) == (404, "unknown")


def test_lists_go_on_where_they_ended(staffed: Staffed) -> None:
    shop = staffed.shop
    shop.set_program(PROGRAM)
    scene = SCENES["reward_unknown"](shop)
    assert scene.card is not None
    a_case(staffed.server, shop.company_id, scene.card, UUID(staffed.store_id))
    with shop.units.write(shop.company_id) as conn:
        conn.execute(
            update(cases).where(cases.c.company_id == shop.company_id, cases.c.number == 1).values(stake_minor=7)
        )
    for sort, order in (("oldest", [1, 2]), ("stake", [2, 1])):
        first = staffed.owner.get(f"{API}/cases?sort={sort}&limit=1").json()
        second = staffed.owner.get(f"{API}/cases?sort={sort}&limit=1&cursor={first['next']}").json()
        assert [one["number"] for one in first["items"] + second["items"]] == order
        assert second["next"] is None and first["count"] == 2
