"""Printing of slips: automatically after transactions if chosen, and on request.

A printer's problem is shown once, beside the camera, and a sale never waits for it.
"""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from terminal.interface.views import CardView, HistoryRow, ProblemView, Reply
from terminal.machine.preferences import Preferences
from terminal.printing.printers import Printer
from ui.flows.serving.notices import Notices
from ui.flows.till_state import TillState
from ui.phrases.phrases import Phrases
from ui.threads.print_queue import PrintQueue

if TYPE_CHECKING:
    from terminal.printing.slip import Slip
    from ui.phrases.slips import SlipHeader, SlipPhrases

LastSale = tuple[tuple[HistoryRow, ...], CardView | None]


class Receipts(QObject):
    """Prints slips, and remembers the last visit for a reprint."""

    over = Signal()  # a requested print ended

    def __init__(
        self,
        print_queue: PrintQueue,
        phrases: Phrases,
        notices: Notices,
        *,
        till: TillState,
        preferences: Callable[[], Preferences],
        announce: Callable[[str], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._print_queue, self._phrases, self._notices = print_queue, phrases, notices
        self._preferences, self._announce = preferences, announce
        self._till = till
        self._last: LastSale | None = None
        self._shown_problem: str | None = None  # the problem shown last
        print_queue.printed.connect(self._printed)
        print_queue.failed.connect(self._failed)
        till.changed.connect(self._till_changed)

    @property
    def on(self) -> bool:
        """True if a printer is chosen."""
        return self._preferences().printer is not None

    def wrote(self, _ask: object, reply: Reply) -> None:
        """Remembers a write, and prints it if chosen."""
        if not reply.rows:
            return
        card = reply.card if isinstance(reply.card, CardView) else None
        self._last = (reply.rows, card)
        now = self._preferences()
        if now.print_after != "nothing":
            self._print(reply.rows, card, as_slip=now.print_after == "slip", asked=False)

    def _till_changed(self) -> None:
        if self._last is None and self._till.recent:
            self._last = (self._till.recent[:1], None)  # from before the program's start

    def print_last(self) -> None:
        """Prints the last visit's receipt again."""
        if self._last is not None:
            self._print(*self._last, as_slip=self._preferences().print_after == "slip", asked=True)

    def print_row(self, row: HistoryRow, card: CardView | None) -> None:
        """Prints a receipt of one transaction; *card* is the card in front, if it is its own."""
        self._print((row,), card, as_slip=False, asked=True)

    @cached_property
    def _say(self) -> "SlipPhrases":
        from ui.phrases.slips import SlipPhrases  # noqa: PLC0415 - no slip is printed at start

        return SlipPhrases(self._phrases)

    def try_out(self) -> None:
        if (header := self._header()) is not None:
            self._send(self._say.test(header), asked=True)

    def _header(self) -> "SlipHeader | None":
        """The slip's header; None before the first status."""
        status = self._till.status
        return None if status is None else self._say.header(status)

    def _print(self, rows: tuple[HistoryRow, ...], card: CardView | None, *, as_slip: bool, asked: bool) -> None:
        made = self._say.stamp_slip if as_slip else self._say.receipt
        if (header := self._header()) is not None:
            self._send(made(rows, card, header), asked=asked)

    def _send(self, slip: "Slip", *, asked: bool) -> None:
        now = self._preferences()
        if now.printer is not None:
            self._print_queue.print(Printer(now.printer, now.printer_address, now.paper_mm), slip, asked=asked)

    def _printed(self, asked: bool) -> None:
        self._shown_problem = None
        if asked:
            self.over.emit()
            self._announce(self._phrases.labels.slip_printed)

    def _failed(self, problem: ProblemView, asked: bool) -> None:
        """Shows a printer's problem once, not at every sale."""
        if asked:
            self.over.emit()
        if asked or problem.kind != self._shown_problem:
            self._shown_problem = problem.kind
            self._notices.tell(self._phrases.labels.printer, problem.text)
