"""What a customer books by themselves, on every database: a card, its welcome by a proven contact, and its end."""

from datetime import timedelta

import pytest

from loyalty.transactions import Kind
from server.companies import companies
from server.companies.companies import Company
from server.customers.joining import form_tokens, proof, self_enrolment
from server.customers.joining.self_enrolment import Handed, Wish
from server.customers.one_time_codes import Sender
from server.db.account_tables import consents, joins
from server.db.job_queue import DueJob
from server.jobs.runner import Runner, Services
from server.jobs.schedule import JOBS
from server.ledger.judging.savepoint_booking import Ledger
from server.mail import outbox
from server.refusals import Refused
from server.translations import Translator
from tests.company.jobs.workers import Hands, PaperClock
from tests.support.paper_shop import PaperShop, a_coffee_program

pytestmark = pytest.mark.slow
BONUS = 20


@pytest.fixture
def company(shop: PaperShop) -> Company:
    shop.till()
    shop.set(self_enrolment="true")
    shop.set_program(a_coffee_program(welcome_bonus=BONUS))
    with shop.units.read() as conn:
        return companies.by_id(conn, shop.company_id)


def joins_in(shop: PaperShop, company: Company, contact: str, form: str = "") -> Handed:
    form = form or form_tokens.make(shop.keys, company.id, shop.now - timedelta(seconds=5))
    wish = Wish(form=form, language="lb", name="Zoé Weber", contact=contact, consent=True)
    with shop.units.write(company.id) as conn:
        ledger = Ledger(conn, company.id, shop.keys, shop.now)
        found = self_enrolment.join(ledger, company, wish, Sender("10.0.0.1", Translator("lb"), True))
    assert isinstance(found, Handed)
    return found


def enters(shop: PaperShop, company: Company, handed: Handed) -> None:
    with shop.units.read() as conn:
        body = max(outbox.listed(conn, shop.keys, company.id), key=lambda one: one.created_at).body
    assert body is not None
    with shop.units.write(company.id) as conn:
        ledger = Ledger(conn, company.id, shop.keys, shop.now)
        found = proof.enter(ledger, company, handed.challenge, body.subject.partition(" ")[0], device="tests")
    assert not isinstance(found, Refused)
    assert found.session.card_id == handed.card_id


def retention(shop: PaperShop) -> None:
    worker = Runner(Services(shop.units, shop.keys), JOBS, clock=PaperClock(shop.now), pace=Hands())
    assert worker.run(DueJob(shop.company_id, "retention"), shop.now)


def test_a_card_is_taken_proven_and_welcomed(shop: PaperShop, company: Company) -> None:
    form = form_tokens.make(shop.keys, company.id, shop.now - timedelta(seconds=5))
    made = joins_in(shop, company, "zoe@example.org", form)
    assert joins_in(shop, company, "zoe@example.org", form).card_id == made.card_id
    assert shop.kinds(made.card_id) == [Kind.CARD_CREATED]
    enters(shop, company, made)
    assert shop.kinds(made.card_id) == [Kind.CARD_CREATED, Kind.WELCOME_BONUS]
    created, welcome = shop.ledger(made.card_id)
    assert (welcome.follows, welcome.points) == (created.transaction_id, BONUS)
    assert shop.card(made.card_id).points_balance == BONUS
    (consent,) = shop.rows(consents)
    assert (consent.text_version, consent.language) == ("joining-1", "lb")
    shop.passes(days=40)
    retention(shop)
    assert shop.card(made.card_id).customer_id is not None


def test_what_nobody_confirms_ends_after_thirty_days(shop: PaperShop, company: Company) -> None:
    made = joins_in(shop, company, "robot@example.org")
    shop.passes(days=30)
    retention(shop)
    assert shop.kinds(made.card_id) == [Kind.CARD_CREATED, Kind.CARD_DEACTIVATED]
    assert shop.card(made.card_id).customer_id is None
    assert (shop.rows(joins), shop.rows(consents)) == ([], [])
