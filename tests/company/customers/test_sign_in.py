"""Customers prove a contact by a one-time code; who guesses, forges or opens every link proves nothing."""

import re
from datetime import timedelta
from urllib.parse import urljoin

import pytest
from sqlalchemy import func, select, update

from server.companies import companies
from server.customers import unsubscribe
from server.customers.customer_sessions import PROVEN_FOR
from server.customers.one_time_codes import LASTS, TRIES, WRONG_A_DAY
from server.customers.unsubscribe import Subscriber
from server.db.account_tables import code_challenges, customer_sessions
from server.db.tables import customers
from server.mail import outbox
from tests.support.card_office import SLUG, CardOffice
from tests.support.office_web import Caller
from tests.support.storefront_browser import MARIE, Browser, mailed

NOBODY = "nobody@example.org"


def count(office: CardOffice, table: object) -> int:
    with office.server.units.read() as conn:
        return int(conn.execute(select(func.count()).select_from(table)).scalar_one())  # type: ignore[arg-type]


def test_a_code_that_was_sent_signs_in_and_verifies_the_contact(cafe: CardOffice) -> None:
    browser = Browser(cafe)
    assert browser.get("data").headers["location"] == f"/{SLUG}/sign-in?next=data"
    answer = browser.signs_in()
    assert (answer.status_code, answer.headers["location"]) == (303, f"/{SLUG}/card")
    assert ">Marie<" in browser.get("card").text
    page = browser.get("data").text
    assert "Marie Weber" in page and MARIE in page and "verified today" in page
    with cafe.server.units.read() as conn:
        verified = conn.execute(select(func.count()).where(customers.c.verified_at.is_not(None))).scalar_one()
    assert verified == 1


def test_known_and_unknown_contacts_are_answered_to_the_letter_alike(cafe: CardOffice) -> None:
    told = []
    for email in (MARIE, NOBODY):
        browser = Browser(cafe)
        asked = browser.form("sign-in", email=email)
        page = browser.get("code").text
        wrong = browser.form("code", code="000000x")
        told.append((asked.status_code, asked.headers["location"], page, wrong.status_code, wrong.text))
    assert told[0] == told[1]
    assert count(cafe, code_challenges) == 2


def test_an_unknown_contact_is_sent_nothing_and_no_code_signs_it_in(cafe: CardOffice) -> None:
    before, browser = len(mailed(cafe)), Browser(cafe)
    browser.form("sign-in", email=NOBODY)
    assert len(mailed(cafe)) == before
    answers = [browser.form("code", code=f"{number:06}").status_code for number in range(TRIES + 1)]
    assert answers == [422] * (TRIES + 1)
    assert count(cafe, customer_sessions) == 0


def test_a_code_works_only_where_it_was_asked_for(cafe: CardOffice) -> None:
    browser = Browser(cafe)
    browser.form("sign-in", email=MARIE)
    code = mailed(cafe)[-1]
    assert Browser(cafe).form("code", code=code).status_code == 422
    assert browser.form("code", code=f" {code[:3]} {code[3:]} ").status_code == 303


def test_a_code_holds_once_and_for_ten_minutes_and_a_new_one_ends_it(cafe: CardOffice) -> None:
    browser, shop = Browser(cafe), cafe.cards.shop
    browser.form("sign-in", email=MARIE)
    first, kept = mailed(cafe)[-1], dict(browser.cookies)
    shop.passes(seconds=31)
    browser.form("sign-in", email=MARIE)
    assert Browser(cafe, kept).form("code", code=first).status_code == 422
    second, kept = mailed(cafe)[-1], dict(browser.cookies)
    assert browser.form("code", code=second).status_code == 303
    assert Browser(cafe, kept).form("code", code=second).status_code == 422
    shop.passes(seconds=31)
    late = Browser(cafe)
    late.form("sign-in", email=MARIE)
    shop.passes(seconds=LASTS.total_seconds())
    assert "holds no longer" in late.form("code", code=mailed(cafe)[-1]).text


def test_five_wrong_codes_end_a_challenge_and_twenty_a_day_rest_the_contact(cafe: CardOffice) -> None:
    shop, answers = cafe.cards.shop, []
    for _ in range(WRONG_A_DAY.count // TRIES):
        browser = Browser(cafe)
        browser.form("sign-in", email=MARIE)
        right = mailed(cafe)[-1]
        wrong = f"{(int(right) + 1) % 1_000_000:06}"
        answers += [browser.form("code", code=wrong).status_code for _ in range(TRIES)]
        assert browser.form("code", code=right).status_code == 422
        shop.passes(minutes=20)
    assert set(answers) == {422}
    assert Browser(cafe).form("sign-in", email="Marie@Example.org").status_code == 429
    shop.passes(days=1)
    assert Browser(cafe).form("sign-in", email=MARIE).status_code == 303


def test_codes_are_sent_seldom(cafe: CardOffice) -> None:
    shop = cafe.cards.shop
    assert Browser(cafe).form("sign-in", email=MARIE).status_code == 303
    assert Browser(cafe).form("sign-in", email=MARIE).status_code == 429
    for expected in (303, 303, 429):
        shop.passes(seconds=31)
        assert Browser(cafe).form("sign-in", email=" MARIE@example.ORG ").status_code == expected
    shop.passes(days=1)


def test_a_mail_holds_no_link_so_what_opens_every_link_signs_nobody_in(cafe: CardOffice) -> None:
    Browser(cafe).form("sign-in", email=MARIE)
    with cafe.server.units.read() as conn:
        last = max(outbox.listed(conn, cafe.server.keys, cafe.cards.shop.company_id), key=lambda one: one.created_at)
    assert last.body is not None and "http" not in last.body.text + last.body.html


def test_who_only_holds_the_code_reads_no_data(cafe: CardOffice) -> None:
    browser = Browser(cafe, {f"card-{SLUG}": cafe.cards.tokens[cafe.ids["Marie Weber"]]})
    assert ">Marie<" in browser.get("card").text
    assert browser.get("data").status_code == 303
    assert browser.form("data", language="de", consent="true").headers["location"] == f"/{SLUG}/sign-in?next=data"


def test_choices_are_stored_and_the_language_is_spoken(cafe: CardOffice) -> None:
    browser = Browser(cafe)
    browser.signs_in()
    browser.form("data", language="de", consent="true")
    page = browser.get("data").text
    assert '<html lang="de">' in page and re.search(r'name="consent" value="true" checked', page)
    assert not re.search(r'name="notices" value="true" checked', page)
    browser.form("data", language="en", notices="true")
    assert '<html lang="en">' in browser.get("data").text


def test_signing_out_ends_the_session_and_takes_the_card_away(cafe: CardOffice) -> None:
    browser, other = Browser(cafe), Browser(cafe)
    browser.signs_in()
    cafe.cards.shop.passes(seconds=31)
    other.signs_in()
    kept = dict(other.cookies)
    browser.form("data/sessions")
    assert other.get("data").status_code == 303
    browser.form("sign-out")
    assert browser.get("card").headers["location"] == f"/{SLUG}/join"
    assert Browser(cafe, kept).get("data").status_code == 303
    assert count(cafe, customer_sessions) == 0


def test_another_site_cannot_make_a_browser_send_a_form(cafe: CardOffice) -> None:
    browser = Browser(cafe)
    browser.signs_in()
    said = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    foreign = Caller(cafe.app, None, False, {"origin": "https://evil.example", "cookie": said})
    answer = foreign.form(f"/{SLUG}/data", language="de")
    assert answer.status_code == 403
    assert '<html lang="en">' in browser.get("data").text


def test_a_session_ends_when_it_was_not_used_for_long(cafe: CardOffice) -> None:
    browser, shop = Browser(cafe), cafe.cards.shop
    browser.signs_in()
    shop.passes(days=89)
    assert browser.get("data").status_code == 200
    shop.passes(days=89)
    assert browser.get("data").status_code == 200
    shop.passes(days=91)
    assert browser.get("data").status_code == 303
    assert timedelta(minutes=10) == PROVEN_FOR


def test_what_fetches_every_link_and_posts_every_form_signs_in_nobody_and_stops_no_notices(cafe: CardOffice) -> None:
    """A mail scanner opens what stands in a mail, and whatever the pages there lead to and send."""
    asking = Browser(cafe)
    asking.form("sign-in", email=MARIE)
    with cafe.server.units.read() as conn:
        company = companies.by_slug(conn, SLUG)
        (sent,) = [one.body for one in outbox.listed(conn, cafe.server.keys, company.id) if one.body is not None]
        wanted = select(customers.c.customer_id).where(customers.c.email.is_not(None)).limit(1)
        whom = Subscriber(company.id, conn.execute(wanted).scalar_one())
    assert re.findall(r"https?://\S+", sent.text + sent.html) == []
    notice = unsubscribe.link(cafe.server.keys, "", whom)
    scanner = Caller(cafe.app, None, False, {"user-agent": "scanner"}, "198.51.100.9")
    seen: set[str] = set()
    waiting = [notice, f"/{SLUG}/sign-in", f"/{SLUG}/code", f"/{SLUG}"]
    while waiting and len(seen) < 60:
        path = urljoin(notice, waiting.pop())
        if path in seen or not path.startswith("/"):
            continue
        seen.add(path)
        page = scanner.get(path)
        text = page.text + page.headers.get("location", "")
        waiting += [*re.findall(r'(?:href|src)="(/[^"#]*)"', text), page.headers.get("location", path)]
        for action in re.findall(r'<form method="post"(?: action="([^"]*)")?', text):
            fields = dict.fromkeys(re.findall(r'name="(\w+)"', text), sent.subject[:6])
            scanner.form(action or path, **fields)
    assert len(seen) > 10
    assert (count(cafe, customer_sessions), count(cafe, code_challenges)) == (0, 1)
    with cafe.server.units.read() as conn:
        assert not unsubscribe.is_stopped(conn, whom)
    assert asking.form("code", code=mailed(cafe)[-1]).status_code == 303, "it has used nothing up"


@pytest.mark.parametrize("is_button", [True, False], ids=["the page's button", "the mail program's"])
def test_notices_are_stopped_by_a_button(cafe: CardOffice, is_button: bool) -> None:
    with cafe.server.units.write(cafe.cards.shop.company_id) as conn:
        conn.execute(update(customers).values(mail_off=False))
        customer_id = conn.execute(select(customers.c.customer_id).limit(1)).scalar_one()
    whom = Subscriber(cafe.cards.shop.company_id, customer_id)
    link, nobody = unsubscribe.link(cafe.server.keys, "", whom), Caller(cafe.app, None, False)
    person = nobody.browser() if is_button else nobody
    assert person.form(link, **({} if is_button else {"List-Unsubscribe": "One-Click"})).status_code == 200
    with cafe.server.units.read() as conn:
        assert unsubscribe.is_stopped(conn, whom)
