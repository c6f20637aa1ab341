"""When jobs are due, and where people read what each does."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from server.db.job_queue import DueJob, Lease
from server.jobs.runner import Job, Run, Services
from server.jobs.schedule import JOBS
from server.pages.admin.jobs import WORDS
from tests.support.paper_shop import PaperShop
from tests.support.tree import ROOT

AUTUMN, SPRING = datetime(2026, 10, 25, tzinfo=UTC), datetime(2026, 3, 29, tzinfo=UTC)  # 25 and 23 hours long


def job(name: str) -> Job:
    return next(one for one in JOBS if one.name == name)


def due_again(shop: PaperShop, name: str, now: datetime) -> datetime:
    lease = Lease(DueJob(shop.company_id, name), shop.company_id, None, 0)
    run = Run(Services(shop.units, shop.keys), lease, now, lambda _conn: now, lambda _seconds: None)
    with shop.units.read() as conn:
        return job(name).due_again(conn, run)


def test_every_job_is_documented_and_has_words_on_the_admins_page() -> None:
    page = (ROOT / "docs" / "operators.md").read_text("utf-8")
    section = page.split("\n## Jobs\n", 1)[1].split("\n## ", 1)[0]
    named = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
    assert sorted(named) == sorted(one.name for one in JOBS) == sorted(WORDS)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (AUTUMN, AUTUMN + timedelta(hours=2, minutes=10)),
        (AUTUMN + timedelta(hours=2, minutes=10), AUTUMN + timedelta(days=1, hours=2, minutes=10)),
        (SPRING, SPRING + timedelta(hours=1, minutes=10)),
        (SPRING - timedelta(hours=1), SPRING + timedelta(hours=1, minutes=10)),
    ],
)
def test_a_daily_job_keeps_its_hour_when_the_clock_changes(shop: PaperShop, now: datetime, due: datetime) -> None:
    assert due_again(shop, "expiry", now) == due


def test_each_company_has_its_own_hour(shop: PaperShop) -> None:
    shop.set(time_zone="Pacific/Auckland")
    noon = datetime(2026, 6, 1, 12, tzinfo=UTC)
    assert due_again(shop, "expiry", noon) == datetime(2026, 6, 1, 15, 10, tzinfo=UTC)
