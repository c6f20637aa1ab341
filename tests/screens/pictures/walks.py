"""A cashier's day through the real window and counter, measuring how long the window is blocked."""

import gc
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.support.cafe import MARIE
from tests.support.screen import Screen, open_screen
from tests.support.walk import buy, come_on_shift, confirm, scan, settle, type_keys
from tests.support.watchdog import Watchdog
from ui.bootstrap import load_later
from ui.screens.settings.all_sections import SECTIONS
from ui.window.customer_window import CustomerWindow
from ui.window.frame import Page

BLOCKED_S = 0.05
WARM_SCANS = 1000  # fills the caches
PAGE = os.sysconf("SC_PAGE_SIZE")

Walk = Callable[[Screen, str], None]


def stamps(screen: Screen, code: str) -> None:
    scan(screen, code)
    type_keys(screen.window, "s")
    settle(screen)
    type_keys(screen.window, "u")
    settle(screen)


def purchases(screen: Screen, code: str) -> None:
    scan(screen, code)
    for amount in ("420", "1250", "99900"):
        buy(screen, amount)
        if screen.window.doubt.is_open:
            confirm(screen.window.doubt)
            settle(screen)


def look_ups(screen: Screen, code: str) -> None:
    for key, text in ((Qt.Key.Key_F1, "123456789012"), (Qt.Key.Key_F2, "nobody@example.com")):
        QTest.keyClick(screen.window, key)
        type_keys(QApplication.focusWidget() or screen.window, text)
        QTest.keyClick(QApplication.focusWidget() or screen.window, Qt.Key.Key_Return)
        settle(screen)
        screen.window.close_overlays()


def pages(screen: Screen, code: str) -> None:
    scan(screen, code)
    screen.conversation.menu_pages.card_history.open_card()
    settle(screen)
    for opens in (
        screen.conversation.menu_pages.reports.open_today,
        screen.conversation.menu_pages.reports.open_decided,
    ):
        opens()
        settle(screen)
    screen.window.show_page(Page.SERVE)
    screen.conversation.menu_pages.menu.open()
    settle(screen)
    screen.window.close_overlays()


def languages(screen: Screen, code: str) -> None:
    scan(screen, code)
    for language in ("fr", "de", "lb", "en"):
        screen.conversation.speak(language)
        settle(screen)


def looks(screen: Screen, code: str) -> None:
    scan(screen, code)
    for dark in (True, False):
        screen.theme.set_dark(dark)
        settle(screen)


def shifts(screen: Screen, code: str) -> None:
    screen.conversation.staff.lock()
    settle(screen)
    come_on_shift(screen)


def settings(screen: Screen, code: str) -> None:
    """Opens every section, changes the mirror setting, and opens the customer window."""
    customer = CustomerWindow(screen.theme)
    screen.conversation.customer_view.changed.connect(customer.show_view)
    customer.resize(1024, 600)
    customer.show()
    screen.conversation.menu_pages.settings.open()
    for kind in SECTIONS:
        screen.window.screens.settings_page.open_section(kind)
        settle(screen)
    screen.preferences.choose(mirror=not screen.preferences.now.mirror, still=not screen.preferences.now.still)
    screen.window.show_page(Page.SERVE)
    stamps(screen, code)
    customer.close()
    screen.conversation.customer_view.changed.disconnect(customer.show_view)
    customer.setParent(screen.window)  # deleted with the window


def receipts(screen: Screen, code: str) -> None:
    """Prints every transaction, on a slow printer."""
    screen.preferences.choose(printer="network", printer_address="127.0.0.1", print_after="receipt")
    purchases(screen, code)
    type_keys(screen.window, "p")
    settle(screen)
    screen.preferences.choose(printer=None)


WALKS: tuple[Walk, ...] = (stamps, purchases, look_ups, pages, languages, looks, shifts, settings, receipts)


@dataclass
class Watched:
    """The blocked places of each walk."""

    walks: int = 0
    longest_ms: float = 0.0
    blocked: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Scanned:
    """The memory after the first scans and after all."""

    scans: int
    warm_kib: int
    end_kib: int


def watch(rounds: int) -> Watched:
    """Every walk *rounds* times; the first time is watched as well."""
    screen, code = _open()
    seen = Watched()
    try:
        for _ in range(rounds):
            for walk in WALKS:
                with Watchdog(BLOCKED_S) as dog:
                    walk(screen, code)
                seen.walks += 1
                seen.longest_ms = max(seen.longest_ms, dog.longest_s * 1000)
                seen.blocked += [f"{walk.__name__}:\n{place}" for place in dog.places]
    finally:
        screen.close()
    return seen


def scan_often(count: int) -> Scanned:
    """*count* scans, of a card and of foreign codes in turn, and what they left in memory."""
    screen, code = _open()
    warm = resident_kib()
    try:
        for index in range(count):
            scan(screen, code if index % 2 else f"https://example.com/{index}")
            if index == WARM_SCANS:
                warm = resident_kib()
        return Scanned(count, warm, resident_kib())
    finally:
        screen.close()


def resident_kib() -> int:
    """The memory of this process in KiB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE // 1024


def _open() -> tuple[Screen, str]:
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    load_later()
    screen = open_screen(application)
    come_on_shift(screen)
    gc.collect()
    gc.freeze()  # as a till does once it has started: else each full collection looks through all of that for 70 ms
    return screen, MARIE.token
