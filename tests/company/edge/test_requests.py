"""Requests within and beyond their limits, and who may send them."""

import asyncio
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.types import Message

from loyalty.staff import Role
from server.accounts import attempts, audit, sessions
from server.edge import bodies
from server.edge.asks import Installation
from server.edge.bodies import BYTES_MAX, DEPTH_MAX
from server.edge.problem_json import HttpProblem
from server.edge.public_url import Place
from server.hints import Hints
from server.office_mount import mount
from sync.protocol.messages import EXCHANGE_PATH
from tests.support.office_web import (
    ORIGIN,
    PASSWORD,
    PIN,
    Caller,
    confirmed,
    reason,
    signed_in,
    signed_in_again,
    staff_id,
)
from tests.support.staffed_office import SLUG, Staffed

STORES = f"/api/store/v1/{SLUG}/stores"
PAGE = f"/office/{SLUG}/stores"


def test_a_program_that_is_not_signed_in_is_told_so(staffed: Staffed) -> None:
    answer = staffed.nobody.get(STORES)
    assert reason(answer) == (401, "sign_in_needed")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert reason(Caller(staffed.app, "nobody's").get(STORES)) == (401, "sign_in_needed")


def test_a_browser_that_is_not_signed_in_is_sent_there_and_back(staffed: Staffed) -> None:
    answer = staffed.nobody.get(f"{PAGE}?page=2")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/account/sign-in?next=%2Foffice%2F{SLUG}%2Fstores%3Fpage%3D2"


@pytest.mark.slow
@pytest.mark.parametrize("path", [STORES, PAGE, "/nowhere", "/api/nowhere", "/api/openapi.json"])
def test_every_answer_has_the_headers(staffed: Staffed, path: str) -> None:
    headers = staffed.owner.browser().get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"


def test_a_tills_request_passes_through_nothing_of_the_office(staffed: Staffed) -> None:
    answer = staffed.nobody.send("POST", EXCHANGE_PATH, content=b"{}")
    assert answer.status_code == 401
    assert "content-security-policy" not in answer.headers
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.slow
def test_over_tls_the_cookie_is_for_this_host_and_tls_only(staffed: Staffed) -> None:
    app = FastAPI()
    server = staffed.server
    mount(app, Installation(server.units, server.keys, server.now, Place("https://loyalty.example")), Hints())
    browser = Caller(app).browser(origin="https://loyalty.example")
    answer = browser.form("/account/sign-in", email=f"owner-{SLUG}@example.com", password=PASSWORD)
    assert answer.headers["set-cookie"].startswith("__Host-orion=")
    assert "secure" in answer.headers["set-cookie"].lower()
    assert answer.headers["strict-transport-security"]


@pytest.mark.slow
def test_nobody_signs_in_where_the_cookie_could_be_read(staffed: Staffed) -> None:
    app = FastAPI()
    server = staffed.server
    mount(app, Installation(server.units, server.keys, server.now, Place("http://192.0.2.7:8400")), Hints())
    answer = Caller(app).browser().form("/account/sign-in", email=f"owner-{SLUG}@example.com", password=PASSWORD)
    assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)
    assert "encrypted connection" in answer.text


def test_another_companys_things_are_as_unknown_as_what_does_not_exist(staffed: Staffed) -> None:
    answers = [staffed.admin.get(STORES), staffed.owner.get(STORES.replace(SLUG, "nobodys"))]
    assert {reason(one) for one in answers} == {(404, "unknown")}
    assert answers[0].content == answers[1].content


def test_who_lacks_the_right_is_told_so(staffed: Staffed) -> None:
    assert reason(staffed.manager.get(STORES)) == (403, "not_allowed")
    assert staffed.cashier.browser().get(PAGE).status_code == 403
    assert reason(staffed.owner.get("/api/admin/v1/companies")) == (403, "not_allowed")
    assert staffed.admin.get("/api/admin/v1/companies").status_code == 200


@pytest.mark.parametrize(
    ("person", "path", "body"),
    [
        ("owner", STORES, {"name": "Too late"}),
        ("owner", f"/api/store/v1/{SLUG}/staff", {"name": "Too late", "role": "owner", "store_ids": None, "pin": PIN}),
        ("owner", f"/api/store/v1/{SLUG}/staff/{{owner}}/pin", {"pin": PIN}),
        ("owner", f"/api/store/v1/{SLUG}/pairing-codes", {"store_id": "{store}", "name": "Too late"}),
        ("admin", "/api/admin/v1/admins", {"email": "late@example.com"}),
    ],
)
def test_nothing_is_changed_for_who_lost_the_right_while_they_waited(
    staffed: Staffed, monkeypatch: pytest.MonkeyPatch, person: str, path: str, body: dict[str, Any]
) -> None:
    email = "admin@example.com" if person == "admin" else f"owner-{SLUG}@example.com"
    server, token = staffed.server, signed_in_again(staffed.server, email)
    named = {"owner": str(staff_id(server, SLUG, f"owner-{SLUG}")), "store": staffed.store_id}
    late = confirmed(server, Caller(staffed.app, token))
    body = {name: value.format(**named) if isinstance(value, str) else value for name, value in body.items()}

    def counted(_requests: attempts.Requests, account_id: UUID, now: datetime) -> None:
        """Stands where a request waits after its sender has been looked up."""
        with server.units.platform_write() as conn:
            session = sessions.find(conn, token, server.now())
            assert session is not None
            sessions.end(conn, account_id, session.id)

    with server.units.read() as conn:
        before = len(audit.listed(conn, None if person == "admin" else staffed.shop.company_id, limit=1000))
    monkeypatch.setattr(attempts.Requests, "take", counted)
    assert reason(late.post(path.format(**named), body)) == (401, "sign_in_needed")
    with server.units.read() as conn:
        assert len(audit.listed(conn, None if person == "admin" else staffed.shop.company_id, limit=1000)) == before


@pytest.mark.parametrize(
    "said", [{}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "http://evil.example"}]
)
def test_a_browser_changes_nothing_for_another_site(staffed: Staffed, said: dict[str, str]) -> None:
    browser = Caller(staffed.app, staffed.owner.token, False, said)
    assert reason(browser.post(STORES, {"name": "Belval"})) == (403, "cross_site")
    assert browser.form(f"{PAGE}/new", name="Belval").status_code == 403
    assert "Belval" not in staffed.owner.get(STORES).text


def test_a_browser_without_fetch_metadata_may_name_its_origin(staffed: Staffed) -> None:
    old = Caller(staffed.app, staffed.owner.token, False, {"origin": ORIGIN, "host": "evil.example"})
    assert old.post(STORES, {"name": "Old browser"}).status_code == 201


def test_a_form_is_carried_out_and_leads_back_to_the_list(staffed: Staffed) -> None:
    owner = staffed.owner.browser()
    answer = owner.form(f"{PAGE}/new", name="Kirchberg")
    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, PAGE)
    assert "Kirchberg was created." in owner.get(answer.headers["location"]).text


def test_what_is_changed_on_a_page_or_by_a_program_stands_in_the_audit_log(staffed: Staffed) -> None:
    store = staffed.owner.post(STORES, {"name": "Merl"}).json()
    fields = {"name": "Merl-Sud", "version": store["version"]}
    assert staffed.owner.browser().form(f"{PAGE}/{store['id']}", **fields).status_code == 303
    with staffed.server.units.read() as conn:
        lines = audit.listed(conn, staffed.shop.company_id, limit=100)
    found = [(one.action, one.before, one.after) for one in lines if one.subject_id == store["id"]]
    assert sorted(found, key=str) == [
        ("store_created", None, {"name": "Merl"}),
        ("store_renamed", {"name": "Merl"}, {"name": "Merl-Sud"}),
    ]
    assert {one.role for one in lines if one.subject_id == store["id"]} == {"owner"}


def test_a_form_that_is_wrong_comes_back_as_typed(staffed: Staffed) -> None:
    answer = staffed.owner.browser().form(f"{PAGE}/new", name="<b>" + "x" * 90)
    assert answer.status_code == 422
    assert "At most 80 characters." in answer.text
    assert "&lt;b&gt;xxx" in answer.text
    taken = staffed.owner.browser().form(f"{PAGE}/new", name="Gare")
    assert "The name Gare is taken already." in taken.text


BAD: list[tuple[Any, tuple[int, str]]] = [
    ({"name": "Nul\0"}, (422, "invalid")),
    ({"name": "half \ud800"}, (422, "invalid")),
    ({"name": "bell\a"}, (422, "invalid")),
    ({"name": "x" * 81}, (422, "invalid")),
    ({"name": "A", "more": 1}, (422, "invalid")),
    ({}, (422, "invalid")),
    ([1], (422, "invalid")),
    ({"name": 1 << 70}, (422, "invalid")),
]


@pytest.mark.parametrize(("body", "wanted"), BAD)
def test_what_cannot_be_kept_is_refused(staffed: Staffed, body: Any, wanted: tuple[int, str]) -> None:
    content = json.dumps(body).encode()
    answer = staffed.owner.send("POST", STORES, content=content, content_type="application/json")
    assert reason(answer) == wanted


def test_bodies_that_are_too_deep_too_large_torn_or_of_another_type(staffed: Staffed) -> None:
    def sent(content: bytes, kind: str = "application/json") -> tuple[int, str]:
        return reason(staffed.owner.send("POST", STORES, content=content, content_type=kind))

    assert sent(b"[" * (DEPTH_MAX + 1) + b"]" * (DEPTH_MAX + 1)) == (422, "invalid")
    assert sent(b"[" * 100_000) == (422, "invalid")
    assert sent(b" " * (BYTES_MAX + 1)) == (413, "too_large")
    assert sent(b'{"name": ') == (400, "malformed")
    assert sent(b'{"name": NaN}') == (400, "malformed")
    assert sent(b"\xff") == (400, "malformed")
    assert sent(b"{}", "text/plain") == (415, "media_type")


def test_a_body_may_be_as_deep_as_its_limit() -> None:
    assert bodies.from_json(b"[" * DEPTH_MAX + b"]" * DEPTH_MAX)
    with pytest.raises(HttpProblem, match="invalid"):
        bodies.from_json(b"[" * (DEPTH_MAX + 1) + b"]" * (DEPTH_MAX + 1))


def test_a_body_that_does_not_come_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "READ_WITHIN_S", 0.01)

    async def nothing() -> Message:
        await asyncio.Event().wait()
        raise AssertionError("an event that nobody sets")

    async def read() -> None:
        with pytest.raises(HttpProblem, match="too_slow"):
            await asyncio.wait_for(bodies.read(Request({"type": "http"}, nothing)), 20)

    asyncio.run(read())


def test_what_a_page_asks_by_itself_keeps_no_session_alive(staffed: Staffed) -> None:
    server, token = staffed.server, staffed.manager.token
    assert token is not None

    def seen() -> datetime:
        with server.units.read() as conn:
            session = sessions.find(conn, token, server.now())
        assert session is not None
        return session.seen_at

    before, person = seen(), staffed.manager
    staffed.shop.passes(minutes=5)
    person.get("/api/auth/v1/me", x_orion_poll="1")
    assert seen() == before
    person.get("/api/auth/v1/me")
    assert seen() == server.now()


def test_an_edit_of_an_older_version_gets_the_present_values(staffed: Staffed) -> None:
    store = staffed.owner.post(STORES, {"name": "Limpertsberg"}).json()
    path = f"{STORES}/{store['id']}"
    renamed = staffed.owner.patch(path, {"name": "Belair", "version": store["version"]}).json()
    answer = staffed.owner.patch(path, {"name": "Cents", "version": store["version"]})
    assert reason(answer) == (409, "changed_meanwhile")
    assert answer.json()["present"] == renamed


def test_a_sentence_comes_in_the_language_that_was_asked_for(staffed: Staffed) -> None:
    said = {
        one: staffed.nobody.get(STORES, accept_language=one).json()["detail"] for one in ("en", "de", "fr-LU", "lb")
    }
    assert said["en"] == "Please sign in."
    assert len(set(said.values())) == 4


@pytest.mark.slow
def test_an_account_sends_so_many_requests_a_minute_in_all_its_sessions_together(staffed: Staffed) -> None:
    server, person = staffed.server, Caller(staffed.app, signed_in(staffed.server, SLUG, Role.OWNER, email="a@b.lu"))
    with server.units.read() as conn:
        session = sessions.find(conn, person.token or "", server.now())
    assert session is not None
    elsewhere = attempts.Requests(server.units, server.keys.platform)
    for _ in range(attempts.REQUESTS_OF_ACCOUNT.count):
        elsewhere.take(session.account_id, server.now())
    assert reason(person.get(STORES)) == (429, "too_many")
    assert reason(person.get("/api/admin/v1/companies")) == (429, "too_many"), "what is refused counts too"
    assert person.browser().get(f"/office/{SLUG}/nowhere").status_code == 429
    page = Caller(staffed.app, signed_in_again(server, "a@b.lu")).browser().get(PAGE)
    assert (page.status_code, int(page.headers["retry-after"])) == (429, 60)
    assert "This was tried too often." in page.text
    staffed.shop.passes(minutes=1)
    assert person.browser().get(PAGE).status_code == 200


REFUSALS: dict[str, Callable[[Caller], httpx.Response]] = {
    "no right": lambda one: one.get(f"/office/{SLUG}/settings"),
    "nothing of the kind": lambda one: one.get(f"/office/{SLUG}/cards/{UUID(int=7)}"),
    "no page": lambda one: one.get(f"/office/{SLUG}/nowhere"),
    "no such form": lambda one: one.form(f"/office/{SLUG}/cards"),
    "a wrong query": lambda one: one.get(f"/office/{SLUG}/cards?page=0"),
    "too large": lambda one: one.form(f"/office/{SLUG}/counter/look-up", code="1" * (BYTES_MAX + 1)),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_in_a_company_keeps_its_bar(staffed: Staffed, name: str) -> None:
    page = REFUSALS[name](staffed.cashier.browser())
    assert page.status_code >= 400
    assert f'<a class="place" href="/office/{SLUG}/counter"' in page.text
    assert f"cashier-{SLUG}" in page.text
    for stranger in (staffed.nobody, staffed.admin):
        assert "Bean Scene" not in REFUSALS[name](stranger.browser()).text


def test_a_path_takes_its_own_methods_only(staffed: Staffed) -> None:
    answer = staffed.owner.send("DELETE", STORES)
    assert reason(answer) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, POST"
    assert staffed.owner.send("HEAD", STORES).status_code == 200
