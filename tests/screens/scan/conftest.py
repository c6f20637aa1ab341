"""A typing scanner at a till on shift, and what its keys may not do."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from terminal.interface.asks import Earn, Enrol, Redeem, Stamp, Void
from terminal.interface.card_asks import HandedOver
from terminal.scanner.wedge.wedge import Wedge
from tests.screens.conftest import Opens
from tests.support.cafe import Cafe
from tests.support.screen import Screen
from tests.support.walk import come_on_shift
from ui.threads.hand_scanner import HandScanner

BOOKS = (Stamp, Earn, Redeem, Void, Enrol, HandedOver)
NUMBER = "509311760042"  # Paul's


@pytest.fixture
def scanner(qapp: QApplication) -> Iterator[HandScanner]:
    plugged_in = HandScanner(Wedge(), lambda: 0.0, qapp)
    yield plugged_in
    plugged_in.stop()


def opened(opens: Opens, scanner: HandScanner, cafe: Cafe | None = None) -> Screen:
    """A till on shift; the scanner listens once the test says so."""
    screen = opens(cafe)
    come_on_shift(screen)
    screen.conversation.listen(scanner)
    return screen


@pytest.fixture
def plugged(opens: Opens, scanner: HandScanner) -> Screen:
    return opened(opens, scanner)


def booked(screen: Screen) -> list[object]:
    return [ask for ask in screen.counter.asked if isinstance(ask, BOOKS)]
