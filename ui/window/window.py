"""The till's window: the frame with the widgets of the first screen."""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from ui.look.theme import Theme
from ui.phrases.phrases import Phrases
from ui.screens.card.card_panel import CardPanel
from ui.screens.card.celebration import Celebration
from ui.screens.card.undo_bar import UndoBar
from ui.screens.scan.unknown_code_panel import UnknownCodePanel
from ui.widgets.question_overlay import QuestionOverlay
from ui.window.frame import Frame, Middle, Page
from ui.window.loading_page import LoadingPage
from ui.window.trouble_page import TroublePage

if TYPE_CHECKING:
    from ui.window.screens import Screens


class Window(Frame):
    """The frame with the serving screens; the others are in `screens`."""

    screens_made = Signal(object)  # Screens: their signals can be connected now

    def __init__(self, theme: Theme, phrases: Phrases, seconds: Callable[[], float]) -> None:
        super().__init__(theme, phrases)
        self._phrases = phrases
        self.undo_bar = UndoBar(theme, phrases, seconds)
        self.card_panel = self.add_middle(Middle.CARD, CardPanel(theme, phrases, self.undo_bar))
        self.celebration = self.add_middle(Middle.CELEBRATION, Celebration(theme, phrases))
        self.unknown_code_panel = self.add_middle(Middle.CODE, UnknownCodePanel(theme))
        self.loading_page = self.add_page(Page.LOAD, LoadingPage(theme, phrases, seconds, self))
        self.trouble_page = self.add_page(Page.TROUBLE, TroublePage(theme, phrases, self))
        self.question = self.add_overlay(QuestionOverlay(theme, self))
        self.doubt = self.add_overlay(QuestionOverlay(theme, self, icon="coins"))
        self.unknown_code_panel.shown.connect(self.announce)
        self._makers = {
            Page.SHIFT: lambda: self.screens.shift_page,
            Page.PAIR: lambda: self.screens.pairing_page,
            Middle.ENROL: lambda: self.screens.enrol_dialog,
        }
        self.show_page(Page.LOAD)

    @cached_property
    def screens(self) -> "Screens":
        """All other screens, loaded in the second phase of the start or on first use."""
        from ui.window.screens import Screens  # noqa: PLC0415 - not needed at start

        made = Screens(self, self._theme, self._phrases)
        made.stamps_chosen.connect(self.card_panel.give_stamps)
        self.screens_made.emit(made)
        return made

    def _take_focus(self) -> None:
        if self.page is Page.PAIR and not self.overlay_open:
            self.screens.pairing_page.start()
        else:
            super()._take_focus()
