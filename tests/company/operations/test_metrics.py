"""Metrics: what they count, that nobody is named in them, and what the database adds."""

from datetime import timedelta

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import update

from server import bootstrap
from server.db import job_queue
from server.db.units import Units, open_engine
from server.db.work_tables import platform_jobs
from server.operations.metrics import DatabaseMetrics, Meters, Number
from server.wallet import state
from sync.protocol.messages import EXCHANGE_PATH, encode
from tests.support.companies import Office
from tests.support.databases import ON_SQLITE
from tests.support.paper_shop import PaperShop
from tests.support.web import Web

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def samples(text: str) -> Samples:
    """Every number, by its name and labels."""
    families = text_string_to_metric_families(text)
    return {(one.name, tuple(sorted(one.labels.items()))): one.value for family in families for one in family.samples}


@pytest.mark.slow
def test_verdicts_lock_waits_and_answers_are_counted_and_nobody_is_named(shop: PaperShop) -> None:
    meters = Meters()
    app = bootstrap.build_app(shop.server, meters=meters)
    till = shop.till()
    card = shop.enrolled(till)
    till.stamp(card)
    till.redeem(card)
    web = Web(meters.timed(app))  # type: ignore[arg-type]  # an application like any
    assert web.post(EXCHANGE_PATH, encode(till.request(till.page())), till.paired.token).status_code == 200
    assert web.get("/office/bean-scene").status_code in (303, 401)
    text = generate_latest(meters.registry).decode()
    found = samples(text)
    words = {labels[0][1]: value for (name, labels), value in found.items() if name == "orion_exchange_entries_total"}
    assert sum(words.values()) == 2 and words.keys() <= {"accepted", "adjusted", "rejected", "held"}
    assert found["orion_lock_wait_seconds_count", ()] >= 1
    assert found["orion_http_seconds_count", (("area", "exchange"), ("status", "2xx"))] == 1
    assert {dict(labels).get("area") for name, labels in found if name == "orion_http_seconds_count"} == {
        "exchange",
        "pages",
    }
    assert not any(secret in text for secret in ("bean", str(shop.company_id), shop.company_id.hex, str(till.id)))
    labels = {name for _, pairs in found for name, _ in pairs}
    assert labels <= {"area", "status", "word", "le"}


@pytest.mark.slow
def test_late_jobs_and_waiting_mails_are_read_from_the_database(office: Office) -> None:
    office.done("admin", "create", "--email", "ana@example.org")
    office.run("jobs", "run", "clean")
    units = office.server().units
    with units.platform_write() as conn:
        now = job_queue.database_time(conn)
        conn.execute(update(platform_jobs).values(due_at=now + timedelta(hours=1)))
        late = update(platform_jobs).where(platform_jobs.c.name == "clean")
        conn.execute(late.values(due_at=now - timedelta(minutes=10)))
    metrics = list(
        DatabaseMetrics(units, ["lists", "tally"], [Number("orion_wallets_behind", "", state.behind)]).collect()
    )
    found = {(one.name, *one.labels.values()): one.value for family in metrics for one in family.samples}
    assert 600 <= found["orion_jobs_late_seconds", "clean"] < 660
    assert (found["orion_mails_queued",], found["orion_wallets_behind",]) == (0, 0)
    assert {key for key in found if key[0] == "orion_jobs_late_seconds"} == {("orion_jobs_late_seconds", "clean")}


@ON_SQLITE
def test_without_a_database_its_numbers_are_missing(office: Office) -> None:
    units = Units(open_engine(f"sqlite:///{office.folder / 'nowhere' / 'server.db'}"))
    assert list(DatabaseMetrics(units, []).collect()) == []
