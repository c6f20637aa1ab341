"""The practice window: the real window on a practice shop, above a strip with practice customers."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent, QPalette
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from terminal.machine.profiles import profile_at
from terminal.practice import CASHIER, CUSTOMERS, MANAGER, PIN, PracticeTill, Pretend
from terminal.scanner.camera.practice_camera import PretendCamera
from ui.bootstrap import Application, build
from ui.look.theme import Theme, Type
from ui.phrases.phrases import Phrases
from ui.threads.saved_preferences import SavedPreferences
from ui.widgets.button_styles import BAR
from ui.widgets.buttons import Button
from ui.widgets.text import Ground, Text


class Strip(Ground):
    """The strip with a notice that nothing counts, and a button for each practice customer."""

    chosen = Signal(object)  # Pretend

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget) -> None:
        super().__init__(theme, "gold_soft", parent=parent)
        words = phrases.labels
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.px(16), theme.px(8), theme.px(16), theme.px(8))
        row.setSpacing(theme.px(8))
        self.notice = notice = Text(theme, Type.CAP, "gold_ink")
        notice.setWordWrap(True)
        phrases.always(lambda: notice.setText(phrases.practice(CASHIER, MANAGER, PIN)))
        row.addWidget(notice, 1)
        for customer in CUSTOMERS:
            button = Button(theme, BAR, icon="qr-code" if customer.name else "id-card")
            if customer.name:
                button.set_words(customer.name.partition(" ")[0])
            else:
                self.blank = button
                phrases.always(lambda: self.blank.set_words(words.blank_card))
            button.chosen.connect(self._telling(customer))
            row.addWidget(button)

    def _telling(self, customer: Pretend) -> Callable[[], None]:
        return lambda: self.chosen.emit(customer)


class PracticeWindow(QWidget):
    """Window and strip; closing it ends the practice."""

    def __init__(self, counter: Application, camera: PretendCamera, phrases: Phrases) -> None:
        super().__init__()
        self._window = counter.window
        phrases.always(lambda: self.setWindowTitle(phrases.labels.practice))
        self.strip = Strip(counter.theme, phrases, self)
        self.strip.chosen.connect(lambda customer: camera.hold_up(customer.token))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(counter.window, 1)
        column.addWidget(self.strip)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        self._window.close()
        event.accept()


def build_practice(
    application: QApplication,
    folder: Path | None = None,
    *,
    system_dark: Callable[[], bool] = lambda: False,
    system_contrast: Callable[[], QPalette | None] = lambda: None,
) -> tuple[Application, PracticeWindow]:
    """Builds a counter on a practice shop, without starting it, and its window.

    It begins with what was chosen at the till in *folder*, and what is chosen here is forgotten with it. The customer's
    window stays the serving till's: here it opens only when it is chosen anew.
    """
    camera, preferences = PretendCamera(), SavedPreferences(profile_at(folder).preferences, kept=False)
    preferences.choose(customer_window="off")
    counter = build(
        application,
        folder,
        camera,
        system_dark=system_dark,
        system_contrast=system_contrast,
        preferences=preferences,
        open_profile=lambda _folder, _exchanged: PracticeTill(),
    )
    return counter, PracticeWindow(counter, camera, counter.phrases)
