"""How pages and routes ask the database: by indexes alone, and as often for many rows as for few."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from server.companies import companies
from server.edge.routes import Route
from server.route_table import ROUTES
from tests.company.api.accepted import present_version, request_of
from tests.company.api.called_office import THINGS, CalledOffice, called_office
from tests.support.companies import Office
from tests.support.office_web import Caller
from tests.support.plans import Asked, crowd, scans_in, watched

pytestmark = pytest.mark.slow
READ = [route for route in ROUTES if not route.changes]
PAGES = [route for route in READ if not route.is_api]
READ_AND_CHANGED = [route for route in ROUTES if route.is_api or not route.changes]
ADDED = 4  # of everything, before a page is asked for again


@dataclass(frozen=True)
class Request:
    """A request that finds what it asks for, or learns that there is none, and who sends it."""

    route: Route
    person: Caller
    path: str
    body: dict[str, Any] | None = None
    file: bytes | None = None

    def send(self) -> None:
        headers = {"idempotency_key": str(uuid4())} if self.route.books else {}
        person = self.person if self.route.is_api else self.person.browser()
        if self.file is not None:
            headers["content_type"] = str(self.route.takes_file)
        answer = person.send(self.route.method, self.path, json=self.body, content=self.file, **headers)
        assert answer.status_code < 400 or answer.status_code == 404, (self.route.name, answer.text[:300])


def _requests(office: CalledOffice, routes: Iterable[Route], minutes: int = 0) -> Iterator[Request]:
    """A request for each route: of the API all, of pages those that show something."""
    for route in routes:
        office.passes(minutes=minutes)
        if not route.is_api:
            person = office.person(route)
            yield Request(route, person, route.at(**{name: office.thing(name, route) for name in route.holes}))
            continue
        wanted = request_of(office, route)
        person = office.person(route)
        path, body = wanted.address(route), wanted.body
        if body is not None and "version" in body:
            body |= {"version": present_version(person, route.method, path, body)}
        yield Request(route, person, path, body, wanted.file)


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
def test_no_page_and_no_route_reads_all_of_a_table_that_grows(office: Office) -> None:
    with watched() as asked:
        called = called_office(office)
        crowd(called.server.units, 20)
        found = {}
        # The pages alone on PostgreSQL, where it takes longer; routes are the same functions.
        shown = READ_AND_CHANGED if office.url.startswith("sqlite") else PAGES
        for request in _requests(called, shown, minutes=2):
            asked.begin()
            request.send()
            with called.server.units.read() as conn:
                found[request.route.name] = [scan for plan in asked.plans(conn) for scan in scans_in(plan)]
    assert len(found) == len(shown)
    assert {name: scans for name, scans in found.items() if scans} == {}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_page_asks_as_often_for_many_rows_as_for_few(office: Office) -> None:
    with watched() as asked:
        called = called_office(office)
        requests = list(_requests(called, READ))
        few = {request.route.name: _statements(asked, called, request) for request in requests}
        for _ in range(ADDED):
            _add_one_of_everything(called)
        crowd(called.server.units, ADDED)
        many = {request.route.name: _statements(asked, called, request) for request in requests}
    more = {name: (before, many[name]) for name, before in few.items() if many[name] > before}
    assert len(few) > 50 and more == {}


def _statements(asked: Asked, called: CalledOffice, request: Request) -> int:
    called.passes()  # it is asked for more often than anybody may
    request.send()  # the first one of a session also counts towards its limit
    asked.begin()
    request.send()
    return len(asked.queries)


def _add_one_of_everything(office: CalledOffice) -> None:
    for thing in THINGS.values():
        thing(office)
    company_id, name = uuid4(), office.name("Company")
    with office.server.units.platform_write() as conn:
        companies.create(conn, company_id, name=name, slug=None, choices={}, now=office.server.now())
        office.server.keys.add_company(company_id)
