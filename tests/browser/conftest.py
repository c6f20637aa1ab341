"""One server process, one filled company and one Chromium for all tests of this folder."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser import chromium, filled_office
from tests.browser.filled_office import FilledOffice


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FilledOffice]:
    """The office of a filled company, served by a process of its own."""
    with filled_office.serving(tmp_path_factory.mktemp("office")) as office:
        yield office


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium."""
    with chromium.running() as browser:
        yield browser
