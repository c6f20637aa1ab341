"""python -m benchmarks.ready PROFILE [CODE]: the till's window off screen, as the command opens it.

Prints a line once it is ready to scan: the page to scan on is painted and a first frame of the camera was looked at.
With a code, which the camera sees from its first frame on, a second line once that card is painted.
"""

import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from ui.cli import make_haste, only_the_window  # the program's entry, and what it loads first

if TYPE_CHECKING:
    from terminal.scanner.frames import Frame


class Camera:
    """Sees one picture again and again, as soon as somebody looks."""

    def __init__(self, code: str | None) -> None:
        self._code = code
        self._closed = threading.Event()
        self._frame: Frame | None = None

    def read(self) -> "Frame | None":
        from benchmarks.shown import picture_of, wall  # noqa: PLC0415 - numpy, as a camera brings it with its frames

        if self._frame is None:
            self._frame = wall() if self._code is None else picture_of(self._code)
        elif self._closed.wait(1 / 30):
            return None
        return self._frame

    def close(self) -> None:
        self._closed.set()


def main(words: list[str]) -> None:
    """Opens as `ui.cli.main` does."""
    profile, code = words[0], words[1] if len(words) > 1 else None
    assert only_the_window(["--profile", profile])
    make_haste()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication  # noqa: PLC0415 - as ui.cli loads it

    from benchmarks.painting import Painting  # noqa: PLC0415 - as above
    from ui import bootstrap  # noqa: PLC0415 - as above
    from ui.window.frame import Middle, Page  # noqa: PLC0415 - as above

    app, camera = QApplication([sys.argv[0]]), Camera(code)
    counter = bootstrap.build(app, Path(profile), camera)
    seen: list[bool] = []
    counter.camera.picture.connect(lambda *_: seen.append(True))
    said: list[str] = []

    def painted() -> None:
        window = counter.window
        if seen and window.page is Page.SERVE and not said:
            _say("ready", said)
        if said and code is None:
            app.quit()
        elif said and window.middle is Middle.CARD:
            _say("answered", said)
            app.quit()

    Painting(counter.window, painted)
    counter.start()
    counter.window.resize(1366, 768)
    counter.window.show()
    app.exec()
    camera.close()
    counter.stop()


def _say(word: str, said: list[str]) -> None:
    said.append(word)
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
