"""The report of this till for today, a week or 30 days: figures, plots, and a line on the connection."""

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from terminal.interface.report_views import ReportView
from ui.look.theme import Theme, Type
from ui.phrases.phrases import Phrases
from ui.phrases.reports import ReportPhrases
from ui.screens.history.plot import Plot
from ui.threads.hand_scanner import ONE_KEY
from ui.widgets.back_page import BackPage
from ui.widgets.button_styles import TAB, TAB_CHOSEN
from ui.widgets.buttons import Button
from ui.widgets.icon_label import IconLabel
from ui.widgets.key_presses import digit
from ui.widgets.text import Ground, Text

PERIODS = (1, 7, 30)
PLOTS_MAX = 5


class Figure(Ground):
    """A number with its name and its parts."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent=parent)
        px = theme.px
        self._icon = IconLabel(theme, "coffee", 24, "ink2")
        self._name = Text(theme, Type.LABEL, "ink2")
        self._number = Text(theme, Type.FIGURE)
        self._from = Text(theme, Type.BODY, "ink2", wrap=True)
        head = QHBoxLayout()
        head.setSpacing(px(10))
        head.addWidget(self._icon)
        head.addWidget(self._name, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(20), px(12), px(12), px(12))
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._number)
        column.addWidget(self._from)

    def show_figure(self, icon: str, name: str, number: str, made_of: str) -> None:
        self._icon.show_icon(icon, "gold_ink" if icon in ("coffee", "gift") else "ink2")
        self._name.setText(name)
        self._number.setText(number)
        self._from.setText(made_of)
        self.setAccessibleName(", ".join(part for part in (f"{name}: {number}", made_of) if part))

    @property
    def number(self) -> str:
        return self._number.text()


class ReportPage(BackPage):
    """The report; today for everybody, more days for managers."""

    asked = Signal(int)  # days
    refused = Signal(str)

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(theme, phrases, parent)
        self.setProperty(ONE_KEY, True)
        self._theme, self._phrases, self._say = theme, phrases, ReportPhrases(phrases)
        px = theme.px
        self.tabs = tuple(Button(theme, TAB) for _ in PERIODS)
        phrases.always(self._name_tabs)
        for days, tab in zip(PERIODS, self.tabs, strict=True):
            tab.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            tab.chosen.connect(partial(self.asked.emit, days))
            tab.refused.connect(self.tell)
        self.figures = tuple(Figure(theme) for _ in range(4))
        self._tiles = QGridLayout()
        self._tiles.setSpacing(px(12))
        self.plots = tuple(Plot(theme, phrases.formats.number, self) for _ in range(PLOTS_MAX))
        self._plots = QGridLayout()
        self._plots.setSpacing(px(12))
        self._contact = Text(theme, Type.BODY, "ink2", wrap=True)
        line = Ground(theme)
        row = QHBoxLayout(line)
        row.setContentsMargins(px(20), px(14), px(20), px(14))
        row.setSpacing(px(12))
        row.addWidget(IconLabel(theme, "shield-check", 24, "ok"))
        row.addWidget(self._contact, 1)
        self._tabs_under = QHBoxLayout()
        self._tabs_under.setSpacing(px(12))
        self.body.addLayout(self._tabs_under)
        self.body.addLayout(self._tiles)
        self.body.addLayout(self._plots, 1)
        self.body.addWidget(line)
        self._shown = 2
        self._lay_out()

    def _name_tabs(self) -> None:
        words = self._phrases.labels
        for tab, name in zip(self.tabs, (words.today, words.this_week, words.month), strict=True):
            tab.set_words(name)

    @property
    def contact(self) -> str:
        return self._contact.text()

    def allow(self, why_not_more: str | None) -> None:
        """Sets why only today may be shown, or None."""
        for tab in self.tabs[1:]:
            tab.refuse(why_not_more)

    def choose(self, days: int) -> None:
        self.set_title(self._say.title(days))
        for period, tab in zip(PERIODS, self.tabs, strict=True):
            tab.set_style(TAB_CHOSEN if period == days else TAB)

    def show_report(self, report: ReportView, currency: str) -> None:
        for figure, shown in zip(self.figures, self._say.figures(report, currency), strict=True):
            figure.show_figure(*shown)
        series = self._say.plots(report)
        for plot, one in zip(self.plots, series, strict=False):
            plot.show_series(one)
        self._shown = len(series)
        self._lay_out()
        self.tell(self._say.contact(report))

    def tell(self, words: str) -> None:
        self._contact.setText(words)

    def resizeEvent(self, event: object) -> None:  # noqa: N802
        self._lay_out()

    def _lay_out(self) -> None:
        """Arranges periods, figures and plots by the room available."""
        narrow = self.width() < self.height()
        for tab in self.tabs:
            (self.head if narrow else self._tabs_under).removeWidget(tab)
            (self._tabs_under if narrow else self.head).addWidget(tab)
            across = QSizePolicy.Policy.Expanding if narrow else QSizePolicy.Policy.Fixed
            tab.setSizePolicy(across, QSizePolicy.Policy.Fixed)
        for index, figure in enumerate(self.figures):
            self._tiles.addWidget(figure, *divmod(index, 2 if narrow else 4))
        columns = (1 if narrow else 2) if self._shown <= 2 else (2 if narrow else 3)
        for index, plot in enumerate(self.plots):
            self._plots.removeWidget(plot)
            plot.setVisible(index < self._shown)
            if index < self._shown:
                self._plots.addWidget(plot, *divmod(index, columns))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if (figure := digit(event)) and figure in "123":
            self.tabs[int(figure) - 1].click()
            event.accept()
        else:
            super().keyPressEvent(event)
