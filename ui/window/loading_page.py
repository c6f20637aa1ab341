"""The page of the first load: rows, speed, time left. Serving may start once program and staff are loaded."""

from collections.abc import Callable

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from terminal.interface.views import StatusView
from ui.look.theme import Theme, Type
from ui.phrases.phrases import Phrases
from ui.widgets.button_styles import MAIN_PRIMARY
from ui.widgets.buttons import Button
from ui.widgets.progress_steps import ProgressSteps
from ui.widgets.text import Ground, Text

NOT_KNOWN = "\u2013"


class ProgressBar(QWidget):
    """A progress bar, 16 px high; empty while the total is unknown."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._part = theme, 0.0
        self.setFixedHeight(theme.px(16))

    def show_part(self, part: float) -> None:
        self._part = min(1.0, max(0.0, part))
        self.setAccessibleName(f"{self._part:.0%}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._theme.edge())
        box = QRectF(self.rect())
        radius = box.height() / 2
        painter.setBrush(self._theme.colour("sunken"))
        painter.drawRoundedRect(box, radius, radius)
        if self._part:
            box.setWidth(max(box.height(), box.width() * self._part))
            painter.setBrush(self._theme.colour("primary"))
            painter.drawRoundedRect(box, radius, radius)


class LoadingPage(QWidget):
    """Shown after pairing, until the cashier starts serving."""

    serve_asked = Signal()

    def __init__(
        self, theme: Theme, phrases: Phrases, seconds: Callable[[], float], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._phrases, self._seconds = phrases, seconds
        self._began: tuple[float, int] | None = None
        px, words = theme.px, phrases.labels
        self._steps = ProgressSteps(theme, 3)
        phrases.always(lambda: self._steps.name_steps((words.step_pair, words.step_rules, words.step_cards)))
        self._title = Text(theme, Type.PAGE_TITLE, wrap=True)
        self._hint = Text(theme, Type.LEAD, "ink2", wrap=True)
        box = self._figures_box(theme)
        self.serve = Button(theme, MAIN_PRIMARY, icon="store", cap="Enter")
        phrases.always(lambda: self.serve.set_words(words.start_serving))
        self.serve.setFixedWidth(px(424))
        self.serve.chosen.connect(self.serve_asked)
        whole = QWidget()
        whole.setMaximumWidth(px(860))
        column_ = QVBoxLayout(whole)
        column_.setContentsMargins(0, 0, 0, 0)
        column_.setSpacing(px(8))
        column_.addStretch(1)
        column_.addWidget(self._steps)
        column_.addSpacing(px(28))
        column_.addWidget(self._title)
        column_.addWidget(self._hint)
        column_.addSpacing(px(16))
        column_.addWidget(box)
        column_.addSpacing(px(24))
        column_.addWidget(self.serve)
        column_.addStretch(2)
        row = QHBoxLayout(self)
        row.setContentsMargins(px(32), 0, px(32), 0)
        row.addStretch(1)
        row.addWidget(whole, 8)
        row.addStretch(1)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def _figures_box(self, theme: Theme) -> Ground:
        px, words = theme.px, self._phrases.labels
        box = Ground(theme)
        inside = QVBoxLayout(box)
        inside.setContentsMargins(px(32), px(22), px(32), px(24))
        head = QHBoxLayout()
        name = Text(theme, Type.BUTTON)
        self._phrases.always(lambda: name.setText(words.loading_cards))
        self._percent = Text(theme, Type.AMOUNT)
        head.addWidget(name, 1)
        head.addWidget(self._percent)
        self._bar = ProgressBar(theme)
        grid = QGridLayout()
        grid.setHorizontalSpacing(px(24))
        self._figures: list[Text] = []
        self._units: list[Text] = []
        for column in range(3):
            figure, unit = Text(theme, Type.AMOUNT), Text(theme, Type.BODY, "ink2")
            self._figures.append(figure)
            self._units.append(unit)
            grid.addWidget(figure, 0, column)
            grid.addWidget(unit, 1, column)
            grid.setColumnStretch(column, 1)
        inside.addLayout(head)
        inside.addWidget(self._bar)
        inside.addSpacing(px(14))
        inside.addLayout(grid)
        return box

    def show_view(self, status: StatusView) -> None:
        words, say = self._phrases.labels, self._phrases
        ready = status.program is not None
        self._steps.show_step(2 if ready else 1)
        self._title.setText(words.serve_now if ready else words.getting_rules)
        self.setAccessibleName(self._title.text())
        self._hint.setText(words.serve_now_hint if ready else words.getting_rules_hint)
        self.serve.setVisible(ready)
        progress = status.progress
        rows = progress.rows if progress is not None else 0
        of = progress.of if progress is not None else None
        now = self._seconds()
        if self._began is None:
            self._began = (now, rows)
        passed, came = now - self._began[0], rows - self._began[1]
        rate = came / passed if passed > 0.5 else 0.0
        self._figures[0].setText(say.formats.number(rows))
        self._units[0].setText(say.formats.of_rows(of))
        self._figures[1].setText(say.formats.number(round(rate)) if rate else NOT_KNOWN)
        self._units[1].setText(words.rows_a_second)
        self._figures[2].setText(say.formats.seconds((of - rows) / rate) if of is not None and rate else NOT_KNOWN)
        self._units[2].setText(words.left)
        part = rows / of if of else 0.0
        self._bar.show_part(part)
        self._percent.setText(f"{int(part * 100)} %" if of else "")

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not self.serve.isHidden():
            self.serve_asked.emit()
        else:
            super().keyPressEvent(event)
