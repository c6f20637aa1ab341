"""Every page of the route table: it logs no error, fits wide and narrow screens, reads well, and needs no mouse."""

import re
from collections.abc import Callable
from contextlib import closing
from html import unescape
from urllib.parse import urljoin

import httpx
import pytest
from playwright.sync_api import Browser, Page

from server.edge.routes import Route, Visit
from server.pages.render import TEMPLATES
from tests.browser import checks
from tests.browser.chromium import NARROW, Complaints, window
from tests.browser.filled_office import FilledOffice, pages
from tests.support.office_web import PASSWORD

pytestmark = pytest.mark.slow

_SPOKEN_ATTRIBUTE = re.compile(r"""\b(?:aria-label|placeholder|title|alt)="([^"{}]*[A-Za-z]{2}[^"{}]*)\"""")
_KEY = re.compile(r"<kbd[^>]*>.*?</kbd>")  # names of keys, as they stand on them
_CODE = re.compile(
    r"{% block kind %}.*?{% endblock %}|{% macro _.*?{% endmacro|{#.*?#}|{%.*?%}|{{.*?}}|<!--.*?-->|<[^>]*>", re.DOTALL
)
_NAMES = {"· Orion", "Orion Terminal"}
_LINK = re.compile(r'(?:href|src)="([^"]+)"')
_ID = re.compile(r"[0-9a-f-]{36}|[0-9]+")


@pytest.mark.parametrize("route", pages(), ids=lambda route: route.name)
def test_a_page_is_whole_by_eye_by_ear_and_by_hand(
    route: Route, filled: FilledOffice, windows: Callable[[Route], Page]
) -> None:
    with closing(windows(route)) as page:
        complaints = Complaints(page)
        address = filled.url + filled.path(route)
        page.goto(address)
        if page.url.partition("?")[0] != address:
            return  # it leads on to another page, which has its own turn
        assert page.locator("h1").count() == 1
        assert page.locator("main").count() == 1
        wrong = {
            "overflowing": checks.overflowing(page),
            "inaccessible": checks.inaccessible(page),
            "out of reach": checks.out_of_reach(page),
        }
        page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
        wrong["overflowing on a phone"] = checks.overflowing(page)
        wrong["too small for a finger"] = checks.small_targets(page)
    assert ({name: found for name, found in wrong.items() if found}, complaints) == ({}, [])


def test_every_link_of_every_page_leads_somewhere(filled: FilledOffice) -> None:
    """Of links that differ in ids and numbers only, one is followed."""
    dead, followed = [], {_ID.sub("", filled.path(route)) for route in pages()}  # which have a turn of their own
    for route in pages():
        if route.visit is Visit.HOLDER:
            continue  # it needs a card's code first
        token = filled.tokens[filled.viewer(route)]
        cookies = {} if token is None else {"orion": token}
        with httpx.Client(base_url=filled.url, cookies=cookies, timeout=20) as client:
            for link in _LINK.findall(client.get(filled.path(route)).text):
                address = urljoin(filled.path(route), unescape(link)).partition("#")[0]
                shape = _ID.sub("", address)
                if address.startswith("/") and shape not in followed:
                    followed.add(shape)
                    status = client.get(address).status_code
                    dead += [] if status < 400 else [f"{status} {address} on {route.path}"]
    assert dead == []


def test_no_template_holds_words_of_its_own() -> None:
    """Words go through `_`, so that they can be translated."""
    found = []
    for file in TEMPLATES.rglob("*.html"):
        text = _KEY.sub("", file.read_text("utf-8"))
        own = {" ".join(part.split()) for part in _CODE.split(text)} | set(_SPOKEN_ATTRIBUTE.findall(text))
        found += [f"{file.name}: {one}" for one in sorted(own - _NAMES) if re.search(r"[A-Za-z]{2}", one)]
    assert found == []


def test_the_menu_opens_on_a_phone_without_a_script(filled: FilledOffice, browser: Browser) -> None:
    token = filled.tokens[next(role for role in filled.tokens if role.value == "owner")]
    with window(browser, filled.url, token, size=NARROW, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{filled.url}/office/{filled.slug}/stores")
        assert not page.locator("#menu").is_visible()
        page.get_by_label("Menu", exact=True).click()
        assert page.locator("#menu").is_visible()
        page.get_by_label("Close the menu").click()
        assert not page.locator("#menu").is_visible()


def test_somebody_signs_in_changes_something_and_signs_out(filled: FilledOffice, browser: Browser) -> None:
    with window(browser, filled.url, None) as context:
        page = context.new_page()
        page.goto(f"{filled.url}/office/{filled.slug}/stores")
        page.get_by_label("E-mail").fill("luc.wagner@example.com")
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.get_by_role("link", name="New store").click()
        page.get_by_label("Name").fill("Bonnevoie")
        page.get_by_role("button", name="Create the store").click()
        assert page.get_by_role("link", name="Bonnevoie").is_visible()
        page.get_by_text("luc.wagner").click()
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url("**/account/sign-in")
        page.goto(f"{filled.url}/office/{filled.slug}/stores")
        assert page.get_by_role("button", name="Sign in").is_visible()
