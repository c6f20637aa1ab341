"""The till's state for all flows: status, card in front and last transactions of one moment."""

from PySide6.QtCore import QObject, Signal

from terminal.interface.asks import Refresh
from terminal.interface.views import CardView, HistoryRow, ProblemView, Reply, StaffView, StatusView
from ui.threads.asking import Asking


class TillState(QObject):
    """The state as of the last `refresh`; before the first one nothing is known and nobody is on shift."""

    changed = Signal()  # a refresh was answered

    def __init__(self, counter: Asking, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._counter = counter
        self._asked = False  # limits refreshes to one at a time
        self.status: StatusView | None = None
        self.card: CardView | None = None  # the counter's card in front, which the screen may have left
        self.recent: tuple[HistoryRow, ...] = ()
        self.today = 0  # number of transactions today
        counter.closed.connect(self._stop_waiting)

    def refresh(self) -> None:
        """Requests the state, one request at a time. The answer contains the effects of all earlier requests."""
        if not self._asked:
            self._asked = True
            self._counter.ask(Refresh(), self._answered, self._failed)

    def forget(self) -> None:
        """Forgets the state, as the till was paired anew."""
        self.status = self.card = None
        self.recent, self.today = (), 0

    @property
    def currency(self) -> str:
        """The company's currency; empty while unknown."""
        return "" if self.status is None else self.status.currency

    @property
    def program(self) -> str:
        """Stamps, points or hybrid; empty while unknown."""
        return "" if self.status is None else self.status.program or ""

    @property
    def on_shift(self) -> StaffView | None:
        """The person on shift."""
        return None if self.status is None else self.status.staff

    @property
    def asks_for_pins(self) -> bool:
        """False if the company uses no PINs."""
        return self.status is None or self.status.pin_required != "never"

    @property
    def manager_serves(self) -> bool:
        """True while a manager is on shift."""
        if (staff := self.on_shift) is None:
            return False
        from loyalty.staff import Role  # noqa: PLC0415 - loads the rules, which the counter loads after the first screen

        return Role(staff.role).manages

    @property
    def pin_length(self) -> int:
        """The number of digits of a PIN."""
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
