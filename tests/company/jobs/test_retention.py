"""The job `retention`: who has not come for years is told, given 30 days, and then erased."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from server.db.job_queue import DueJob
from server.db.tables import customers
from server.db.work_tables import mails
from server.jobs.runner import Runner, Services
from server.jobs.schedule import JOBS
from server.settings import Smtp
from tests.company.jobs.workers import Hands, PaperClock
from tests.support.paper_shop import OPENING, PaperShop
from tests.support.paper_till import PaperTill

SMTP = Smtp("127.0.0.1", 1, "a@example.org")
END = datetime(2029, 3, 2, 12, tzinfo=UTC)  # three years after OPENING, to the day


@pytest.fixture
def till(shop: PaperShop) -> PaperTill:
    return shop.till()


def a_customer(shop: PaperShop, till: PaperTill, name: str = "ana", **fields: Any) -> UUID:
    card_id = shop.enrolled(till, name=name, email=f"{name}@example.org")
    wanted = {"verified_at": shop.now, "consent": True} | fields
    with shop.units.write_unlocked() as conn:
        one = (customers.c.company_id == shop.company_id, customers.c.customer_id == shop.card(card_id).customer_id)
        conn.execute(update(customers).where(*one).values(**wanted))
    return card_id


def runs(shop: PaperShop, at: datetime, smtp: Smtp | None = None) -> None:
    worker = Runner(
        Services(shop.units, shop.keys, smtp, "https://loyalty.example"), JOBS, clock=PaperClock(at), pace=Hands()
    )
    for name in ("lists", "retention"):
        assert worker.run(DueJob(shop.company_id, name), at)


def is_erased(shop: PaperShop, card_id: UUID) -> bool:
    return shop.card(card_id).customer_id is None


def told(shop: PaperShop) -> int:
    return len(shop.rows(mails, kind="retention_notice"))


@pytest.mark.slow
def test_who_cannot_be_told_is_erased_on_the_day_and_not_before(shop: PaperShop, till: PaperTill) -> None:
    card_id = a_customer(shop, till)
    runs(shop, END - timedelta(days=1))
    assert not is_erased(shop, card_id)
    runs(shop, END)
    assert is_erased(shop, card_id)
    assert shop.kinds(card_id)[-1] == "card_deactivated" and told(shop) == 0


@pytest.mark.slow
def test_who_can_be_told_has_30_days_from_then(shop: PaperShop, till: PaperTill) -> None:
    card_id = a_customer(shop, till)
    days = {-31: (0, False), -24: (1, False), -17: (1, False), 0: (1, False), 4: (1, False), 6: (1, True)}
    for day, (letters, erased) in days.items():
        runs(shop, END + timedelta(days=day), SMTP)
        assert (told(shop), is_erased(shop, card_id)) == (letters, erased), f"{day} days"


@pytest.mark.slow
def test_one_visit_is_enough_to_stay(shop: PaperShop, till: PaperTill) -> None:
    card_id = a_customer(shop, till)
    runs(shop, END - timedelta(days=24), SMTP)
    shop.now = END - timedelta(days=20)
    till.stamp(card_id)
    till.sync()
    runs(shop, END + timedelta(days=400), SMTP)
    assert not is_erased(shop, card_id)
    shop.set(retention_years="1")
    runs(shop, END + timedelta(days=400), SMTP)
    assert told(shop) == 2, "another silence has a notice of its own"


@pytest.mark.slow
@pytest.mark.parametrize("fields", [{"consent": False}, {"verified_at": None}, {"mail_off": True}], ids=str)
def test_who_takes_no_mail_is_not_written_to(shop: PaperShop, till: PaperTill, fields: dict[str, Any]) -> None:
    card_id = a_customer(shop, till, **fields)
    runs(shop, END, SMTP)
    assert is_erased(shop, card_id) and told(shop) == 0


def test_a_card_of_nobody_stays_as_it_is(shop: PaperShop, till: PaperTill) -> None:
    (blank,) = shop.blanks()
    till.enrol(blank.id)
    till.sync()
    runs(shop, END + timedelta(days=1))
    assert shop.said(blank.id).is_active and shop.kinds(blank.id) == ["card_created"]


@pytest.mark.slow
def test_years_from_a_29_february_end_on_the_28th(shop: PaperShop) -> None:
    shop.now = datetime(2028, 2, 29, 12, tzinfo=UTC)
    card_id = a_customer(shop, shop.till())
    runs(shop, datetime(2031, 2, 28, 12, tzinfo=UTC))
    assert not is_erased(shop, card_id)
    runs(shop, datetime(2031, 3, 1, 12, tzinfo=UTC))
    assert is_erased(shop, card_id)
    assert shop.now > OPENING
