"""A till on a desktop with two screens that come and go; prints the position of the customer window. Run by a test."""

import json
import sys
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QScreen
from PySide6.QtWidgets import QApplication, QWidget

from tests.support.walk import until
from ui.look.theme import Theme
from ui.threads.saved_preferences import SavedPreferences
from ui.window.customer_screen import CustomerScreen
from ui.window.customer_window import CustomerWindow


class Plugged(QObject):
    """The plugged-in screens of the desktop."""

    screenAdded = Signal(object)  # noqa: N815 - Qt's names
    screenRemoved = Signal(object)  # noqa: N815

    def __init__(self, there: list[QScreen]) -> None:
        super().__init__()
        self._there = there

    def screens(self) -> list[QScreen]:
        return self._there

    def plug(self, screen: QScreen) -> None:
        self._there.append(screen)
        self.screenAdded.emit(screen)

    def pull(self, screen: QScreen) -> None:
        self._there.remove(screen)
        self.screenRemoved.emit(screen)


def main() -> int:
    application = QApplication([])
    by_name = {screen.name(): screen for screen in application.screens()}
    tills, customers = by_name["till"], by_name["customer"]
    plugged, choices, theme = Plugged([tills]), SavedPreferences(None), Theme()
    till = QWidget()
    place = CustomerScreen(till, lambda: CustomerWindow(theme), choices, plugged)
    seen: dict[str, object] = {}

    def note(name: str, there: Callable[[], bool]) -> None:
        until(there)
        window = place.window
        if window is None:
            seen[name] = None
        else:
            box = window.geometry()
            whole = [box.x(), box.y(), box.width(), box.height()]
            seen[name] = whole if window.isFullScreen() else "a window"

    def over(screen: QScreen) -> Callable[[], bool]:
        return lambda: place.window is not None and place.window.geometry() == screen.geometry()

    def move(screen: QScreen) -> None:
        till.setScreen(screen)
        till.setGeometry(screen.geometry().adjusted(20, 20, -20, -20))

    move(tills)
    till.show()
    application.processEvents()
    note("one screen", lambda: place.window is None)
    plugged.plug(customers)
    note("a second one", over(customers))
    move(customers)
    note("the till moved over", over(tills))
    move(tills)
    note("back again", over(customers))
    choices.choose(customer_window="off")
    note("off", lambda: place.window is None)
    choices.choose(customer_window="window")
    note("a window of its own", over(customers))
    plugged.pull(customers)
    note("pulled out", lambda: place.window is not None and not place.window.isFullScreen())
    until(till.isActiveWindow)
    seen["has the keys"] = "till"
    till.close()
    note("till closed", lambda: place.window is None)
    sys.stdout.write(f"\n{json.dumps(seen)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
