"""A customer's phone: the card follows what is given at the counter, and shows its code without a network."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urljoin
from uuid import UUID, uuid4

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import Route as PlaywrightRoute
from sqlalchemy import func, select

from server.accounts.rights import Right, Role
from server.cards import blanks
from server.customers.joining import form_tokens
from server.db.tables import customers
from server.wallet.google.objects import SAVE
from sync.protocol.sealing import email_hmac
from tests.browser import checks, chromium
from tests.browser.filled_office import CODE, SESSION, FilledOffice, pages
from tests.support.signed_in_customers import a_customer
from tests.support.wallets.iphone import opened

pytestmark = pytest.mark.slow

PHONE = (390, 844)
BYTES_MAX, REQUESTS_MAX = 100 * 1024, 6  # of a page with all it needs; pictures are not counted in bytes
_NEEDED = re.compile(r'<(?:link|script|img|source)\b[^>]*?\b(?:href|src)="([^"#]+)"')


@contextmanager
def a_phone(browser: Browser, filled: FilledOffice) -> Iterator[Page]:
    """A phone that has scanned the code of a card."""
    with chromium.window(browser, filled.url, None, size=PHONE) as context:
        page = context.new_page()
        page.goto(f"{filled.url}/c/{filled.holes[CODE]}")
        yield page


def give(filled: FilledOffice, what: str = "stamp", **said: Any) -> None:
    """Gives a stamp, or something else, at the counter of the office."""
    token = filled.tokens[Role.MANAGER]
    headers = {"authorization": f"Bearer {token}", "idempotency-key": str(uuid4())}
    path = f"{filled.url}/api/store/v1/{filled.slug}/counter/{what}"
    body = {"card": filled.holes["card_id"], "store": filled.holes["store_id"]} | (said or {"count": 1})
    answer = httpx.post(path, json=body, headers=headers, timeout=20)
    assert answer.status_code == 200, answer.text


def test_a_stamp_given_at_the_counter_fills_a_cup_of_the_open_page(browser: Browser, filled: FilledOffice) -> None:
    with a_phone(browser, filled) as page:
        expect(page.locator("#state")).to_have_text("up to date")
        before = int(page.locator(".balances b").first.inner_text())
        page.evaluate("window.isTheSamePage = true")
        give(filled)
        expect(page.locator(".balances b").first).to_have_text(str(before + 1), timeout=5000)
        assert page.evaluate("window.isTheSamePage")


def test_the_code_is_there_without_a_network_until_the_card_is_taken_away(
    browser: Browser, filled: FilledOffice
) -> None:
    with a_phone(browser, filled) as page:
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.reload()
        page.context.set_offline(True)
        page.reload()
        expect(page.get_by_label("The code to show at the counter")).to_be_visible()
        expect(page.locator("#state")).to_contain_text("no network")
        page.context.set_offline(False)
        page.reload()
        expect(page.locator("#state")).to_have_text("up to date")
        page.context.clear_cookies()
        page.goto(f"{filled.url}/{filled.slug}/card")
        expect(page.get_by_role("button", name="Get my card")).to_be_visible()
        for name in ("card", "rewards", "history"):
            assert page.evaluate(f"caches.match('/{filled.slug}/{name}').then((found) => found === undefined)")


def test_a_lost_card_is_blocked_and_goes_on_under_a_new_code_in_this_browser(
    browser: Browser, filled: FilledOffice
) -> None:
    server, company = filled.server, filled.server.company(filled.slug)
    owner = a_customer(server, company.id, UUID(filled.holes["store_id"]), "lou.lost@example.com")
    with chromium.window(browser, filled.url, None, size=PHONE) as context:
        context.add_cookies([{"name": f"me-{filled.slug}", "value": owner.token, "url": filled.url}])
        page = context.new_page()
        page.goto(f"{filled.url}/{filled.slug}/card")
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.reload()
        before = page.locator(".holder .number").inner_text()
        page.goto(f"{filled.url}/{filled.slug}/lost")
        page.get_by_role("button", name="Block the card").click()
        expect(page.get_by_text("The card is blocked.")).to_be_visible()
        page.wait_for_function(f"caches.match('/{filled.slug}/card').then((found) => found === undefined)")
        page.get_by_role("button", name="Replace the code").click()
        page.wait_for_url("**/card")
        assert page.locator(".holder .number").inner_text() != before


def test_a_card_gets_into_google_wallet_without_a_script_and_stays_true_there(
    browser: Browser, filled: FilledOffice
) -> None:
    google = filled.google

    def points() -> int:
        (kept,) = google.objects.values()
        return int(kept["secondaryLoyaltyPoints"]["balance"]["int"])

    with chromium.window(browser, filled.url, None, size=PHONE, java_script_enabled=False) as context:
        context.route(f"{SAVE}**", lambda asked: asked.fulfill(content_type="text/html", body="<h1>Google</h1>"))
        page = context.new_page()
        page.goto(f"{filled.url}/c/{filled.holes[CODE]}")
        page.get_by_role("button", name="Add to Google Wallet").click()
        page.wait_for_url(f"{SAVE}**")
    before = points()
    give(filled, "earn", amount_minor=4_00, receipt="G-1")
    assert google.until(lambda: points() > before, within_s=20)


def test_a_card_gets_into_apple_wallet_without_a_script(browser: Browser, filled: FilledOffice) -> None:
    with chromium.window(browser, filled.url, None, size=PHONE, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{filled.url}/c/{filled.holes[CODE]}")
        with page.expect_download() as downloaded:
            page.get_by_role("button", name="Add to Apple Wallet").click()
        kept = opened(downloaded.value.path().read_bytes())
    assert kept.json["barcodes"][0]["message"] == filled.holes[CODE]


def test_without_a_script_the_card_is_whole(browser: Browser, filled: FilledOffice) -> None:
    with chromium.window(browser, filled.url, None, size=PHONE, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{filled.url}/c/{filled.holes[CODE]}")
        expect(page.get_by_label("The code to show at the counter")).to_be_visible()
        page.get_by_role("link", name="History").click()
        expect(page.get_by_role("heading", name="History")).to_be_visible()


def read_for_a_while(page: Page, filled: FilledOffice) -> None:
    """Nobody fills in a form as fast as a test, so it was shown earlier."""
    server = filled.server
    token = form_tokens.make(server.keys, server.company(filled.slug).id, server.now() - 2 * form_tokens.GOOD_FROM)
    page.locator("form.join [name=form]").evaluate("(field, token) => { field.value = token; }", token)


def test_a_card_is_had_in_three_taps_and_a_form_whose_answer_is_lost_gives_it_again(
    browser: Browser, filled: FilledOffice
) -> None:
    with chromium.window(browser, filled.url, None, size=PHONE) as context:
        page = context.new_page()
        complaints = chromium.Complaints(page)
        page.goto(f"{filled.url}/{filled.slug}/join?store={filled.holes['store_id']}&via=poster")
        assert page.get_by_role("button", name="Get my card").bounding_box()["y"] < PHONE[1]  # type: ignore[index]
        read_for_a_while(page, filled)
        page.get_by_label("E-mail or phone").click()  # 1
        page.keyboard.type("zoe.weber@example.com")
        lost = []

        def lose(route: PlaywrightRoute) -> None:
            """Carries out the request, and lets its answer be lost."""
            headers = route.request.all_headers() | {"sec-fetch-site": "same-origin"}
            lost.append(route.fetch(max_redirects=0, headers=headers).status)
            route.abort()

        context.route("**/join", lose, times=1)
        page.get_by_role("button", name="Get my card").click()  # 2, whose answer is lost
        page.wait_for_url("chrome-error:**")
        assert lost == [303]
        page.reload()  # 3: the form is sent again
        expect(page.get_by_text("Your card is ready")).to_be_visible()
        number = page.locator(".spelled").inner_text()
        wrong = [checks.overflowing(page), checks.inaccessible(page), checks.small_targets(page)]
        assert wrong == [[], [], []]
        page.get_by_role("link", name="Open my card").click()
        expect(page.get_by_text(number)).to_be_visible()
        assert [one for one in complaints if not re.search("ERR_FAILED|/join failed", one)] == []
    assert customers_with(filled, "zoe.weber@example.com") == 1


def customers_with(filled: FilledOffice, email: str) -> int:
    """How many customers have a contact."""
    server = filled.server
    company_id = server.company(filled.slug).id
    hashed = email_hmac(server.keys.company(company_id).lookup, email)
    query = select(func.count()).where(customers.c.company_id == company_id, customers.c.email_hmac == hashed)
    with server.units.read() as conn:
        return conn.execute(query).scalar_one()


def test_a_page_with_all_it_needs_is_small_and_asks_nobody_else(filled: FilledOffice) -> None:
    headers = {"accept-encoding": "gzip"}
    with httpx.Client(base_url=filled.url, headers=headers, follow_redirects=True, timeout=20) as phone:
        phone.get(f"/c/{filled.holes[CODE]}")
        phone.cookies.set(f"me-{filled.slug}", filled.holes[SESSION])
        for route in pages():
            if route.right is not Right.STOREFRONT:
                continue
            page = phone.get(filled.path(route))
            needed = {urljoin(str(page.url), path) for path in _NEEDED.findall(page.text)}
            assert all(address.startswith(filled.url) for address in needed), (route.path, needed)
            parts = [phone.get(address) for address in needed]
            assert all(part.status_code == 200 for part in parts), (route.path, parts)
            sent = [part for part in (page, *parts) if not part.headers["content-type"].startswith("image/")]
            weighed = sum(part.num_bytes_downloaded for part in sent)
            assert weighed <= BYTES_MAX and len(parts) < REQUESTS_MAX, (route.path, weighed, needed)


def test_a_card_that_is_being_made_ready_is_looked_at_again_until_it_is_there(
    browser: Browser, filled: FilledOffice
) -> None:
    server, company = filled.server, filled.server.company(filled.slug)
    with server.units.write(company.id) as conn:
        drawn = blanks.random_blanks()
        (shown,) = blanks.issue(conn, company.id, server.keys, drawn, count=1, now=server.now(), pooled=True)
    with chromium.window(browser, filled.url, None, size=PHONE) as context:
        page = context.new_page()
        page.clock.install()
        page.goto(f"{filled.url}/c/{shown.token}")
        expect(page.get_by_text("Your card is being made ready").first).to_be_visible()
        expect(page.get_by_label("The code to show at the counter")).to_be_visible()
        wrong = [checks.overflowing(page), checks.inaccessible(page), checks.small_targets(page)]
        assert wrong == [[], [], []]
        body = {"store": filled.holes["store_id"], "code": shown.token}
        headers = {"authorization": f"Bearer {filled.tokens[Role.MANAGER]}", "idempotency-key": str(uuid4())}
        path = f"{filled.url}/api/store/v1/{filled.slug}/counter/enrol"
        answer = httpx.post(path, json=body, headers=headers, timeout=20)
        assert answer.status_code == 200, answer.text
        page.clock.fast_forward(21_000)
        page.wait_for_url("**/card")
