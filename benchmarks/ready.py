"""python -m benchmarks.ready PROFILE: the till's window off screen; prints a line once it is painted and ready to scan.

Ready: the serving page is painted and a first frame of the camera has been looked at.
"""

import sys
from pathlib import Path

import terminal.cli  # noqa: F401 - the program's entry, which loads the counter before any window


def main(profile: Path) -> None:
    """Opens as `ui.bootstrap.main` does, with a camera that sees a wall."""
    from benchmarks.shown import Frames, Painting, application, wall  # noqa: PLC0415 - as ui.cli loads them
    from ui import bootstrap  # noqa: PLC0415 - as above
    from ui.window import Page  # noqa: PLC0415 - as above

    app, frames = application(), Frames()
    frames.hand_over(wall())
    counter = bootstrap.build(app, profile, frames)
    seen: list[bool] = []
    counter.camera.picture.connect(lambda *_: seen.append(True))

    def painted() -> None:
        if seen and counter.window.page is Page.SERVE:
            sys.stdout.write("ready\n")
            sys.stdout.flush()
            app.quit()

    Painting(counter.window, painted)
    counter.start()
    counter.window.resize(1366, 768)
    counter.window.show()
    app.exec()
    frames.close()
    counter.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
