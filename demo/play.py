"""The demo for a person: instructions, a film of customers who wait to be served, and a timed outage."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from demo.filming.projector import Projector
from demo.wire import Wire
from server.demo import cafes
from ui.window.frame import Middle, Page
from ui.window.window import Window

LOOK_EVERY_MS = 500
CUT_AFTER_S = 45
MEND_AFTER_S = 120


class Waiting(QObject):
    """Pauses the film while a card is shown, and continues with the next customer afterwards."""

    def __init__(self, window: Window, film: Projector) -> None:
        super().__init__()
        self._window, self._film = window, film
        self._free = 0  # consecutive checks without a card
        self._tick = QTimer(self, interval=LOOK_EVERY_MS)
        self._tick.timeout.connect(self._check)
        self._tick.start()

    def stop(self) -> None:
        self._tick.stop()

    def _check(self) -> None:
        free = self._window.page is Page.SERVE and self._window.middle is Middle.AIM
        self._free = self._free + 1 if free else 0
        if self._free > 1:  # a code just read may not be shown yet
            self._film.go_on()


def schedule_outage(wire: Wire, say: Callable[[str], None], parent: QObject) -> None:
    """Cuts the network for a while and announces it."""

    def cut() -> None:
        wire.cut()
        say(f"the network is cut for {MEND_AFTER_S - CUT_AFTER_S} seconds; go on serving")

    def mend() -> None:
        wire.mend()
        say("the network is back")

    QTimer.singleShot(CUT_AFTER_S * 1000, parent, cut)
    QTimer.singleShot(MEND_AFTER_S * 1000, parent, mend)


def what_to_try(codes: Path | None) -> str:
    """The instructions printed before the window opens."""
    people = ", ".join(
        f"{one.name} ({one.role}) {one.pin}" for one in cafes.STAFF if one.store in (None, cafes.STORES[0])
    )
    lines = [
        f"{cafes.COMPANY}, {cafes.STORES[0]}. Names and PINs: {people}.",
        "Tap a name, enter the PIN, and hold a code before the camera.",
        "Try a stamp (S), an amount and Enter, a reward (R), Undo (U), a number (F1), and Esc for the next one.",
        f"The codes to hold up: {codes}"
        if codes
        else "There is no camera here: a film of customers plays, and waits for you.",
        "Close the window to end.",
    ]
    return "\n".join(lines)
