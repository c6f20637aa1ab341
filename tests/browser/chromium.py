"""Chromium as the tests start it: the system's own, without a screen, and calling nobody."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

PROGRAM = Path("/usr/bin/chromium")
WIDE, NARROW = (1440, 900), (360, 780)
TIMEOUT_MS = 20_000
# Background requests of its own would be refused where there is no network, and take the page's time.
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def running() -> Iterator[Browser]:
    """A browser; it ends with the block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(PROGRAM), args=list(_FLAGS))
        yield browser
        browser.close()


@contextmanager
def window(browser: Browser, url: str, token: str | None, **looks: Any) -> Iterator[BrowserContext]:
    """A window of somebody signed in, at 1440 px and in English where *looks* says nothing else."""
    size = looks.pop("size", WIDE)
    is_phone = size[0] < 760
    looks = {"locale": "en", "reduced_motion": "reduce", "has_touch": is_phone, "is_mobile": is_phone} | looks
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **looks)
    context.set_default_timeout(TIMEOUT_MS)
    if token is not None:
        context.add_cookies([{"name": "orion", "value": token, "url": url}])
    yield context
    context.close()


class Complaints(list[str]):
    """What a page logs as an error, throws, or fails to load."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        page.on("console", lambda message: self._take(message.type, message.text))
        page.on("pageerror", lambda error: self._take("error", str(error)))
        page.on("requestfailed", lambda request: self._take("error", f"{request.url} failed"))

    def _take(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.append(text)
