"""Enrolment of a customer with a scanned blank or a card on their phone. `current_card` sends its requests."""

from PySide6.QtCore import QObject, Signal

from terminal.interface.asks import Enrol
from terminal.interface.card_asks import HandedOver
from terminal.interface.views import CardView, NewCardView
from ui.flows.till_state import TillState
from ui.phrases.phrases import Phrases
from ui.screens.enrolment.name_step import NewCustomer
from ui.threads.asking import Asking
from ui.window.frame import Middle
from ui.window.window import Window


class Enrolment(QObject):
    """The three steps of enrolment."""

    asked = Signal(object)  # Enrol
    finished = Signal()  # the customer has the code
    code_asked = Signal()  # requests the last card's code again
    code_typed = Signal(str)  # the code of a blank
    code_shown = Signal(str)  # the code shown as QR; empty once it is hidden

    def __init__(
        self, window: Window, counter: Asking, phrases: Phrases, till: TillState, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._window, self._counter, self._phrases, self._till = window, counter, phrases, till
        self._blank: str | None = None  # the code of the blank; None for a phone card
        window.screens.enrol_dialog.code_typed.connect(self.code_typed)
        window.screens.enrol_dialog.finished.connect(self._enrol)
        window.screens.enrol_dialog.phone_asked.connect(self._for_phone)
        window.screens.enrol_dialog.again_asked.connect(self.code_asked)
        window.screens.enrol_dialog.handed_over.connect(self._handed_over)
        till.changed.connect(self._offer)
        self._offer()

    def _offer(self) -> None:
        """Updates the choices to what is available."""
        status = self._till.status
        if status is None:
            return
        empty = None if status.phone_cards else self._phrases.labels.no_phone_card
        self._window.screens.enrol_dialog.offer(empty, again=status.code_kept, welcome_points=status.welcome_points)

    def start(self) -> None:
        """Starts: waits for a blank, or for the choice of a phone card."""
        words = self._phrases.labels
        self._window.show_middle(Middle.ENROL)
        self._window.scan_panel.show_side(words.looking_blank, words.cancel, ways=False)
        self._window.screens.enrol_dialog.start()

    def show_blank(self, code: str | None, card: CardView) -> None:
        """Continues with a scanned blank."""
        self._blank = code
        self._window.screens.enrol_dialog.show_blank(card.number_end)
        words = self._phrases
        self._window.scan_panel.show_side(words.card.number(card), words.labels.cancel, ways=False)

    def show_code(self, card: NewCardView) -> None:
        """Shows the code of the new card for the customer."""
        words = self._phrases.labels
        self._window.screens.enrol_dialog.show_code(card)
        self._window.scan_panel.show_side(words.card_made, words.later, ways=False)
        self._window.announce(words.take_picture)
        self.code_shown.emit(card.qr_code)

    def forget(self) -> None:
        """Removes everything from the screen."""
        self._blank = None
        self._window.screens.enrol_dialog.put_away()
        self.code_shown.emit("")

    def _for_phone(self) -> None:
        self._blank = None
        words = self._phrases.labels
        self._window.screens.enrol_dialog.show_phone()
        self._window.scan_panel.show_side(words.on_their_phone, words.cancel, ways=False)

    def _enrol(self, new: NewCustomer) -> None:
        self.asked.emit(
            Enrol(
                code=self._blank,
                name=new.name,
                email=new.email,
                phone=new.phone,
                language=new.language,
                consent=new.consent,
            )
        )

    def _handed_over(self) -> None:
        self._counter.ask(HandedOver())
        self._window.screens.enrol_dialog.put_away()
        self.code_shown.emit("")
        self.finished.emit()
