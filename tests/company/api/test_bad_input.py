"""What cannot be right is refused at every route and form, by construction over the table of routes."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID, uuid4

import pytest
from pydantic import BaseModel

from server.edge.bodies import BYTES_MAX
from server.edge.dispatcher import AGAIN_FIELD
from server.edge.routes import Route
from server.route_table import ROUTES
from tests.support.office_web import Caller, confirmed, reason, signed_in_again
from tests.support.signed_in_customers import a_customer
from tests.support.staffed_office import SLUG, Staffed

pytestmark = pytest.mark.slow

CHANGING = [route for route in ROUTES if route.changes]
TYPED = [route for route in CHANGING if route.body is not None]
ASKED = [route for route in ROUTES if route.query is not None]
CONFIRMED = [route for route in ROUTES if route.confirms]
UNREADABLE = ("a\0b", "half \ud800")
TOO_WIDE = (1 << 63, -(1 << 63) - 1, 1 << 200, 1e308)
MANY_DIGITS = "9" * 5_000  # more than Python turns into a number
WIDE = range(-(1 << 63), 1 << 63)


def each(routes: list[Route]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("route", routes, ids=lambda route: route.name)


def path_of(route: Route, staffed: Staffed) -> str:
    return route.at(**{name: SLUG if name == "slug" else staffed.store_id for name in route.holes})


def who(route: Route, staffed: Staffed) -> Caller:
    """Somebody who may use a route, in a new session and minute, so that nothing but the value is wrong."""
    staffed.shop.passes(minutes=1)
    if route.asks_proof:
        return customer(route, staffed)
    is_platform = route.path.startswith(("/admin", "/api/admin"))
    email = "admin@example.com" if is_platform else f"owner-{SLUG}@example.com"
    person = Caller(staffed.app, signed_in_again(staffed.server, email))
    return person if route.is_api else person.browser()


def customer(route: Route, staffed: Staffed) -> Caller:
    """Somebody whose card it is, who has just entered a one-time code."""
    shop = staffed.shop
    theirs = a_customer(staffed.server, shop.company_id, UUID(staffed.store_id), f"{uuid4()}@example.org")
    person = Caller(staffed.app, theirs.token, cookie=f"me-{SLUG}")
    return person if route.is_api else person.browser()


def model(route: Route) -> type[BaseModel]:
    assert route.body is not None
    return route.body


def replaced(value: Any, bad: Any) -> Iterator[Any]:
    """The value with one of its parts replaced, once for each part."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from (value | {name: one} for one in replaced(inner, bad))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from ([*value[:place], one, *value[place + 1 :]] for one in replaced(inner, bad))
    yield bad


def bodies(route: Route, bad: Any) -> Iterator[dict[str, Any]]:
    """The example of a route with each of its parts, and each field that it leaves out, replaced."""
    example = dict(route.example.body or {})
    yield from (body for body in replaced(example, bad) if isinstance(body, dict))
    yield from (example | {name: bad} for name in model(route).model_fields if name not in example)


def sent(person: Caller, route: Route, path: str, body: dict[str, Any]) -> Any:
    """A body as JSON, with what no encoder would write; or as a form, without a quarrel about a password."""
    if route.is_api:
        content = json.dumps(body).encode("utf-8", "surrogatepass")
        return person.send(route.method, path, content=content, content_type="application/json")
    text = urlencode(body, quote_via=quote, errors="surrogatepass", doseq=True)
    kind = "application/x-www-form-urlencoded"
    return person.send(route.method, path, content=text.encode(), content_type=kind)


@each(TYPED)
def test_text_that_cannot_be_kept_is_refused_in_every_field(route: Route, staffed: Staffed) -> None:
    person, path = who(route, staffed), path_of(route, staffed)
    for bad in UNREADABLE:
        is_torn = not route.is_api and not bad.isascii()  # half a character cannot be written in a form at all
        for body in bodies(route, bad):
            answer = sent(person, route, path, body)
            assert answer.status_code == (400 if is_torn else 422), body
            if route.is_api:
                assert [one["reason"] for one in answer.json()["errors"]] == ["unreadable"], body
    named = sent(person, route, path, {"na\0me": "x"})
    assert named.status_code == 422


@each(ASKED)
def test_a_query_is_refused_in_every_field_or_read_as_text(route: Route, staffed: Staffed) -> None:
    if route.changes:
        return  # its form is what is looked at
    person, path = who(route, staffed), path_of(route, staffed)
    assert route.query is not None
    for name in route.query.model_fields:
        far = ("0001-01-01", "9999-12-31")
        for bad in ("a%00b", "%ED%A0%80", "%FF", MANY_DIGITS, "x" * 20_000, str(1 << 63), "1&" + name + "=2", *far):
            answer = person.get(f"{path}?{name}={bad}")
            assert answer.status_code < 500, (name, bad[:20])
        assert person.get(f"{path}?{name}=a%00b").status_code == 422, name


@each(TYPED)
def test_no_number_is_wider_than_a_database_holds(route: Route, staffed: Staffed) -> None:
    person, path = who(route, staffed), path_of(route, staffed)
    for wide in TOO_WIDE if route.is_api else ():
        for body in bodies(route, wide):
            assert reason(sent(person, route, path, body)) == (422, "invalid"), body
    for digits in (MANY_DIGITS, str(1 << 63)):
        for body in bodies(route, digits):
            assert sent(person, route, path, body).status_code < 500, (digits[:9], body)


@each(TYPED + ASKED)
def test_every_number_of_a_request_has_bounds_that_a_database_holds(route: Route) -> None:
    for asked in (one for one in (route.body, route.query) if one is not None):
        for place, kind in numbers(asked.model_json_schema(), ""):
            assert {"minimum", "maximum"} <= kind.keys(), place
            assert kind["minimum"] in WIDE and kind["maximum"] in WIDE, place


def numbers(schema: Any, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The whole numbers in a schema."""
    if isinstance(schema, dict):
        if schema.get("type") == "integer":
            known = schema.get("enum") or [schema.get("const")]
            if known == [None]:
                yield place, schema
        for name, inner in schema.items():
            yield from numbers(inner, f"{place}.{name}")
    elif isinstance(schema, list):
        for inner in schema:
            yield from numbers(inner, place)


@each(CHANGING)
def test_reading_stops_where_a_body_is_too_large(route: Route, staffed: Staffed) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        yield b'{"name": "'
        while read < 10 * BYTES_MAX:
            read += 1 << 16
            yield b"x" * (1 << 16)

    nobody = staffed.nobody if route.is_api else staffed.nobody.browser()
    answer = nobody.send(route.method, path_of(route, staffed), content=endless())
    if route.takes_file is not None:  # it is read only of somebody who may send it
        assert (answer.status_code, read) == (401 if route.is_api else 303, 0)
        return
    assert answer.status_code == 413
    assert read <= route.body_max + 2 * (1 << 16)


@each(TYPED)
def test_a_body_of_another_type_is_not_read(route: Route, staffed: Staffed) -> None:
    person, path = who(route, staffed), path_of(route, staffed)
    ours = "application/json" if route.is_api else "application/x-www-form-urlencoded"
    kinds = {"application/json", "application/x-www-form-urlencoded", "text/plain", "application/xml", "", "x"}
    for kind in sorted(kinds - {ours}):
        answer = person.send(route.method, path, content=b'{"name": "x"}', content_type=kind)
        assert answer.status_code == 415, kind
    if not route.is_api:
        torn = person.send(route.method, path, content=b"--x", content_type="multipart/form-data; boundary=y")
        assert torn.status_code in (400, 422)


@each(CONFIRMED)
def test_a_password_that_was_asked_for_holds_for_five_minutes(route: Route, staffed: Staffed) -> None:
    person, path = who(route, staffed), path_of(route, staffed)
    body = dict(route.example.body or {})
    began = staffed.shop.now
    for is_late in (False, True):
        staffed.shop.now = began
        confirmed(staffed.server, person)
        staffed.shop.passes(minutes=5, seconds=0 if is_late else -1)
        answer = person.send(route.method, path, json=body) if route.is_api else person.form(path)
        asks = "confirm_needed" in answer.text if route.is_api else AGAIN_FIELD in answer.text
        assert ((answer.status_code, asks) == (403, True)) is is_late, answer.text
    staffed.shop.now = began


def test_the_table_has_what_these_tests_walk() -> None:
    assert min(map(len, (CHANGING, TYPED, ASKED, CONFIRMED))) > 10
    assert {route.is_api for route in CONFIRMED} == {True, False}
