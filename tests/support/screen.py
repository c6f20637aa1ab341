"""A till's window on the offscreen platform, real except for camera, printer and clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, timedelta
from functools import partial

from PySide6.QtWidgets import QApplication

from terminal.interface.phrases import Speech, problem, problem_of
from terminal.interface.views import ProblemView
from tests.support.cafe import NOON, Cafe
from tests.support.memory_press import MemoryPress
from tests.support.recorded_counter import RecordedCounter
from ui.flows.conversation import Conversation
from ui.flows.menu.apply_preferences import PreferencesApplier
from ui.look.theme import Theme, load_fonts
from ui.phrases.phrases import Phrases
from ui.threads.asking import Pace
from ui.threads.camera_bridge import CameraBridge
from ui.threads.counter_thread import CounterThread, TillPort
from ui.threads.print_queue import PrintQueue
from ui.threads.saved_preferences import SavedPreferences
from ui.window.window import Window


class Seconds:
    """A running time moved by the test."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


QUICK = Pace(status=100_000)  # tests request the status themselves


@dataclass
class Screen:
    """The window and the objects behind it."""

    window: Window
    theme: Theme
    cafe: Cafe
    thread: CounterThread
    camera: CameraBridge
    conversation: Conversation
    seconds: Seconds
    preferences: SavedPreferences
    press: MemoryPress
    print_queue: PrintQueue
    speech: Speech

    @property
    def counter(self) -> RecordedCounter:
        return self.cafe.counter

    def close(self) -> None:
        self.conversation.stop()
        self.window.close()
        assert self.thread.stop()
        assert self.print_queue.stop()
        self.window.deleteLater()
        # Their connections hold what they call, and with it the whole window.
        for part in (self.conversation, self.thread, self.camera, self.print_queue, self.preferences, self.theme):
            part.deleteLater()
        self.cafe.close()

    def problem(self, kind: str) -> str:
        """The sentence of a problem."""
        return problem(kind, self.speech).text


def no_pairing(server: str, code: str) -> None:
    raise AssertionError("nobody pairs here")


def open_screen(
    application: QApplication,
    cafe: Cafe | None = None,
    *,
    size: tuple[int, int] = (1366, 768),
    dark: bool = False,
    language: str = "en",
    pace: Pace = QUICK,
    open_till: Callable[[], TillPort] | None = None,
    pair: Callable[[str, str], None] = no_pairing,
    press: MemoryPress | None = None,
) -> Screen:
    """Opens a window with a started counter thread; contents arrive through the event loop."""
    load_fonts()
    cafe = cafe or Cafe()
    seconds = Seconds()
    theme = Theme(dark)
    speech = Speech(language)
    phrases = Phrases(speech, lambda: NOON + timedelta(minutes=1), UTC)
    window = Window(theme, phrases, seconds)
    window.resize(*size)
    tells = partial(problem_of, words=speech)

    def bug(log_id: str) -> ProblemView:
        view = problem("problem", speech)
        return ProblemView(view.kind, f"{view.text} ({log_id})")

    thread = CounterThread(open_till or cafe.counter.open, pair, tells, bug)
    camera = CameraBridge(tells, bug)
    preferences = SavedPreferences(None)
    press = press or MemoryPress()
    print_queue = PrintQueue(lambda: press, tells, bug, seconds)
    conversation = Conversation(
        window, thread, phrases, speech=speech, preferences=preferences, print_queue=print_queue, pace=pace
    )
    PreferencesApplier(preferences, theme, lambda on, volume: None, lambda: dark, window=window, parent=conversation)
    conversation.watch(thread, camera)
    window.listen(application)
    window.show()
    thread.start()
    return Screen(window, theme, cafe, thread, camera, conversation, seconds, preferences, press, print_queue, speech)
