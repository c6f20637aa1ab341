"""The settings page: a list of sections, and the open one."""

from functools import partial
from typing import TypeVar

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QStackedWidget, QWidget

from terminal.machine.preferences import Preferences
from ui.look.theme import WIDEST, Theme
from ui.phrases.phrases import Phrases
from ui.screens.settings.all_sections import SECTIONS
from ui.screens.settings.section import Section
from ui.threads.hand_scanner import ONE_KEY
from ui.widgets.back_page import BackPage
from ui.widgets.button_styles import SECTION, SECTION_CHOSEN
from ui.widgets.buttons import Button
from ui.widgets.fields import Scroll
from ui.widgets.key_presses import digit

LIST_WIDTH = 340
SECTION_WIDTH_MAX = 1000
COLUMNS_UPRIGHT = 2

S = TypeVar("S", bound=Section)


class SettingsPage(BackPage):
    """The page; digits open sections, as in the menu."""

    chosen = Signal(str, object)  # a field of `Preferences` and its new value

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(theme, phrases, parent)
        self.setProperty(ONE_KEY, True)
        self._theme, self._phrases = theme, phrases
        words = phrases.labels
        phrases.always(lambda: self.set_title(words.settings))
        self.sections = tuple(kind(theme, phrases) for kind in SECTIONS)
        self.tabs: tuple[Button, ...] = tuple(
            Button(theme, SECTION, icon=section.icon, cap=str(index)) for index, section in enumerate(self.sections, 1)
        )
        self._stack = QStackedWidget()
        self._scrolls: dict[Section, Scroll] = {}
        for section, tab in zip(self.sections, self.tabs, strict=True):
            section.setMaximumWidth(theme.px(SECTION_WIDTH_MAX))
            self._scrolls[section] = scroll = Scroll(theme, section)
            self._stack.addWidget(scroll)
            section.chosen.connect(self.chosen)
            tab.chosen.connect(partial(self.open_section, type(section)))
        phrases.always(self._name_tabs)
        self._list = QWidget()
        self._grid = QGridLayout(self._list)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(theme.px(8))
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._row.setSpacing(theme.px(24))
        self._row.addWidget(self._list)
        self._row.addWidget(self._stack, 1)
        self.body.addLayout(self._row)
        self._open = self.sections[0]
        self.open_section(SECTIONS[0])
        self._lay_out()

    def section(self, kind: type[S]) -> S:
        """The section of this class."""
        found = next(section for section in self.sections if type(section) is kind)
        assert isinstance(found, kind)
        return found

    @property
    def open_now(self) -> Section | None:
        """The visible section; None while the page is hidden."""
        return self._open if self.isVisible() else None

    def show_preferences(self, now: Preferences) -> None:
        for section in self.sections:
            section.show_preferences(now)

    def open_section(self, kind: type[Section]) -> None:
        before, self._open = self._open, self.section(kind)
        self._stack.setCurrentWidget(self._scrolls[self._open])
        for section, tab in zip(self.sections, self.tabs, strict=True):
            tab.set_style(SECTION_CHOSEN if section is self._open else SECTION)
            tab.setChecked(section is self._open)
        if self.isVisible() and self._open is not before:
            before.left()
            self._open.opened()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        self._open.opened()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        self._open.left()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        self._lay_out()

    def _name_tabs(self) -> None:
        for section, tab in zip(self.sections, self.tabs, strict=True):
            tab.set_words(type(section).title(self._phrases.labels))

    def _lay_out(self) -> None:
        """Arranges the list beside the section, or above it on a tall window."""
        upright = self.height() > self.width()
        columns = COLUMNS_UPRIGHT if upright else 1
        for index, tab in enumerate(self.tabs):
            self._grid.removeWidget(tab)
            self._grid.addWidget(tab, *divmod(index, columns))
        self._grid.setRowStretch(len(self.tabs), 0 if upright else 1)
        self._list.setMaximumWidth(self._theme.px(LIST_WIDTH) if not upright else WIDEST)
        self._list.setMinimumWidth(self._theme.px(LIST_WIDTH) if not upright else 0)
        self._row.setDirection(QBoxLayout.Direction.TopToBottom if upright else QBoxLayout.Direction.LeftToRight)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        figure = digit(event)
        if figure and 1 <= int(figure) <= len(self.tabs):
            self.tabs[int(figure) - 1].click()
            event.accept()
        else:
            super().keyPressEvent(event)
