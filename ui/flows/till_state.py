"""How the till stands, in one place: status, the card in front and the last transactions as of one moment."""

from PySide6.QtCore import QObject, Signal

from loyalty.staff import Role
from terminal.interface.asks import Refresh
from terminal.interface.views import CardView, HistoryRow, ProblemView, Reply, StatusView
from ui.threads.asking import Asking


class TillState(QObject):
    """Kept up to date by `refresh`. Before the first status nothing is known, and nobody is on shift."""

    changed = Signal()  # the counter has said how it stands by now

    def __init__(self, counter: Asking, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._counter = counter
        self._asked = False  # exchanges have news faster than anybody reads
        self.status: StatusView | None = None
        self.card: CardView | None = None  # the counter's card in front; the screen may be a step ahead
        self.recent: tuple[HistoryRow, ...] = ()
        self.today = 0  # how many transactions this till has made
        counter.closed.connect(self._stop_waiting)

    def refresh(self) -> None:
        """Asks how the till stands, one ask at a time. What was answered before is in what this one tells."""
        if not self._asked:
            self._asked = True
            self._counter.ask(Refresh(), self._answered, self._failed)

    def forget(self) -> None:
        """The till was paired anew: with another company perhaps."""
        self.status = self.card = None
        self.recent, self.today = (), 0

    @property
    def currency(self) -> str:
        """The company's; empty as long as that is not known, when no amount is shown."""
        return "" if self.status is None else self.status.currency

    @property
    def on_shift(self) -> str:
        """Who is on shift; empty for nobody."""
        staff = None if self.status is None else self.status.staff
        return "" if staff is None else staff.name

    @property
    def asks_for_pins(self) -> bool:
        """False in a company where nobody signs on."""
        return self.status is None or self.status.pin_required != "never"

    @property
    def manager_serves(self) -> bool:
        """True while a manager is on shift."""
        staff = None if self.status is None else self.status.staff
        return staff is not None and Role(staff.role).manages

    @property
    def pin_length(self) -> int:
        """Digits of a PIN in this company."""
        return 4 if self.status is None else self.status.pin_length

    def _answered(self, reply: Reply) -> None:
        self._asked = False
        if reply.status is not None:
            self.status = reply.status
            self.card = reply.card if isinstance(reply.card, CardView) else None
            self.recent = reply.history if isinstance(reply.history, tuple) else ()
            self.today = reply.today or 0
            self.changed.emit()

    def _failed(self, problem: ProblemView) -> None:
        self._asked = False
        self._counter.troubled.emit(problem)

    def _stop_waiting(self) -> None:
        self._asked = False
