"""python -m benchmarks.setups.start_probe PROFILE [CODE]: opens the till's window off screen like the command does.

Prints a line when it is ready to scan: the scan page is painted and a first camera frame was decoded. With a code,
which is in view from the first frame, it prints a second line when that card is painted.
"""

import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from ui import window_options
from ui.cli import make_haste  # the program's entry point

if TYPE_CHECKING:
    from terminal.scanner.frames import Frame


class Camera:
    """A camera that shows the same picture all the time."""

    def __init__(self, code: str | None) -> None:
        self._code = code
        self._closed = threading.Event()
        self._frame: Frame | None = None

    def read(self) -> "Frame | None":
        from benchmarks.setups.off_screen_till import picture_of, wall  # noqa: PLC0415 - loads numpy, like a real camera

        if self._frame is None:
            self._frame = wall() if self._code is None else picture_of(self._code)
        elif self._closed.wait(1 / 30):
            return None
        return self._frame

    def close(self) -> None:
        self._closed.set()


def main(words: list[str]) -> None:
    """Opens the window like `ui.cli.main`."""
    profile, code = words[0], words[1] if len(words) > 1 else None
    assert window_options.read(["--profile", profile]) is not None
    make_haste()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication  # noqa: PLC0415 - as ui.cli loads it

    from benchmarks.setups.paint_detection import Painting  # noqa: PLC0415 - as above
    from ui import bootstrap  # noqa: PLC0415 - as above
    from ui.window.frame import Middle, Page  # noqa: PLC0415 - as above

    app, camera = QApplication([sys.argv[0]]), Camera(code)
    counter = bootstrap.build(app, Path(profile), camera)
    seen: list[bool] = []
    counter.camera.picture.connect(lambda *_: seen.append(True))
    lines: list[str] = []

    def painted() -> None:
        window = counter.window
        if seen and window.page is Page.SERVE and not lines:
            _say("ready", lines)
        if lines and code is None:
            app.quit()
        elif lines and window.middle is Middle.CARD:
            _say("answered", lines)
            app.quit()

    Painting(counter.window, painted)
    counter.start()
    counter.window.resize(1366, 768)
    counter.window.show()
    app.exec()
    camera.close()
    counter.stop()


def _say(word: str, lines: list[str]) -> None:
    lines.append(word)
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
