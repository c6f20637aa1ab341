"""Pairing beside the list of tills: the page that shows a code says by itself what has become of it."""

import pytest
from playwright.sync_api import Browser, Page, expect

from server.accounts.rights import Role
from tests.browser.chromium import window
from tests.browser.filled_office import FilledOffice
from tests.support.companies import a_new_till

pytestmark = pytest.mark.slow


def code_for(page: Page, filled: FilledOffice, name: str) -> str:
    """The code that the page shows for a new till."""
    page.goto(f"{filled.url}/office/{filled.slug}/terminals")
    page.get_by_role("link", name="Pair a terminal").click()
    page.locator("#f-store_id").select_option(index=1)
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Make a code").click()
    return page.locator(".pairing-code").inner_text()


def pair(filled: FilledOffice, code: str) -> None:
    server = filled.server
    company = server.company(filled.slug)
    with server.units.write(company.id) as conn:
        a_new_till().paired(conn, company.id, code, server.keys, server.now())


def test_a_page_with_a_code_turns_into_what_has_become_of_it(filled: FilledOffice, browser: Browser) -> None:
    with window(browser, filled.url, filled.tokens[Role.OWNER]) as context:
        page = context.new_page()
        code = code_for(page, filled, "Till 31")
        expect(page.locator("#pairing")).to_contain_text("Waiting for the till.")
        pair(filled, code)
        expect(page.locator("#pairing")).to_contain_text("Till 31 is paired.", timeout=10_000)
        assert page.locator(".pairing-code").inner_text() == code, "nothing else on the page has moved"


def test_without_a_script_a_link_tells_it(filled: FilledOffice, browser: Browser) -> None:
    with window(browser, filled.url, filled.tokens[Role.OWNER], java_script_enabled=False) as context:
        page = context.new_page()
        code = code_for(page, filled, "Till 32")
        pair(filled, code)
        page.get_by_role("link", name="Look now").click()
        assert "Till 32 is paired." in page.locator("#pairing").inner_text()
        page.reload()
        assert "Till 32 is paired." in page.locator("#pairing").inner_text()
