"""The job `mail` with a real SMTP server on this machine, and what the job `clean` leaves of mails."""

import gettext
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword

from server.db.tables import customers, pairing_codes
from server.db.work_tables import mails
from server.jobs.runner import Runner, Services
from server.jobs.schedule import JOBS
from server.mail import letters, outbox
from server.mail.outbox import Mail, MailState
from server.settings import Smtp
from tests.company.jobs.workers import Hands, PaperClock
from tests.support.mail_server import SENDER, Postman, running
from tests.support.paper_shop import PaperShop, a_coffee_program

pytestmark = pytest.mark.slow


class English(gettext.NullTranslations):
    language = "en"


@pytest.fixture
def postman() -> Postman:
    return Postman()


@pytest.fixture
def smtp(postman: Postman) -> Iterator[Smtp]:
    with running(postman) as smtp:
        yield smtp


@pytest.fixture
def clock(shop: PaperShop) -> PaperClock:
    return PaperClock(shop.now)


def a_sender(shop: PaperShop, clock: PaperClock, smtp: Smtp | None) -> Runner:
    return Runner(Services(shop.units, shop.keys, smtp), JOBS, clock=clock, pace=Hands())


def queue(shop: PaperShop, clock: PaperClock, to: str = "ana@example.org", *, of_company: bool = True) -> UUID:
    letter = letters.password_reset(English(), link=f"https://loyalty.example/{to}")
    company_id = shop.company_id if of_company else None
    with shop.units.platform_write() as conn:
        return outbox.queue(conn, shop.keys, letter, to, company_id=company_id, now=clock.now)


def kept(shop: PaperShop, company_id: UUID | None) -> list[Mail]:
    with shop.units.read() as conn:
        return outbox.listed(conn, shop.keys, company_id)


@pytest.mark.parametrize("of_company", [True, False])
def test_a_queued_mail_is_sent_once(
    shop: PaperShop, clock: PaperClock, smtp: Smtp, postman: Postman, of_company: bool
) -> None:
    sender = a_sender(shop, clock, smtp)
    sender.round()
    queue(shop, clock, of_company=of_company)
    sender.round()
    clock.passes(hours=2)
    sender.round()
    (message,) = postman.taken
    assert (message["to"], message["from"], message["auto-submitted"]) == ("ana@example.org", SENDER, "auto-generated")
    for kind in ("plain", "html"):
        part = message.get_body((kind,))
        assert part is not None and "https://loyalty.example/ana@example.org" in part.get_content()
    (mail,) = kept(shop, shop.company_id if of_company else None)
    assert (mail.state, mail.tries, mail.next_at) == (MailState.SENT, 1, None)


def test_what_the_server_refuses_for_now_is_tried_for_a_day(
    shop: PaperShop, clock: PaperClock, smtp: Smtp, postman: Postman
) -> None:
    sender, began, waits = a_sender(shop, clock, smtp), clock.now, []
    postman.at_recipient = ["451 4.7.1 greylisted, ana@example.org"] * 100
    queue(shop, clock)
    for at in (0, 60, 6 * 60, 21 * 60, 81 * 60, 141 * 60, 24 * 3600 - 1):
        clock.now = began + timedelta(seconds=at)
        sender.round()
        (mail,) = kept(shop, shop.company_id)
        assert mail.state is MailState.QUEUED and mail.next_at is not None
        waits.append(mail.next_at - clock.now)
    assert waits == [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 60, 60, 60)]
    clock.now += timedelta(hours=1)
    sender.round()
    (mail,) = kept(shop, shop.company_id)
    assert (mail.state, mail.next_at, mail.tries) == (MailState.FAILED, None, 8)
    assert mail.error == "451 4.7.1", "the answer's words may name somebody"


def test_one_mail_that_cannot_be_sent_now_holds_up_no_other(
    shop: PaperShop, clock: PaperClock, smtp: Smtp, postman: Postman
) -> None:
    postman.at_data = ["452 4.3.1 no space"]
    queue(shop, clock, "ana@example.org")
    queue(shop, clock, "ben@example.org")
    a_sender(shop, clock, smtp).round()
    assert len(postman.taken) == 1
    assert sorted(mail.state for mail in kept(shop, shop.company_id)) == [MailState.QUEUED, MailState.SENT]


def test_an_address_that_is_refused_for_good_is_noted_at_the_customer(
    shop: PaperShop, clock: PaperClock, smtp: Smtp, postman: Postman
) -> None:
    shop.set_program(a_coffee_program())
    till = shop.till()
    for name in ("ana", "ben"):
        shop.enrolled(till, email=f"{name}@example.org")
    postman.at_recipient = ["550 5.1.1 ana@example.org: no such user"]
    queue(shop, clock, "ana@example.org")
    a_sender(shop, clock, smtp).round()
    (mail,) = kept(shop, shop.company_id)
    assert (mail.state, mail.error, mail.tries) == (MailState.FAILED, "550 5.1.1", 1)
    assert sorted(row.undeliverable_at is None for row in shop.rows(customers)) == [False, True]


def test_a_mail_whose_text_is_refused_says_nothing_about_the_address(
    shop: PaperShop, clock: PaperClock, smtp: Smtp, postman: Postman
) -> None:
    shop.set_program(a_coffee_program())
    shop.enrolled(shop.till(), email="ana@example.org")
    postman.at_data = ["554 5.7.1 looks like spam"]
    queue(shop, clock)
    a_sender(shop, clock, smtp).round()
    assert kept(shop, shop.company_id)[0].state == MailState.FAILED
    assert shop.rows(customers)[0].undeliverable_at is None


def test_a_mail_server_that_is_away_is_asked_again(
    shop: PaperShop, clock: PaperClock, smtp: Smtp, postman: Postman
) -> None:
    away = Smtp("127.0.0.1", 1, SENDER)
    queue(shop, clock)
    a_sender(shop, clock, away).round()
    assert kept(shop, shop.company_id)[0].error == "ConnectionRefusedError"
    clock.passes(minutes=1)
    a_sender(shop, clock, smtp).round()
    assert len(postman.taken) == 1


def test_no_password_is_said_in_clear(shop: PaperShop, clock: PaperClock, postman: Postman) -> None:
    said: list[LoginPassword] = []

    def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: LoginPassword) -> AuthResult:
        said.append(data)
        return AuthResult(success=True)

    queue(shop, clock)
    with running(postman, authenticate) as smtp:
        a_sender(shop, clock, replace(smtp, user="orion", password="secret")).round()
    assert said == [] and postman.taken == []
    assert kept(shop, shop.company_id)[0].state == MailState.QUEUED


def test_without_a_mail_server_mails_are_given_up_after_a_day(shop: PaperShop, clock: PaperClock) -> None:
    sender = a_sender(shop, clock, None)
    queue(shop, clock)
    sender.round()
    assert kept(shop, shop.company_id)[0].state == MailState.QUEUED
    clock.passes(hours=24)
    sender.round()
    assert kept(shop, shop.company_id)[0].state == MailState.DROPPED


def test_a_week_later_nobody_can_read_whom_a_mail_went_to(
    shop: PaperShop, clock: PaperClock, smtp: Smtp, postman: Postman
) -> None:
    queue(shop, clock)
    sender = a_sender(shop, clock, smtp)
    sender.round()
    clock.passes(days=7)
    sender.round()
    assert kept(shop, shop.company_id)[0].address == "ana@example.org"
    clock.passes(hours=1)
    sender.round()
    (row,) = shop.rows(mails)
    assert (row.address, row.body, row.state) == (None, None, MailState.SENT)


def test_pairing_codes_go_when_nobody_can_use_them_any_more(shop: PaperShop, clock: PaperClock) -> None:
    shop.pairing_code("Till 1")
    cleaner = a_sender(shop, clock, None)
    clock.passes(hours=25)
    cleaner.round()
    assert len(shop.rows(pairing_codes)) == 1, "a till whose answer was lost may repeat"
    clock.passes(hours=1)
    cleaner.round()
    assert shop.rows(pairing_codes) == []
