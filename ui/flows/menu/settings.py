"""The flow of the settings page. `ui.threads.saved_preferences` stores the preferences."""

from PySide6.QtCore import QObject, Signal

from terminal.interface.views import ProblemView
from terminal.machine.preferences import Preferences
from ui.flows.till_state import TillState
from ui.phrases.phrases import Phrases
from ui.phrases.till import till_facts
from ui.screens.settings.about_section import AboutSection
from ui.screens.settings.practice_section import PracticeSection
from ui.screens.settings.printer_section import PrinterSection
from ui.screens.settings.sound_section import SoundSection
from ui.screens.settings.till_section import TillSection
from ui.threads.print_queue import PrintQueue
from ui.threads.saved_preferences import SavedPreferences
from ui.window.window import Window

MANAGED = frozenset(
    {"camera", "pin_shuffled", "printer", "printer_address", "paper_mm", "print_after"}
)  # choices of the till, which need a manager on shift


class SettingsFlow(QObject):
    """Opens the page, passes choices on, and shows results."""

    sound_tried = Signal(object)  # Sound
    camera_chosen = Signal(str)  # the camera's id
    practice_asked = Signal()
    diagnostics_asked = Signal(str)  # the path of the file
    print_tried = Signal()

    def __init__(
        self,
        window: Window,
        phrases: Phrases,
        preferences: SavedPreferences,
        print_queue: PrintQueue,
        *,
        till: TillState,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._window, self._phrases, self._preferences = window, phrases, preferences
        self._till = till
        till.changed.connect(self._allow)
        self._till_section = window.screens.settings_page.section(TillSection)
        self._till_section.pair_asked.connect(window.top_bar.pair_asked)
        self._about = window.screens.settings_page.section(AboutSection)
        self._practice = window.screens.settings_page.section(PracticeSection)
        window.screens.settings_page.chosen.connect(self._choose)
        window.screens.settings_page.section(SoundSection).tried.connect(self.sound_tried)
        self._practice.asked.connect(self.practice_asked)
        self._about.save_asked.connect(self.diagnostics_asked)
        self._printer = window.screens.settings_page.section(PrinterSection)
        self._printer.tried.connect(self.print_tried)
        self._printer.looked_around.connect(print_queue.look_around)
        print_queue.found.connect(self._printer.show_found)
        print_queue.not_found.connect(lambda _way, problem: self._printer.tell(problem.text))
        print_queue.printed.connect(self._printed)
        print_queue.failed.connect(self._not_printed)
        preferences.changed.connect(self._show)
        self._show(preferences.now)

    @property
    def _may_choose(self) -> bool:
        """True if the person may choose; in a company without PINs, everyone may."""
        return self._till.manager_serves or not self._till.asks_for_pins

    def _tell_facts(self) -> None:
        if self._till.status is not None:
            self._till_section.show_facts(till_facts(self._phrases, self._till.status))

    def open(self) -> None:
        self._allow()
        self._window.show_more(self._window.screens.settings_page)

    def practice_started(self, there: bool) -> None:
        words = self._phrases.labels
        self._practice.tell(words.practice_opens if there else words.practice_failed)

    def _printed(self, asked: bool) -> None:
        if asked:
            self._printer.tell(self._phrases.labels.slip_printed)

    def _not_printed(self, problem: ProblemView, asked: bool) -> None:
        if asked:
            self._printer.tell(problem.text)

    def diagnostics_written(self, there: bool) -> None:
        words = self._phrases.labels
        message = words.diagnostics_saved if there else words.diagnostics_failed
        self._about.tell(message)
        self._window.announce(message)

    def _allow(self) -> None:
        self._tell_facts()
        for section in self._window.screens.settings_page.sections:
            section.allow(None if self._may_choose else self._phrases.labels.manager_changes)

    def _choose(self, field: str, value: object) -> None:
        if field in MANAGED and not self._may_choose:
            self._window.announce(self._phrases.labels.manager_changes)
            return
        self._preferences.choose(**{field: value})
        if field == "camera":
            self.camera_chosen.emit(value)
        self._show(self._preferences.now)

    def _show(self, now: Preferences) -> None:
        self._window.screens.settings_page.show_preferences(now)
