"""Two cards of one customer are seen side by side and become one."""

import pytest
from playwright.sync_api import Browser

from loyalty.staff import Role as StaffRole
from server.accounts.rights import Role
from server.companies import staff
from tests.browser import checks
from tests.browser.chromium import NARROW, WIDE, window
from tests.browser.filled_office import FilledOffice
from tests.support.office_cases import customer_of

pytestmark = pytest.mark.slow


def test_a_manager_merges_two_cards(filled: FilledOffice, browser: Browser) -> None:
    server, company = filled.server, filled.server.company(filled.slug)
    with server.units.read() as conn:
        manager = next(one.id for one in staff.listed(conn, company.id) if one.role is StaffRole.MANAGER)
    older, newer = (customer_of(server, company.id, "Nora Thill", manager, server.now()) for _ in range(2))
    cards = f"{filled.url}/office/{filled.slug}/cards"
    with window(browser, filled.url, filled.tokens[Role.MANAGER]) as context:
        page = context.new_page()
        page.goto(f"{cards}/{newer}")
        page.get_by_role("link", name="Merge with another card…").click()
        assert page.get_by_text("Search for the other card.").is_visible()
        page.goto(f"{cards}/{newer}/merge?other={older}")
        wrong = checks.overflowing(page) + checks.inaccessible(page) + checks.out_of_reach(page)
        page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
        assert wrong + checks.overflowing(page) + checks.small_targets(page) == []
        page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
        page.get_by_label("To be sure, type Nora Thill").fill("Nora Thill")
        page.get_by_role("button", name="Merge the cards").click()
        page.wait_for_url(f"{cards}/{older}?done=merge")
        assert page.get_by_text("The cards are merged.").is_visible()
        page.goto(f"{cards}/{newer}")
        assert page.get_by_text("Merged", exact=True).is_visible()
        page.get_by_role("link", name="The card of Nora Thill").click()
        page.wait_for_url(f"{cards}/{older}")
