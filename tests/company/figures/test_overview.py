"""What the admins' pages say of a company at a glance."""

from dataclasses import replace
from datetime import timedelta

import pytest

from loyalty.cases import CaseKind
from loyalty.program import StampReward
from server.figures import overview, stats
from server.figures.overview import Concern, OpenCases, Overview, Tills
from server.pages.plots import sparklines
from tests.support.paper_shop import PaperShop, a_coffee_program

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def seen(shop: PaperShop) -> Overview:
    server = shop.server
    company = server.company("bean-scene")
    with server.units.read() as conn:
        return overview.of_company(conn, company, ["in_touch", "silent", "forked", "offline"], server.now())


def test_a_company_whose_figures_were_never_summed_says_so(seen: Overview) -> None:
    assert seen.counted_until is None
    assert seen.growth is None
    assert len(seen.by_day) == overview.DAYS
    assert seen.tills == Tills(all=4, in_touch=1, silent=2)


def test_the_worst_that_is_true_is_what_a_company_is_said_to_be(seen: Overview) -> None:
    well = replace(seen, tills=Tills(1, 1, 0), cases=0, oldest_case=None)
    old = replace(well, tills=Tills(2, 1, 1), cases=9, oldest_case=overview.CASE_IS_OLD_AFTER)
    found = [
        well,
        replace(well, cases=2, oldest_case=timedelta(days=1)),
        replace(well, tills=Tills(0, 0, 0)),
        replace(well, program=None, tills=Tills(0, 0, 0)),
        replace(well, program=None, tills=Tills(2, 1, 1)),
        old,
        replace(old, company=replace(well.company, suspended_at=well.company.created_at)),
    ]
    assert [one.concern for one in found] == [
        Concern.NONE,
        Concern.NONE,
        Concern.NO_TILL,
        Concern.NO_PROGRAM,
        Concern.TILLS_SILENT,
        Concern.OLD_CASES,
        Concern.SUSPENDED,
    ]


def test_growth_is_of_all_companies_together(seen: Overview) -> None:
    one = replace(seen, last=stats.Figures(transactions=30), before=stats.Figures(transactions=10))
    other = replace(seen, last=stats.Figures(transactions=0), before=stats.Figures(transactions=10))
    assert one.growth == pytest.approx(2.0)
    assert overview.growth([one, other]) == pytest.approx(0.5)


def test_a_line_stays_in_its_picture(seen: Overview) -> None:
    for values in ([0] * 30, [5], list(range(30)), [-2, 4]):
        drawn = sparklines.line(values, "<")
        numbers = drawn.split('class="spark-line" d="M')[1].split('"')[0].replace("L", ",").split(",")
        assert all(0 <= float(x) <= sparklines.WIDTH for x in numbers[::2])
        assert all(0 <= float(y) <= sparklines.HEIGHT for y in numbers[1::2])
        assert "&lt;" in drawn


def test_open_cases_stand_by_kind_with_what_is_at_stake(shop: PaperShop) -> None:
    shop.set_program(a_coffee_program(stamp_reward=StampReward(name="Coffee", value_minor=350)))
    till = shop.till()
    for _ in range(2):
        till.redeem(shop.enrolled(till))
    till.sync()
    with shop.units.read() as conn:
        found = overview.open_cases(conn, shop.company_id)
    assert found == [OpenCases(CaseKind.BALANCE_TOO_SMALL, 2, 700)]
