"""A customer's phone: the card follows what is given at the counter, and shows its code without a network."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from server.accounts.rights import Role
from tests.browser import chromium
from tests.browser.filled_office import CODE, FilledOffice

pytestmark = pytest.mark.slow

PHONE = (390, 844)


@contextmanager
def a_phone(browser: Browser, filled: FilledOffice) -> Iterator[Page]:
    """A phone that has scanned the code of a card."""
    with chromium.window(browser, filled.url, None, size=PHONE) as context:
        page = context.new_page()
        page.goto(f"{filled.url}/c/{filled.holes[CODE]}")
        yield page


def stamp(filled: FilledOffice) -> None:
    """Gives a stamp at the counter of the office."""
    token = filled.tokens[Role.MANAGER]
    headers = {"authorization": f"Bearer {token}", "idempotency-key": str(uuid4())}
    path = f"{filled.url}/api/store/v1/{filled.slug}/counter/stamp"
    body = {"card": filled.holes["card_id"], "store": filled.holes["store_id"], "count": 1}
    answer = httpx.post(path, json=body, headers=headers, timeout=20)
    assert answer.status_code == 200, answer.text


def test_a_stamp_given_at_the_counter_fills_a_cup_of_the_open_page(browser: Browser, filled: FilledOffice) -> None:
    with a_phone(browser, filled) as page:
        expect(page.locator("#state")).to_have_text("up to date")
        before = int(page.locator(".balances b").first.inner_text())
        page.evaluate("window.isTheSamePage = true")
        stamp(filled)
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
        expect(page.get_by_text("Ask for a card at the counter")).to_be_visible()
        for name in ("card", "rewards", "history"):
            assert page.evaluate(f"caches.match('/{filled.slug}/{name}').then((found) => found === undefined)")


def test_without_a_script_the_card_is_whole(browser: Browser, filled: FilledOffice) -> None:
    with chromium.window(browser, filled.url, None, size=PHONE, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{filled.url}/c/{filled.holes[CODE]}")
        expect(page.get_by_label("The code to show at the counter")).to_be_visible()
        page.get_by_role("link", name="History").click()
        expect(page.get_by_role("heading", name="History")).to_be_visible()
