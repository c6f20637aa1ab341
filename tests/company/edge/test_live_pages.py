"""Pages that are asked for again while they are looked at: sent only if something has changed, and not to everybody."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from server.accounts.rights import Right
from server.edge.dispatcher import POLL_HEADER
from server.edge.routes import Route
from server.route_table import ROUTES
from tests.support import transfers
from tests.support.card_office import PAGE, SLUG, CardOffice, card_office
from tests.support.office_web import Caller, signed_in_admin

pytestmark = pytest.mark.slow

LIVE = [route for route in ROUTES if route.is_live]


@pytest.fixture(scope="module")
def office(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CardOffice]:
    with card_office(migrated_file, tmp_path_factory.mktemp("live")) as built:
        yield built


@pytest.fixture(scope="module")
def admin(office: CardOffice) -> Caller:
    return Caller(office.app, signed_in_admin(office.server))


def polled(person: Caller, path: str, mark: str, language: str = "en") -> int:
    seen = {"if-none-match": mark, POLL_HEADER: "1", "accept-language": language}
    answer = person.browser(**seen).get(path)
    assert answer.status_code != 304 or answer.content == b""
    return answer.status_code


@pytest.mark.parametrize("route", LIVE, ids=lambda route: route.name)
def test_a_page_is_sent_again_only_after_a_change(route: Route, office: CardOffice, admin: Caller) -> None:
    assert (route.method, route.is_api) == ("GET", False)
    company_id = office.cards.shop.company_id
    holes = {"slug": SLUG, "card_id": office.ids["Marie Weber"], "company_id": company_id}
    if "import_id" in route.holes:
        holes["import_id"] = transfers.a_begun_import(office.server, company_id)
    path = route.at(**{name: str(holes[name]) for name in route.holes})
    person = admin if route.right is Right.PLATFORM else office.owner
    page = person.browser(**{"accept-language": "en"}).get(path)
    mark = page.headers["etag"]
    assert "data-is-live" in page.text and "no-store" in page.headers["cache-control"]
    assert polled(person, path, mark) == 304
    assert polled(person, path, mark, "fr") == 200
    assert 304 not in (polled(person, f"{path}?page=2", mark), polled(office.manager, path, mark))
    office.cards.tills[0].stamp(office.ids["Marie Weber"], 1)
    office.cards.tills[0].sync()
    assert polled(person, path, mark) == 200


@pytest.mark.parametrize("route", [one for one in LIVE if "company_id" in one.holes], ids=lambda route: route.name)
def test_a_company_that_does_not_exist_has_no_page(route: Route, admin: Caller) -> None:
    assert admin.browser().get(route.at(company_id=str(UUID(int=7)))).status_code == 404


def test_a_page_is_sent_again_once_its_list_has_caught_up(office: CardOffice) -> None:
    office.cards.tills[0].earn(office.ids["Marie Weber"], 3_20, "G-9")
    office.cards.tills[0].sync()
    mark = office.owner.browser().get(PAGE).headers["etag"]
    office.cards.sync()
    assert polled(office.owner, PAGE, mark) == 200


def test_a_page_with_an_open_form_stays_as_it_is(office: CardOffice) -> None:
    page = f"{PAGE}/{office.ids['Tom Kieffer']}"
    assert "data-is-live" in office.owner.browser().get(page).text
    assert "data-is-live" not in office.owner.browser().get(f"{page}?do=adjust").text
    assert "data-is-live" not in office.owner.browser().get(f"{page}?kind=nothing").text, "a refusal neither"


def test_a_support_view_is_not_asked_for_again_as_each_page_is_a_line_in_the_log(office: CardOffice) -> None:
    page = office.support.browser().get(PAGE)
    assert page.status_code == 200
    assert "data-is-live" not in page.text
