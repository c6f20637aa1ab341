"""What the owner of a card changes of their data, takes with them, and erases."""

import json
from io import BytesIO
from itertools import count
from uuid import UUID
from zipfile import ZipFile

import pytest

from server.customers.customer_sessions import PROVEN_FOR
from server.customers.own_acts.download import A_DAY, HTML_FILE, JSON_FILE
from server.db.account_tables import customer_sessions
from server.wallet import state
from server.wallet.makers import MakerName
from sync.protocol.sealing import email_hmac
from tests.company.customers.test_erasure import found
from tests.support.card_office import OTHER, SLUG, CardOffice
from tests.support.storefront_browser import MARIE, Browser, letters_to, mailed

pytestmark = pytest.mark.slow

NUMBERS = count(1)
PROVEN_PAGES = ("contact", "contact/code", "lost", "merge", "merge/proof", "download", "download/data.zip", "erase")


@pytest.fixture
def zoe(cafe: CardOffice) -> tuple[UUID, str]:
    """A new card of Zoé's, and her address."""
    email = f"zoe.{next(NUMBERS)}@example.org"
    card_id = cafe.cards.enrol("Zoe Muller", email=email, phone="621 555 777")
    cafe.cards.sync()
    return card_id, email


def signed_in(cafe: CardOffice, email: str) -> Browser:
    browser = Browser(cafe)
    assert browser.signs_in(email).status_code == 303
    return browser


def test_a_new_name_is_seen_at_the_tills_and_a_note_of_the_staff_stays(cafe: CardOffice, zoe: tuple[UUID, str]) -> None:
    card_id, email = zoe
    path = f"/api/store/v1/{SLUG}/cards/{card_id}"
    known = cafe.owner.get(path + "/customer").json()
    edit = {name: known[name] or "" for name in ("name", "email", "phone")}
    edit |= {"note": "oat milk", "language": None, "consent": False, "version": known["version"]}
    assert cafe.owner.patch(path + "/customer", edit).status_code == 200
    browser = signed_in(cafe, email)
    before = cafe.cards.shop.said(card_id)
    assert browser.form("data", name="  Zoé  Müller ", language="fr", notices="true").status_code == 303
    cafe.cards.sync()
    after = cafe.cards.shop.said(card_id)
    assert after.name != before.name and after.email == before.email
    known = cafe.owner.get(path + "/customer").json()
    assert (known["name"], known["note"], known["email"], known["verified"]) == ("Zoé Müller", "oat milk", email, True)
    rows = len(cafe.cards.shop.ledger(card_id))
    browser.form("data", name="Zoé Müller", language="de")
    assert len(cafe.cards.shop.ledger(card_id)) == rows, "the same name books nothing"


def test_a_new_address_counts_once_its_code_is_typed_and_the_old_one_is_told(
    cafe: CardOffice, zoe: tuple[UUID, str]
) -> None:
    card_id, email = zoe
    browser, new = signed_in(cafe, email), f"new.{email}"
    cafe.cards.shop.passes(seconds=31)
    browser.form("contact", email=new)
    assert email in browser.page("data") and new not in browser.page("data")
    code = mailed(cafe)[-1]
    stranger = Browser(cafe, dict(browser.cookies))
    assert stranger.form("code", code=code).status_code == 422, "it signs nobody in"
    assert browser.form("contact/code", code=code).headers["location"] == f"/{SLUG}/data?saved=true"
    page = browser.page("data")
    assert f"{new} verified" in page
    told = letters_to(cafe, email)[-1]
    assert told == "Another address for your card at Bean Scene"
    assert Browser(cafe).signs_in(new).status_code == 303
    cafe.cards.shop.passes(seconds=31)
    before = len(mailed(cafe))
    Browser(cafe).form("sign-in", email=email)
    assert len(mailed(cafe)) == before, "nobody's any more"
    keys = cafe.cards.shop.keys.company(cafe.cards.shop.company_id)
    assert cafe.cards.shop.card(card_id).email_hmac == email_hmac(keys.lookup, new)


def test_what_moves_data_asks_for_a_code_of_the_last_ten_minutes(cafe: CardOffice, zoe: tuple[UUID, str]) -> None:
    browser = signed_in(cafe, zoe[1])
    assert [browser.get(page).status_code for page in PROVEN_PAGES if page != "download/data.zip"] == [200] * 7
    cafe.cards.shop.passes(seconds=PROVEN_FOR.total_seconds())
    assert browser.get("data").status_code == 200
    for page in PROVEN_PAGES:
        assert browser.get(page).headers["location"] == f"/{SLUG}/sign-in?next={page.partition('/')[0]}"
    asked = browser.get("sign-in?next=lost").text
    assert f'value="{zoe[1]}"' in asked, "the address need not be typed again"
    browser.form("sign-in", email=zoe[1], next="lost")
    assert browser.form("code", code=mailed(cafe)[-1], next="lost").headers["location"] == f"/{SLUG}/lost"
    assert len(cafe.cards.shop.rows(customer_sessions)) == 1, "the former session has ended"


def test_one_session_is_ended_and_nobody_elses(cafe: CardOffice, zoe: tuple[UUID, str]) -> None:
    here, there, marie = signed_in(cafe, zoe[1]), signed_in(cafe, zoe[1]), signed_in(cafe, MARIE)
    theirs = [row.session_id for row in cafe.cards.shop.rows(customer_sessions)]
    for session in theirs:
        marie.form("data/sessions", session=session)
    assert (here.get("data").status_code, there.get("data").status_code) == (200, 200)
    assert marie.get("data").status_code == 303, "one's own may be ended too"
    own = here.page("data").count("This browser")
    other = next(one for one in theirs if str(one) in here.get("data").text)
    assert here.form("data/sessions", session=other).status_code == 303
    assert (own, here.get("data").status_code, there.get("data").status_code) == (1, 200, 303)


def test_a_download_has_all_that_is_kept_and_nobody_of_the_staff(cafe: CardOffice, zoe: tuple[UUID, str]) -> None:
    card_id, email = zoe
    cafe.cards.shop.passes(minutes=1)
    cafe.cards.tills[0].earn(card_id, 12_40, "G-77")
    cafe.cards.sync()
    browser = signed_in(cafe, email)
    for consent in ({"consent": "true"}, {}):
        browser.form("data", name="Zoe Muller", language="en", notices="true", **consent)
        cafe.cards.shop.passes(seconds=30)
    answer = browser.get("download/data.zip")
    assert answer.headers["content-type"] == "application/zip"
    with ZipFile(BytesIO(answer.content)) as archive:
        data, page = json.loads(archive.read(JSON_FILE)), archive.read(HTML_FILE).decode()
    (own,) = data["customer"]
    assert (own["name"], own["email"]) == ("Zoe Muller", email) and own["verified_at"] is not None
    kinds = [one["kind"] for one in data["transactions"]]
    assert kinds == ["points_earned", "card_created"] and data["transactions"][0]["amount_minor"] == 12_40
    assert data["transactions"][0]["by"] in (None, "cashier", "manager", "owner")
    assert data["messages"][0]["kind"] == "one_time_code" and len(data["sessions"]) == 1
    assert data["card"][0]["points"] == 12 and data["wallets"] == []
    offers, notices = data["consents"]
    assert (offers["kind"], offers["in_force"]) == ("offers", False) and offers["ended_at"] > offers["given_at"]
    assert (notices["kind"], notices["in_force"]) == ("notices", True)
    for said in ("Zoe Muller", email, "12.40", "G-77", "Points", "A code"):
        assert said in page
    assert cafe.cards.tokens[card_id] not in page + json.dumps(data)


def test_downloads_are_few_a_day(cafe: CardOffice, zoe: tuple[UUID, str]) -> None:
    browser = signed_in(cafe, zoe[1])
    answers = [browser.get("download/data.zip").status_code for _ in range(A_DAY.count + 1)]
    assert answers == [200] * A_DAY.count + [429]


def test_who_erases_themselves_is_told_before_what_goes_and_found_nowhere_afterwards(
    cafe: CardOffice, zoe: tuple[UUID, str]
) -> None:
    card_id, email = zoe
    needles = (email, "Zoe Muller")
    cafe.cards.tills[0].stamp(card_id, 3)
    cafe.cards.sync()
    browser, other = signed_in(cafe, email), signed_in(cafe, email)
    marie = signed_in(cafe, MARIE)
    marie.form("merge/card", card=cafe.cards.tokens[card_id])
    cafe.cards.shop.passes(seconds=31)
    marie.form("merge/prove")
    marie.form("merge/proof", code=mailed(cafe)[-1])
    assert [row.proved is None for row in cafe.cards.shop.rows(customer_sessions)].count(False) == 1
    assert "Google" not in browser.page("erase")
    shop = cafe.cards.shop
    with shop.units.write_unlocked() as conn:
        one = state.offer(conn, shop.company_id, card_id, MakerName.GOOGLE, code=bytes(32), language="en", now=shop.now)
        state.saved(conn, shop.company_id, one.id, shop.now)
    assert "Google Wallet" in browser.page("data")
    page = browser.page("erase")
    for said in (*needles, "3 stamps, 0 points", "nobody's and switched off", "Google deletes no pass"):
        assert said in page.replace("&#39;", "'")
    assert found(cafe.cards.shop, *needles) >= {"customers", "cards", "mails"}
    answer = browser.form("erase")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/{SLUG}/erased")
    assert set(browser.cookies.values()) == {""}
    assert [row.proved for row in cafe.cards.shop.rows(customer_sessions)] == [None]
    assert "Nothing is kept of you" in browser.page("erased")
    assert other.get("data").status_code == 303
    assert letters_to(cafe, email) == ["Your data at Bean Scene are erased"]
    assert found(cafe.cards.shop, *needles) == {"mails"}, "the last mail waits to be sent"
    card = cafe.cards.shop.said(card_id)
    assert (card.is_active, card.stamp_count, card.name) == (False, 3, None)
    assert cafe.cards.shop.ledger(card_id)[-1].staff_id is None
    cafe.cards.shop.passes(minutes=15)
    assert cafe.cards.enrol("Zoe Muller", email=email) != card_id, "the same person may join again"
    cafe.cards.sync()
    assert signed_in(cafe, email).get("data").status_code == 200


def test_a_session_of_one_company_is_nothing_at_another(cafe: CardOffice, zoe: tuple[UUID, str]) -> None:
    browser = signed_in(cafe, zoe[1])
    for method, path in (("PATCH", "me"), ("POST", "me/erase"), ("GET", "me/export"), ("DELETE", "sessions")):
        answer = browser.program().send(method, f"/api/customer/v1/{OTHER}/{path}", json={})
        assert answer.status_code == 401, path
