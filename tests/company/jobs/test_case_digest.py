"""The job `case_digest`: who decides cases hears each morning what waits, and nobody hears of nothing."""

from datetime import timedelta
from typing import Any

import pytest

from loyalty.staff import Role
from server.accounts import accounts, members
from server.db.job_queue import DueJob
from server.db.work_tables import mails
from server.jobs.runner import Runner, Services
from server.jobs.schedule import JOBS
from server.mail import outbox
from server.settings import Smtp
from tests.company.jobs.workers import Hands, PaperClock
from tests.support.paper_shop import PaperShop

pytestmark = pytest.mark.slow

SMTP = Smtp("127.0.0.1", 1, "a@example.org")


def sign_in(shop: PaperShop, name: str, role: Role, *stores: str) -> None:
    """Somebody who works there and has an account for the office."""
    staff_id = shop.person(name, role, *stores)
    with shop.units.platform_write() as conn:
        account = accounts.create(conn, f"{name.lower()}@example.org", "-", is_admin=False, now=shop.now)
    with shop.units.write(shop.company_id) as conn:
        members.join(conn, shop.company_id, staff_id, account.id, shop.now)


@pytest.fixture
def shop(shop: PaperShop) -> PaperShop:
    """A shop with a case in Gare: a stamp on a card that two tills handed out."""
    first, second = shop.till("Till 1", "Gare"), shop.till("Till 2", "Gare")
    (blank,) = shop.blanks()
    first.enrol(blank.id, name="Ana", email="ana@example.org")
    first.sync()
    second.enrol(blank.id, name="Ben", email="ben@example.org")
    second.sync()
    assert shop.cases() == ["second_enrolment"]
    return shop


def told(shop: PaperShop, smtp: Smtp | None = SMTP, *, hours: float = 0) -> list[str]:
    at = shop.now + timedelta(hours=hours)
    worker = Runner(
        Services(shop.units, shop.keys, smtp, "https://loyalty.example"), JOBS, clock=PaperClock(at), pace=Hands()
    )
    assert worker.run(DueJob(shop.company_id, "case_digest"), at)
    with shop.units.read() as conn:
        return sorted(str(one.address) for one in outbox.listed(conn, shop.keys, shop.company_id))


def test_managers_of_the_store_and_owners_are_told_and_nobody_else(shop: PaperShop) -> None:
    sign_in(shop, "Mia2", Role.MANAGER, "Gare")
    sign_in(shop, "Olga", Role.OWNER)
    sign_in(shop, "Max", Role.MANAGER, "Belval")
    sign_in(shop, "Cleo", Role.CASHIER, "Gare")
    shop.person("Without", Role.MANAGER, "Gare")
    assert told(shop) == ["mia2@example.org", "olga@example.org"]
    with shop.units.read() as conn:
        body = outbox.listed(conn, shop.keys, shop.company_id)[0].body
    assert body is not None and body.subject == "Bean Scene: 1 case waits for you"
    assert "https://loyalty.example/office/bean-scene/cases" in body.text


def test_once_a_day_as_long_as_something_waits(shop: PaperShop) -> None:
    sign_in(shop, "Olga", Role.OWNER)
    assert [len(told(shop, hours=hours)) for hours in (0, 1, 24, 48)] == [1, 1, 2, 3]


def test_without_cases_or_a_mail_server_nobody_is_told(shop: PaperShop) -> None:
    sign_in(shop, "Olga", Role.OWNER)
    assert told(shop, smtp=None) == []
    rows: Any = shop.rows(mails)
    assert rows == []
