"""One server process, one filled company and one Chromium for all tests of this folder, and no longer: as long as
Playwright runs, its event loop is the thread's, and no other test could run one.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from server.edge.routes import Route
from tests.browser import chromium, filled_office
from tests.browser.filled_office import FilledOffice


@pytest.fixture(scope="package")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FilledOffice]:
    """The office of a filled company, served by a process of its own."""
    with filled_office.serving(tmp_path_factory.mktemp("office")) as office:
        yield office


@pytest.fixture(scope="package")
def windows(browser: Browser, filled: FilledOffice) -> Iterator[Callable[[Route], Page]]:
    """A page for whoever may see a route; each of them has one window, as to open one takes a while."""
    with ExitStack() as stack:
        opened: dict[object, BrowserContext] = {}

        def new_page(route: Route) -> Page:
            viewer = filled.viewer(route), route.visit
            if viewer not in opened:
                opened[viewer] = stack.enter_context(filled.window(browser, route))
            return opened[viewer].new_page()

        yield new_page


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium."""
    with chromium.running() as browser:
        yield browser
