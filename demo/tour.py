"""Pictures of the office's pages in Chromium, after a day at the till: what was stamped there is on them."""

import shutil
from collections.abc import Callable
from pathlib import Path

from demo.cast import TILL
from demo.office import Office

SERVED = "Emma Klein"  # gets points at the till, and has stamps from before
WAIT_MS = 20_000
PHONE = (390, 844)
_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")


class NoBrowser(Exception):
    """The pages cannot be drawn here."""


def take_pictures(office: Office, token: str, place: Callable[[str], Path], size: tuple[int, int]) -> None:
    """Walks through five pages as their owner and an admin see them, and the card with this code on a phone.

    *place* names the file of each picture.
    """
    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    try:
        from playwright.sync_api import Error, sync_playwright  # noqa: PLC0415 - only this needs a browser
    except ImportError:
        program = None
    if program is None:
        raise NoBrowser("the office's pages are not drawn, as there is no Chromium with Playwright here")
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=program, args=list(_FLAGS))
        except Error as error:
            said = str(error).partition("\n")[0]
            raise NoBrowser(f"the office's pages are not drawn, as {program} does not start: {said}") from None
        looks = {"viewport": {"width": size[0], "height": size[1]}, "locale": "en"}
        page = browser.new_context(**looks).new_page()  # type: ignore[arg-type]
        page.set_default_timeout(WAIT_MS)
        page.goto(office.owners_link())
        page.locator("tr", has_text=SERVED).filter(has_text=TILL).wait_for()
        page.screenshot(path=place("office-cards"))
        page.get_by_role("link", name=SERVED).click()
        page.get_by_role("heading", name="History").wait_for()
        page.screenshot(path=place("office-card"))
        for name in ("terminals", "program"):
            page.goto(f"{office.url}/{name}")
            page.screenshot(path=place(f"office-{name}"))
        page = browser.new_context(**looks).new_page()  # type: ignore[arg-type]
        page.goto(office.admins_link())
        page.screenshot(path=place("office-of-the-admin"))
        phone = {"viewport": {"width": PHONE[0], "height": PHONE[1]}, "locale": "en"}
        page = browser.new_context(**phone).new_page()  # type: ignore[arg-type]
        page.goto(office.card_page(token))
        page.locator(".balances").wait_for()
        page.screenshot(path=place("card-on-a-phone"))
        browser.close()
