"""The pairing page: the server's address and the code, typed or scanned. Emits them and shows the answer."""

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from ui.look.theme import Theme, Type
from ui.phrases.phrases import Phrases
from ui.screens.scan.camera_view import CameraView
from ui.widgets.button_styles import MAIN_PRIMARY, SIDE
from ui.widgets.buttons import Button
from ui.widgets.fields import Field, Scroll
from ui.widgets.language_row import LanguageRow
from ui.widgets.progress_steps import ProgressSteps
from ui.widgets.text import Text

QR_PREFIX = "orion-pair:"
CAMERA, CAMERA_SMALL = 480, 320


def read_pairing_code(text: str) -> tuple[str, str] | None:
    """Server address and code of a pairing QR code; None for other texts."""
    if not text.lower().startswith(QR_PREFIX):
        return None
    server, mark, code = text[len(QR_PREFIX) :].strip().rpartition("#")
    return (server, code) if mark and server and code else None


class PairingPage(QWidget):
    """The pairing page; it takes the whole window."""

    pair_asked = Signal(str, str)
    language_asked = Signal(str)
    left = Signal()  # the user prefers to continue serving

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._phrases = theme, phrases
        px, words = theme.px, phrases.labels
        self.camera = CameraView(theme, phrases)
        phrases.always(lambda: self.camera.set_wide(True, "", words.looking_pairing))
        self._row = row = QHBoxLayout()
        self._scroll = Scroll(theme, self._words(theme))
        row.addWidget(self._scroll, 1)
        row.addWidget(self.camera, 0, Qt.AlignmentFlag.AlignCenter)
        self.languages = LanguageRow(theme, phrases, quiet=True)
        self.languages.asked.connect(self.language_asked)
        self._page = page = QVBoxLayout(self)
        page.setSpacing(px(8))
        self.back = Button(theme, SIDE, icon="arrow-left", cap="Esc")
        phrases.always(lambda: self.back.set_words(words.back))
        self.back.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.back.chosen.connect(self.left)
        self.back.hide()
        page.addWidget(self.back, 0, Qt.AlignmentFlag.AlignLeft)
        page.addLayout(row, 1)
        page.addWidget(self.languages, 0, Qt.AlignmentFlag.AlignHCenter)
        phrases.always(self._changed)

    def _words(self, theme: Theme) -> QWidget:
        """The column of fields, which scrolls in a low window."""
        phrases, px, words = self._phrases, theme.px, self._phrases.labels
        steps = ProgressSteps(theme, 3)
        phrases.always(lambda: steps.name_steps((words.step_pair, words.step_rules, words.step_cards)))
        title, hint = Text(theme, Type.PAGE_TITLE), Text(theme, Type.LEAD, "ink2", wrap=True)
        phrases.always(lambda: title.setText(words.pair_title))
        phrases.always(lambda: hint.setText(words.pair_hint))
        self.server = self._field(theme, lambda: words.server_address, Type.LEAD)
        self.server.setPlaceholderText("https://")
        self.code = self._field(theme, lambda: words.pairing_code, Type.TITLE)
        self.code.setPlaceholderText("XXXX-XXXX-XXXX")
        self.pair = Button(theme, MAIN_PRIMARY, icon="arrow-right", cap="Enter")
        phrases.always(lambda: self.pair.set_words(words.pair))
        self.pair.chosen.connect(self._give)
        self.pair.refused.connect(self.refuse)
        self._message = Text(theme, Type.LABEL, "bad", wrap=True)
        self._message.setMinimumHeight(px(80))
        self._message.setAlignment(Qt.AlignmentFlag.AlignTop)
        held = QWidget()
        left = QVBoxLayout(held)
        left.setContentsMargins(0, 0, px(6), 0)  # room for the focus ring
        left.setSpacing(px(6))
        left.addStretch(1)
        left.addWidget(steps)
        left.addSpacing(px(28))
        left.addWidget(title)
        left.addWidget(hint)
        left.addSpacing(px(14))
        server_name, code_name = Text(theme, Type.LABEL, "ink2"), Text(theme, Type.LABEL, "ink2")
        phrases.always(lambda: server_name.setText(words.server_address))
        phrases.always(lambda: code_name.setText(words.pairing_code))
        for name, field in ((server_name, self.server), (code_name, self.code)):
            left.addWidget(name)
            left.addWidget(field)
            left.addSpacing(px(8))
        left.addSpacing(px(8))
        left.addWidget(self.pair)
        left.addSpacing(px(8))
        left.addWidget(self._message)
        left.addStretch(1)
        return held

    def _field(self, theme: Theme, name: Callable[[], str], type_: Type) -> Field:
        field = Field(theme, type_)
        self._phrases.always(lambda: field.setAccessibleName(name()))
        field.setMaxLength(512)
        field.textChanged.connect(self._changed)
        field.returnPressed.connect(self._give)
        return field

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        px = self._theme.px
        upright, roomy = self.height() > self.width(), self.width() >= px(1200)
        side = px(CAMERA if roomy else CAMERA_SMALL)
        self.camera.setFixedSize(side, side)
        self._row.setSpacing(px(72 if roomy else 48))
        self._page.setContentsMargins(px(88 if roomy else 48), px(16), px(72 if roomy else 48), px(12))
        self._row.setDirection(QBoxLayout.Direction.TopToBottom if upright else QBoxLayout.Direction.LeftToRight)
        QTimer.singleShot(0, self, self._show_message)

    def start(self) -> None:
        self._busy(False)
        (self.code if self.server.text() else self.server).setFocus()

    def offer_back(self, offered: bool) -> None:
        """True if there is a till to return to."""
        self.back.setVisible(offered)

    def take_scan(self, text: str) -> bool:
        """Takes a scanned text; True if it was a pairing code."""
        found = read_pairing_code(text)
        if found is None:
            return False
        self.server.setText(found[0])
        self.code.setText(found[1])
        self.camera.mark_seen()
        self._give()
        return True

    def refuse(self, words: str) -> None:
        self._busy(False)
        self._message.setText(words)
        QTimer.singleShot(0, self, self._show_message)  # after layout

    def _show_message(self) -> None:
        if self._message.text():
            self._scroll.ensureWidgetVisible(self._message, 0, 0)

    @property
    def message(self) -> str:
        return self._message.text()

    def _changed(self) -> None:
        missing = not (self.server.text().strip() and self.code.text().strip())
        self.pair.refuse(self._phrases.labels.pair_missing if missing else None)

    def _give(self) -> None:
        server, code = self.server.text().strip(), self.code.text().strip()
        if server and code and self.code.isEnabled():
            self._message.setText("")
            self._busy(True)
            self.pair_asked.emit(server, code)

    def _busy(self, busy: bool) -> None:
        words = self._phrases.labels
        for widget in (self.server, self.code, self.pair):
            widget.setEnabled(not busy)
        self.pair.set_words(words.pair, spoken=words.pairing_now if busy else "")
        self.pair.work(busy)
        self._changed()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._give()
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)
