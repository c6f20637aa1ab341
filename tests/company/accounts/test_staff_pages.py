"""Staff in the office: hiring, inviting, changing, PINs, unlocking and dismissing, by page and by program."""

import re
from typing import Any

import pytest

from loyalty.staff import Role
from server.accounts import audit
from server.terminals import terminals
from tests.support.office_web import PASSWORD, Caller, confirmed, reason, signed_in
from tests.support.staffed_office import SLUG, Staffed

pytestmark = pytest.mark.slow

API = f"/api/store/v1/{SLUG}"
PAGE = f"/office/{SLUG}/staff"


def people(person: Caller) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in person.get(f"{API}/staff").json()}


def hired(staffed: Staffed, name: str, *stores: str, role: Role = Role.CASHIER) -> dict[str, Any]:
    """A new colleague as programs see them; the PIN costs nothing here, as there is none."""
    ids = [store_id(staffed, one) for one in stores] or None
    owner = confirmed(staffed.server, staffed.owner)
    found: dict[str, Any] = owner.post(f"{API}/staff", {"name": name, "role": role.value, "store_ids": ids}).json()
    return found


def store_id(staffed: Staffed, name: str) -> str:
    with staffed.server.units.write(staffed.shop.company_id) as conn:
        return str(staffed.shop.store(conn, name).id)


@pytest.fixture(scope="module")
def of_belval(staffed: Staffed) -> Caller:
    """A manager of one store."""
    store_id(staffed, "Belval")
    bea = Caller(staffed.app, signed_in(staffed.server, SLUG, Role.MANAGER, "Belval", email="bea@example.com"))
    return confirmed(staffed.server, bea)


@pytest.fixture(scope="module")
def owner(staffed: Staffed) -> Caller:
    """An owner in a browser who has typed the password again."""
    person = Caller(staffed.app, signed_in(staffed.server, SLUG, Role.OWNER, email="olga@example.com")).browser()
    assert person.form(f"{PAGE}/{staffed.store_id}/work", _password=PASSWORD).status_code == 404
    return person


@pytest.mark.slow
def test_somebody_new_gets_a_pin_by_the_rules(staffed: Staffed, owner: Caller) -> None:
    typed = {"name": "Ana", "role": "cashier", "store_ids": [staffed.store_id]}
    refused = owner.form(f"{PAGE}/new", **typed, pin="1234")
    assert refused.status_code == 422
    assert "This PIN is too easy to guess." in refused.text and "1234" not in refused.text.replace("as 1234", "")
    nowhere = owner.form(f"{PAGE}/new", name="Ana", role="cashier")
    assert "Please choose at least one store." in nowhere.text
    assert owner.form(f"{PAGE}/new", **typed, pin="4711").headers["location"] == f"{PAGE}?done=added"
    ana = people(staffed.owner)["Ana"]
    assert (ana["has_pin"], ana["store_ids"], ana["email"]) == (True, [staffed.store_id], None)
    assert "The name Ana is taken already." in owner.form(f"{PAGE}/new", **typed).text


@pytest.mark.slow
def test_without_mail_an_invitation_is_a_link_that_is_shown_once(staffed: Staffed, owner: Caller) -> None:
    typed = {"name": "Ben", "role": "manager", "all_stores": "true", "email": "ben@example.com"}
    page = owner.form(f"{PAGE}/new", **typed)
    (link,) = re.findall(r'href="http://127.0.0.1:8400(/account/links/[^"]+)"', page.text)
    assert Caller(staffed.app).get(link).status_code == 200
    waiting = staffed.owner.get(f"{API}/invitations").json()
    (ben,) = [one for one in waiting if one["name"] == "Ben"]
    listed = owner.get(PAGE).text
    assert "ben@example.com" in listed and link not in listed
    path = f"{PAGE}/invitations/{ben['id']}/withdraw"
    assert owner.form(path).headers["location"] == f"{PAGE}?done=withdrawn"
    assert Caller(staffed.app).get(link).status_code != 200


@pytest.mark.slow
def test_a_colleague_is_invited_and_changed_on_their_page(staffed: Staffed, owner: Caller) -> None:
    cleo = hired(staffed, "Cleo", "Gare")
    path = f"{PAGE}/{cleo['id']}"
    assert "shown once" in owner.form(f"{path}/invite", email="cleo@example.com").text
    assert "Invited as cleo@example.com" in owner.get(path).text
    typed = {"name": "Cléo", "role": "manager", "all_stores": "true", "version": cleo["version"]}
    assert owner.form(f"{path}/work", **typed).headers["location"] == f"{path}?done=work#work"
    after = people(staffed.owner)["Cléo"]
    assert (after["role"], after["store_ids"]) == ("manager", None)
    stale = owner.form(f"{path}/work", **typed)
    assert stale.status_code == 409 and f'name="version" value="{after["version"]}"' in stale.text


@pytest.mark.slow
def test_roles_need_the_password_again_and_programs_name_the_version(staffed: Staffed) -> None:
    dora = hired(staffed, "Dora")
    edit = {"name": "Dora", "role": "manager", "store_ids": None, "version": dora["version"]}
    asked = Caller(staffed.app, signed_in(staffed.server, SLUG, Role.OWNER, email="otto@example.com"))
    path = f"{API}/staff/{dora['id']}"
    assert reason(asked.patch(path, edit)) == (403, "confirm_needed")
    assert asked.browser().form(f"{PAGE}/{dora['id']}/work", _password=PASSWORD).status_code == 422
    assert asked.patch(path, edit).json()["role"] == "manager"
    assert reason(asked.patch(path, edit)) == (409, "changed_meanwhile")


@pytest.mark.slow
def test_a_pin_is_set_by_its_rules_and_logged_without_it(staffed: Staffed, owner: Caller) -> None:
    emil = hired(staffed, "Emil")
    assert not emil["has_pin"]
    path = f"{PAGE}/{emil['id']}/pin"
    assert "A PIN has 4 digits." in owner.form(path, pin="12").text
    assert owner.form(path, pin="7305").status_code == 303
    assert people(staffed.owner)["Emil"]["has_pin"]
    with staffed.server.units.read() as conn:
        lines = audit.listed(conn, staffed.shop.company_id, limit=100)
    assert sorted(one.action for one in lines if one.subject_id == emil["id"]) == ["pin_set", "staff_hired"]
    assert "7305" not in str(lines)


@pytest.mark.slow
def test_a_manager_changes_cashiers_of_own_stores_only(staffed: Staffed, of_belval: Caller) -> None:
    mine, both = hired(staffed, "Fritz", "Belval"), hired(staffed, "Gina", "Belval", "Gare")
    other, boss = hired(staffed, "Hugo", "Gare"), hired(staffed, "Ines", "Belval", role=Role.MANAGER)
    seen = people(of_belval)
    assert {"Fritz", "Gina", "Ines"} <= seen.keys() and "Hugo" not in seen
    for one in (both, other, boss):
        assert reason(of_belval.post(f"{API}/staff/{one['id']}/dismiss")) == (403, "not_allowed")
        assert reason(of_belval.post(f"{API}/staff/{one['id']}/pin", {"pin": "7305"})) == (403, "not_allowed")
        assert of_belval.browser().form(f"{PAGE}/{one['id']}/dismiss").status_code == 403
    assert of_belval.browser().get(f"{PAGE}/{other['id']}").status_code == 403
    assert "Set the PIN" not in of_belval.browser().get(f"{PAGE}/{boss['id']}").text
    raised = {"name": "Jo", "role": "manager", "store_ids": [store_id(staffed, "Belval")]}
    assert reason(of_belval.post(f"{API}/staff", raised)) == (403, "not_allowed")
    away = {"name": "Jo", "role": "cashier", "store_ids": [staffed.store_id]}
    assert reason(of_belval.post(f"{API}/staff", away)) == (403, "not_allowed")
    assert of_belval.post(f"{API}/staff/{mine['id']}/dismiss").status_code == 204
    assert not people(staffed.owner)["Fritz"]["active"]


@pytest.mark.slow
def test_head_office_answers_who_is_locked_out(staffed: Staffed, owner: Caller, of_belval: Caller) -> None:
    kim = hired(staffed, "Kim")
    staffed.shop.till("Till 1")
    with staffed.server.units.read() as conn:
        (till,) = terminals.listed(conn, staffed.shop.company_id)
    path = f"{PAGE}/{kim['id']}/unlock"
    assert "8 digits" in owner.form(path, terminal_id=str(till.id), challenge="12").text
    page = owner.form(path, terminal_id=str(till.id), challenge="4821 0937").text
    (shown,) = re.findall(r'class="code">(\d{4} \d{4})<', page)
    body = {"terminal_id": str(till.id), "challenge": "48210937"}
    answer = staffed.owner.post(f"{API}/staff/{kim['id']}/unlock", body).json()["answer"]
    assert answer == shown.replace(" ", "")
    assert reason(of_belval.post(f"{API}/staff/{kim['id']}/unlock", body)) == (403, "not_allowed")


@pytest.mark.slow
def test_who_is_dismissed_leaves_the_list_and_the_last_owner_stays(staffed: Staffed, owner: Caller) -> None:
    lou = hired(staffed, "Lou")
    asked = owner.get(f"{PAGE}/{lou['id']}?act=dismiss").text
    assert "Dismiss Lou?" in asked
    assert owner.form(f"{PAGE}/{lou['id']}/dismiss").headers["location"] == f"{PAGE}?done=dismissed"
    assert "Lou" not in owner.get(PAGE).text
    assert "Lou" in owner.get(f"{PAGE}?left=true").text
    owners = [one for one in people(staffed.owner).values() if one["role"] == "owner" and one["active"]]
    *others, mine = sorted(owners, key=lambda one: one["email"] == "olga@example.com")
    for one in others:
        assert owner.form(f"{PAGE}/{one['id']}/dismiss").status_code == 303
    last = owner.form(f"{PAGE}/{mine['id']}/dismiss")
    assert last.status_code == 422 and "This is the last owner." in last.text


@pytest.mark.slow
def test_pins_set_at_tills_are_listed(staffed: Staffed, of_belval: Caller) -> None:
    assert of_belval.get(f"{API}/pin-changes").json() == []
    assert "No PIN was set at a till yet." in of_belval.browser().get(f"{PAGE}/pins").text
