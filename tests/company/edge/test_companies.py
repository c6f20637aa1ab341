"""What an admin does about companies, over HTTP: on pages and by the API."""

import re

import pytest

from loyalty.staff import Role
from server.accounts import audit
from server.companies.companies import RESERVED
from tests.support.office_web import PASSWORD, Caller, confirmed, reason, signed_in, signed_in_admin
from tests.support.staffed_office import SLUG, Staffed

NEW = {"name": "Hop & Grain", "owner": "Ada Roth", "email": "ada@hop.example"}
API = "/api/admin/v1/companies"


def company_path(staffed: Staffed) -> str:
    return f"{API}/{staffed.shop.company_id}"


def actions(staffed: Staffed, *, of_company: bool) -> list[str]:
    with staffed.server.units.read() as conn:
        company_id = staffed.shop.company_id if of_company else None
        return [line.action for line in audit.listed(conn, company_id, limit=50)]


@pytest.fixture(scope="module")
def admin(staffed: Staffed) -> Caller:
    """An admin whose password was just asked for again, as the other's was not."""
    return confirmed(staffed.server, Caller(staffed.app, signed_in_admin(staffed.server, "mara@example.com")))


@pytest.mark.parametrize("slug", sorted(RESERVED))
def test_a_company_cannot_have_a_word_of_our_addresses(admin: Caller, slug: str) -> None:
    answer = admin.post(API, NEW | {"slug": slug})
    assert reason(answer) == (422, "invalid")
    assert [(one["field"], one["reason"]) for one in answer.json()["errors"]] == [("slug", "slug_reserved")]


@pytest.mark.slow
def test_a_new_companys_owner_signs_in_by_the_link_that_is_shown_once(staffed: Staffed, admin: Caller) -> None:
    form = {"slug": "hop", "currency": "EUR", "country": "LU", "time_zone": "Europe/Luxembourg"}
    made = admin.browser().form("/admin/companies/new", **NEW, **form)
    assert made.status_code == 200
    (link,) = re.findall(r"http://127.0.0.1:8400(/account/links/[^\"]+)", made.text)
    joined = Caller(staffed.app).browser().form(link, password="a phrase of her own")
    assert joined.status_code == 303
    (token,) = re.findall(r"orion=([^;]+)", joined.headers["set-cookie"])
    owner = Caller(staffed.app, token)
    assert owner.get("/office/hop/stores").status_code == 200
    counter = owner.browser().get("/office/hop/counter").text
    for place in ("program", "stores/new", "staff/new", "terminals"):
        assert re.search(rf'<li><a href="/office/hop/{place}">[^<]+</a>: ', counter), "what comes first is said"
        assert owner.browser().get(f"/office/hop/{place}").status_code == 200
    assert staffed.admin.get("/admin/companies").text.count("Ada Roth") == 1
    assert reason(admin.post(API, NEW | {"slug": "hop"})) == (422, "invalid")


def test_a_wrong_currency_is_shown_under_its_field(staffed: Staffed, admin: Caller) -> None:
    form = {"slug": "odd", "currency": "XXQ", "country": "LU", "time_zone": "Europe/Luxembourg"}
    refused = admin.browser().form("/admin/companies/new", **NEW, **form)
    assert refused.status_code == 422
    assert 'id="f-currency-error"' in refused.text
    assert reason(staffed.admin.get(f"{API}/{staffed.store_id}")) == (404, "unknown")


@pytest.mark.slow
def test_people_of_a_suspended_company_read_and_change_nothing(staffed: Staffed) -> None:
    stores = f"/api/store/v1/{SLUG}/stores"
    page = f"/admin/companies/{staffed.shop.company_id}"
    assert staffed.admin.browser().form(f"{page}/suspend").status_code == 303
    assert reason(staffed.owner.post(stores, {"name": "Nord"})) == (403, "suspended")
    assert staffed.owner.get(stores).status_code == 200
    assert staffed.admin.get(company_path(staffed)).json()["concern"] == "suspended"
    assert staffed.admin.browser().form(f"{page}/resume").status_code == 303
    assert staffed.owner.post(stores, {"name": "Nord"}).status_code == 201
    for of_company in (True, False):
        assert {"company_suspended", "company_resumed"} <= set(actions(staffed, of_company=of_company))


@pytest.mark.slow
def test_a_support_view_needs_a_password_and_a_reason_and_ends_with_a_new_token(staffed: Staffed) -> None:
    page = f"/admin/companies/{staffed.shop.company_id}/support"
    admin = Caller(staffed.app, signed_in_admin(staffed.server, "support@example.com")).browser()
    assert admin.form(page, reason="A till shows no cards").status_code == 403
    assert admin.form(page, reason="", _password=PASSWORD).status_code == 422
    begun = admin.form(page, reason="A till shows no cards", _password=PASSWORD)
    assert begun.headers["location"] == f"/office/{SLUG}"
    (token,) = re.findall(r"orion=([^;]+)", begun.headers["set-cookie"])
    viewer = Caller(staffed.app, token).browser()
    seen = viewer.get(f"/office/{SLUG}/stores").text
    assert "band gold" in seen
    assert "/account/support/leave" in seen
    left = viewer.form("/account/support/leave")
    assert left.headers["location"] == f"/admin/companies/{staffed.shop.company_id}"
    (after,) = re.findall(r"orion=([^;]+)", left.headers["set-cookie"])
    assert Caller(staffed.app, after).get(f"/office/{SLUG}/stores").status_code == 404
    assert {"support_view_began", "page_opened", "support_view_ended"} <= set(actions(staffed, of_company=True))


@pytest.mark.slow
def test_handing_over_takes_the_company_from_its_owners_at_once(staffed: Staffed) -> None:
    handed = {"owner": "Nia Berg", "email": "nia@berg.example", "former": "managers"}
    path = f"{company_path(staffed)}/hand-over"
    assert reason(staffed.admin.post(path, handed)) == (403, "confirm_needed")
    assert staffed.admin.post("/api/auth/v1/confirm", {"password": PASSWORD}).status_code == 204
    invited = staffed.admin.post(path, handed)
    assert invited.json()["link"].startswith("http://127.0.0.1:8400/account/links/")
    assert reason(staffed.owner.get(f"/api/store/v1/{SLUG}/stores")) == (401, "sign_in_needed")
    assert staffed.admin.get(company_path(staffed)).json()["owners"] == []
    again = staffed.admin.post(path, handed | {"owner": "Mia", "email": f"manager-{SLUG}@example.com"})
    assert again.json() == {"link": None}
    assert staffed.admin.get(company_path(staffed)).json()["owners"] == [f"manager-{SLUG}@example.com"]


TABS = {
    "": "Program versions",
    "/stores": "Cards enrolled",
    "/terminals": "Could go on",
    "/program": "in force",
    "/settings": "Edit limits",
    "/audit": "Who",
}


@pytest.mark.slow
@pytest.mark.parametrize("tab", TABS)
def test_each_tab_of_a_company_is_an_address_under_the_same_head(staffed: Staffed, tab: str) -> None:
    staffed.shop.till(f"Till of {tab}")
    page = f"/admin/companies/{staffed.shop.company_id}"
    for done in ("suspend", "resume"):
        assert staffed.admin.browser().form(f"{page}/{done}").status_code == 303
    shown = staffed.admin.get(f"{page}{tab}").text
    assert TABS[tab] in shown
    assert ">Bean Scene<" in shown.partition("<h1")[2]
    assert f'<a href="{page}{tab}" aria-current="page">' in shown
    assert all(f'<a href="{page}{other}"' in shown for other in TABS)


@pytest.mark.slow
def test_a_companys_parts_are_told_to_programs_too(staffed: Staffed) -> None:
    path = company_path(staffed)
    (gare, *_others) = staffed.admin.get(f"{path}/stores").json()
    assert (gare["name"], len(gare["transactions_by_day"])) == ("Gare", 30)
    assert gare["terminals_in_touch"] == gare["terminals"] == len(staffed.admin.get(f"{API[:-9]}terminals").json())
    (version,) = staffed.admin.get(f"{path}/program").json()
    assert (version["number"], version["state"], version["changes"]) == (1, "in_force", [])
    values = {one["name"]: one for one in staffed.admin.get(f"{path}/settings").json()}
    highest = values["retention_years"]["highest"]
    chosen = {"retention_years": highest}
    owner = Caller(staffed.app, signed_in(staffed.server, SLUG, Role.OWNER, email="olga@example.com"))
    seen = owner.get(f"/api/store/v1/{SLUG}/settings").json()["version"]
    assert owner.patch(f"/api/store/v1/{SLUG}/settings", {"version": seen, "values": chosen}).status_code == 200
    values = {one["name"]: one for one in staffed.admin.get(f"{path}/settings").json()}
    assert values["retention_years"]["at_limit"]
    overview = staffed.admin.get(f"/admin/companies/{staffed.shop.company_id}").text
    assert f'<span class="state-word warn">max {highest}</span>' in overview
    assert "settings_changed" in {one["action"] for one in staffed.admin.get(f"{path}/audit").json()["items"]}
