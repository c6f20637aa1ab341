"""Promises of every route and form, by construction over the table of routes: edits of what has changed are refused,
what books books once, reading changes nothing, and what a caller says about themselves is not believed."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, event, select

from server.accounts.rights import Role
from server.db.schema import metadata
from server.edge.fields import WHOLE_MAX
from server.edge.idempotency import KEY_FIELD, REPLAY
from server.edge.routes import Route
from server.route_table import ROUTES
from tests.company.api.accepted import request_of
from tests.company.api.called_office import CalledOffice
from tests.company.api.forms import Form, booking_form, shown_form
from tests.support.office_web import PASSWORD, Caller, reason

pytestmark = pytest.mark.slow

EDITS = [one for one in ROUTES if one.body is not None and "version" in one.body.model_fields]
DRAFTS = re.compile("/preview$")  # looks at what would change
BOOKS = [one for one in ROUTES if one.books]
READS = [one for one in ROUTES if not one.changes]
SAFE = {"audit", "platform_audit", "sessions", "attempts"}  # who looked, when they were last seen, and how often
UNBOOKED = SAFE | {"idempotency", "jobs", "platform_jobs"}
EVIL = "evil.example"
CHANGE = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+\"?(\w+)")


def each(routes: list[Route]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("route", routes, ids=lambda route: route.name)


def person_for(called: CalledOffice, route: Route) -> Caller:
    person = called.person(route)
    return person if route.is_api else person.browser()


def rows(called: CalledOffice, but: set[str]) -> dict[str, list[Any]]:
    """All rows of the database by table."""
    with called.server.units.read() as conn:
        return {
            table.name: sorted(map(repr, conn.execute(select(table))))
            for table in metadata.sorted_tables
            if table.name not in but
        }


@contextmanager
def changes() -> Iterator[list[str]]:
    """The tables that statements change meanwhile, also those of a unit of work that is rolled back."""
    found: list[str] = []

    def seen(_conn: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if (change := CHANGE.match(statement)) is not None:
            found.append(change[1])

    event.listen(Engine, "before_cursor_execute", seen)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", seen)


def sent(person: Caller, form: Form, **more: Any) -> httpx.Response:
    return person.send("POST", form.path, data=form.fields | more, files=form.files)


@each(EDITS)
def test_an_edit_of_an_older_version_changes_nothing_and_tells_what_holds(route: Route, called: CalledOffice) -> None:
    person = person_for(called, route)
    if route.is_api:
        wanted = request_of(called, route)
        before = rows(called, SAFE)
        answer = person.send(route.method, route.at(**wanted.path), json=(wanted.body or {}) | {"version": WHOLE_MAX})
        assert reason(answer) == (409, "changed_meanwhile")
        present = answer.json()["present"]
        assert present["version"] not in (None, WHOLE_MAX)
        assert len(present) > 1, "the values as they are"
    else:
        form = shown_form(called, person, route)
        before = rows(called, SAFE)
        answer = sent(person, form, version=str(WHOLE_MAX))
        assert answer.status_code == 409
        assert form.on(answer.text)["version"] == form.fields["version"]
    assert rows(called, SAFE) == before


@each([route for route in EDITS if not route.is_api])
def test_an_edit_of_the_version_that_was_shown_is_accepted(route: Route, called: CalledOffice) -> None:
    person = person_for(called, route)
    assert sent(person, shown_form(called, person, route)).status_code in (200, 303)


@each(BOOKS)
def test_what_is_sent_twice_is_booked_once(route: Route, called: CalledOffice) -> None:
    person = person_for(called, route)
    send = booking(called, route, person)
    key = called.key()
    first = send(key)
    assert first.status_code in (200, 201, 202, 303), first.text
    booked = rows(called, UNBOOKED)
    called.passes(minutes=2)
    again = send(key)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers.get("location") == first.headers.get("location")
    assert (REPLAY in first.headers, again.headers[REPLAY]) == (False, "true")
    assert rows(called, UNBOOKED) == booked
    assert REPLAY not in send(called.key()).headers


def booking(called: CalledOffice, route: Route, person: Caller) -> Callable[[str], httpx.Response]:
    """Sends one request that books, under a key."""
    if route.is_api:
        wanted = request_of(called, route)
        return lambda key: person.post(route.at(**wanted.path), wanted.body, idempotency_key=key)
    form = shown_form(called, person, route) if route in EDITS else booking_form(called, route)
    return lambda key: sent(person, form, **{KEY_FIELD: key})


def test_reading_changes_nothing_but_who_looked(called: CalledOffice) -> None:
    """Every page and route that is read, as everybody who may, by GET and HEAD."""
    called.passes(minutes=2)
    asked = [(route, request_of(called, route).address(route)) for route in READS]
    asked.sort(key=lambda pair: not pair[0].asks_proof)  # a one-time code holds for ten minutes
    customers = {route.name: called.customer() for route in READS if route.asks_proof}
    people = {role: called.caller(role) for role in called.people}
    before = rows(called, SAFE)
    for route, path in asked:
        with changes() as found:
            asking = customers.get(route.name)
            for person in [people[role] for role in called.may(route)] if asking is None else [asking]:
                for method in ("GET", "HEAD"):
                    assert person.send(method, path).status_code in (200, 303), (path, method)
        assert set(found) <= SAFE, path
        called.passes(seconds=10)
    assert rows(called, SAFE) == before


def test_nothing_on_a_page_or_in_an_answer_comes_from_the_address_that_a_caller_claims(called: CalledOffice) -> None:
    said = {
        "host": EVIL,
        "x-forwarded-host": EVIL,
        "x-forwarded-for": "198.51.100.66",
        "x-forwarded-proto": "https",
        "forwarded": f"for=198.51.100.66;host={EVIL};proto=https",
        "x-real-ip": "198.51.100.66",
    }
    for route in (one for one in ROUTES if one.is_api or not one.changes):
        called.passes(minutes=2)
        wanted, person = request_of(called, route), person_for(called, route)
        claimed = replace(person, headers=person.headers | said)
        key = {"idempotency-key": called.key()} if route.books else {}
        answer = claimed.send(route.method, route.at(**wanted.path), json=wanted.body, **key)
        told = answer.text + str(answer.headers)
        assert answer.status_code < 500, route.name
        assert EVIL not in told and "198.51.100" not in told, route.name
    stored = repr(rows(called, set()))
    assert EVIL not in stored and "198.51.100" not in stored


@pytest.mark.parametrize("path", ["/account/sign-in", "/account/links/{token}", "/account/password"])
def test_who_signs_in_gets_a_session_that_nobody_knew_before(path: str, called: CalledOffice) -> None:
    """A token that was planted in their browser is not theirs afterwards."""
    called.passes(minutes=2)
    planted = called.caller(Role.ACCOUNT)
    path = path.format(token=called.thing("token", ROUTES[0]))
    email = called.people[Role.OWNER] if path.endswith("sign-in") else called.people[Role.ACCOUNT]
    fields = {"email": email} if path.endswith("sign-in") else {}
    fields |= {"present_password": PASSWORD} if path.endswith("/password") else {}
    answer = planted.browser().form(path, password=PASSWORD, **fields)
    assert answer.status_code == 303, answer.text
    (token,) = re.findall(r"orion=([\w-]+);", answer.headers["set-cookie"])
    assert token != planted.token
    me, other = (Caller(called.app, one).get("/api/auth/v1/me") for one in (token, planted.token))
    assert me.status_code == 200
    assert other.status_code == 401 or other.json()["id"] != me.json()["id"]
