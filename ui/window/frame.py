"""The frame of the till's window: a top bar, three areas, and the pages and overlays shown in them.

It manages layout and visibility, independent of the pages' purposes.
"""

from collections.abc import Callable
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QCloseEvent,
    QInputEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QApplication, QLineEdit, QStackedWidget, QWidget

from ui.look.focus_ring import FocusRing
from ui.look.screen_layout import places
from ui.look.theme import Theme
from ui.phrases.phrases import Phrases
from ui.screens.card.recent_panel import RecentPanel
from ui.screens.scan.scan_panel import ScanPanel
from ui.widgets.back_page import BackPage
from ui.widgets.overlay import Overlay
from ui.window.top_bar import TopBar

if TYPE_CHECKING:
    from ui.touch_keyboard.touch_keyboard import TouchKeyboard

B = TypeVar("B", bound=BackPage)
V = TypeVar("V", bound=Overlay)
W = TypeVar("W", bound=QWidget)

_ACTIVITY = (QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.TouchBegin, QEvent.Type.Wheel)


_FINGERS = (QEvent.Type.MouseButtonPress, QEvent.Type.TouchBegin)


class Page(Enum):
    """The page under the top bar."""

    SERVE = "serve"
    MORE = "more"  # pages beyond the main screen: history, reports and others
    SHIFT = "shift"
    PAIR = "pair"
    LOAD = "load"
    TROUBLE = "trouble"


class Middle(Enum):
    """The contents of the middle of the serving page."""

    AIM = "aim"  # empty: the camera takes the room
    CARD = "card"
    CELEBRATION = "celebration"
    CODE = "code"
    ENROL = "enrol"


class Frame(QWidget):
    """The frame of the window."""

    key_pressed = Signal(QKeyEvent)
    touched = Signal()  # anything that shows that somebody is there
    help_asked = Signal()
    announced = Signal(str)  # text for screen readers beyond the focused widget
    closing = Signal()
    added = Signal(QWidget)  # a page, middle or overlay was added

    def __init__(self, theme: Theme, phrases: Phrases) -> None:
        super().__init__()
        phrases.always(lambda: self.setWindowTitle(phrases.labels.product))
        self.theme = self._theme = theme
        self.page, self.middle = Page.LOAD, Middle.AIM
        self.top_bar = TopBar(theme, phrases, self)
        self.serve = QWidget(self)
        self.scan_panel = ScanPanel(theme, phrases, self.serve)
        self.recent_panel = RecentPanel(theme, phrases, self.serve)
        self._middles = QStackedWidget(self.serve)
        self._more = QStackedWidget(self)
        self._by_middle: dict[Middle, QWidget] = {}
        self._by_page: dict[Page, QWidget] = {Page.SERVE: self.serve, Page.MORE: self._more}
        self._makers: dict[Page | Middle, Callable[[], QWidget]] = {}  # of pages made when first shown
        self._overlays: list[Overlay] = []
        self.top_bar.help_asked.connect(self.help_asked)
        self.ring = FocusRing(theme, self)
        self._phrases = phrases
        theme.changed.connect(self.update)
        self.setMinimumSize(theme.px(640), theme.px(600))

    # -- what takes turns -------------------------------------------------------------------------------------

    def add_page(self, page: Page, widget: W) -> W:
        self._by_page[page] = widget
        widget.setVisible(self.page is page)
        self._place()
        self.added.emit(widget)
        return widget

    def add_middle(self, middle: Middle, widget: W) -> W:
        self._by_middle[middle] = widget
        self._middles.addWidget(widget)
        self.added.emit(widget)
        return widget

    def add_more(self, page: B) -> B:
        """Adds a page beyond the main screen."""
        page.back_asked.connect(lambda: self.show_page(Page.SERVE))
        self._more.addWidget(page)
        self.added.emit(page)
        return page

    def add_overlay(self, overlay: V) -> V:
        overlay.closed.connect(self._take_focus)
        self.touched.connect(overlay.stay)
        self._overlays.append(overlay)
        self.added.emit(overlay)
        return overlay

    def listen(self, application: QApplication) -> None:
        """Starts filtering input events.

        Call it after the first paint: before that, hundreds of events would needlessly pass through Python.
        """
        application.installEventFilter(self.ring)
        application.installEventFilter(self)

    # -- what is shown ----------------------------------------------------------------------------------------

    def show_page(self, page: Page) -> None:
        self.page = page
        self._widget_of(page)
        for each, widget in self._by_page.items():
            widget.setVisible(each is page)
        if page is not Page.SERVE:
            self.close_overlays()
        self.top_bar.offer_menu(page in (Page.SERVE, Page.MORE))
        self._place()
        self._take_focus()

    def _widget_of(self, page: Page) -> QWidget:
        return self._by_page[page] if page in self._by_page else self._makers[page]()

    def show_more(self, page: BackPage) -> None:
        """Shows a page beyond the main screen."""
        self._more.setCurrentWidget(page)
        self.show_page(Page.MORE)

    @property
    def more_page(self) -> QWidget | None:
        """The open page beyond the main screen; None on other pages."""
        return self._more.currentWidget() if self.page is Page.MORE else None

    def show_middle(self, middle: Middle) -> None:
        self.middle = middle
        if middle is not Middle.AIM:
            widget = self._by_middle[middle] if middle in self._by_middle else self._makers[middle]()
            self._middles.setCurrentWidget(widget)
        self._place()
        if middle is not Middle.ENROL and not self.overlay_open:
            self._take_focus()

    def close_overlays(self) -> None:
        for overlay in self._overlays:
            overlay.close_overlay()

    @cached_property
    def touch_keyboard(self) -> "TouchKeyboard":
        """The on-screen keyboard, created with the first touch."""
        from ui.touch_keyboard.touch_keyboard import TouchKeyboard  # noqa: PLC0415 - not needed at start

        made = TouchKeyboard(self._theme, self._phrases, self)
        made.placed.connect(self._lift)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        made.listen(application)
        return made

    def _lift(self, height: int) -> None:
        """Moves open overlays above the on-screen keyboard."""
        for overlay in self._overlays:
            overlay.lift(height)

    @property
    def overlay_open(self) -> bool:
        return any(overlay.is_open for overlay in self._overlays)

    def repaint_all(self) -> None:
        """Repaints all painted texts, after a change of language."""
        for widget in self.findChildren(QWidget):
            widget.updateGeometry()
            widget.update()

    def announce(self, words: str) -> None:
        """Passes *words* to a screen reader."""
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, words))
        self.announced.emit(words)

    # -- size, look, keys -------------------------------------------------------------------------------------

    def _place(self) -> None:
        width, height = self.width(), self.height()
        bar = self.top_bar.height()
        self.top_bar.setGeometry(0, 0, width, bar)
        for page, widget in self._by_page.items():
            if page is not Page.SERVE:
                widget.setGeometry(0, bar, width, height - bar)
        self.serve.setGeometry(0, 0, width, height)
        self.serve.lower()
        found = places(width, height, aiming=self.middle is Middle.AIM, scale=self._theme.px(1000) / 1000)
        self.scan_panel.set_places(found.side, found.actions)
        self.recent_panel.setGeometry(found.recent)
        self._middles.setVisible(self.middle is not Middle.AIM)
        if self.middle is not Middle.AIM:
            self._middles.setGeometry(found.middle)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        self._place()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        QPainter(self).fillRect(event.rect(), self._theme.colour("bg"))

    def _take_focus(self) -> None:
        if self.overlay_open:
            return
        if self.page is Page.SERVE:
            self.setFocus()
        elif (more := self.more_page) is not None:
            more.setFocus()
        else:
            self._widget_of(self.page).setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if not isinstance(event, QInputEvent):  # by class, as few of a screen's many events are input
            return False
        if event.type() in _ACTIVITY:
            self.touched.emit()
            if event.type() in _FINGERS:
                self.touch_keyboard.touched(watched)
        if event.type() is QEvent.Type.KeyPress and watched is self.focusWidget() and self._asks_help(event):
            self.help_asked.emit()
            return True
        return False

    def _asks_help(self, event: QEvent) -> bool:
        """True for "?", unless it is typed into a field."""
        typed = isinstance(event, QKeyEvent) and event.text() == "?"
        return typed and not self.overlay_open and not isinstance(self.focusWidget(), QLineEdit)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if self.page is Page.SERVE and not self.overlay_open:
            self.key_pressed.emit(event)
        event.accept()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        self.closing.emit()
        event.accept()
