"""Composition root of the till's application: builds window, threads and camera, and ends them.

Everything that a demo or a test replaces is passed in.
"""

import importlib
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from PySide6.QtCore import QLocale
from PySide6.QtGui import QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from terminal.interface import numerals
from terminal.interface.languages import LANGUAGES, begin_with
from terminal.interface.phrases import Speech, problem, problem_of
from terminal.interface.views import ProblemView
from terminal.machine.profiles import profile_at
from terminal.machine.recent_log import LogLine, RecentLog
from terminal.problems import Problem
from terminal.scanner.camera.camera_loop import CameraLoop
from terminal.scanner.camera.devices import plugged_cameras
from terminal.scanner.camera.hotplug import PluggedCamera
from terminal.scanner.scans import FrameSource
from terminal.scanner.wedge.wedge import Wedge
from ui.flows.conversation import Conversation
from ui.flows.menu.apply_preferences import PreferencesApplier
from ui.flows.sound_cues import SoundCues
from ui.look.screen_layout import scale_on
from ui.look.theme import Theme, load_fonts
from ui.phrases.phrases import Phrases
from ui.startup import Startup, StartupSteps
from ui.threads.asking import Pace
from ui.threads.camera_bridge import CameraBridge
from ui.threads.counter_thread import CounterThread, TillPort
from ui.threads.errands import Errands
from ui.threads.garbage_collection import GarbageCollection
from ui.threads.hand_scanner import HandScanner
from ui.threads.print_queue import Press, PrintQueue
from ui.threads.saved_preferences import SavedPreferences
from ui.threads.sound_player import SoundPlayer, Speaker
from ui.window.window import Window

if TYPE_CHECKING:
    from terminal.scanner.decoding.decoder import Decoder
    from ui.flows.menu.menu_pages import MenuPages
    from ui.window.customer_window import CustomerWindow

TEXT_DPI = 96.0  # the resolution that means 100 %


class Application(Struct, frozen=True):
    """The running application: one window, one counter thread, one camera."""

    paired: bool  # True if there is a journal
    window: Window
    theme: Theme
    phrases: Phrases
    conversation: Conversation
    thread: CounterThread
    camera: CameraBridge
    loop: CameraLoop
    scanner: HandScanner
    sounds: SoundPlayer
    preferences: SavedPreferences
    print_queue: PrintQueue
    garbage: GarbageCollection
    start_scanning: Callable[[], None]
    furnish: Callable[[], None]

    def start(self) -> None:
        """Opens camera and till on their threads once the window is painted; show the window before or after this call.

        Codes scanned before the till is open are answered afterwards.
        """
        if self.paired:
            self.conversation.begin()
        steps = StartupSteps(self.start_scanning, self.furnish, self._start_the_rest)
        Startup(self.window, self.camera, self.thread, steps)

    def _start_the_rest(self) -> None:
        self.garbage.start()
        load_later()
        self.sounds.start()

    def open_customer_window(self) -> "CustomerWindow":
        """Opens the customer window."""
        from ui.window.customer_window import CustomerWindow  # noqa: PLC0415 - for shops with a second screen

        window, customer = CustomerWindow(self.theme), self.conversation.customer_view
        window.setWindowTitle(self.phrases.labels.customer_window)
        window.show_view(customer.now)
        customer.changed.connect(window.show_view)
        self.theme.changed.connect(window.update)
        return window

    def stop(self) -> bool:
        """Stops both threads; True if they ended within a second. Acknowledged entries are durable either way."""
        self.garbage.stop()
        self.scanner.stop()
        self.conversation.stop()
        camera = self.loop.stop()
        self.sounds.stop()
        self.preferences.stop()
        self.print_queue.stop()
        return self.thread.stop() and camera


def load_later() -> None:
    """Loads modules in advance, so that a change of language or a first new card does not wait."""

    def load() -> None:
        numerals.load(LANGUAGES)
        importlib.import_module("segno")

    threading.Thread(target=load, name="later", daemon=True).start()


def build(
    application: QApplication,
    folder: Path | None,
    source: FrameSource,
    *,
    system_dark: Callable[[], bool] = lambda: False,
    system_contrast: Callable[[], QPalette | None] = lambda: None,
    preferences: SavedPreferences | None = None,
    remembered: RecentLog | None = None,
    pace: Pace | None = None,
    open_profile: Callable[[Path | None, Callable[[], None]], TillPort] | None = None,
    open_speaker: Callable[[], Speaker] | None = None,
    open_press: Callable[[], Press] | None = None,
) -> Application:
    """Builds everything behind one window without starting it. *open_profile* is called on the counter's thread."""
    garbage = GarbageCollection(application)
    load_fonts()
    preferences = preferences or SavedPreferences(profile_at(folder).preferences, parent=application)
    kept = remembered or RecentLog()
    speech = Speech(begin_with(preferences.now.language, system=QLocale.system().uiLanguages()))
    screen = QGuiApplication.primaryScreen()
    room = screen.availableGeometry()
    theme = Theme(
        scale=scale_on(screen.logicalDotsPerInch() / TEXT_DPI, room.width(), room.height()), parent=application
    )
    phrases = Phrases(speech, lambda: datetime.now(UTC))

    def tell(trouble: Problem) -> ProblemView:
        return problem_of(trouble, speech)

    def bug(log_id: str) -> ProblemView:
        view = problem("problem", speech)
        return ProblemView(view.kind, f"{view.text} ({log_id})")

    def opened() -> TillPort:
        if open_profile is not None:
            return open_profile(folder, thread.exchanged.emit)
        return _open_profile(folder, thread.exchanged.emit, kept.keep)

    def paired(server: str, code: str) -> None:
        from terminal.bootstrap import pair_till  # noqa: PLC0415 - as in `_open_profile`

        pair_till(folder, server, code)

    window = Window(theme, phrases, time.monotonic)
    thread = CounterThread(opened, paired, tell, bug)
    camera = CameraBridge(tell, bug)
    print_queue = PrintQueue(open_press or _open_press, tell, bug, parent=application)
    conversation = Conversation(
        window,
        thread,
        phrases,
        speech=speech,
        preferences=preferences,
        print_queue=print_queue,
        pace=pace or Pace(),
        parent=application,
    )
    conversation.watch(thread, camera)
    scanner = HandScanner(Wedge(), time.monotonic, application)
    conversation.listen(scanner)
    if preferences.now.scanner_layout is not None:
        scanner.learn(tuple(preferences.now.scanner_layout.split()))
    scanner.learned.connect(lambda layouts: preferences.choose(scanner_layout=layouts))
    sounds = SoundPlayer(open_speaker or _open_speaker, time.monotonic)
    preferences_applier = PreferencesApplier(
        preferences,
        theme,
        sounds.switch,
        system_dark,
        system_contrast=system_contrast,
        window=window,
        parent=window,  # deleted with the window
    )
    hints = application.styleHints()
    for change in (
        hints.colorSchemeChanged,
        hints.accessibility().contrastPreferenceChanged,
        application.paletteChanged,
    ):
        change.connect(preferences_applier.system_changed)
    SoundCues(sounds.play, conversation, thread, application)

    def furnish() -> None:
        _settle(conversation, preferences, sounds, remembered=kept, folder=folder, application=application)
        if isinstance(source, PluggedCamera):
            _let_choose(window, conversation.menu_pages, source)

    def decoder() -> "Decoder":
        made = _decoder()
        camera.awake.emit()
        return made

    loop = CameraLoop(
        source,
        decoder,
        on_frame=camera.frame,
        on_scan=camera.scan,
        on_away=camera.end,
        on_end=camera.end,
        clock=time.monotonic,
    )

    def start_scanning() -> None:
        window.listen(application)
        scanner.listen()
        loop.start()

    return Application(
        profile_at(folder).journal.exists(),
        window,
        theme,
        phrases,
        conversation,
        thread,
        camera,
        loop,
        scanner,
        sounds,
        preferences,
        print_queue,
        garbage,
        start_scanning,
        furnish,
    )


def _settle(
    conversation: Conversation,
    preferences: SavedPreferences,
    sounds: SoundPlayer,
    *,
    remembered: RecentLog,
    folder: Path | None,
    application: QApplication,
) -> None:
    """Connects the settings page with sounds, diagnostics and preferences."""
    settings, errands = conversation.menu_pages.settings, Errands(application)

    def diagnose(path: str) -> None:
        from terminal.machine.diagnostics import gather, write  # noqa: PLC0415 - not needed at start

        found = gather(
            profile_at(folder),
            conversation.till.status,
            preferences.now,
            remembered.lines,
            screen=_screen_size(application),
        )
        errands.run(partial(write, Path(path), found), settings.diagnostics_written)

    settings.sound_tried.connect(sounds.play)
    settings.practice_asked.connect(lambda: settings.practice_started(_start_practice(folder)))
    settings.diagnostics_asked.connect(diagnose)


def _let_choose(window: Window, menu_pages: "MenuPages", source: PluggedCamera) -> None:
    """Connects the choice of cameras."""
    from ui.screens.settings.scanner_section import ScannerSection  # noqa: PLC0415 - loaded with the other screens

    section = window.screens.settings_page.section(ScannerSection)
    section.looked_around.connect(lambda: section.show_cameras(plugged_cameras(), source.now))
    menu_pages.settings.camera_chosen.connect(source.choose)


def _decoder() -> "Decoder":
    from terminal.scanner.decoding.decoder import Decoder  # noqa: PLC0415 - OpenCV loads slowly

    return Decoder()


def _open_profile(folder: Path | None, exchanged: Callable[[], None], logged: Callable[[LogLine], None]) -> TillPort:
    """Opens the till on the counter's thread."""
    from terminal.bootstrap import open_till  # noqa: PLC0415 - loads slowly

    return open_till(folder, on_status=lambda _status: exchanged(), on_logged=logged)


def _start_practice(folder: Path | None) -> bool:
    """Starts practice as a separate process, so that it cannot affect this till."""
    from PySide6.QtCore import QProcess  # noqa: PLC0415 - not needed at start

    program = [] if getattr(sys, "frozen", False) else ["-P", "-m", "ui.cli"]
    profile = [] if folder is None else ["--profile", str(folder.absolute())]
    started = QProcess.startDetached(sys.executable, [*program, *profile, "--practice"])
    return bool(started[0] if isinstance(started, tuple) else started)


def _screen_size(application: QApplication) -> str:
    screen = application.primaryScreen()
    size = screen.size()
    return f"{size.width()}x{size.height()}, {screen.logicalDotsPerInch():.0f} dpi"


def _open_speaker() -> Speaker:
    from ui.threads.audio_output import LoudSpeaker  # noqa: PLC0415 - the driver's library, read on the sounds' thread

    return LoudSpeaker()


def _open_press() -> Press:
    from terminal.printing import press, receipt_printers  # noqa: PLC0415 - drivers, read on the printing's thread

    receipt_printers.tidy_up()
    return press
