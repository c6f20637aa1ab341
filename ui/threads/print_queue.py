"""A queue of slips for the printer, on its own thread, so that a printer that is off blocks nothing."""

import logging
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import Protocol

from PySide6.QtCore import QObject, Qt, Signal

from terminal.interface.views import ProblemView
from terminal.printing.printers import FoundPrinter, Printer, Way
from terminal.printing.slip import Slip
from terminal.problems import PrinterUnreachable, Problem
from ui.threads.errands import new_log_id

log = logging.getLogger(__name__)

STUCK_S = 15.0  # after this time without progress, a device gets no more slips
STOP_S = 0.5


class Press(Protocol):
    """The printer drivers, loaded when the first slip is printed."""

    def print_slip(self, printer: Printer, slip: Slip) -> None: ...

    def printers_found(self, way: Way) -> tuple[FoundPrinter, ...]: ...


class PrintQueue(QObject):
    """Prints slips in order. The thread starts with the first slip."""

    printed = Signal(bool)  # True if the print was requested
    failed = Signal(object, bool)  # ProblemView; True if the print was requested
    found = Signal(str, object)  # the way, and the printers found there
    not_found = Signal(str, object)  # the way, and a ProblemView
    _done = Signal(object)

    def __init__(
        self,
        open_press: Callable[[], Press],
        tell: Callable[[Problem], ProblemView],
        bug: Callable[[str], ProblemView],
        seconds: Callable[[], float] = time.monotonic,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._open_press, self._tell, self._bug, self._seconds = open_press, tell, bug, seconds
        self._press: Press | None = None
        self._work: SimpleQueue[Callable[[Press], None] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._since: float | None = None  # when printing of the current slip began
        self._done.connect(lambda tell_it: tell_it(), Qt.ConnectionType.QueuedConnection)

    def print(self, printer: Printer, slip: Slip, *, asked: bool = False) -> None:
        """Queues a slip; *asked* if it was requested, as opposed to automatic."""
        since = self._since
        if since is not None and self._seconds() - since > STUCK_S:
            self.failed.emit(self._tell(PrinterUnreachable("stuck")), asked)
            return

        def work(press: Press) -> None:
            press.print_slip(printer, slip)
            self._done.emit(lambda: self.printed.emit(asked))

        self._put(work, lambda trouble: self.failed.emit(trouble, asked))

    def look_around(self, way: Way) -> None:
        """Requests the list of printers; answered by `found`."""

        def work(press: Press) -> None:
            found = press.printers_found(way)
            self._done.emit(lambda: self.found.emit(way, found))

        self._put(work, lambda trouble: self.not_found.emit(way, trouble))

    def stop(self) -> bool:
        """Stops; False if the printer hangs, whose slip is abandoned."""
        self._work.put(None)
        if self._thread is not None:
            self._thread.join(STOP_S)
        return self._thread is None or not self._thread.is_alive()

    def _put(self, work: Callable[[Press], None], on_failure: Callable[[ProblemView], None]) -> None:
        def guarded(press: Press) -> None:
            try:
                work(press)
            except Problem as trouble:
                view = self._tell(trouble)
                log.info("not printed: %s (%s)", trouble.kind, trouble)
                self._done.emit(lambda: on_failure(view))
            except Exception:
                log_id = new_log_id()
                log.exception("printing failed, log id %s", log_id)
                self._done.emit(lambda: on_failure(self._bug(log_id)))

        self._work.put(guarded)
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._run, name="printing", daemon=True
            )  # a daemon, as a device may hang
            self._thread.start()

    # -- below: on the printing's thread ----------------------------------------------------------------------

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            self._since = self._seconds()
            try:
                self._press = self._press or self._open_press()
                work(self._press)
            except Exception:
                log.exception("the printing's drivers could not be read")
            self._since = None
