"""A customer takes a card without the counter: once, at once, and without telling who has one already."""

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
import zxingcpp
from PIL import Image
from sqlalchemy import func, select

from loyalty.codes import Token, parse
from loyalty.transactions import Kind
from server.customers import customer_sessions
from server.customers.customer_sessions import CustomerSession
from server.customers.joining import form_tokens
from server.customers.own_acts import joined_cards
from server.db.account_tables import joins
from server.db.tables import cards, customers, transactions
from server.db.work_tables import cases
from server.ledger.judging.savepoint_booking import Ledger
from tests.support.card_office import SLUG, CardOffice
from tests.support.joining_browser import (
    BONUS,
    Browser,
    booked,
    count,
    joining_office,
    mailed,
    newest,
    points_of,
    untried,
)
from tests.support.office_web import Caller, reason, signed_in_again

pytestmark = pytest.mark.slow

MARIE, NEW = "marie@example.org", "zoe@example.org"


@pytest.fixture(scope="module")
def filled(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CardOffice]:
    with joining_office(migrated_file, tmp_path_factory.mktemp("cafe")) as office:
        yield office


@pytest.fixture
def cafe(filled: CardOffice) -> CardOffice:
    """Nobody has tried anything yet."""
    return untried(filled)


def test_a_form_gives_a_card_at_once_which_tills_know_at_their_next_contact(cafe: CardOffice) -> None:
    browser = Browser(cafe)
    answer = browser.joins(f"join?store={'0' * 32}&via=poster", name="Zoé Weber", contact=NEW)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/{SLUG}/welcome")
    page = browser.get("welcome").text
    assert "Your card is ready" in page and ">Zoé<" in page
    assert "20 points to start, once you have confirmed" in page
    assert browser.get("card").status_code == 200
    card_id = newest(cafe)
    till = cafe.cards.tills[0]
    till.sync()
    till.stamp(card_id)
    till.sync()
    assert booked(cafe, card_id) == [Kind.CARD_CREATED, Kind.STAMP_EARNED]
    with cafe.server.units.read() as conn:
        row = conn.execute(select(transactions).where(transactions.c.card_id == card_id)).first()
        via = conn.execute(select(joins.c.via).where(joins.c.card_id == card_id)).scalar_one()
    assert row is not None and (row.staff_id, row.terminal_id, via) == (None, None, "poster")


def test_a_proven_contact_brings_the_welcome_once(cafe: CardOffice) -> None:
    browser = Browser(cafe)
    browser.joins(contact="ann@example.org")
    card_id = newest(cafe)
    assert points_of(cafe, card_id) == 0
    assert "once you have confirmed" in browser.get("card").text
    assert browser.form("code", code=mailed(cafe)[-1], next="card").headers["location"] == f"/{SLUG}/card"
    assert points_of(cafe, card_id) == BONUS
    assert "once you have confirmed" not in browser.get("card").text
    assert "Ann" not in browser.get("data").text and "ann@example.org" in browser.get("data").text
    cafe.cards.shop.passes(minutes=2)
    browser.form("sign-in", email="ann@example.org")
    browser.form("code", code=mailed(cafe)[-1], next="card")
    assert (points_of(cafe, card_id), booked(cafe, card_id).count(Kind.WELCOME_BONUS)) == (BONUS, 1)


def test_pressed_twice_and_with_a_lost_answer_it_is_one_card(cafe: CardOffice) -> None:
    browser, before = Browser(cafe), count(cafe, joins)
    fields = browser.filled_in(name="Léa", contact="lea@example.org")
    browser.send("join", **fields)
    code = [browser.form("join", **fields).headers["location"], browser.code]
    cafe.cards.shop.passes(minutes=3)
    assert [browser.form("join", **fields).headers["location"], browser.code] == code
    assert count(cafe, joins) == before + 1


def nothing_is_made(cafe: CardOffice, browser: Browser, **fields: object) -> None:
    real = Browser(cafe)
    shape = real.joins(contact=f"real{count(cafe, joins)}@example.org")
    before = count(cafe, joins), count(cafe, cards), len(mailed(cafe))
    answer = browser.form("join", **fields)
    assert (count(cafe, joins), count(cafe, cards), len(mailed(cafe))) == before
    assert (answer.status_code, answer.headers["location"]) == (303, shape.headers["location"])
    assert [len(one) for one in answer.headers.get_list("set-cookie")] == [
        len(one) for one in shape.headers.get_list("set-cookie")
    ]
    assert isinstance(parse(browser.code), Token)
    assert "Your card is ready" in browser.get("welcome").text
    assert browser.get("card").headers["location"] == f"/{SLUG}/join"
    assert browser.form("code", code="123456").status_code == 422


def test_a_robot_sees_what_a_customer_sees_and_gets_nothing(cafe: CardOffice) -> None:
    made_up = Browser(cafe)
    nothing_is_made(cafe, made_up, form="x" * 54, contact="robot@example.org")
    other = form_tokens.make(cafe.server.keys, UUID(int=0), cafe.cards.shop.now)
    nothing_is_made(cafe, Browser(cafe), form=other, contact="robot@example.org")
    full = Browser(cafe)
    nothing_is_made(cafe, full, **full.filled_in(contact="robot@example.org", website="https://example.org"))
    used = Browser(cafe)
    fields = used.filled_in(contact="first@example.org")
    Browser(cafe).send("join", **fields)
    nothing_is_made(cafe, used, **fields | {"contact": "second@example.org"})


@pytest.mark.parametrize(("passes", "is_made"), [(1, False), (2, True), (7200, True), (7201, False)])
def test_a_form_is_good_from_two_seconds_to_two_hours(cafe: CardOffice, passes: int, is_made: bool) -> None:
    browser, before = Browser(cafe), count(cafe, joins)
    fields = browser.filled_in(contact="later@example.org", name="Tom")
    cafe.cards.shop.passes(seconds=passes - 5)
    answer = browser.form("join", **fields)
    assert (answer.status_code == 303, count(cafe, joins) - before) == (is_made, int(is_made))
    if not is_made:
        assert answer.status_code == 422
        again = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', answer.text))
        assert "Tom" in answer.text and (again["form"] == fields["form"]) is (passes < 2)
        cafe.cards.shop.passes(seconds=5)
        assert browser.form("join", **fields | {"form": again["form"]}).status_code == 303


def test_a_contact_that_has_a_card_is_told_nothing_else(cafe: CardOffice) -> None:
    told = []
    before = count(cafe, cases)
    for email in (MARIE, "unknown@example.org"):
        browser = Browser(cafe)
        answer = browser.joins(contact=email)
        welcome = browser.get("welcome")
        told.append((veiled(answer), veiled(welcome)))
    assert told[0] == told[1]
    assert count(cafe, cases) == before
    with cafe.server.units.read() as conn:
        known = select(customers.c.email_hmac).where(customers.c.email_hmac.is_not(None))
        twice = known.group_by(customers.c.email_hmac).having(func.count() == 2)
        assert len(conn.execute(twice).all()) == 1, "a second card stands"


SECRETS = re.compile(r'<path d="M4[^"]*"|\d{4}-\d{4}-\d{4}|(?<==)[\w-]{32}(?=;)|(?<==)[0-9a-f]{32}\.[\w-]{43}(?=;)')


def veiled(answer: httpx.Response) -> tuple[object, ...]:
    """All that an answer says, but for the random codes of the card."""
    said = [(name, value) for name, value in answer.headers.multi_items() if name != "content-length"]
    headers = sorted((name, SECRETS.sub("-", value)) for name, value in said)
    return answer.status_code, headers, SECRETS.sub("-", answer.text)


def test_a_code_proves_the_card_it_came_with_and_not_one_that_a_stranger_took_before(cafe: CardOffice) -> None:
    stranger, owner = Browser(cafe, "198.51.100.31"), Browser(cafe, "198.51.100.32")
    stranger.joins(contact="kim@example.org")
    taken = newest(cafe)
    cafe.cards.shop.passes(minutes=5)
    owner.joins(contact="kim@example.org")
    mine = newest(cafe)
    owner.form("code", code=mailed(cafe)[-1], next="card")
    assert (points_of(cafe, taken), points_of(cafe, mine)) == (0, BONUS)


def test_a_form_sent_again_gives_no_code_that_the_card_has_got_since(cafe: CardOffice) -> None:
    api, program = f"/api/customer/v1/{SLUG}", Caller(cafe.app, address="198.51.100.21")
    form = program.get(f"{api}/enrolments/form").json()
    wish = {"form": form["form"], "language": "fr", "consent": False, "contact": "lea@example.org"}
    cafe.cards.shop.passes(seconds=form["good_from_s"])
    made = program.post(f"{api}/enrolments", wish).json()
    till = cafe.cards.tills[0]
    till.sync()
    till.replace(newest(cafe), next(cafe.cards.blanks).id)
    till.sync()
    again = program.post(f"{api}/enrolments", wish).json()
    assert again["card"] != made["card"]
    for code in (made["code"], again["code"]):
        assert reason(replace(program, token=code).get(f"{api}/card")) == (401, "card_needed")


def test_a_program_takes_a_card_and_reads_it(cafe: CardOffice) -> None:
    api, program = f"/api/customer/v1/{SLUG}", Caller(cafe.app, address="198.51.100.20")
    form = program.get(f"{api}/enrolments/form").json()
    assert form["is_open"] is True
    wish = {"form": form["form"], "language": "fr", "consent": False, "name": "Noa Kohl", "contact": "noa@example.org"}
    assert reason(program.post(f"{api}/enrolments", wish)) == (409, "form_time")
    cafe.cards.shop.passes(seconds=form["good_from_s"])
    made = program.post(f"{api}/enrolments", wish)
    assert made.status_code == 201
    cafe.cards.shop.passes(minutes=1)
    again = program.post(f"{api}/enrolments", wish).json()
    assert (again["card"], again["code"]) == (made.json()["card"], made.json()["code"])
    holder = replace(program, token=made.json()["code"])
    card = holder.get(f"{api}/card").json()
    assert (card["number"], card["first_name"], card["welcome"]) == (made.json()["number"], "Noa", BONUS)
    assert holder.get(f"{api}/card/qr.svg").headers["content-type"] == "image/svg+xml"
    assert [one["kind"] for one in holder.get(f"{api}/card/history").json()["items"]] == [Kind.CARD_CREATED]
    assert reason(program.get(f"{api}/card")) == (401, "card_needed")
    wrong = program.post(f"{api}/codes/{again['verify']}", {"code": "x"})
    assert reason(wrong) == (422, "invalid")
    entered = program.post(f"{api}/codes/{again['verify']}", {"code": mailed(cafe)[-1]}).json()
    owner = replace(program, token=entered["session"])
    assert owner.get(f"{api}/card").json()["points"] == BONUS
    assert owner.patch(f"{api}/me", {}).json()["email"] == "noa@example.org"


def test_a_card_is_a_picture_whose_code_is_read(cafe: CardOffice) -> None:
    browser = Browser(cafe)
    browser.joins(contact="photo@example.org", name="A name that is longer than the picture is wide, by far")
    answer = browser.get("card.png")
    assert answer.headers["content-type"] == "image/png"
    picture = Image.open(io.BytesIO(answer.content))
    assert picture.size == (1080, 1350)
    (read,) = zxingcpp.read_barcodes(picture)
    assert read.text == browser.code


@pytest.mark.parametrize("contact", ["nonsense", "zoe@", "12", "@example.org"])
def test_what_is_no_contact_is_said_under_its_field(cafe: CardOffice, contact: str) -> None:
    browser, before = Browser(cafe), count(cafe, joins)
    answer = browser.joins(contact=contact, name="Zoé")
    assert answer.status_code == 422 and count(cafe, joins) == before
    assert 'id="f-contact-error"' in answer.text and 'value="Zoé"' in answer.text


def test_another_language_keeps_where_the_link_stands(cafe: CardOffice) -> None:
    browser = Browser(cafe)
    chosen = browser.form("language", language="de", store="x", via="poster")
    assert chosen.headers["location"] == f"/{SLUG}/join?store=x&via=poster"
    page = browser.get("join?store=x&via=poster").text
    assert '<html lang="de">' in page and 'name="via" value="poster"' in page


def test_a_phone_number_only_helps_to_find_the_card(cafe: CardOffice) -> None:
    browser, sent = Browser(cafe), len(mailed(cafe))
    assert browser.joins(contact="621 777 888").headers["location"] == f"/{SLUG}/welcome"
    assert "Confirm your e-mail" not in browser.get("welcome").text
    assert len(mailed(cafe)) == sent
    till = cafe.cards.tills[0]
    till.sync()
    assert till.card(newest(cafe)).phone is not None


def test_two_cards_of_a_contact_are_put_together_with_one_welcome(cafe: CardOffice) -> None:
    first, second = Browser(cafe), Browser(cafe)
    first.joins(contact="two@example.org")
    stays = newest(cafe)
    cafe.cards.shop.passes(minutes=2)
    second.joins(contact="two@example.org")
    goes = newest(cafe)
    led_to = second.form("code", code=mailed(cafe)[-1], next="card").headers["location"]
    assert led_to == f"/{SLUG}/merge", "the other card is offered"
    assert (points_of(cafe, stays), points_of(cafe, goes)) == (0, BONUS)
    shop = cafe.cards.shop
    with shop.units.write(shop.company_id) as conn:
        ledger = Ledger(conn, shop.company_id, shop.keys, shop.now)
        session = customer_sessions_of(cafe, second)
        joined_cards.join(ledger, uuid4(), session, stays)
    cafe.cards.shop.passes(minutes=2)
    first.form("sign-in", email="two@example.org")
    first.form("code", code=mailed(cafe)[-1], next="card")
    assert points_of(cafe, stays) == BONUS
    owner = Caller(cafe.app, signed_in_again(cafe.server, f"owner-{SLUG}@example.com"))
    found = owner.get(f"/api/store/v1/{SLUG}/cards/{stays}/ledger").json()
    assert found["agrees"] and found["points"] == BONUS
    assert owner.browser().get(f"/office/{SLUG}/cards/{stays}").status_code == 200


def customer_sessions_of(cafe: CardOffice, browser: Browser) -> CustomerSession:
    shop = cafe.cards.shop
    with cafe.server.units.read() as conn:
        found = customer_sessions.find(conn, shop.company_id, browser.cookies[f"me-{SLUG}"], shop.now)
    assert found is not None
    return found
