"""Requests that book are carried out once, and what a refused request wrote is gone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from threading import Event, Thread
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import update
from starlette.responses import Response

from server.accounts.rights import Right
from server.companies import stores
from server.db.answers import idempotency
from server.edge.asks import Ask, Installation
from server.edge.idempotency import KEPT, RUNS_FOR, booking_id
from server.edge.idempotency import Request as Stored
from server.edge.problem_json import HttpProblem
from server.edge.public_url import Place
from server.edge.routes import Body, Page, Redirect, Route, Unit
from server.hints import Hints
from server.office_mount import mount
from server.refusals import No, Refused
from tests.support.office_web import ORIGIN, PASSWORD, Caller, reason
from tests.support.staffed_office import SLUG, Staffed

PATH = "/api/store/v1/{slug}/booked"
AT = PATH.format(slug=SLUG)
BEGUN, GOES_ON = Event(), Event()


class Named(Body):
    name: str
    fails: bool = False
    waits: bool = False


def book(ask: Ask) -> dict[str, Any]:
    store = stores.create(ask.conn, ask.company_id, ask.body.name, ask.now)
    if ask.body.waits:
        BEGUN.set()
        GOES_ON.wait(10)
    if ask.body.fails:
        raise Refused(No.PROGRAM_MISSING)
    return {"id": str(store.id), "booking_id": str(ask.booking_id)}


def book_by_form(ask: Ask) -> Redirect | Page:
    book(ask)
    return Redirect(f"/office/{SLUG}/stores") if not ask.body.fails else Page("problem.html", {}, 422)


def breaks(_ask: Ask) -> None:
    raise ZeroDivisionError("secret")


def _route(**more: Any) -> Route:
    values: dict[str, Any] = {"right": Right.SETUP_CHANGE, "title": "A test's own.", "body": Named}
    return Route(**(values | more))


ROUTES: Sequence[Route] = (
    _route(method="POST", path=PATH, handler=book, answer=dict[str, Any], books=True, unit=Unit.COMPANY),
    _route(method="POST", path="/office/{slug}/booked", handler=book_by_form, books=True),
    _route(method="GET", path="/api/store/v1/{slug}/broken", handler=breaks, body=None, answer=str),
    _route(method="POST", path="/api/store/v1/{slug}/rare", handler=book, answer=dict[str, Any], confirms=True),
    _route(method="POST", path="/office/{slug}/rare", handler=book_by_form, confirms=True),
)


@pytest.fixture(scope="module")
def owner(staffed: Staffed) -> Caller:
    """The owner, calling routes of the test's own."""
    app = FastAPI()
    server = staffed.server
    mount(app, Installation(server.units, server.keys, server.now, Place(ORIGIN)), Hints(), ROUTES)
    return Caller(app, staffed.owner.token)


def sent(owner: Caller, name: str, key: str | None, **more: Any) -> httpx.Response:
    headers = {} if key is None else {"idempotency_key": key}
    return owner.post(AT, {"name": name} | more, **headers)


@pytest.mark.slow
def test_the_same_key_and_body_get_the_stored_answer(owner: Caller, staffed: Staffed) -> None:
    key = str(uuid4())
    first, again = sent(owner, "Once", key), sent(owner, "Once", key)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.content == again.content
    assert ("idempotent-replay" in first.headers, again.headers["idempotent-replay"]) == (False, "true")
    assert sent(owner, "Twice", str(uuid4())).json()["booking_id"] != first.json()["booking_id"]


def test_a_stored_answer_is_repeated_after_the_companys_keys_were_renewed(owner: Caller, staffed: Staffed) -> None:
    key = str(uuid4())
    first = sent(owner, "Before", key)
    staffed.server.keys.renew(staffed.shop.company_id, uuid4())
    assert sent(owner, "Before", key).content == first.content


def test_a_stored_answer_that_no_key_opens_is_not_carried_out_again(owner: Caller, staffed: Staffed) -> None:
    key = str(uuid4())
    sent(owner, "Lost", key)
    with staffed.server.units.platform_write() as conn:
        conn.execute(update(idempotency).values(answer=b"of another key file"))
    assert reason(sent(owner, "Lost", key)) == (409, "answer_lost")


def test_a_key_is_needed_and_is_for_one_body(owner: Caller) -> None:
    assert reason(sent(owner, "Keyless", None)) == (400, "idempotency_key_missing")
    assert reason(sent(owner, "Keyless", "1")) == (400, "idempotency_key_missing")
    key = str(uuid4())
    assert sent(owner, "One body", key).status_code == 200
    assert reason(sent(owner, "Another body", key)) == (422, "idempotency_key_reused")


def test_a_refused_request_leaves_nothing_and_may_be_sent_again(owner: Caller) -> None:
    key = str(uuid4())
    assert reason(sent(owner, "Kept out", key, fails=True)) == (409, "program_missing")
    assert sent(owner, "Kept out", key).status_code == 200, "the name is free, and so is the key"


def test_the_same_request_is_refused_while_it_runs(owner: Caller) -> None:
    key = str(uuid4())
    answers: list[httpx.Response] = []
    first = Thread(target=lambda: answers.append(sent(owner, "Slow", key, waits=True)))
    first.start()
    assert BEGUN.wait(10)
    second = Thread(target=lambda: answers.append(sent(owner, "Slow", key, waits=True)))
    second.start()
    GOES_ON.set()
    first.join(20)
    second.join(20)
    codes = sorted(answer.status_code for answer in answers)
    assert codes in ([200, 200], [200, 409])
    assert len({answer.content for answer in answers if answer.status_code == 200}) == 1


def test_a_key_is_kept_for_a_day_and_that_of_a_request_that_died_for_a_minute(staffed: Staffed) -> None:
    shop, units = staffed.shop, staffed.server.units
    request = Stored(uuid4(), shop.company_id, b"mark", shop.keys.company(shop.company_id), shop.now)
    a_moment = timedelta(microseconds=1)

    def reserved(after: timedelta) -> Response | None:
        with units.platform_write() as conn:
            return replace(request, now=shop.now + after).reserve(conn)

    assert reserved(timedelta(0)) is None
    with pytest.raises(HttpProblem, match="in_progress"):
        reserved(RUNS_FOR - a_moment)
    assert reserved(RUNS_FOR) is None
    with units.platform_write() as conn:
        request.keep(conn, Response("booked"))
    again = reserved(KEPT - a_moment)
    assert again is not None and again.body == b"booked"
    assert reserved(KEPT) is None


def test_what_is_booked_has_an_id_of_its_own_for_each_person_company_route_and_key() -> None:
    one, other = uuid4(), uuid4()
    asked = [(one, one, "a", one), (other, one, "a", one), (one, other, "a", one), (one, one, "b", one)]
    asked.append((one, one, "a", other))
    ids = [booking_id(*each) for each in asked]
    assert len(set(ids)) == len(asked) and [booking_id(*each) for each in asked] == ids


def test_a_form_sent_twice_books_once(owner: Caller) -> None:
    browser, key = owner.browser(), str(uuid4())
    answers = [browser.form(f"/office/{SLUG}/booked", name="By form", _key=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert [answer.headers["location"] for answer in answers] == [f"/office/{SLUG}/stores"] * 2


def test_the_servers_own_fault_has_a_log_id_and_nothing_else(owner: Caller, capsys: pytest.CaptureFixture[str]) -> None:
    answer = owner.get(f"/api/store/v1/{SLUG}/broken")
    assert answer.status_code == 500
    assert answer.json().keys() == {"status", "log_id"}
    assert answer.json()["log_id"] in "".join(capsys.readouterr())


def test_no_pin_is_repeated_where_the_password_is_asked(staffed: Staffed) -> None:
    path = f"/office/{SLUG}/staff/new"
    fields = {"name": "Dora", "role": "cashier", "all_stores": "true"}
    asked = staffed.owner.browser().form(path, **fields, pin="739158")
    assert (asked.status_code, "739158" in asked.text) == (403, False)
    assert 'name="pin" type="password"' in asked.text and 'value="Dora"' in asked.text
    assert 'name="pin"' not in staffed.owner.browser().form(path, **fields).text, "without a PIN none is asked for"
    assert f'href="{path}"' in asked.text, "Cancel"


def test_what_is_rare_asks_for_the_password_again(owner: Caller) -> None:
    assert reason(owner.post(f"/api/store/v1/{SLUG}/rare", {"name": "Rare"})) == (403, "confirm_needed")


@pytest.mark.slow
def test_a_form_that_is_rare_is_sent_again_with_the_password(owner: Caller) -> None:
    browser, path = owner.browser(), f"/office/{SLUG}/rare"
    asked = browser.form(path, name="Rare by form")
    assert asked.status_code == 403
    assert 'value="Rare by form"' in asked.text
    wrong = browser.form(path, name="Rare by form", _password="not this one")
    assert (wrong.status_code, "password are wrong" in wrong.text) == (403, True)
    assert browser.form(path, name="Rare by form", _password=PASSWORD).status_code == 303
    assert browser.form(path, name="Rarer by form").status_code == 303, "it holds for five minutes"
