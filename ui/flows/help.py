"""Opens the help panel for the current screen."""

from PySide6.QtCore import QObject

from ui.phrases.help import Topic, explain
from ui.phrases.phrases import Phrases
from ui.window.frame import Middle, Page
from ui.window.window import Window

_MIDDLES = {
    Middle.AIM: Topic.AIM,
    Middle.CARD: Topic.CARD,
    Middle.CELEBRATION: Topic.REWARD,
    Middle.CODE: Topic.CODE,
    Middle.ENROL: Topic.ENROL,
}
_PAGES = {Page.SHIFT: Topic.SHIFT, Page.PAIR: Topic.PAIR, Page.LOAD: Topic.LOAD, Page.TROUBLE: Topic.TROUBLE}


class Help(QObject):
    """Opens the panel for the current screen."""

    def __init__(self, window: Window, phrases: Phrases, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._window, self._phrases = window, phrases
        window.help_asked.connect(self.open)

    def open(self) -> None:
        if not self._window.overlay_open:
            self._window.screens.help_overlay.explain(
                explain(self._topic(), self._phrases.gettext, self._phrases.labels)
            )

    def _topic(self) -> Topic:
        window = self._window
        if window.page is Page.SERVE:
            return _MIDDLES[window.middle]
        if window.page is Page.MORE:
            if window.more_page is window.screens.history_page:
                return Topic.PAST
            if window.more_page is window.screens.settings_page:
                return Topic.SETTINGS
            if window.more_page is window.screens.case_page:
                return Topic.CASE
            return Topic.REPORT if window.more_page is window.screens.report_page else Topic.LISTED
        return _PAGES[window.page]
