"""Sums of transactions: equal to a recount after any history, and what pages read of them."""

import random
from collections import defaultdict
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from server.companies import companies, programs
from server.db.tables import transactions
from server.db.work_tables import tallies as rows
from server.figures import stats, tallies
from server.figures.stats import Figures, Span
from server.figures.tallies import Cell, Dimension
from server.jobs.schedule import JOBS
from tests.company.figures import brute_force
from tests.company.figures.brute_force import Key
from tests.company.figures.random_company import RandomCompany
from tests.company.jobs.workers import PaperClock, a_worker
from tests.support.paper_shop import PaperShop, a_coffee_program
from tests.support.paper_till import PaperTill, Written
from tests.support.plans import crowd, plans_of, scans_in

pytestmark = pytest.mark.slow

LUXEMBOURG = ZoneInfo("Europe/Luxembourg")


class Sums:
    """The job `tally` on a shop."""

    def __init__(self, shop: PaperShop) -> None:
        self.shop, self.clock = shop, PaperClock(shop.now)
        self.worker = a_worker(shop, self.clock, *(job for job in JOBS if job.name == "tally"))

    def follow(self) -> None:
        self.clock.passes(seconds=1)
        self.worker.round()

    @property
    def differing(self) -> list[Cell]:
        with self.shop.units.read() as conn:
            zone = companies.by_id(conn, self.shop.company_id).settings.zone
            return tallies.differing(conn, self.shop.company_id, zone)


@pytest.fixture
def sums(shop: PaperShop) -> Sums:
    shop.set_program(a_coffee_program(welcome_bonus=20))
    return Sums(shop)


def counted_by_hand(shop: PaperShop, zone: ZoneInfo) -> dict[Key, dict[str, int]]:
    """The sums as a person would count them from the ledger, one transaction after the other."""
    with shop.units.read() as conn:
        versions = programs.versions(conn, shop.company_id).versions
    ledger = sorted(shop.rows(transactions), key=lambda row: row.version)
    return brute_force.sums(ledger, {one.version: one for one in versions}, zone)


def kept(shop: PaperShop) -> dict[Key, dict[str, int]]:
    return brute_force.stored(shop.rows(rows))


def lives(shop: PaperShop, sums: Sums, chance: random.Random, steps: int) -> None:
    """A random history of two tills: they serve, void, are late and out of contact; the sums follow now and then."""
    tills = [shop.till("Till 1", "Gare"), shop.till("Till 2", "Belval")]
    people = [shop.person("Lena"), shop.person("Tom")]
    cards = [shop.enrolled(chance.choice(tills)) for _ in range(4)]
    done: dict[UUID, list[tuple[str, Written]]] = defaultdict(list)

    def serves(till: PaperTill) -> None:
        card = chance.choice(cards)
        till.staff = chance.choice(people)
        what = chance.choice(["stamp", "earn", "earn", "redeem", "void", "void"])
        if what == "stamp":
            done[card].append((what, till.stamp(card, chance.randint(1, 3))))
        elif what == "earn":
            done[card].append((what, till.earn(card, chance.randint(100, 9_000), f"R-{chance.random()}")))
        elif what == "redeem":
            done[card].append((what, till.redeem(card)))
        elif done[card]:
            kind, original = chance.choice(done[card])
            if kind == "stamp":
                till.void_stamp(card, original.id)
            elif kind == "earn":
                till.void_points(card, original.id, chance.choice([None, chance.randint(1, 99)]))
            else:
                till.void_redemption(card, original.id)

    for _ in range(steps):
        shop.passes(minutes=chance.choice([1, 40, 600]))
        for till in tills:
            serves(till)
        if chance.random() < 0.5:
            chance.choice(tills).sync()
        if chance.random() < 0.3:
            sums.follow()
    for till in tills:
        till.sync()
    shop.expire(cards[0])
    sums.follow()


def test_sums_and_gauges_of_random_years_equal_a_count_of_the_ledger(shop: PaperShop) -> None:
    """`python -m tests.company.figures` does the same with 200,000 transactions."""
    found = RandomCompany(shop, seed=0, transactions=2_000).live()
    assert (found.sums, found.gauges) == ([], [])
    assert found.transactions >= 2_000 and found.cells > 1_000 and found.days > 5


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_sums_equal_a_recount_after_any_history(shop: PaperShop, sums: Sums, seed: int) -> None:
    lives(shop, sums, random.Random(seed), 20)
    kinds = {row.kind for row in shop.rows(transactions)}
    assert {"points_earned", "points_voided", "stamp_earned", "stamp_voided", "points_expired"} <= kinds
    assert kept(shop) == counted_by_hand(shop, LUXEMBOURG)
    assert sums.differing == []


def test_a_sum_that_is_wrong_is_named(shop: PaperShop, sums: Sums) -> None:
    shop.till().stamp(shop.enrolled(shop.till("Till 2")), 2)
    sums.follow()
    with shop.units.write_unlocked() as conn:
        one = update(rows).where(rows.c.company_id == shop.company_id, rows.c.dimension == "all")
        conn.execute(one.where(rows.c.kind == "card_created").values(n=7))
    assert [(cell.dimension, cell.kind) for cell in sums.differing] == [("all", "card_created")]


def test_more_transactions_than_one_part_count_once(
    shop: PaperShop, sums: Sums, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tallies, "AT_ONCE", 10)
    till = shop.till()
    card = shop.enrolled(till)
    for number in range(23):
        till.earn(card, 100, f"R-{number}")
    till.sync()
    sums.follow()
    assert kept(shop) == counted_by_hand(shop, LUXEMBOURG)
    sums.follow()
    assert kept(shop) == counted_by_hand(shop, LUXEMBOURG)


def test_in_another_zone_the_days_are_counted_anew(shop: PaperShop, sums: Sums) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    shop.now = datetime(2026, 3, 2, 22, 30, tzinfo=ZoneInfo("UTC"))
    till.stamp(card)
    till.sync()
    sums.follow()
    assert {day for day, *_ in kept(shop)} == {"2026-03-02"}
    shop.set(time_zone="Asia/Tokyo")
    sums.follow()
    assert kept(shop) == counted_by_hand(shop, ZoneInfo("Asia/Tokyo"))
    assert {day for day, *_ in kept(shop)} == {"2026-03-02", "2026-03-03"}


def given(figures: Figures) -> tuple[int, ...]:
    return (
        *(figures.transactions, figures.stamps_given, figures.points_given),
        *(figures.rewards_given, figures.purchases_minor),
    )


def test_figures_say_what_was_given_and_a_void_subtracts_on_its_own_day(shop: PaperShop, sums: Sums) -> None:
    gare, belval = shop.till("Till 1", "Gare"), shop.till("Till 2", "Belval")
    lena = shop.person("Lena")
    card = shop.enrolled(gare)
    gare.staff = lena
    stamped, bought = gare.stamp(card, 10), gare.earn(card, 1000, "R-1")
    gare.sync()
    belval.sync()
    redeemed = belval.redeem(card)
    belval.sync()
    shop.passes(days=1)
    gare.sync()
    gare.void_points(card, bought.id, 400)
    gare.void_points(card, bought.id)
    gare.void_redemption(card, redeemed.id)
    gare.void_stamp(card, stamped.id)
    gare.sync()
    sums.follow()
    monday, tuesday = date(2026, 3, 2), date(2026, 3, 3)
    points = sum(row.points for row in shop.rows(transactions, kind="points_earned"))
    with shop.units.read() as conn:
        days = stats.by_day(conn, shop.company_id, Span(monday, tuesday))
        assert given(days[monday]) == (3, 10, points + 20, 1, 1000)
        assert given(days[tuesday]) == (0, -10, -points, -1, -1000)
        assert (days[monday].reached, days[monday].taken) == (1, 1)
        assert (days[tuesday].reached, days[tuesday].taken) == (-1, -1)
        assert given(stats.total(conn, shop.company_id, Span(monday, tuesday))) == (3, 0, 20, 0, 0)
        store_ids = {name: store.id for name, store in shop._stores.items()}
        of_belval = stats.by_store(conn, shop.company_id, Span(monday, monday))[store_ids["Belval"]]
        assert given(of_belval) == (1, 0, 0, 1, 0)
        assert stats.by_store_and_day(conn, shop.company_id, Span(monday, tuesday))[store_ids["Belval"]] == {
            monday: of_belval
        }
        only = stats.total(conn, shop.company_id, Span(monday, monday, [store_ids["Gare"]]))
        assert given(only) == (2, 10, points + 20, 0, 1000)
        people = stats.by_key(conn, shop.company_id, Dimension.STAFF, Span(monday, monday))
        assert people[lena.hex].stamps_given == 10
        origins = stats.by_key(conn, shop.company_id, Dimension.ENROLLED, Span(monday, monday))
        assert origins == {store_ids["Gare"].hex: days[monday]}
        assert stats.total(conn, shop.company_id, Span(date(2026, 2, 1), date(2026, 3, 1))) == Figures()


def test_no_sum_and_no_figure_reads_all_transactions(shop: PaperShop, sums: Sums) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    for number in range(60):
        till.earn(card, 1000, f"R-{number}")
    till.sync()
    crowd(shop.units, 50)
    with shop.units.read() as conn, plans_of(conn) as plans:
        (store_id,) = tallies.store_ids(conn, shop.company_id)
        tallies.next_part(conn, shop.company_id, store_id, 5, LUXEMBOURG)
        stats.by_day(conn, shop.company_id, Span(date(2026, 3, 1), date(2026, 3, 31)))
    assert len(plans) > 3 and [scans_in(plan) for plan in plans if scans_in(plan)] == []
