"""The help panel behind "?": a few sentences on the current screen, and its keys."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ui.look.theme import RADIUS_CAP, Theme, Type
from ui.phrases.help import Explained, Key
from ui.phrases.phrases import Phrases
from ui.widgets.button_styles import SECOND
from ui.widgets.buttons import Button
from ui.widgets.fields import Scroll
from ui.widgets.overlay import Overlay
from ui.widgets.text import Ground, Text

COLUMNS = 2


class HelpOverlay(Overlay):
    """The help panel; Escape, Enter, "?" or its button closes it."""

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget) -> None:
        super().__init__(theme, 900, 730, parent)
        px = theme.px
        self._title = Text(theme, Type.TITLE, wrap=True)
        self._text = QWidget()
        self._lines = QGridLayout(self._text)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setVerticalSpacing(px(10))
        self._keys = QGridLayout()
        self._keys.setHorizontalSpacing(px(24))
        self._keys.setVerticalSpacing(px(6))
        for column in range(COLUMNS):
            self._keys.setColumnStretch(column, 1)
        by_keyboard = Text(theme, Type.LABEL, "ink2")
        phrases.always(lambda: by_keyboard.setText(phrases.labels.by_keyboard))
        self.close_button = Button(theme, SECOND, cap="Esc")
        phrases.always(lambda: self.close_button.set_words(phrases.labels.close))
        self.close_button.chosen.connect(self.close_overlay)
        held = QWidget()
        inside = QVBoxLayout(held)
        inside.setContentsMargins(0, 0, 0, px(8))
        inside.setSpacing(0)
        inside.addWidget(self._text)
        inside.addSpacing(px(20))
        inside.addWidget(by_keyboard)
        inside.addSpacing(px(8))
        inside.addLayout(self._keys)
        inside.addStretch(1)
        self._scroll = Scroll(theme, held)
        self.inside.addWidget(self._title)
        self.inside.addSpacing(px(14))
        self.inside.addWidget(self._scroll, 1)
        self.inside.addWidget(self.close_button)

    @property
    def title(self) -> str:
        return self._title.text()

    @property
    def words(self) -> tuple[str, ...]:
        """The sentences shown."""
        return tuple(label.text() for label in self._text.findChildren(QLabel))

    def explain(self, explained: Explained) -> None:
        self._empty(self._lines)
        self._empty(self._keys)
        self._title.setText(explained.title)
        self.setAccessibleName(f"{explained.title}. {' '.join(explained.lines)}")
        for row, line in enumerate(explained.lines):
            text = Text(self._theme, Type.LEAD, "ink2", wrap=True)
            text.setText(line)
            self._lines.addWidget(text, row, 0)
        rows = -(-len(explained.keys) // COLUMNS)
        for index, key in enumerate(explained.keys):
            self._keys.addWidget(self._key(key), index % rows, index // rows)
        self._scroll.verticalScrollBar().setValue(0)
        self.open()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) or event.text() == "?":
            self.close_overlay()
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            bar = self._scroll.verticalScrollBar()
            bar.setValue(bar.value() + (1 if event.key() == Qt.Key.Key_Down else -1) * bar.pageStep() // 2)
        else:
            super().keyPressEvent(event)
            return
        event.accept()

    def _key(self, key: Key) -> QWidget:
        theme, px = self._theme, self._theme.px
        cap = Ground(theme, "sunken", RADIUS_CAP)
        inside = QHBoxLayout(cap)
        inside.setContentsMargins(px(10), px(3), px(10), px(3))
        letter = Text(theme, Type.CAP)
        letter.setText(key.cap)
        letter.setAlignment(Qt.AlignmentFlag.AlignCenter)
        inside.addWidget(letter)
        cap.setFixedWidth(px(124))
        does = Text(theme, Type.BODY)
        does.setText(key.does)
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(px(14))
        line.addWidget(cap)
        line.addWidget(does, 1)
        return row

    def _empty(self, grid: QGridLayout) -> None:
        while (item := grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.setParent(None)
                widget.deleteLater()
