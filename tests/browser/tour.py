"""A tour of every page in every language, size and look, with a picture of each."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser

from server.edge import visitors
from server.edge.routes import Route
from server.translations import LANGUAGES
from tests.browser import checks, chromium, filled_office
from tests.browser.chromium import NARROW, WIDE, Complaints
from tests.browser.filled_office import FilledOffice

SIZES = (WIDE, NARROW)
SCHEMES = ("light", "dark")


@dataclass(frozen=True)
class Look:
    """How a page is looked at."""

    language: str
    size: tuple[int, int]
    scheme: str

    def __str__(self) -> str:
        return f"{self.language} {self.size[0]} {self.scheme}"


@dataclass
class Found:
    """What was wrong, page by page."""

    pages: int = 0
    console_errors: list[str] = field(default_factory=list)
    overflowing: list[str] = field(default_factory=list)
    untranslated: list[str] = field(default_factory=list)

    def line(self) -> str:
        return (
            f"pages={self.pages} console_errors={len(self.console_errors)} overflowing={len(self.overflowing)} "
            f"untranslated={len(self.untranslated)}"
        )

    def all(self) -> Iterator[str]:
        yield from self.console_errors
        yield from self.overflowing
        yield from self.untranslated


def tour(out: Path, only: str = "", languages: Sequence[str] = tuple(LANGUAGES)) -> Found:
    """Looks at every page whose name holds *only*, and writes pictures to *out*."""
    found = Found()
    routes = [route for route in filled_office.pages() if only in route.name]
    with TemporaryDirectory() as folder, filled_office.serving(Path(folder)) as office, chromium.running() as browser:
        for language in languages:
            for size in SIZES:
                for scheme in SCHEMES:
                    look = Look(language, size, scheme)
                    for route in routes:
                        _visit(browser, office, route, look, found, out / language)
                    sys.stdout.write(f"{look}: {found.line()}\n")
                    sys.stdout.flush()
    return found


def _visit(  # noqa: PLR0917 - one page as it looks once
    browser: Browser, office: FilledOffice, route: Route, look: Look, found: Found, folder: Path
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    looks = {"size": look.size, "locale": look.language, "color_scheme": look.scheme}
    with office.window(browser, route, **looks) as context:
        # Without it a customer's pages speak the customer's language, whatever the browser prefers.
        context.add_cookies([{"name": visitors.LANGUAGE_COOKIE, "value": look.language, "url": office.url}])
        page = context.new_page()
        complaints = Complaints(page)
        address = office.url + office.path(route)
        page.goto(address)
        if page.url.partition("?")[0] != address:
            return  # it leads on to another page of the tour
        name = f"{route.name.removeprefix('get_').replace('slug_', '')}-{look.size[0]}-{look.scheme}"
        found.pages += 1
        found.console_errors += [f"{look.language} {name}: {one}" for one in complaints]
        found.overflowing += [f"{look.language} {name}: {one}" for one in checks.overflowing(page)]
        if look.language != "en":
            foreign = checks.untranslated(page, look.language)
            found.untranslated += [f"{look.language} {name}: {one}" for one in foreign]
        page.screenshot(path=folder / f"{name}.png", full_page=True)
