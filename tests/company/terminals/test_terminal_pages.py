"""Terminals in the office: how each stands, pairing, renaming, signing off and revoking, by page and by program."""

import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, select

from loyalty.staff import Role
from server.accounts import audit
from server.db.tables import terminals as table
from server.refusals import Refused
from server.terminals import contacts, pairing, terminals
from server.terminals.contacts import State
from tests.support.office_web import PASSWORD, Caller, reason, signed_in
from tests.support.paper_shop import PaperShop
from tests.support.staffed_office import SLUG, Staffed

pytestmark = pytest.mark.slow

API = f"/api/store/v1/{SLUG}"
PAGE = f"/office/{SLUG}/terminals"


def standings(shop: PaperShop) -> dict[str, contacts.Standing]:
    """By name, in the order of the list."""
    with shop.units.read() as conn:
        settings = shop.server.company(SLUG).settings
        return {one.name: one for one in contacts.standings(conn, shop.company_id, None, settings, shop.now)}


def till_of(staffed: Staffed, name: str, store: str = "Gare") -> dict[str, Any]:
    staffed.shop.till(name, store)
    found: dict[str, Any] = next(one for one in staffed.owner.get(f"{API}/terminals").json() if one["name"] == name)
    return found


def logged(staffed: Staffed, till: dict[str, Any]) -> list[str]:
    """What the audit log says was done to a till."""
    with staffed.server.units.read() as conn:
        lines = audit.listed(conn, staffed.shop.company_id, limit=100)
    return [one.action for one in lines if one.subject_id == till["id"]]


@pytest.fixture(scope="module")
def of_belval(staffed: Staffed) -> Caller:
    """A manager of another store."""
    with staffed.server.units.write(staffed.shop.company_id) as conn:
        staffed.shop.store(conn, "Belval")
    return Caller(staffed.app, signed_in(staffed.server, SLUG, Role.MANAGER, "Belval", email="bea@example.com"))


def test_the_worst_stands_first_with_what_waits_and_how_long_it_can_go_on(shop: PaperShop) -> None:
    shop.till("Silent")
    shop.passes(days=4)
    shop.till("Offline")
    shop.till("Unheard", synced=False)
    shop.passes(hours=2)
    shop.till("Fine")
    found = standings(shop)
    assert [(one.name, one.state) for one in found.values()] == [
        ("Silent", State.SILENT),
        ("Unheard", State.UNHEARD),
        ("Offline", State.OFFLINE),
        ("Fine", State.IN_TOUCH),
    ]
    assert (found["Silent"].silent_days, found["Silent"].days_left) == (4, 3)
    assert [found[name].waiting for name in ("Silent", "Offline", "Fine")] == [None, None, 0], "not known is no zero"
    with shop.units.read() as conn:
        settings = shop.server.company(SLUG).settings
        assert contacts.waiting_for_attention(conn, shop.company_id, None, settings, shop.now) == 1
        assert contacts.waiting_for_attention(conn, shop.company_id, [], settings, shop.now) == 0


def test_a_manager_sees_and_changes_the_tills_of_own_stores(staffed: Staffed, of_belval: Caller) -> None:
    gare, belval = till_of(staffed, "Till 1"), till_of(staffed, "Till 2", "Belval")
    assert [one["name"] for one in of_belval.get(f"{API}/terminals").json()] == ["Till 2"]
    page = of_belval.get(PAGE).text
    assert "Till 2" in page and "Till 1" not in page
    renamed = {"name": "Bar", "version": gare["version"]}
    for path in (f"terminals/{gare['id']}/retire", f"terminals/{gare['id']}/revoke"):
        assert reason(of_belval.post(f"{API}/{path}", {"name": "Till 1"} if "revoke" in path else None))[0] == 403
    assert reason(of_belval.patch(f"{API}/terminals/{gare['id']}", renamed)) == (403, "not_allowed")
    assert reason(of_belval.post(f"{API}/pairing-codes", {"store_id": staffed.store_id, "name": "X"}))[0] == 403
    fine = of_belval.patch(f"{API}/terminals/{belval['id']}", {"name": "Bar", "version": belval["version"]})
    assert fine.json()["name"] == "Bar"
    stale = of_belval.patch(f"{API}/terminals/{belval['id']}", {"name": "Baa", "version": belval["version"]})
    assert reason(stale) == (409, "changed_meanwhile")
    assert stale.json()["present"]["name"] == "Bar"


def test_a_name_is_taken_until_its_till_is_signed_off(staffed: Staffed) -> None:
    first, second = till_of(staffed, "Front"), till_of(staffed, "Back")
    taken = staffed.owner.browser().form(f"{PAGE}/{second['id']}/rename", name="Front", version=second["version"])
    assert taken.status_code == 422 and "The name Front is taken already." in taken.text
    left = staffed.owner.browser().form(f"{PAGE}/{first['id']}/retire")
    assert left.headers["location"] == f"{PAGE}?done={first['id']}"
    assert "Front at Gare is signed off." in staffed.owner.get(left.headers["location"]).text
    assert staffed.owner.browser().form(f"{PAGE}/{first['id']}/retire").status_code == 404, "once is enough"
    renamed = staffed.owner.browser().form(f"{PAGE}/{second['id']}/rename", name="Front", version=second["version"])
    assert renamed.status_code == 303
    assert (logged(staffed, first), logged(staffed, second)) == (["terminal_retired"], ["terminal_renamed"])


def test_to_revoke_needs_the_password_and_the_name_and_says_what_is_lost(staffed: Staffed) -> None:
    till = till_of(staffed, "Stolen")
    person = staffed.owner.browser()
    asked = person.get(f"{PAGE}?open={till['id']}&act=revoke").text
    assert "Revoke Stolen at Gare?" in asked and "for at most 7 more days" in asked
    path = f"{PAGE}/{till['id']}/revoke"
    assert person.form(path, name="Stolen").status_code == 403, "the password again"
    wrong = person.form(path, name="Other", _password=PASSWORD)
    assert "wrong=true" in wrong.headers["location"]
    assert "This is not Stolen." in person.get(wrong.headers["location"].partition("#")[0]).text
    assert person.form(path, name="Stolen").headers["location"] == f"{PAGE}?done={till['id']}"
    with staffed.server.units.read() as conn:
        assert terminals.by_id(conn, staffed.shop.company_id, UUID(till["id"])).revoked
    assert logged(staffed, till) == ["terminal_revoked"]


def test_a_program_revokes_by_the_name_too(staffed: Staffed) -> None:
    till = till_of(staffed, "Kiosk")
    person = Caller(staffed.app, signed_in(staffed.server, SLUG, Role.OWNER, email="olga@example.com"))
    path = f"{API}/terminals/{till['id']}/revoke"
    assert reason(person.post(path, {"name": "Kiosk"})) == (403, "confirm_needed")


def test_a_pairing_page_turns_into_what_has_become_of_its_code(
    staffed: Staffed, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, shop = staffed.owner.browser(), staffed.shop
    page = person.form(f"{PAGE}/pairing", store_id=staffed.store_id, name="Till 7")
    assert page.status_code == 200
    (code,) = re.findall(r'class="pairing-code">([0-9A-Z-]{14})<', page.text)
    (asked,) = re.findall(rf'hx-get="({PAGE}/pairing/[0-9a-f-]+)"', page.text)
    waiting = person.get(asked).text
    assert "Waiting for the till." in waiting and code not in waiting, "it is shown once"
    monkeypatch.setattr(shop, "pairing_code", lambda _name, _store: code)
    till = shop.till("Till 7", synced=False)
    assert "Till 7 is paired." in person.get(asked).text
    assert "hx-get" in person.get(asked).text, "until its first contact"
    till.sync()
    assert "Till 7 is paired, first contact" in (done := person.get(asked).text)
    assert "hx-get" not in done


def test_a_code_that_is_over_says_so(staffed: Staffed) -> None:
    made = staffed.owner.post(f"{API}/pairing-codes", {"store_id": staffed.store_id, "name": "Till 8"}).json()
    assert re.fullmatch(r"(?:[0-9A-Z]{4}-){2}[0-9A-Z]{4}", made["code"])
    path = f"{API}/pairing-codes/{made['id']}"
    assert staffed.owner.get(path).json() == made | {"code": None}
    staffed.shop.passes(hours=24)
    person = Caller(staffed.app, signed_in(staffed.server, SLUG, Role.OWNER, email="otto@example.com"))
    assert "This code is over." in person.get(f"{PAGE}/pairing/{made['id']}").text
    staffed.shop.passes(hours=-24)


def test_another_companys_codes_and_tills_are_unknown(shop: PaperShop) -> None:
    shop.till("Till 1")
    with shop.units.read() as conn:
        (till,) = terminals.listed(conn, shop.company_id)
        for find in (terminals.by_id, pairing.offered):
            with pytest.raises(Refused):
                find(conn, till.id, till.id)


def test_a_row_that_is_open_is_on_the_page_that_is_shown(staffed: Staffed) -> None:
    till = till_of(staffed, "Till 99")
    with staffed.server.units.write(staffed.shop.company_id) as conn:
        row = conn.execute(select(table).where(table.c.terminal_id == UUID(till["id"]))).mappings().one()
        for number in range(100, 126):
            new = uuid4()
            changed = {"terminal_id": new, "name": f"Till {number}", "token_hash": new.bytes, "last_seen_at": None}
            conn.execute(insert(table).values(dict(row) | changed))
    first = staffed.owner.get(PAGE).text
    assert 'rel="next"' in first
    assert f'id="t-{till["id"]}"' not in first, "the worst stand first"
    opened = staffed.owner.get(f"{PAGE}?open={till['id']}&act=retire").text
    assert "Sign off Till 99 at Gare?" in opened
