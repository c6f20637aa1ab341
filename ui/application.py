"""The till's window as a program: frame source and event loop."""

import os
import signal
import sys
from datetime import UTC, datetime
from functools import partial

from PySide6.QtCore import QSocketNotifier
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QWidget

from terminal.interface.languages import begin_with
from terminal.interface.phrases import Speech
from terminal.machine.preferences import preferences_at
from terminal.machine.profiles import profile_at
from terminal.machine.recent_log import RecentLog
from terminal.scanner.camera.devices import numbered_camera
from terminal.scanner.camera.hotplug import PluggedCamera
from terminal.scanner.scans import FrameSource
from ui.bootstrap import Application, build
from ui.look.screen_layout import least_size
from ui.phrases.phrases import Phrases
from ui.window.customer_screen import CustomerScreen
from ui.window.window_geometry import WindowGeometry
from ui.window_options import WindowOptions

TEXT_DPI = 96.0  # the resolution that means 100 %


DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


def main(chosen: WindowOptions) -> int:
    """Runs the till's window until it is closed, or the process is told to end."""
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in DISPLAYS):
        sys.stderr.write(Phrases(Speech(begin_with(None)), lambda: datetime.now(UTC)).labels.no_screen + "\n")
        return 1
    application = QApplication([sys.argv[0]])
    application.setApplicationName("Orion Terminal")
    system_dark, system_contrast = partial(_system_is_dark, application), partial(_system_contrast, application)
    if chosen.practice:
        from ui.practice_window import build_practice  # noqa: PLC0415 - builds on this module

        practised, room = build_practice(
            application, chosen.profile, system_dark=system_dark, system_contrast=system_contrast
        )
        return _run(application, practised, room)
    source: FrameSource
    if chosen.video:
        from terminal.scanner.camera.sources import VideoSource  # noqa: PLC0415 - loads OpenCV

        source = VideoSource(chosen.video, realtime=True)
    elif chosen.camera is not None:
        source = PluggedCamera(numbered_camera(chosen.camera).id)
    else:
        source = PluggedCamera(preferences_at(profile_at(chosen.profile).preferences).camera)
    remembered = RecentLog()
    remembered.listen()
    counter = build(
        application,
        chosen.profile,
        source,
        system_dark=system_dark,
        system_contrast=system_contrast,
        remembered=remembered,
    )
    return _run(application, counter, counter.window)


def _run(application: QApplication, counter: Application, shown: QWidget) -> int:
    counter.start()
    room = shown.screen().availableGeometry()
    counter.window.setMinimumSize(*least_size(room.width(), room.height(), counter.theme.px(1000) / 1000))
    CustomerScreen(shown, counter.open_customer_window, counter.preferences, application, application)
    WindowGeometry(shown, counter.preferences, application).show()
    _close_at_signals(application)
    code = application.exec()
    counter.stop()
    return code


def _close_at_signals(application: QApplication) -> None:
    """Has SIGTERM, as at a logout, and SIGINT close the windows, as somebody would.

    Python runs no handler while Qt waits, so the signal's number is written into a pipe that Qt watches.
    """
    if sys.platform == "win32":
        return
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    signal.set_wakeup_fd(write_end)
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda *_: None)
    told = QSocketNotifier(read_end, QSocketNotifier.Type.Read, application)
    told.activated.connect(lambda *_: application.quit())


def _system_is_dark(application: QApplication) -> bool:
    return application.styleHints().colorScheme().name == "Dark"


def _system_contrast(application: QApplication) -> QPalette | None:
    """The system's palette if it requests high contrast, else None."""
    hints = application.styleHints()  # kept referenced, as its results are deleted with it
    preference = hints.accessibility().contrastPreference().name
    return application.palette() if preference == "HighContrast" else None
