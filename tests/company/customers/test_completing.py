"""A card that was printed, or handed out without a contact, becomes somebody's by its own code."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from loyalty.cases import CaseKind
from loyalty.judge import Note
from loyalty.transactions import CardCreated, Kind
from server.cards import blanks
from server.customers.joining import form_tokens
from server.db.account_tables import consents, joins
from server.db.tables import customers
from server.db.work_tables import cases
from tests.support.card_office import SLUG, CardOffice
from tests.support.joining_browser import BONUS, Browser, booked, count, joining_office, mailed, points_of, untried
from tests.support.listed_cards import side

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def filled(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CardOffice]:
    with joining_office(migrated_file, tmp_path_factory.mktemp("cafe")) as office:
        yield office


@pytest.fixture
def cafe(filled: CardOffice) -> CardOffice:
    """Nobody has tried anything yet."""
    return untried(filled)


def test_a_printed_blank_becomes_the_card_of_who_scans_it(cafe: CardOffice) -> None:
    browser, blank = Browser(cafe), next(cafe.cards.blanks)
    assert browser.get(f"/c/{blank.token}").headers["location"] == f"/{SLUG}/join"
    assert "Make this card mine" in browser.get("join").text
    assert browser.joins(name="Zoé Weber", contact="zoe@example.org").headers["location"] == f"/{SLUG}/welcome"
    assert browser.code == blank.token
    assert ">Zoé<" in browser.get("card").text
    assert booked(cafe, blank.id) == [Kind.CARD_CREATED]
    browser.form("code", code=mailed(cafe)[-1])
    assert points_of(cafe, blank.id) == BONUS


def test_a_printed_blank_needs_neither_name_nor_contact(cafe: CardOffice) -> None:
    browser, blank = Browser(cafe), next(cafe.cards.blanks)
    browser.get(f"/c/{blank.token}")
    assert browser.joins().status_code == 303
    assert mailed(cafe) == []
    assert browser.get("card").status_code == 200


def test_two_at_once_is_said_to_the_second(cafe: CardOffice) -> None:
    blank = next(cafe.cards.blanks)
    first, second = Browser(cafe), Browser(cafe)
    for browser in (first, second):
        browser.get(f"/c/{blank.token}")
    late = second.filled_in(contact="second@example.org")
    first.joins(contact="first@example.org")
    answer = second.form("join", **late)
    assert answer.status_code == 422 and "already" in answer.text
    assert booked(cafe, blank.id) == [Kind.CARD_CREATED]
    assert second.get("card").status_code == 200, "it is the card whose code they have"


def test_a_printed_card_that_is_taken_twice_by_one_press_is_taken_once(cafe: CardOffice) -> None:
    browser, blank = Browser(cafe), next(cafe.cards.blanks)
    browser.get(f"/c/{blank.token}")
    fields = browser.filled_in(contact="twice@example.org")
    answers = [browser.form("join", **fields).headers["location"] for _ in range(2)]
    assert answers == [f"/{SLUG}/welcome"] * 2 and browser.code == blank.token
    assert booked(cafe, blank.id) == [Kind.CARD_CREATED]


@pytest.mark.parametrize(("contact", "has_case"), [("same@example.org", False), ("other@example.org", True)])
def test_a_till_that_was_offline_makes_a_second_enrolment(cafe: CardOffice, contact: str, has_case: bool) -> None:
    shop, till, blank = cafe.cards.shop, cafe.cards.tills[0], next(cafe.cards.blanks)
    browser = Browser(cafe)
    browser.get(f"/c/{blank.token}")
    browser.joins(contact="same@example.org")
    entry = till.write(CardCreated(), blank.id, side=side(shop, till, blank.id, "Paul", email=contact))
    till.sync()
    assert Note.ALREADY_ENROLLED in till.verdict(entry).notes
    with cafe.server.units.read() as conn:
        kinds = conn.execute(select(cases.c.kind).where(cases.c.card_id == blank.id)).scalars().all()
    assert kinds == ([CaseKind.SECOND_ENROLMENT] if has_case else [])


def test_a_blank_of_a_till_is_being_made_ready(cafe: CardOffice) -> None:
    shop = cafe.cards.shop
    drawn = blanks.random_blanks()
    with cafe.server.units.write(shop.company_id) as conn:
        (shown,) = blanks.issue(conn, shop.company_id, shop.keys, drawn, count=1, now=shop.now, pooled=True)
    browser, till = Browser(cafe), cafe.cards.tills[0]
    assert browser.get(f"/c/{shown.token}").headers["location"] == f"/{SLUG}/join"
    page = browser.get("join").text
    assert "is being made ready" in page and f'data-again="/{SLUG}"' in page
    before = count(cafe, joins)
    form = form_tokens.make(shop.keys, shop.company_id, shop.now)
    shop.passes(seconds=5)
    assert browser.form("join", form=form, printed="true").status_code == 422, "it is for its till alone"
    assert count(cafe, joins) == before
    till.sync()
    till.write(CardCreated(), shown.id)
    till.sync()
    assert browser.get("join").headers["location"] == f"/{SLUG}/card"
    assert browser.get("card").status_code == 200


def test_whoever_holds_a_card_without_a_contact_says_whose_it_is(cafe: CardOffice) -> None:
    shop, till, blank = cafe.cards.shop, cafe.cards.tills[0], next(cafe.cards.blanks)
    till.write(CardCreated(), blank.id)
    till.sync()
    before = points_of(cafe, blank.id)
    browser = Browser(cafe)
    browser.get(f"/c/{blank.token}")
    assert "Add name and contact" in browser.get("card").text
    assert browser.form("complete", name="Ann", contact="").status_code == 422
    answer = browser.form("complete", name="Ann Lee", contact="ann@example.org", consent="true")
    assert answer.headers["location"] == f"/{SLUG}/welcome"
    assert ">Ann<" in browser.get("card").text
    assert browser.form("complete", contact="else@example.org").status_code == 422, "only its owner changes it now"
    assert "Add name and contact" not in browser.get("card").text
    browser.form("code", code=mailed(cafe)[-1])
    assert "verified today" in browser.get("data").text
    assert points_of(cafe, blank.id) == before, "its welcome was given at the counter"
    till.sync()
    assert till.card(blank.id).email is not None
    with cafe.server.units.read() as conn:
        (row,) = conn.execute(select(consents).order_by(consents.c.created_at.desc()).limit(1))
        (person,) = conn.execute(select(customers).where(customers.c.customer_id == row.customer_id))
    assert (row.text_version, row.language, row.ended_at, row.created_at) == ("joining-1", "en", None, shop.now)
    assert person.consent and person.consent_at == shop.now


def test_a_contact_that_a_cashier_typed_is_verified_by_signing_in_with_it(cafe: CardOffice) -> None:
    browser, till, blank = Browser(cafe), cafe.cards.tills[0], next(cafe.cards.blanks)
    till.write(CardCreated(), blank.id, side=side(cafe.cards.shop, till, blank.id, "Eva", email="eva@example.org"))
    till.sync()
    browser.get(f"/c/{blank.token}")
    assert browser.get("complete").status_code == 200
    browser.form("sign-in", email="eva@example.org")
    browser.form("code", code=mailed(cafe)[-1])
    assert "verified today" in browser.get("data").text


def test_what_was_agreed_to_is_kept_with_its_time_and_its_end(cafe: CardOffice) -> None:
    browser = Browser(cafe)
    browser.joins(contact="yes@example.org", consent="true")
    browser.form("code", code=mailed(cafe)[-1])
    browser.form("data", language="de")
    cafe.cards.shop.passes(days=1)
    browser.form("data", language="de", consent="true")
    with cafe.server.units.read() as conn:
        person = select(customers.c.customer_id).order_by(customers.c.created_at.desc()).limit(1).scalar_subquery()
        rows = conn.execute(
            select(consents).where(consents.c.customer_id == person).order_by(consents.c.created_at)
        ).all()
    assert [(row.text_version, row.language, row.ended_at is None) for row in rows] == [
        ("joining-1", "en", False),
        ("offers-1", "de", True),
    ]


def test_where_customers_may_not_enrol_themselves_they_are_sent_to_the_counter(cafe: CardOffice) -> None:
    shop, browser, blank = cafe.cards.shop, Browser(cafe), next(cafe.cards.blanks)
    fields = browser.filled_in(contact="off@example.org")
    shop.set(self_enrolment="false")
    assert "Ask for a card at the counter" in browser.get("join").text
    assert "Get my card" not in browser.get("join").text
    assert browser.form("join", **fields).status_code == 422
    assert "This card is new" in browser.get(f"/c/{blank.token}").text
    shop.set(self_enrolment="true")
