"""The demo chain: plausible, reproducible, and with a correct ledger."""

import shutil
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from server.demo import cafes
from server.demo.visits import days
from tests.support.companies import Office

pytestmark = pytest.mark.slow

CUSTOMERS = 60


@pytest.fixture(scope="module")
def filled(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """A demo, made once, as the tests only read it."""
    folder = tmp_path_factory.mktemp("demo")
    office = Office(folder, f"sqlite:///{shutil.copy(migrated_file, folder / 'server.db')}")
    office.done("migrate")
    office.done("demo", "--customers", str(CUSTOMERS))
    return office


@pytest.fixture(scope="module")
def ledgers(filled: Office) -> list[list[dict[str, Any]]]:
    """The transactions of each customer's card."""
    return [shown(filled, number)["transactions"] for number in range(1, CUSTOMERS + 1)]


def shown(office: Office, number: int) -> dict[str, Any]:
    return office.done("card", "show", "--company", "cafe-aurora", cafes.card(number).token)


def test_every_balance_of_the_demo_equals_its_ledger(office: Office) -> None:
    office.done("demo", "--customers", str(CUSTOMERS))
    checked = office.done("ledger", "check")
    assert checked == {"cards": CUSTOMERS + 200, "wrong": 0}


def test_the_cards_for_showing_are_in_the_state_their_page_says(filled: Office) -> None:
    for number, face in enumerate(cafes.FACES, start=1):
        card = shown(filled, number)["card"]
        points = 20 + face.visits * (face.spends_minor // 100)
        assert (card["name"], card["stamp_count"], card["points_balance"]) == (face.name, face.visits, points)


def test_history_is_months_long_and_none_of_it_is_of_today(filled: Office, ledgers: list[list[dict[str, Any]]]) -> None:
    """No demo card may be in its cooldown when it is shown."""
    now = filled.server().now()
    moments = [datetime.fromisoformat(str(one["occurred_at"])) for ledger in ledgers for one in ledger]
    assert max(moments) < now - timedelta(hours=2)
    assert min(moments) < now - timedelta(days=60)


def test_customers_take_rewards_and_come_to_other_stores(ledgers: list[list[dict[str, Any]]]) -> None:
    assert any(one["kind"] == "stamp_redeemed" for ledger in ledgers for one in ledger)
    assert any(len({one["store"] for one in ledger}) > 1 for ledger in ledgers)


def test_blanks_are_there_to_be_handed_out(filled: Office) -> None:
    for number in (cafes.BLANKS_FROM, cafes.BLANKS_FROM + 199):
        card = shown(filled, number)["card"]
        assert card["blank"]


def test_the_demo_does_not_touch_a_database_with_a_company(office: Office) -> None:
    office.a_company()
    assert office.refused("demo") == "not_empty"
    assert office.refused("card", "show", "--company", "cafe-aurora", cafes.card(1).token) == "company_unknown"


def test_nobody_comes_twice_on_one_day() -> None:
    zone = ZoneInfo("Europe/Luxembourg")
    for _, visits in days(200, date(2026, 3, 31), zone):
        customers = [visit.customer for visit in visits]
        assert len(customers) == len(set(customers))
