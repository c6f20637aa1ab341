"""A case that two tills out of contact have brought about is seen, read and decided in the office."""

import pytest
from playwright.sync_api import Browser

from server.accounts.rights import Role
from tests.browser import checks
from tests.browser.chromium import NARROW, WIDE, window
from tests.browser.filled_office import FilledOffice

pytestmark = pytest.mark.slow


def test_a_manager_reads_and_decides_a_case(filled: FilledOffice, browser: Browser) -> None:
    with window(browser, filled.url, filled.tokens[Role.MANAGER]) as context:
        page = context.new_page()
        page.goto(f"{filled.url}/office/{filled.slug}/cases")
        group, case = page.get_by_role("link", name="Not allowed"), page.get_by_role("link", name="Balance too small")
        case.click()
        assert "It knew the card with 10 stamps." in page.locator(".story").inner_text()
        assert "The card has nothing left to take." in page.locator(".impossible").inner_text()
        opened = page.url
        for address in (opened, f"{filled.url}{group.get_attribute('href')}"):
            page.goto(address)
            wrong = checks.overflowing(page) + checks.inaccessible(page) + checks.out_of_reach(page)
            page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
            assert (address, wrong + checks.overflowing(page)) == (address, [])
            page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
        page.goto(opened)
        page.get_by_label("Take it back").check()
        page.get_by_label("Note for your colleagues").fill("the machine was broken")
        page.get_by_role("button", name="Decide case").click()
        page.wait_for_selector(".notice.ok:has-text('is decided: Take it back.')")
        page.get_by_role("link", name="Look at it").click()
        decided = page.locator("#case")
        assert "the machine was broken" in decided.inner_text()
        assert decided.get_by_role("button").count() == 0
