"""A customer's phone: the card follows what is given at the counter, and shows its code without a network."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import Route as PlaywrightRoute

from server.accounts.rights import Role
from server.customers.joining.form_tokens import GOOD_FROM
from tests.browser import checks, chromium
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
        expect(page.get_by_role("button", name="Get my card")).to_be_visible()
        for name in ("card", "rewards", "history"):
            assert page.evaluate(f"caches.match('/{filled.slug}/{name}').then((found) => found === undefined)")


def test_without_a_script_the_card_is_whole(browser: Browser, filled: FilledOffice) -> None:
    with chromium.window(browser, filled.url, None, size=PHONE, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{filled.url}/c/{filled.holes[CODE]}")
        expect(page.get_by_label("The code to show at the counter")).to_be_visible()
        page.get_by_role("link", name="History").click()
        expect(page.get_by_role("heading", name="History")).to_be_visible()


def test_a_card_is_had_in_four_taps_pressed_twice_and_with_a_lost_answer(
    browser: Browser, filled: FilledOffice
) -> None:
    with chromium.window(browser, filled.url, None, size=PHONE) as context:
        page = context.new_page()
        complaints = chromium.Complaints(page)
        page.goto(f"{filled.url}/{filled.slug}/join?store={filled.holes['store_id']}&via=poster")
        assert page.get_by_role("button", name="Get my card").bounding_box()["y"] < PHONE[1]  # type: ignore[index]
        assert not page.get_by_label("Leave this empty").is_visible()
        page.wait_for_timeout(GOOD_FROM.total_seconds() * 1000)  # the form says so itself: nobody is that fast
        page.get_by_label("E-mail or phone").click()  # 1
        page.keyboard.type("zoe.weber@example.com")
        lost = []

        def lose(route: PlaywrightRoute) -> None:
            """Carries out the request, and lets its answer be lost."""
            lost.append(route.fetch(max_redirects=0).status)
            route.abort()

        context.route("**/join", lose, times=1)
        page.get_by_role("button", name="Get my card").click()  # 2, whose answer is lost
        page.wait_for_timeout(0)
        assert lost == [303]
        page.go_back()
        expect(page.get_by_label("E-mail or phone")).to_have_value("zoe.weber@example.com")
        page.get_by_role("button", name="Get my card").dblclick()  # 3 and 4
        expect(page.get_by_text("Your card is ready")).to_be_visible()
        number = page.locator(".spelled").inner_text()
        wrong = [checks.overflowing(page), checks.inaccessible(page), checks.small_targets(page)]
        assert wrong == [[], [], []]
        page.get_by_role("link", name="Open my card").click()
        expect(page.get_by_text(number)).to_be_visible()
        assert [one for one in complaints if "ERR_FAILED" not in one] == []
    token = filled.tokens[Role.MANAGER]
    path = f"{filled.url}/api/store/v1/{filled.slug}/cards?q=zoe.weber@example.com"
    found = httpx.get(path, headers={"authorization": f"Bearer {token}"}, timeout=20).json()
    assert len(found["items"]) == 1
