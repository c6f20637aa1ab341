"""Figures over HTTP: the page, its file and the route, for those who may see them."""

import re
from datetime import timedelta

import pytest

from loyalty.staff import Role
from server.jobs.schedule import JOBS
from tests.company.jobs.workers import PaperClock, a_worker
from tests.support.office_web import Caller, reason, signed_in
from tests.support.staffed_office import SLUG, Staffed

pytestmark = pytest.mark.slow

PAGE, API = f"/office/{SLUG}/stats", f"/api/store/v1/{SLUG}/stats"


@pytest.fixture(scope="module")
def busy(staffed: Staffed) -> Staffed:
    """Two stores: at Gare 12 stamps were given, at Belval one purchase was made with a card from Gare."""
    gare, belval = staffed.shop.till("Till S", "Gare"), staffed.shop.till("Till T", "Belval")
    card = staffed.shop.enrolled(gare)
    belval.sync()
    for _ in range(3):
        gare.stamp(card, 4)
    belval.earn(card, 1_240, "R-1")
    gare.sync()
    belval.sync()
    clock = PaperClock(staffed.shop.now + timedelta(seconds=1))
    a_worker(staffed.shop, clock, *(job for job in JOBS if job.name in ("lists", "tally"))).round()
    return staffed


def test_the_route_tells_what_happened(busy: Staffed) -> None:
    told = busy.owner.get(API).json()
    figures = told["period"]["figures"]
    assert (figures["transactions"], figures["stamps_given"], figures["purchases_minor"]) == (4, 12, 1_240)
    assert (told["period"]["new_cards"], told["elsewhere"], told["counted_until"]) == (1, 0.25, told["counted_until"])
    assert len(told["period"]["by_day"]) == 30 and told["liability"]
    assert {one["figures"]["transactions"] for one in told["by_store"]} == {3, 1}
    only = busy.owner.get(f"{API}?store={busy.store_id}&compare=none").json()
    assert (only["period"]["figures"]["transactions"], only["before"], only["liability"]) == (3, None, None)


def test_the_page_draws_it_with_its_tables(busy: Staffed) -> None:
    page = busy.owner.get(PAGE).text
    assert len(re.findall(r'<svg role="img" aria-label="[^"]{20,}"', page)) == 4
    assert page.count('class="plot-table"') == 4
    assert "25\u00a0% of transactions are made in another store" in page
    assert f"{PAGE}.csv" in page
    assert "compared with" not in busy.owner.get(f"{PAGE}?compare=none").text


def test_what_cannot_be_answered_is_said_above_the_page(busy: Staffed) -> None:
    wrong = busy.owner.get(f"{PAGE}?from=2026-03-02&to=2026-03-01")
    assert (wrong.status_code, "A period ends on or after the day" in wrong.text) == (422, True)
    assert reason(busy.owner.get(f"{API}?from=2026-03-02&to=2026-03-01")) == (422, "invalid")


def test_the_file_has_a_line_for_each_day_and_store(busy: Staffed) -> None:
    for path in (f"{PAGE}.csv", f"{API}.csv"):
        answer = busy.owner.get(path)
        assert answer.headers["content-type"].startswith("text/csv")
        head, *lines = answer.text.strip().splitlines()
        assert head.startswith("Day,Store,Transactions")
        assert [line.split(",")[1:4] for line in lines] == [["Belval", "1", "0"], ["Gare", "3", "12"]]
        assert lines[0].endswith(",12.40")


def test_a_manager_sees_their_own_stores_and_a_cashier_none(busy: Staffed) -> None:
    manager = Caller(busy.app, signed_in(busy.server, SLUG, Role.MANAGER, "Belval", email="belval@example.com"))
    told = manager.get(API).json()
    assert (told["period"]["figures"]["transactions"], told["liability"]) == (1, None)
    assert re.findall(r'<th scope="row">(\w+)</th><td class="bar-cell">', manager.get(PAGE).text) == ["Belval"]
    assert reason(manager.get(f"{API}?store={busy.store_id}"))[0] in (403, 404)
    assert busy.cashier.get(PAGE).status_code == 403
