"""The scanner test: takes codes while its section is open, and asks whether they are known, without opening a card."""

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from terminal.interface.asks import Recognise
from terminal.interface.views import Reply
from terminal.scanner.scans import Hint, Scan
from terminal.scanner.wedge.readings import Typed
from ui.phrases.phrases import Phrases
from ui.phrases.scanning import ScanPhrases
from ui.screens.settings.scanner_section import ScannerSection
from ui.threads.asking import Asking
from ui.window.window import Window


class ScannerTest(QObject):
    """Tests one code at a time; only the latest is shown."""

    def __init__(self, window: Window, counter: Asking, phrases: Phrases, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._window, self._counter, self._phrases = window, counter, phrases
        self._say = ScanPhrases(phrases)
        self._section = window.screens.settings_page.section(ScannerSection)
        self._last: Scan | Typed | None = None

    @property
    def open(self) -> bool:
        """True while codes go to the test."""
        return self._window.screens.settings_page.open_now is self._section

    def show_picture(self, picture: QImage, *, two_cards: bool) -> None:
        self._section.show_picture(picture, two_cards=two_cards)

    def show_hint(self, hint: Hint | None) -> None:
        """Shows a frame of the camera."""
        for camera in (self._window.scan_panel.camera, self._window.screens.pairing_page.camera, self._section.camera):
            camera.show_hint(self._say.hint(hint))

    def show_no_camera(self, words: str) -> None:
        self._section.camera.show_broken(words)

    def seen(self, scan: Scan) -> None:
        """Tests a code before the camera."""
        if self.open:
            self._take(scan, (scan.text,))

    def typed(self, typed: Typed) -> None:
        """Tests a hand-held scanner's input."""
        self._take(typed, tuple(reading.text for reading in typed.readings))

    def _recognised(self, read: Scan | Typed, reply: Reply) -> None:
        if read is not self._last:
            return
        if isinstance(read, Scan):
            self._tell(read.text, self._say.seen(read), known=reply.reading is not None)
        elif reply.reading is not None or read.sure:
            reading = read.readings[reply.reading or 0]
            self._tell(reading.text, self._say.typed(reading), known=reply.reading is not None)
        else:
            self._section.show_read(
                self._phrases.labels.scan_several_ways, self._phrases.labels.scanner_unsure, ours=False
            )

    def _take(self, read: Scan | Typed, texts: tuple[str, ...]) -> None:
        self._section.count()
        how = self._say.typed(read.readings[0]) if isinstance(read, Typed) else self._say.seen(read)
        self._tell(texts[0], how, known=None)
        self._last = read
        self._counter.ask(Recognise(texts), lambda reply: self._recognised(read, reply))

    def _tell(self, text: str, how: str, *, known: bool | None) -> None:
        what = self._say.what(text, known=known)
        self._section.show_read(what, how, ours=self._say.ours(text))
        if known is not None:
            self._window.announce(f"{what}. {how}")
