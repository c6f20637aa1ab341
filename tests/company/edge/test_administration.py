"""Admins, limits, jobs, mails and audit logs, over HTTP."""

import ast
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

import server
from loyalty.settings import BOUNDS
from server.db import job_queue
from server.edge.audit_words import ACTIONS
from server.mail import letters, outbox
from server.translations import Translator
from tests.support.office_web import PASSWORD, Caller, reason, signed_in_admin
from tests.support.staffed_office import SLUG, Staffed

pytestmark = pytest.mark.slow

API = "/api/admin/v1"
PAGES = ("programs", "terminals", "admins", "limits", "jobs", "mails", "audit")


def confirmed(staffed: Staffed) -> Caller:
    assert staffed.admin.post("/api/auth/v1/confirm", {"password": PASSWORD}).status_code == 204
    return staffed.admin


@pytest.mark.parametrize("page", PAGES)
def test_pages_of_the_platform_are_for_admins_alone(staffed: Staffed, page: str) -> None:
    assert staffed.admin.get(f"/admin/{page}").status_code == 200
    assert staffed.owner.get(f"/admin/{page}").status_code == 403
    assert staffed.nobody.get(f"/admin/{page}").status_code == 303
    assert reason(staffed.owner.get(f"{API}/{page}")) == (403, "not_allowed")


def test_the_last_admin_stays_one(staffed: Staffed) -> None:
    admin = confirmed(staffed)
    signed_in_admin(staffed.server, "second@example.com")
    known = {one["email"]: one["id"] for one in admin.get(f"{API}/admins").json()}
    assert admin.browser().form(f"/admin/admins/{known['second@example.com']}/remove").status_code == 303
    others = [one for one in admin.get(f"{API}/admins").json() if one["email"] != "admin@example.com"]
    for one in others:
        admin.send("DELETE", f"{API}/admins/{one['id']}")
    answer = admin.send("DELETE", f"{API}/admins/{known['admin@example.com']}")
    assert reason(answer) == (409, "last_admin")


def test_who_is_invited_as_an_admin_can_be_withdrawn(staffed: Staffed) -> None:
    admin = confirmed(staffed)
    shown = admin.browser().form("/admin/admins", email="nia@example.com")
    assert "/account/links/" in shown.text
    assert "nia@example.com" in [one["email"] for one in admin.get(f"{API}/admins").json() if one["is_invited"]]
    (path,) = re.findall(r'action="(/admin/admins/invitations/[0-9a-f]+/withdraw)"', admin.get("/admin/admins").text)
    assert admin.browser().form(path).status_code == 303
    assert not [one for one in admin.get(f"{API}/admins").json() if one["is_invited"]]
    assert admin.browser().form("/admin/admins", email="admin@example.com").status_code == 422


def test_a_lower_limit_reduces_what_companies_chose_and_tells_their_tills(staffed: Staffed) -> None:
    admin, settings = staffed.admin, f"/api/store/v1/{SLUG}/settings"
    before = staffed.owner.get(settings).json()["version"]
    version = admin.get(f"{API}/limits").json()["version"]
    assert reason(admin.patch(f"{API}/limits", {"version": 1, "values": {}})) == (409, "changed_meanwhile")
    form = dict.fromkeys(BOUNDS, "") | {"offline_warn_hours": "48"}
    assert admin.browser().form("/admin/limits", version=version, **form).status_code == 303
    found = staffed.owner.get(settings).json()
    held = next(one for one in found["settings"] if one["name"] == "offline_warn_hours")
    assert (held["value"], held["highest"], held["at_limit"]) == ("48", 48, True)
    assert found["version"] > before
    version = admin.get(f"{API}/limits").json()["version"]
    low, high = BOUNDS["offline_warn_hours"]
    for typed in (str(low - 1), str(high + 1), "1.5", "x"):
        wrong = admin.browser().form("/admin/limits", version=version, **form | {"offline_warn_hours": typed})
        assert wrong.status_code == 422
        assert 'id="f-offline_warn_hours-error"' in wrong.text
    assert admin.patch(f"{API}/limits", {"version": version, "values": {"offline_warn_hours": None}}).status_code == 200


def test_a_failed_job_stands_first_and_is_run_when_asked(staffed: Staffed) -> None:
    now, units = staffed.server.now(), staffed.server.units
    with units.write_unlocked() as conn:
        job_queue.enter(conn, ["lists"], ["clean"], now)
        at = job_queue.database_time(conn)
        lease = job_queue.take(conn, job_queue.DueJob(None, "clean"), at, only_due=False)
        assert lease is not None
        job_queue.fail(conn, lease, "ValueError", at)
    first = staffed.admin.get(f"{API}/jobs").json()[0]
    assert (first["name"], first["condition"], first["error"]) == ("clean", "failed", "ValueError")
    assert staffed.admin.browser().form("/admin/jobs", name="clean", company_id="").status_code == 303
    assert datetime.fromisoformat(staffed.admin.get(f"{API}/jobs").json()[0]["due_at"]) <= datetime.now(UTC)
    log = staffed.admin.get("/admin/audit").text
    assert "clean" in log.partition("Had a job run")[2].partition("</tr>")[0]
    assert reason(staffed.admin.post(f"{API}/jobs", {"name": "nothing"})) == (404, "unknown")


def test_the_terminals_of_all_companies_stand_with_the_silent_ones_first(staffed: Staffed) -> None:
    shop = staffed.shop
    shop.till("Silent")
    shop.passes(days=4)
    shop.till("Fine")
    admin = Caller(staffed.app, signed_in_admin(staffed.server, "nadia@example.com"))
    listed = admin.get(f"{API}/terminals").json()
    assert [(one["name"], one["company"], one["state"]) for one in listed] == [
        ("Silent", "Bean Scene", "silent"),
        ("Fine", "Bean Scene", "in_touch"),
    ]
    assert [one["name"] for one in admin.get(f"{API}/terminals?needs=attention").json()] == ["Silent"]
    page = admin.get("/admin/terminals").text
    assert "Silent for 4 days" in page
    assert page.count('class="waits">1<') == 1, "what waits for the admin stands at Terminals, and nowhere else"
    assert "Fine" not in admin.get("/admin/terminals?needs=attention").text
    assert "No terminal matches." in admin.get("/admin/terminals?q=nowhere").text
    shop.passes(days=-4)


def test_the_outbox_shows_neither_addresses_nor_what_mails_say(staffed: Staffed) -> None:
    with staffed.server.units.platform_write() as conn:
        letter = letters.password_reset(Translator("en"), link="https://orion.example/account/links/secret")
        now = staffed.server.now()
        outbox.queue(conn, staffed.server.keys, letter, "luc@wagner.example", company_id=None, now=now)
    for path in ("/admin/mails", f"{API}/mails"):
        text = staffed.admin.get(path).text
        assert "l…@wagner.example" in text
        assert "luc@" not in text
        assert "secret" not in text


def test_the_owner_reads_the_companys_log_and_the_admin_both(staffed: Staffed) -> None:
    assert staffed.owner.post(f"/api/store/v1/{SLUG}/stores", {"name": "Beggen"}).status_code == 201
    for person, path in (
        (staffed.owner, f"/office/{SLUG}"),
        (staffed.admin, f"/admin/companies/{staffed.shop.company_id}"),
    ):
        text = person.get(f"{path}/audit").text
        assert "Created a store" in text
        assert "Beggen" in text
    assert staffed.manager.get(f"/office/{SLUG}/audit").status_code == 403
    listed = staffed.owner.get(f"/api/store/v1/{SLUG}/audit?limit=1").json()
    assert listed["items"][0]["meaning"] == "Created a store"
    assert "Beggen" not in staffed.admin.get(f"{API}/audit").text


def test_every_action_that_is_logged_has_words() -> None:
    assert _logged() <= set(ACTIONS)


def _logged() -> set[str]:
    """The actions named in calls of `log`, `_log` and `audit.append`."""
    found = set()
    for file in Path(server.__file__).parent.rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            name = ast.unparse(call.func)
            if name in ("_log", "log", "audit.append") or name.endswith(".log"):
                found |= next(filter(None, map(_words, call.args)), set())  # what it is about comes behind
    return found


def _words(argument: ast.expr) -> set[str]:
    said = [one.value for one in _said(argument) if isinstance(one, ast.Constant)]
    return {word for word in said if isinstance(word, str) and re.fullmatch(r"[a-z]+(_[a-z]+)+", word)}


def _said(argument: ast.expr) -> list[ast.expr]:
    """The argument, or both of what a condition chooses between."""
    return [argument.body, argument.orelse] if isinstance(argument, ast.IfExp) else [argument]
