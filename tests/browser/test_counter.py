"""The counter in a browser: served by keyboard, with a script and without one, and nothing without network."""

import pytest
from playwright.sync_api import Browser, Page

from server.accounts.rights import Role
from server.demo import cafes
from tests.browser import checks
from tests.browser.chromium import NARROW, WIDE, window
from tests.browser.filled_office import FilledOffice

pytestmark = pytest.mark.slow


def opened(page: Page, filled: FilledOffice) -> Page:
    """The counter in one of the stores of who serves."""
    page.goto(f"{filled.url}/office/{filled.slug}/counter")
    page.locator("section[aria-labelledby=where-to-serve] a").first.click()
    page.wait_for_selector("#f-code")
    return page


def looked_up(page: Page, text: str) -> None:
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    page.wait_for_selector(".card-in-front")


def focused(page: Page) -> str:
    found: str = page.evaluate("document.activeElement.id")
    return found


def test_a_customer_is_served_by_keyboard(filled: FilledOffice, browser: Browser) -> None:
    with window(browser, filled.url, filled.tokens[Role.CASHIER]) as context:
        page = opened(context.new_page(), filled)
        looked_up(page, cafes.card(5).token)
        page.keyboard.press("Control+s")
        assert "+1 stamp" in page.locator(".notice.ok").inner_text()
        assert "Undo" in page.locator(".just-now button").inner_text()
        assert focused(page) == "f-code"
        page.get_by_label("Amount", exact=True).fill("12.4")
        assert "12.40 € → +" in page.locator(".points-form button").inner_text()
        page.keyboard.press("Control+Enter")
        page.wait_for_selector(".notice.ok:has-text('12.40')")
        assert focused(page) == "f-code"
        counter, at = page.url.partition("?")[0], page.locator("#look-up [name=store]").get_attribute("value")
        for address in (page.url, f"{counter}/new?at={at}", f"{counter}/receipt?at={at}"):
            page.goto(address)
            wrong = checks.overflowing(page) + checks.inaccessible(page) + checks.out_of_reach(page)
            page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
            assert (address, wrong + checks.overflowing(page)) == (address, [])
            page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})


def test_a_customer_is_served_without_a_script(filled: FilledOffice, browser: Browser) -> None:
    with window(browser, filled.url, filled.tokens[Role.CASHIER], java_script_enabled=False) as context:
        page = opened(context.new_page(), filled)
        assert not page.locator("#camera").is_visible()
        looked_up(page, cafes.card(6).number)
        page.get_by_role("button", name="Stamp →").click()
        assert "+1 stamp" in page.locator(".notice.ok").inner_text()


def test_without_network_the_page_gives_nothing(filled: FilledOffice, browser: Browser) -> None:
    with window(browser, filled.url, filled.tokens[Role.CASHIER]) as context:
        page = opened(context.new_page(), filled)
        looked_up(page, cafes.card(7).token)
        context.set_offline(True)
        page.wait_for_selector("#offline:not([hidden])")
        page.keyboard.press("Control+s")
        assert page.locator(".notice.ok").count() == 0
        context.set_offline(False)
        page.wait_for_selector("#offline", state="hidden")
        page.keyboard.press("Control+s")
        page.wait_for_selector(".notice.ok")
