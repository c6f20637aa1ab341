"""Many cards at once: nobody is turned away, but a code comes first, and made-up contacts earn nothing."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import insert, select

from loyalty.transactions import Kind
from server.customers import one_time_codes
from server.customers.joining import form_tokens, limits, self_enrolment
from server.customers.joining.limits import OF_ADDRESS, OF_COMPANY_LEAST, OF_CONTACT
from server.customers.joining.self_enrolment import CodeFirst, Handed, Wish
from server.customers.one_time_codes import Sender
from server.db.account_tables import code_challenges, joins
from server.db.job_queue import DueJob
from server.db.tables import customers, transactions
from server.db.work_tables import erasures
from server.jobs.runner import Runner, Services
from server.jobs.schedule import JOBS
from server.ledger.judging.savepoint_booking import Ledger
from server.refusals import No, Refused, TooMany
from server.translations import Translator
from tests.company.jobs.workers import Hands, PaperClock
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

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def filled(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CardOffice]:
    with joining_office(migrated_file, tmp_path_factory.mktemp("cafe")) as office:
        yield office


@pytest.fixture
def cafe(filled: CardOffice) -> CardOffice:
    """Nobody has tried anything yet."""
    return untried(filled)


def asks(cafe: CardOffice, contact: str, address: str, *, can_mail: bool = True) -> Handed | CodeFirst | No:
    """Somebody at an address fills in the form for a card."""
    shop = cafe.cards.shop
    form = form_tokens.make(shop.keys, shop.company_id, shop.now - timedelta(seconds=5))
    wish = Wish(form=form, language="en", contact=contact)
    sender = Sender(address, Translator("en"), can_mail)
    try:
        with shop.units.write(shop.company_id) as conn:
            return self_enrolment.join(
                Ledger(conn, shop.company_id, shop.keys, shop.now), cafe.cards.company, wish, sender
            )
    except Refused as no:
        return no.reason


def taken(cafe: CardOffice, address: str, times: int) -> int:
    """How many of so many cards an address may take now, which are counted as taken."""
    shop = cafe.cards.shop
    with shop.units.write(shop.company_id) as conn:
        return sum(
            limits.take(conn, shop.keys, shop.company_id, address=address, contact=None, now=shop.now)
            for _ in range(times)
        )


def test_a_thousand_cards_from_one_address_are_thirty_and_no_bonus(cafe: CardOffice) -> None:
    before = count(cafe, joins)
    found = Counter(
        answer if isinstance(answer, No) else type(answer).__name__
        for answer in (asks(cafe, f"robot{number}@example.org", "198.51.100.7") for number in range(1000))
    )
    cards, codes = OF_ADDRESS[0].count, one_time_codes.OF_ADDRESS.count
    assert found == {"Handed": cards, "CodeFirst": codes, No.TOO_MANY: 1000 - cards - codes}
    assert count(cafe, joins) == before + OF_ADDRESS[0].count
    assert isinstance(asks(cafe, "zoe@example.org", "203.0.113.5"), Handed), "others go on"
    with cafe.server.units.read() as conn:
        kinds = conn.execute(select(transactions.c.kind).where(transactions.c.kind == Kind.WELCOME_BONUS))
        assert kinds.all() == []


def test_an_address_has_a_hundred_cards_a_day(cafe: CardOffice) -> None:
    made = 0
    for _hour in range(5):
        made += taken(cafe, "2001:db8::1", OF_ADDRESS[0].count + 1)
        cafe.cards.shop.passes(hours=1)
    assert made == OF_ADDRESS[1].count


def test_a_contact_has_three_cards_a_day_however_it_is_written(cafe: CardOffice) -> None:
    written = ("Ann.Lee@Example.org", " ann.lee@example.org", "ANN.LEE@EXAMPLE.ORG", "ann.lee@example.org")
    found = []
    for text in written:
        found.append(type(asks(cafe, text, "203.0.113.1")).__name__)
        cafe.cards.shop.passes(minutes=6)  # so that codes are not too many
    assert found == ["Handed"] * OF_CONTACT.count + ["CodeFirst"]


def test_a_company_has_five_times_its_busiest_hour(cafe: CardOffice) -> None:
    shop = cafe.cards.shop

    def left() -> int:
        """How many cards are made now without a code, each from an address and for a contact of its own."""
        count = 0
        with shop.units.write(shop.company_id) as conn:
            while limits.take(
                conn, shop.keys, shop.company_id, address=f"10.{count >> 8}.{count & 255}.1", contact=None, now=shop.now
            ):
                count += 1
            conn.rollback()
        return count

    assert left() == OF_COMPANY_LEAST
    busiest, at = 30, shop.now - timedelta(days=3)
    row = {"company_id": shop.company_id, "via": "link", "mark": b"", "created_at": at, "updated_at": at}
    with shop.units.platform_write() as conn:
        conn.execute(
            insert(joins), [row | {"join_id": uuid4(), "card_id": uuid4(), "proven_at": at} for _ in range(busiest)]
        )
        conn.execute(
            insert(joins), [row | {"join_id": uuid4(), "card_id": uuid4(), "proven_at": None} for _ in range(100)]
        )
    assert left() == limits.TIMES * busiest
    shop.passes(days=28)
    assert left() == OF_COMPANY_LEAST, "it was long ago"


def used_up(cafe: CardOffice, browser: Browser) -> None:
    """The address of the browser has made as many cards as it may."""
    assert taken(cafe, browser.address, OF_ADDRESS[0].count) == OF_ADDRESS[0].count


def test_a_code_that_comes_first_makes_the_card_and_its_owner_with_the_welcome(cafe: CardOffice) -> None:
    browser, made = Browser(cafe, "203.0.113.77"), count(cafe, joins)
    used_up(cafe, browser)
    answer = browser.joins(name="Noé Roy", contact="noe@example.org", consent="true")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/{SLUG}/code?next=new")
    assert count(cafe, joins) == made and not browser.code
    assert "a code comes first" in browser.get("code?next=new").text
    code = mailed(cafe)[-1]
    assert browser.form("code", code=f"{(int(code) + 1) % 1_000_000:06}", next="new").status_code == 422
    assert count(cafe, joins) == made
    assert browser.form("code", code=code, next="new").headers["location"] == f"/{SLUG}/card"
    assert count(cafe, joins) == made + 1
    card_id = newest(cafe)
    assert (points_of(cafe, card_id), booked(cafe, card_id)) == (BONUS, [Kind.CARD_CREATED, Kind.WELCOME_BONUS])
    page = browser.get("data").text
    assert "noe@example.org" in page and "verified today" in page and ">Noé<" in browser.get("card").text


def test_who_has_a_card_is_led_to_it_by_a_code_that_comes_first(cafe: CardOffice) -> None:
    browser = Browser(cafe, "203.0.113.78")
    used_up(cafe, browser)
    made = count(cafe, joins)
    browser.joins(contact="marie@example.org")
    browser.form("code", code=mailed(cafe)[-1], next="new")
    assert count(cafe, joins) == made
    assert ">Marie<" in browser.get("card").text


def test_without_mail_or_an_address_no_code_can_come_first(cafe: CardOffice) -> None:
    browser = Browser(cafe, "203.0.113.79")
    used_up(cafe, browser)
    assert asks(cafe, "621 555 000", browser.address) is No.EMAIL_NEEDED
    assert asks(cafe, "new@example.org", browser.address, can_mail=False) is No.TOO_MANY
    assert browser.joins(contact="621 555 000").status_code == 422
    assert TooMany(1).reason is No.TOO_MANY


def test_a_wish_that_waits_is_encrypted_and_forgotten_with_its_code(cafe: CardOffice) -> None:
    browser = Browser(cafe, "203.0.113.80")
    used_up(cafe, browser)
    browser.joins(name="Somebody", contact="somebody@example.org")
    with cafe.server.units.read() as conn:
        rows = conn.execute(select(code_challenges)).all()
        people = conn.execute(select(customers.c.customer_id)).all()
    assert b"Somebody" not in repr(rows).encode() and people
    kept = [row for row in rows if row.wish is not None]
    assert len(kept) == 1 and kept[0].customer_id is None


def test_what_nobody_confirms_and_no_till_has_seen_is_erased_after_thirty_days(cafe: CardOffice) -> None:
    shop, till = cafe.cards.shop, cafe.cards.tills[0]
    shop.passes(days=40)
    retention(cafe)  # what other tests have left
    unseen, seen, confirmed, printed = (Browser(cafe, f"203.0.113.{number}") for number in range(100, 104))
    cards = []
    printed.get(f"/c/{next(cafe.cards.blanks).token}")
    for browser in (unseen, seen, confirmed, printed):
        browser.joins(contact=f"{browser.address}@example.org")
        cards.append(newest(cafe))
    confirmed.form("code", code=mailed(cafe)[2])
    till.sync()
    till.stamp(cards[1])
    till.sync()
    shop.passes(days=29)
    assert retention(cafe) == 0
    shop.passes(days=2)
    assert retention(cafe) == 1
    shown = [browser.get("card").status_code == 200 for browser in (unseen, seen, confirmed, printed)]
    assert shown == [False, True, True, True]
    with cafe.server.units.read() as conn:
        assert conn.execute(select(joins.c.join_id).where(joins.c.card_id == cards[0])).all() == []
    assert retention(cafe) == 0


def retention(cafe: CardOffice) -> int:
    """Runs the job; returns how many cards it has erased."""
    shop = cafe.cards.shop
    before = count(cafe, erasures)
    worker = Runner(Services(shop.units, shop.keys), JOBS, clock=PaperClock(shop.now), pace=Hands())
    assert worker.run(DueJob(shop.company_id, "retention"), shop.now)
    return count(cafe, erasures) - before
