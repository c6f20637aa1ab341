"""`check`: a sound installation has no problem, and each harm is one line with the company and the part."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, delete, insert, update

from loyalty.transactions import CardCreated
from server.companies import companies
from server.db.account_tables import memberships
from server.db.tables import cards, digests, directory, slugs, staff, transactions
from server.db.work_tables import card_days, card_list, card_words, gauges, tallies
from server.jobs.schedule import JOBS
from server.keys import Keys
from server.operations.check import check
from tests.company.jobs.workers import PaperClock, a_worker
from tests.support.companies import Office
from tests.support.databases import ON_SQLITE
from tests.support.listed_cards import side
from tests.support.paper_shop import PaperShop

pytestmark = pytest.mark.slow

AT = datetime(2026, 3, 2, tzinfo=UTC)
TIMES = {"created_at": AT, "updated_at": AT}


@pytest.fixture
def busy(shop: PaperShop) -> PaperShop:
    """A company with a customer, some stamps, a list of cards, and figures."""
    till, (card, _) = shop.till(), shop.blanks(2)
    till.write(CardCreated(), card.id, side=side(shop, till, card.id, "Mia", email="mia@example.org"))
    till.stamp(card.id)
    till.earn(card.id, 500)
    till.sync()
    a_worker(shop, PaperClock(shop.now), *(job for job in JOBS if job.name in ("lists", "tally", "gauges"))).round()
    return shop


def found(shop: PaperShop) -> list[tuple[str | None, str]]:
    return [(one.company, one.part) for one in check(shop.units, shop.keys)]


def test_a_sound_installation_has_no_problem(busy: PaperShop) -> None:
    assert list(check(busy.units, busy.keys)) == []


def test_what_the_jobs_have_not_followed_yet_is_no_problem(busy: PaperShop) -> None:
    till, (card, other) = busy.till("Till 2"), busy.blanks(2)
    for one in (card, other):
        till.enrol(one.id)
        till.stamp(one.id)
    till.sync()
    assert list(check(busy.units, busy.keys)) == []


def _of(table: Any, company_id: UUID) -> Any:
    return table.c.company_id == company_id


def _wrong_balance(conn: Connection, company_id: UUID) -> None:
    conn.execute(update(cards).where(_of(cards, company_id)).values(stamp_count=7))


def _wrong_sum(conn: Connection, company_id: UUID) -> None:
    conn.execute(update(digests).where(_of(digests, company_id)).values(sum=digests.c.sum + 1))


def _unreadable_transaction(conn: Connection, company_id: UUID) -> None:
    conn.execute(update(transactions).where(_of(transactions, company_id)).values(kind="what nobody knows"))


def _wrong_figure(conn: Connection, company_id: UUID) -> None:
    conn.execute(update(tallies).where(_of(tallies, company_id)).values(stamps=tallies.c.stamps + 1))


def _wrong_listing(conn: Connection, company_id: UUID) -> None:
    conn.execute(update(card_list).where(_of(card_list, company_id)).values(number_end="none"))


def _unlisted(conn: Connection, company_id: UUID) -> None:
    conn.execute(delete(card_list).where(_of(card_list, company_id)))


def _listed_and_not_there(conn: Connection, company_id: UUID) -> None:
    conn.execute(update(card_list).where(_of(card_list, company_id)).values(card_id=uuid4()))


def _wrong_day(conn: Connection, company_id: UUID) -> None:
    conn.execute(update(card_days).where(_of(card_days, company_id)).values(stamps=card_days.c.stamps + 1))


def _lost_word(conn: Connection, company_id: UUID) -> None:
    conn.execute(delete(card_words).where(_of(card_words, company_id)))


def _more_in_use_than_there_are(conn: Connection, company_id: UUID) -> None:
    conn.execute(update(gauges).where(_of(gauges, company_id)).values(active=gauges.c.cards + 1))


def _owed_for_nothing(conn: Connection, company_id: UUID) -> None:
    conn.execute(update(gauges).where(_of(gauges, company_id)).values(points_minor=123_456_789))


def _code_to_nothing(conn: Connection, company_id: UUID) -> None:
    conn.execute(update(directory).where(_of(directory, company_id)).values(card_id=uuid4()))


def _no_way_to_a_code(conn: Connection, company_id: UUID) -> None:
    conn.execute(delete(directory).where(_of(directory, company_id), directory.c.kind == "token"))


def _no_way_to_a_number(conn: Connection, company_id: UUID) -> None:
    conn.execute(delete(directory).where(_of(directory, company_id), directory.c.kind == "number"))


def _member_who_is_nobody(conn: Connection, company_id: UUID) -> None:
    conn.execute(insert(memberships).values(account_id=uuid4(), company_id=company_id, staff_id=uuid4(), **TIMES))


def _account_without_membership(conn: Connection, company_id: UUID) -> None:
    conn.execute(update(staff).where(_of(staff, company_id)).values(account_id=uuid4()))


HARMS: list[tuple[Callable[[Connection, UUID], None], set[tuple[str | None, str]]]] = [
    (_wrong_balance, {("bean-scene", "ledger")}),
    (_wrong_listing, {("bean-scene", "lists")}),
    (_unlisted, {("bean-scene", "lists")}),
    (_listed_and_not_there, {("bean-scene", "lists")}),
    (_wrong_day, {("bean-scene", "lists")}),
    (_lost_word, {("bean-scene", "lists")}),
    (_more_in_use_than_there_are, {("bean-scene", "gauges")}),
    (_owed_for_nothing, {("bean-scene", "gauges")}),
    (_wrong_sum, {("bean-scene", "ledger")}),
    (_unreadable_transaction, {("bean-scene", "ledger"), ("bean-scene", "tallies")}),
    (_wrong_figure, {("bean-scene", "tallies")}),
    (_code_to_nothing, {("bean-scene", "directory")}),
    (_no_way_to_a_code, {("bean-scene", "directory")}),
    (_no_way_to_a_number, {("bean-scene", "directory")}),
    (_member_who_is_nobody, {("bean-scene", "memberships"), (None, "memberships")}),
    (_account_without_membership, {("bean-scene", "memberships")}),
]


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        pytest.param(*one, id=one[0].__name__.strip("_"), marks=[pytest.mark.slow] * (one is not HARMS[0]))
        for one in HARMS
    ],
)
def test_each_harm_is_told_and_the_other_company_is_sound(
    busy: PaperShop, harm: Callable[[Connection, UUID], None], told: set[tuple[str | None, str]]
) -> None:
    other = uuid4()
    with busy.units.platform_write() as conn:
        companies.create(conn, other, name="Aurora", slug=None, choices={}, now=busy.now)
        busy.keys.add_company(other)
        harm(conn, busy.company_id)
    assert set(found(busy)) == told
    with busy.units.platform_write() as conn:
        conn.execute(delete(slugs).where(slugs.c.slug == "aurora"))
    assert (None, "companies") in found(busy)


@ON_SQLITE
def test_broken_foreign_keys_and_a_damaged_index_are_the_databases_own(busy: PaperShop) -> None:
    with busy.units._engine.connect() as conn:
        driver: Any = conn.connection.driver_connection
        driver.execute("PRAGMA query_only = 0")
        driver.execute("PRAGMA foreign_keys = 0")
        driver.execute("DELETE FROM cards WHERE is_blank")
        driver.execute("UPDATE transactions SET card_id = x'00'")
        driver.execute("PRAGMA writable_schema = 1")
        driver.execute("DELETE FROM sqlite_schema WHERE name = 'ix_customers_email'")
        conn.invalidate()
    parts = found(busy)
    assert parts.count((None, "database")) >= 2
    assert ("bean-scene", "ledger") in parts and ("bean-scene", "directory") in parts


@ON_SQLITE
def test_a_company_without_keys_is_told(busy: PaperShop) -> None:
    foreign = Keys.create(busy.keys.path.with_name("foreign"))
    told = [(one.company, one.part) for one in check(busy.units, foreign)]
    assert told == [("bean-scene", "keys")]


@ON_SQLITE
def test_the_command_says_each_problem_in_a_line_and_ends_with_1(office: Office) -> None:
    slug = office.a_company()
    office.done("card", "issue", "--company", slug, "--count", "1")
    assert office.done("check") == {"ok": True, "companies": 1, "problems": 0}
    with office.server().units.platform_write() as conn:
        company_id = companies.by_slug(conn, slug).id
        conn.execute(update(cards).where(_of(cards, company_id)).values(points_balance=3))
        conn.execute(delete(directory).where(_of(directory, company_id)))
    answer = office.run("check")
    *lines, last = answer.objects
    assert answer.code == 1 and last == {"ok": False, "companies": 1, "problems": len(lines)}
    assert {(line["company"], line["part"]) for line in lines} == {(slug, "ledger"), (slug, "directory")}
