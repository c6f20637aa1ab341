"""A till's window on the offscreen platform, with everything real but counter, camera and clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, timedelta
from functools import partial

from PySide6.QtWidgets import QApplication

from terminal.interface.phrases import Speech, problem_of
from terminal.interface.views import ProblemView
from terminal.problems import Problem
from tests.support.fake_cards import NOON
from tests.support.fake_counter import FakeCounter
from tests.support.fake_press import FakePress
from tests.support.real_sentences import RealSentences
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
    """Running time, moved on by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


QUICK = Pace(status=100_000)  # a test asks when it wants to know


class FakeTill:
    """An open profile."""

    def __init__(self, counter: FakeCounter | RealSentences) -> None:
        self.counter = counter
        self.closed = False

    def close(self) -> None:
        self.closed = True


@dataclass
class Screen:
    """The window and what is behind it."""

    window: Window
    theme: Theme
    counter: FakeCounter
    till: FakeTill
    thread: CounterThread
    camera: CameraBridge
    conversation: Conversation
    seconds: Seconds
    preferences: SavedPreferences
    press: FakePress
    print_queue: PrintQueue
    speech: Speech

    def close(self) -> None:
        self.conversation.stop()
        self.window.close()
        assert self.thread.stop()
        assert self.print_queue.stop()
        self.window.deleteLater()


def tell(problem: Problem) -> ProblemView:
    return ProblemView(problem.kind, f"The world failed: {problem.kind}. Go on like this.")


def bug(log_id: str) -> ProblemView:
    return ProblemView("bug", f"Something went wrong. Support needs {log_id}.")


def no_pairing(server: str, code: str) -> None:
    raise AssertionError("nobody pairs here")


def open_screen(
    application: QApplication,
    counter: FakeCounter | None = None,
    *,
    size: tuple[int, int] = (1366, 768),
    dark: bool = False,
    language: str = "en",
    pace: Pace = QUICK,
    open_till: Callable[[], TillPort] | None = None,
    pair: Callable[[str, str], None] = no_pairing,
    press: FakePress | None = None,
    real_words: bool = False,
) -> Screen:
    """A window with a counter thread that has started; what it shows comes with the event loop."""
    load_fonts()
    seconds = Seconds()
    theme = Theme(dark)
    speech = Speech(language)
    phrases = Phrases(speech, lambda: NOON + timedelta(minutes=1), UTC)
    counter = counter or FakeCounter()
    till = FakeTill(RealSentences(counter, speech) if real_words else counter)
    window = Window(theme, phrases, seconds)
    window.resize(*size)
    says = partial(problem_of, words=speech) if real_words else tell
    thread = CounterThread(open_till or (lambda: till), pair, says, bug)
    camera = CameraBridge(says, bug)
    preferences = SavedPreferences(None)
    press = press or FakePress()
    print_queue = PrintQueue(lambda: press, says, bug, seconds)
    conversation = Conversation(
        window, thread, phrases, speech=speech, preferences=preferences, print_queue=print_queue, pace=pace
    )
    PreferencesApplier(preferences, theme, lambda on, volume: None, lambda: dark, window=window, parent=conversation)
    conversation.watch(thread, camera)
    window.listen(application)
    window.show()
    thread.start()
    return Screen(
        window, theme, counter, till, thread, camera, conversation, seconds, preferences, press, print_queue, speech
    )
