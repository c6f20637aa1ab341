"""Signing in and out, passwords, links and sessions, on pages and for programs."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import pytest
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from loyalty.staff import Role
from server.accounts import invitations, links
from server.accounts.audit import BY_COMMAND
from server.settings import LOOPBACK
from tests.support.office_web import PASSWORD, Caller, reason, signed_in
from tests.support.staffed_office import SLUG, Staffed

pytestmark = pytest.mark.slow

NEW = "four words far apart"
Join = Callable[..., Caller]


@pytest.fixture
def join(staffed: Staffed) -> Join:
    """Hires somebody with an account."""
    return lambda name: Caller(staffed.app, signed_in(staffed.server, SLUG, Role.MANAGER, email=f"{name}@example.com"))


def sign_in(
    staffed: Staffed, email: str, password: str = PASSWORD, token: str | None = None, to: str = ""
) -> httpx.Response:
    browser = Caller(staffed.app, token).browser()
    return browser.form("/account/sign-in", email=email, password=password, next=to)


def token_of(answer: httpx.Response) -> str:
    found = re.match(r"orion=([\w-]+);", answer.headers["set-cookie"])
    assert found is not None, answer.headers
    return found[1]


def test_who_signs_in_gets_a_cookie_that_no_script_and_no_other_site_reads(staffed: Staffed, join: Join) -> None:
    join("ana")
    answer = sign_in(staffed, "ANA@example.com")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/" in cookie
    browser = Caller(staffed.app, token_of(answer)).browser()
    assert browser.get("/").headers["location"] == f"/office/{SLUG}"


def test_a_wrong_password_and_an_unknown_address_get_the_same_page(staffed: Staffed, join: Join) -> None:
    join("ben")
    wrong, unknown = sign_in(staffed, "ben@example.com", "not this one"), sign_in(staffed, "nobody@example.com")
    assert wrong.status_code == unknown.status_code == 401
    assert "E-mail address or password are wrong." in wrong.text
    assert wrong.text.replace("ben@", "") == unknown.text.replace("nobody@", "")
    assert "not this one" not in wrong.text


def test_a_token_from_before_signing_in_is_worth_nothing_after_it(staffed: Staffed, join: Join) -> None:
    planted = join("eve").token or ""
    join("victor")
    answer = sign_in(staffed, "victor@example.com", token=planted)
    assert token_of(answer) != planted
    assert reason(Caller(staffed.app, planted).get("/api/auth/v1/me")) == (401, "sign_in_needed")


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_signing_in_leads_to_pages_of_this_server_only(staffed: Staffed, join: Join, to: str) -> None:
    name = f"tom{abs(hash(to))}"
    join(name)
    assert sign_in(staffed, f"{name}@example.com", to=to).headers["location"] == "/"


def test_signing_in_leads_back_to_the_page_that_was_asked_for(staffed: Staffed, join: Join) -> None:
    join("lea")
    assert (
        sign_in(staffed, "lea@example.com", to="/office/x/stores?page=2").headers["location"]
        == "/office/x/stores?page=2"
    )


def test_signing_out_ends_the_session_and_removes_the_cookie(staffed: Staffed, join: Join) -> None:
    person = join("max")
    answer = person.browser().form("/account/sign-out")
    assert answer.headers["location"] == "/account/sign-in"
    assert "max-age=0" in answer.headers["set-cookie"].lower()
    assert reason(person.get("/api/auth/v1/me")) == (401, "sign_in_needed")


def test_an_invitation_is_read_by_anybody_and_used_once_by_its_form(staffed: Staffed) -> None:
    server = staffed.server
    with server.units.platform_write() as conn:
        token = invitations.invite_admin(conn, BY_COMMAND, "mara@example.com", server.now()).token
    path = f"/account/links/{token}"
    nobody = staffed.nobody.browser()
    assert [nobody.get(path).status_code for _ in range(3)] == [200, 200, 200]
    short = nobody.form(path, password="short")
    assert (short.status_code, "10 to 128 characters" in short.text) == (422, True)
    answer = nobody.form(path, password=NEW)
    assert Caller(staffed.app, token_of(answer)).get("/api/auth/v1/me").json()["is_admin"]
    assert nobody.form(path, password=NEW).status_code == 409
    assert "This link was used" in nobody.get(path).text


def test_a_forgotten_password_is_replaced_through_a_link(staffed: Staffed, join: Join) -> None:
    person, server = join("nora"), staffed.server
    me = person.get("/api/auth/v1/me").json()
    with server.units.platform_write() as conn:
        token = links.make(conn, links.reset("nora@example.com", UUID(me["id"]), server.now()), server.now())
    answer = staffed.nobody.post(f"/api/auth/v1/links/{token}", {"password": NEW})
    assert answer.status_code == 200
    assert reason(person.get("/api/auth/v1/me")) == (401, "sign_in_needed"), "all sessions before it have ended"
    assert sign_in(staffed, "nora@example.com").status_code == 401
    assert sign_in(staffed, "nora@example.com", NEW).status_code == 303


def test_known_and_unknown_addresses_get_the_same_answer_to_a_forgotten_password(staffed: Staffed, join: Join) -> None:
    join("paul")
    known, unknown = (
        staffed.nobody.post("/api/auth/v1/forgot", {"email": f"{name}@example.com"}) for name in ("paul", "nobody")
    )
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content) == (204, b"")


def test_a_new_password_ends_the_other_sessions(staffed: Staffed, join: Join) -> None:
    person = join("rosa")
    other = Caller(staffed.app, token_of(sign_in(staffed, "rosa@example.com")))
    wrong = person.browser().form("/account/password", present_password="no", password=NEW)
    assert (wrong.status_code, "wrong" in wrong.text) == (422, True)
    answer = person.browser().form("/account/password", present_password=PASSWORD, password=NEW)
    assert answer.headers["location"] == "/account/sessions?saved=password"
    assert reason(other.get("/api/auth/v1/me")) == (401, "sign_in_needed")
    assert Caller(staffed.app, token_of(answer)).get("/api/auth/v1/me").status_code == 200


def test_people_see_their_sessions_and_end_them(staffed: Staffed, join: Join) -> None:
    person = join("sam")
    other = Caller(staffed.app, token_of(sign_in(staffed, "sam@example.com")))
    mine = person.browser().get("/account/sessions").text
    assert mine.count("last seen") == 2
    assert "UTC" not in mine, "by the clock of the company"
    assert "\xa0UTC" in staffed.admin.browser().get("/account/sessions").text, "of none: named as it is"
    person.browser().form("/account/sessions/end-others")
    assert reason(other.get("/api/auth/v1/me")) == (401, "sign_in_needed")
    (mine,) = person.get("/api/auth/v1/sessions").json()
    assert mine["is_this"]
    assert person.send("DELETE", f"/api/auth/v1/sessions/{mine['id']}").status_code == 204
    assert reason(person.get("/api/auth/v1/me")) == (401, "sign_in_needed")


def test_nobody_ends_anothers_session(staffed: Staffed, join: Join) -> None:
    victim, thief = join("tina"), join("theo")
    (session,) = victim.get("/api/auth/v1/sessions").json()
    thief.send("DELETE", f"/api/auth/v1/sessions/{session['id']}")
    assert victim.get("/api/auth/v1/me").status_code == 200


def test_a_chosen_language_holds_for_every_page(staffed: Staffed, join: Join) -> None:
    person = join("lis").browser()
    person.form("/account/language", language="lb")
    assert "Mäi Kont" in person.get("/account/sessions").text


def test_an_admin_begins_on_the_platform_and_others_do_not_see_it(staffed: Staffed) -> None:
    assert staffed.admin.browser().get("/").headers["location"] == "/admin"
    assert staffed.admin.browser().get("/admin").headers["location"] == "/admin/programs"
    assert staffed.owner.browser().get("/admin").status_code == 403
    assert staffed.nobody.get("/").headers["location"] == "/account/sign-in"


@pytest.mark.parametrize(("peer", "seen"), [("127.0.0.1", "203.0.113.0"), ("198.51.100.7", "198.51.100.0")])
def test_only_a_proxy_of_ours_says_where_a_request_came_from(staffed: Staffed, peer: str, seen: str) -> None:
    """As uvicorn applies `ORION_PROXIES`; what a stranger wrote before the proxy's own word does not count."""
    app: Any = staffed.app
    behind = ProxyHeadersMiddleware(app, trusted_hosts=list(LOOPBACK))
    sent = {"email": f"owner-{SLUG}@example.com", "password": PASSWORD}
    token = Caller(behind, address=peer).post("/api/auth/v1/sign-in", sent, x_forwarded_for="192.0.2.66, 203.0.113.9")
    (here,) = [
        one for one in Caller(staffed.app, token.json()["token"]).get("/api/auth/v1/sessions").json() if one["is_this"]
    ]
    assert here["address"] == seen
