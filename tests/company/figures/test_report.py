"""Each figure of a report is what its definition counts in the ledger."""

import statistics
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from server.companies import companies, programs
from server.companies.companies import Company
from server.db.tables import transactions
from server.figures import report, stats
from server.figures.report import Compare, Question, Report
from server.refusals import No, Refused
from tests.company.figures import brute_force
from tests.company.figures.random_company import RandomCompany
from tests.support.paper_shop import PaperShop

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
KINDS = ("stamp_earned", "points_earned", "stamp_redeemed", "points_redeemed")
GIVE_POINTS = ("points_earned", "points_voided", "welcome_bonus")


class Ledger:
    """A company's ledger, and what the definitions of figures count in it."""

    def __init__(self, shop: PaperShop, company: Company) -> None:
        self.zone = company.settings.zone
        self.rows = sorted(shop.rows(transactions), key=lambda row: row.version)
        self.cards = brute_force.of_ledger(self.rows)
        with shop.units.read() as conn:
            versions = programs.versions(conn, company.id).versions
        self.cells = brute_force.sums(self.rows, {one.version: one for one in versions}, self.zone)

    def between(self, first: date, last: date, *kinds: str) -> list[Any]:
        """The transactions of these days and kinds."""
        return [row for row in self.rows if first <= self.day(row) <= last and (not kinds or row.kind in kinds)]

    def day(self, row: Any) -> date:
        day: date = row.occurred_at.astimezone(self.zone).date()
        return day

    def summed(self, first: date, last: date, name: str, dimension: str = "all") -> int:
        """A column of the cells that were counted by hand."""
        cells = [cell for key, cell in self.cells.items() if f"{first}" <= key[0] <= f"{last}" and key[2] == dimension]
        return sum(cell[name] for cell in cells)

    def waits(self, first: date, last: date) -> list[int]:
        """The days waited of each reward reached, less those that voids put out of reach."""
        found: Counter[int] = Counter()
        for (day, _store, dimension, key, _kind), cell in self.cells.items():
            if dimension == "waited" and f"{first}" <= day <= f"{last}":
                found[int(key)] += cell["reached"]
        return sorted(found.elements())


@pytest.fixture
def lived(shop: PaperShop) -> Iterator[tuple[PaperShop, Company, Ledger]]:
    """A company after a random year, whose sums are those of its ledger."""
    found = RandomCompany(shop, seed=3, transactions=900).live()
    assert (found.sums, found.gauges) == ([], [])
    with shop.units.read() as conn:
        company = companies.by_id(conn, shop.company_id)
    yield shop, company, Ledger(shop, company)


def told(shop: PaperShop, company: Company, first: date, last: date, **about: Any) -> Report:
    with shop.units.read() as conn:
        asked: dict[str, Any] = {"stores": None, "staff": None, "enrolled": None, "compare": Compare.BEFORE} | about
        return report.of_company(conn, company, report.asked(company, shop.now, first, last, **asked), shop.now)


@ON_SQLITE
@pytest.mark.slow
def test_every_figure_is_what_its_definition_counts(lived: tuple[PaperShop, Company, Ledger]) -> None:
    shop, company, ledger = lived
    last = ledger.day(ledger.rows[-1])
    first = last - timedelta(days=59)
    found = told(shop, company, first, last)
    counted = ledger.between(first, last, *KINDS)
    assert found.now.total.transactions == len(counted) > 20
    assert found.now.total.of_stamps == len([row for row in counted if row.kind.startswith("stamp")])
    stamps = ledger.between(first, last, "stamp_earned", "stamp_voided")
    assert found.now.total.stamps_given == sum(row.stamps for row in stamps)
    assert found.now.total.points_given == sum(row.points for row in ledger.between(first, last, *GIVE_POINTS))
    voided = len(ledger.between(first, last, "redemption_voided"))
    redeemed = len(ledger.between(first, last, "stamp_redeemed", "points_redeemed"))
    assert found.now.total.rewards_given == redeemed - voided
    enrolled = [one.enrolled.astimezone(ledger.zone).date() for one in ledger.cards.values() if one.enrolled]
    assert found.now.new_cards == len([day for day in enrolled if first <= day <= last])
    waits = ledger.waits(first, last)
    assert found.now.wait_days == int(statistics.median(waits) + 0.5)
    quarter = last - timedelta(days=89)
    reached, taken = (ledger.summed(quarter, last, name) for name in ("reached", "taken"))
    assert found.now.rate == (min(1, max(0, taken) / reached) if reached >= 20 else None)
    year = last - timedelta(days=364)
    lapsed = -sum(row.points for row in ledger.between(year, last, "points_expired", "expiry_reversed"))
    given = sum(row.points for row in ledger.between(year, last, *GIVE_POINTS))
    assert found.now.breakage == pytest.approx(min(1, lapsed / given)) and lapsed > 0
    assert found.now.total.shortfall_minor == ledger.summed(first, last, "shortfall_minor")
    elsewhere = [row for row in counted if ledger.cards[row.card_id].store != row.store_id]
    assert found.elsewhere == pytest.approx(len(elsewhere) / len(counted))
    assert found.before is not None
    before = ledger.between(first - timedelta(days=60), first - timedelta(days=1), *KINDS)
    assert found.before.total.transactions == len(before)


@ON_SQLITE
@pytest.mark.slow
def test_parts_of_a_report_add_up_to_it(lived: tuple[PaperShop, Company, Ledger]) -> None:
    shop, company, ledger = lived
    last = ledger.day(ledger.rows[-1])
    found = told(shop, company, last - timedelta(days=39), last, compare=Compare.NONE)
    assert found.before is None and found.by_staff is not None and found.by_origin is not None
    for parts in (found.by_store.values(), found.by_staff.values(), found.by_origin.values()):
        assert stats.together(parts) == found.now.total
    assert stats.together(figures for _day, figures in found.now.days) == found.now.total
    one = next(iter(found.by_store))
    own = told(shop, company, last - timedelta(days=39), last, stores=[one])
    assert (own.now.total, own.gauges) == (found.by_store[one], None)
    someone = UUID(int=2)
    of_person = told(shop, company, last - timedelta(days=39), last, staff=someone)
    assert of_person.now.total == found.by_staff[someone]
    assert (of_person.hours, of_person.now.new_cards, of_person.by_staff) == (None, None, None)
    of_origin = told(shop, company, last - timedelta(days=39), last, enrolled=one)
    assert of_origin.now.total == found.by_origin[one]


@ON_SQLITE
@pytest.mark.slow
def test_hours_are_averages_of_days_that_are_over(lived: tuple[PaperShop, Company, Ledger]) -> None:
    shop, company, ledger = lived
    today = shop.now.astimezone(ledger.zone).date()
    found = told(shop, company, today - timedelta(days=200), today)
    first, last = today - timedelta(days=91), today - timedelta(days=1)
    assert found.hours_from == first and found.hours is not None
    counted = Counter(
        (there.weekday(), there.hour)
        for there in (row.occurred_at.astimezone(ledger.zone) for row in ledger.between(first, last, *KINDS))
    )
    assert found.hours == {place: count / 13 for place, count in counted.items()}


@pytest.mark.parametrize(
    ("counts", "middle"),
    [({}, None), ({5: 1}, 5), ({1: 1, 4: 1}, 3), ({1: 3, 9: 2}, 1), ({1: 2, 2: 2}, 2), ({0: 1, 1: 1, 30: 1}, 1)],
)
def test_the_median_is_the_middle(counts: dict[int, int], middle: int | None) -> None:
    assert stats.median(counts) == middle


def test_a_share_of_few_is_not_known() -> None:
    assert stats.Figures(reached=19, taken=10).redemption_rate is None
    assert stats.Figures(reached=20, taken=10).redemption_rate == 0.5
    assert stats.Figures(reached=20, taken=31).redemption_rate == 1
    assert stats.Figures(points_lapsed=5).breakage is None
    assert stats.Figures(shortfalls=2).borne_minor is None


@ON_SQLITE
@pytest.mark.parametrize(
    ("first", "last", "about", "reason"),
    [
        (date(2026, 3, 2), date(2026, 3, 1), {}, No.PERIOD_INVALID),
        (date(2020, 3, 2), date(2026, 3, 1), {}, No.PERIOD_INVALID),
        (date(2027, 3, 2), None, {}, No.PERIOD_INVALID),  # tomorrow and later are not asked about
        (None, None, {"staff": UUID(int=1), "enrolled": UUID(int=1)}, No.ONE_OF_STAFF_AND_ORIGIN),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(
    shop: PaperShop, first: date | None, last: date | None, about: dict[str, UUID], reason: No
) -> None:
    with shop.units.read() as conn:
        company = companies.by_id(conn, shop.company_id)
    asked: dict[str, Any] = {"stores": None, "staff": None, "enrolled": None, "compare": Compare.BEFORE} | about
    with pytest.raises(Refused) as refused:
        report.asked(company, shop.now, first, last, **asked)
    assert refused.value.reason is reason


@pytest.mark.parametrize(
    ("compare", "before"),
    [
        (Compare.BEFORE, (date(2026, 1, 30), date(2026, 2, 28))),
        (Compare.YEAR, (date(2025, 3, 2), date(2025, 3, 31))),  # a Sunday to a Monday as well
        (Compare.NONE, None),
    ],
)
def test_a_period_is_compared_with_as_many_days(compare: Compare, before: tuple[date, date] | None) -> None:
    asked = Question(date(2026, 3, 1), date(2026, 3, 30), date(2026, 4, 1), compare=compare)
    span = asked.span_before
    assert (None if span is None else (span.first, span.last)) == before
