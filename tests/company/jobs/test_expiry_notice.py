"""The job `expiry_notice`: who wants to know is told 30 and 7 days before, once each, and can end it by one click."""

import re
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from server.customers import unsubscribe
from server.customers.unsubscribe import Subscriber
from server.db.job_queue import DueJob
from server.db.tables import customers
from server.jobs.runner import Runner, Services
from server.jobs.schedule import JOBS
from server.mail import outbox
from server.mail.outbox import Mail
from server.mail.smtp import message_of
from server.refusals import Refused
from server.settings import Smtp
from tests.company.jobs.workers import Hands, PaperClock
from tests.support.paper_shop import PaperShop, a_coffee_program
from tests.support.paper_till import PaperTill

JOB, LISTS = "expiry_notice", "lists"
URL = "https://loyalty.example"
YEAR = a_coffee_program(points_expire_after_days=365)


@pytest.fixture
def till(shop: PaperShop) -> PaperTill:
    shop.set_program(YEAR)
    return shop.till()


def a_reader(shop: PaperShop, till: PaperTill, name: str = "ana", **fields: Any) -> UUID:
    """The card of a customer who has 40 points now and wants mail, but for the fields given; returns its id."""
    card_id = shop.enrolled(till, email=f"{name}@example.org")
    till.earn(card_id, 4000)
    till.sync()
    change(shop, card_id, {"verified_at": shop.now, "consent": True, "language": "en"} | fields)
    return card_id


def change(shop: PaperShop, card_id: UUID, fields: dict[str, Any]) -> None:
    with shop.units.write_unlocked() as conn:
        one = (customers.c.company_id == shop.company_id, customers.c.customer_id == shop.card(card_id).customer_id)
        conn.execute(update(customers).where(*one).values(**fields))


def on_day(shop: PaperShop, days: int, smtp: Smtp | None = Smtp("127.0.0.1", 1, "a@example.org")) -> list[Mail]:  # noqa: B008
    """Runs the job on the day that lies so many days before the first points lapse; returns all mails."""
    worker = Runner(Services(shop.units, shop.keys, smtp, URL), JOBS, clock=PaperClock(shop.now), pace=Hands())
    assert worker.run(DueJob(shop.company_id, LISTS))
    assert worker.run(DueJob(shop.company_id, JOB), shop.now + timedelta(days=365 - days, hours=1))
    return mails(shop)


def mails(shop: PaperShop) -> list[Mail]:
    with shop.units.read() as conn:
        return outbox.listed(conn, shop.keys, shop.company_id)


@pytest.mark.slow
def test_a_customer_is_told_30_and_7_days_before_and_once_each(shop: PaperShop, till: PaperTill) -> None:
    a_reader(shop, till)
    counts = [len(on_day(shop, days)) for days in (31, 30, 29, 8, 7, 7, 6, 1, 0)]
    assert counts == [0, 1, 1, 1, 2, 2, 2, 2, 2]
    assert {mail.address for mail in mails(shop)} == {"ana@example.org"}
    body = mails(shop)[0].body
    assert body is not None
    assert body.subject == "Your 40 points at Bean Scene lapse on March 2, 2027"


@pytest.mark.slow
def test_days_without_a_server_are_made_up_for_but_not_twice_within_a_week(shop: PaperShop, till: PaperTill) -> None:
    a_reader(shop, till)
    counts = [len(on_day(shop, days)) for days in (9, 7, 3, 2, 1)]
    assert counts == [1, 1, 1, 2, 2]


@pytest.mark.slow
def test_a_visit_begins_anew(shop: PaperShop, till: PaperTill) -> None:
    card_id = a_reader(shop, till)
    assert len(on_day(shop, 30)) == 1
    shop.passes(days=336)
    till.stamp(card_id)
    till.sync()
    assert len(on_day(shop, 31)) == 1
    assert len(on_day(shop, 30)) == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    "fields",
    [
        {"verified_at": None},
        {"consent": False},
        {"mail_off": True},
        {"undeliverable_at": YEAR.holds_from},
        {"email": None},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_who_takes_no_mail_gets_none(shop: PaperShop, till: PaperTill, fields: dict[str, Any]) -> None:
    fields = {name: shop.now if name == "undeliverable_at" else value for name, value in fields.items()}
    a_reader(shop, till, **fields)
    a_reader(shop, till, "ben")
    assert [mail.address for mail in on_day(shop, 30)] == ["ben@example.org"]


@pytest.mark.slow
@pytest.mark.parametrize(("kept", "told"), [(13, []), (14, [7]), (59, [7]), (60, [30, 7])])
def test_where_points_are_kept_for_a_short_time_no_visit_brings_a_mail(
    shop: PaperShop, kept: int, told: list[int]
) -> None:
    shop.set_program(replace(YEAR, points_expire_after_days=kept))
    a_reader(shop, shop.till())
    counts = [len(on_day(shop, 365 - kept + days)) for days in (30, 7)]
    assert counts == [int(30 in told), len(told)]


def test_without_a_mail_server_nothing_is_noted_as_sent(shop: PaperShop, till: PaperTill) -> None:
    a_reader(shop, till)
    assert on_day(shop, 30, smtp=None) == []
    assert len(on_day(shop, 29)) == 1


@pytest.mark.slow
def test_a_language_that_the_company_does_not_speak_becomes_its_first(shop: PaperShop, till: PaperTill) -> None:
    shop.set(languages="de,fr")
    a_reader(shop, till, language="lb")
    a_reader(shop, till, "ben", language="fr")
    assert {mail.address: mail.language for mail in on_day(shop, 30)} == {
        "ana@example.org": "de",
        "ben@example.org": "fr",
    }


def sent(mail: Mail, shop: PaperShop) -> EmailMessage:
    return message_of(mail, "orion@example.org", shop.now)


@pytest.mark.slow
def test_a_mail_program_can_stop_the_notices_by_itself(shop: PaperShop, till: PaperTill) -> None:
    """RFC 8058: one header has the address, the other says that a POST to it is enough."""
    card_id = a_reader(shop, till)
    (mail,) = on_day(shop, 30)
    message = sent(mail, shop)
    found = re.fullmatch(rf"<{URL}/u/([\w=-]+)>", message["List-Unsubscribe"])
    assert found is not None and message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"{URL}/u/{found[1]}" in message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    whom = unsubscribe.read(shop.keys, found[1])
    assert whom == Subscriber(shop.company_id, shop.card(card_id).customer_id)
    with shop.units.platform_write() as conn:
        unsubscribe.stop(conn, whom, shop.now)
    assert len(on_day(shop, 7)) == 1


@pytest.mark.parametrize("change", ["empty", "first letter", "cut", "no base64"])
def test_a_link_that_we_did_not_make_leads_nowhere(shop: PaperShop, change: str) -> None:
    link = unsubscribe.link(shop.keys, "", Subscriber(shop.company_id, shop.company_id))
    token = link.removeprefix("/u/")
    forged = {
        "empty": "",
        "first letter": ("B" if token[0] == "A" else "A") + token[1:],
        "cut": token[:-4],
        "no base64": token[:-2] + "!!",
    }[change]
    with pytest.raises(Refused):
        unsubscribe.read(shop.keys, forged)
