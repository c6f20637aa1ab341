"""What holds for every page and route, walked from the table."""

from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter, ValidationError

from server.accounts.rights import TABLE, Right, Role, Scope
from server.edge.dispatcher import AGAIN_FIELD
from server.edge.routes import Route, Unit, Visit
from server.pages.storefront.sign_in import Then
from server.route_table import ROUTES, described
from tests.support.office_web import Caller
from tests.support.staffed_office import SLUG, Staffed

API = [route for route in ROUTES if route.is_api]
EACH = pytest.mark.parametrize("right", dict.fromkeys(route.right for route in ROUTES), ids=lambda right: right.value)
OUTSIDE = {Right.ANYBODY, Right.OWN_ACCOUNT, Right.PLATFORM}


def test_a_route_of_a_company_needs_a_right_in_it() -> None:
    assert [route.name for route in ROUTES if (route.right in OUTSIDE) is route.of_company] == []


def test_a_storefronts_route_says_what_its_visitors_prove() -> None:
    assert [one.name for one in ROUTES if (one.right is Right.STOREFRONT) is not (one.visit is not None)] == []


def test_who_has_to_prove_more_comes_back_to_the_page_that_asked() -> None:
    asking = [route for route in ROUTES if route.visit in {Visit.OWNER, Visit.PROVEN} and not route.is_api]
    assert len(asking) > 10
    assert {route.path.split("/")[2] for route in asking} <= set(Then)


@EACH
def test_only_who_is_signed_in_reaches_what_is_not_for_anybody(right: Right, staffed: Staffed) -> None:
    somebody = Caller(staffed.app, None, True, {"sec-fetch-site": "same-origin"})
    for route in _routes(right):
        answer = somebody.send(route.method, _path(route, staffed))
        if route.asks_proof:
            led_to = f"/{SLUG}/join" if route.visit is Visit.HOLDER else f"/{SLUG}/sign-in"
            is_refused = answer.status_code in (401, 415) if route.is_api else led_to in answer.headers["location"]
            assert is_refused, route.name
        elif TABLE[right][Role.NOBODY] is not Scope.NO:
            assert answer.status_code not in (401, 403), route.name
        elif route.is_api:
            assert answer.status_code in (401, 415), route.name
        else:
            assert answer.headers["location"].startswith("/account/sign-in"), route.name


@EACH
def test_each_role_reaches_what_the_table_of_rights_says(right: Right, staffed: Staffed) -> None:
    """And somebody of another company reaches nothing."""
    if right in {Right.COMPANY_READ, Right.STOREFRONT}:
        return  # the first page is refused to who has no other, and a storefront is open to everybody
    people = {Role.OWNER: staffed.owner, Role.MANAGER: staffed.manager, Role.CASHIER: staffed.cashier}
    for route in _routes(right):
        if not route.of_company:
            continue
        path = _path(route, staffed)
        for role, person in people.items():
            answer = _sent(person, route, path)
            is_refused = answer.status_code == 403 and not (route.confirms and _asks_again(answer))
            assert is_refused is (TABLE[right][role] is Scope.NO), (route.name, role, answer.status_code)
        foreign = path.replace(SLUG, "other-company")
        found = [_sent(one, route, foreign).status_code for one in (staffed.owner, staffed.admin)]
        assert found == [404, 404], route.name


def test_get_begins_no_unit_of_work_that_writes() -> None:
    read = [route for route in ROUTES if not route.changes]
    assert [one.name for one in read if one.begins is not Unit.READ or one.books or one.confirms] == []


def test_what_gives_somebody_a_role_asks_for_the_password_again() -> None:
    """By what is sent: a role, or the address of who is invited."""
    by_people = [one for one in ROUTES if one.right in {Right.STAFF_CHANGE, Right.PLATFORM} and one.body is not None]
    gives = [one for one in by_people if {"role", "email"} & one.body.model_fields.keys()]  # type: ignore[union-attr]
    assert len(gives) > 10
    assert [one.name for one in gives if not one.confirms] == []


def test_the_examples_of_each_route_are_some() -> None:
    for route in API:
        if route.body is not None:
            _valid(route, route.body, route.example.body)
        if route.answer is not None and route.path != "/api/openapi.json":
            _valid(route, route.answer, route.example.answer)


def test_the_document_describes_every_route() -> None:
    document = described()
    told = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert told == {(route.method, route.path) for route in API}
    assert document["openapi"] == "3.1.0"


def _routes(right: Right) -> list[Route]:
    return [route for route in ROUTES if route.right is right]


def _path(route: Route, staffed: Staffed) -> str:
    return route.at(**{name: SLUG if name == "slug" else staffed.store_id for name in route.holes})


def _asks_again(answer: httpx.Response) -> bool:
    """True if a request was answered by asking for the password again."""
    return "confirm_needed" in answer.text or AGAIN_FIELD in answer.text


def _sent(person: Caller, route: Route, path: str) -> httpx.Response:
    """A request with an empty body, which is looked at after who asks."""
    return person.send(route.method, path, json={} if route.is_api and route.changes else None)


def _valid(route: Route, kind: Any, value: Any) -> None:
    assert value is not None, f"{route.name} needs an example"
    try:
        TypeAdapter(kind).validate_python(value, strict=False)
    except ValidationError as error:
        raise AssertionError(f"{route.name}: {error}") from None
