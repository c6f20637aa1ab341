"""The camera's live picture, and a test of all scanners that shows what a code is and how it was read."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from terminal.machine.preferences import Preferences
from terminal.scanner.camera.devices import Camera
from ui.look.theme import Theme, Type
from ui.phrases.labels import Labels
from ui.phrases.phrases import Phrases
from ui.phrases.scanning import ScanPhrases
from ui.screens.scan.camera_view import CameraView
from ui.screens.settings.section import Section
from ui.widgets.icon_label import IconLabel
from ui.widgets.options import Options
from ui.widgets.text import Ground, Text

PICTURE_HEIGHT = 330
SECOND_MS = 1000


class ScannerSection(Section):
    """The section; counts scans from when it is opened."""

    icon = "scan-line"
    looked_around = Signal()  # requests the list of cameras while the section is open

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(theme, phrases, parent)
        px, words = theme.px, phrases.labels
        self._say = ScanPhrases(phrases)
        self._pictures = self._read = 0
        self.camera = CameraView(theme, phrases)
        self.camera.setMinimumHeight(px(PICTURE_HEIGHT))
        phrases.always(lambda: self.camera.set_wide(True, "", words.scan_any))
        self._icon = IconLabel(theme, "scan-line", 28, "ink2")
        self._what = Text(theme, Type.BUTTON_SMALL, wrap=True)
        self._how = Text(theme, Type.BODY, "ink2", wrap=True)
        self._rate, self._count = Text(theme, Type.BODY, "ink2"), Text(theme, Type.BODY, "ink2")
        self._count.setAlignment(Qt.AlignmentFlag.AlignRight)
        hint = self.paragraph()
        phrases.always(lambda: hint.setText(words.scan_test_hint))
        self.cameras = Options(theme, 2)
        self.cameras.chosen.connect(partial(self.chosen.emit, "camera"))
        self._why_not: str | None = None
        lines = QVBoxLayout()
        lines.setSpacing(px(2))
        lines.addWidget(self._what)
        lines.addWidget(self._how)
        self._ground = Ground(theme)
        row = QHBoxLayout(self._ground)
        row.setContentsMargins(px(18), px(12), px(18), px(12))
        row.setSpacing(px(16))
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(lines, 1)
        figures = QHBoxLayout()
        figures.addWidget(self._rate, 1)
        figures.addWidget(self._count, 1)
        self.column.addWidget(self.camera, 1)
        self.column.addWidget(self._ground)
        self.column.addLayout(figures)
        self.column.addWidget(self.cameras)
        mirrors = self.label()
        phrases.always(lambda: mirrors.setText(words.mirror_picture))
        self.mirror = Options(theme, 2)
        phrases.always(lambda: self.mirror.name([(True, words.sound_on, ""), (False, words.sound_off, "")]))
        self.mirror.chosen.connect(partial(self.chosen.emit, "mirror"))
        self.column.addWidget(hint)
        self.heading(mirrors)
        self.column.addWidget(self.mirror)
        self._second = QTimer(self, interval=SECOND_MS)
        self._second.timeout.connect(self._count_pictures)
        phrases.always(self._begin)

    @staticmethod
    def title(words: Labels) -> str:
        return words.camera_and_scanner

    @property
    def lines(self) -> tuple[str, str]:
        """The displayed texts on the last code: what it is, and how it was read."""
        return self._what.text(), self._how.text()

    @property
    def counted(self) -> str:
        return self._count.text()

    def show_preferences(self, now: Preferences) -> None:
        self.mirror.show_chosen(now.mirror)
        self.camera.mirror(now.mirror)

    def show_cameras(self, there: Sequence[Camera], now: Camera | None) -> None:
        """Shows the cameras plugged in and the one in use; with fewer than two there is no choice."""
        several = there if len(there) > 1 else ()
        self.cameras.name([(camera.id, camera.name, "") for camera in several])
        self.cameras.show_chosen(None if now is None else now.id)
        self.cameras.setVisible(bool(several))
        self.allow(self._why_not)

    def allow(self, why_not: str | None) -> None:
        self._why_not = why_not
        for button in self.cameras.buttons:
            button.refuse(None if button.isChecked() else why_not)

    def opened(self) -> None:
        self._begin()
        self.looked_around.emit()
        self._second.start()

    def left(self) -> None:
        self._second.stop()

    def show_picture(self, picture: QImage, *, two_cards: bool) -> None:
        self._pictures += 1
        self.camera.show_picture(picture, two_cards=two_cards)

    def show_read(self, what: str, how: str, *, ours: bool) -> None:
        """Shows a code that was read, possibly again with more information; `count` counts it once."""
        self._icon.show_icon("check" if ours else "ban", "ok" if ours else "ink2")
        self._what.setText(what)
        self._how.setText(how)
        self._ground.setAccessibleName(f"{what}. {how}")

    def count(self) -> None:
        """Counts a scan."""
        self._read += 1
        self._count.setText(self._say.read_so_far(self._read))
        self.camera.mark_seen()

    def _count_pictures(self) -> None:
        self.looked_around.emit()
        self._rate.setText(self._say.rate(self._pictures))
        self._pictures = 0

    def _begin(self) -> None:
        words = self._phrases.labels
        self._pictures = self._read = 0
        self._rate.setText("")
        self._count.setText("")
        self._icon.show_icon("scan-line", "ink2")
        self._what.setText(words.scan_nothing_yet)
        self._how.setText(words.scan_nothing_yet_hint)
