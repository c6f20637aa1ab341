"""The counter's thread, with which the window exchanges frozen values by queued signals."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import Protocol

from PySide6.QtCore import QObject, Qt, Signal

from terminal.interface.asks import AnyAsk
from terminal.interface.views import ProblemView, Reply
from terminal.problems import NotPaired, Problem, SignedOff
from ui.threads.asking import Answered, Failed
from ui.threads.errands import new_log_id

log = logging.getLogger(__name__)

STOP_S = 1.0  # longest wait when closing; acknowledged entries are durable


class CounterPort(Protocol):
    """The counter, without a screen."""

    def handle(self, ask: AnyAsk) -> Reply: ...


class TillPort(Protocol):
    """An open till, whose counter may be used only on the thread that opened it."""

    @property
    def counter(self) -> CounterPort: ...

    def close(self) -> None: ...


class _Pair:
    """Request to pair this till with a server's address and code."""

    def __init__(self, server: str, code: str) -> None:
        self.server, self.code = server, code


class _Reopen:
    """Request to retry opening the till."""


class CounterThread(QObject):
    """Opens the till on its own thread and executes requests there in order.

    Callbacks run on the window's thread, where they wait in a queue, one for each request.
    """

    opened = Signal()
    unpaired = Signal()
    signed_off = Signal(object)  # ProblemView: the till was revoked
    broken = Signal(object)  # ProblemView: the till could not be opened
    closed = Signal()  # with each of these three: unanswered requests are cut off
    asked = Signal(object)
    answered = Signal(object, object)  # ask, Reply
    failed = Signal(object, object)  # ask, ProblemView
    troubled = Signal(object)  # ProblemView of a request without a failure callback
    paired = Signal()
    pairing_failed = Signal(object)  # ProblemView
    exchanged = Signal()  # emitted on another thread: there may be news
    _ended = Signal(object)  # Reply, ProblemView, or None for a request that was cut off

    def __init__(
        self,
        open_till: Callable[[], TillPort],
        pair: Callable[[str, str], None],
        tell: Callable[[Problem], ProblemView],
        bug: Callable[[str], ProblemView],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._open_till, self._pair_till, self._tell, self._bug = open_till, pair, tell, bug
        self._asks: SimpleQueue[AnyAsk | _Pair | _Reopen | None] = SimpleQueue()
        self._waiting: deque[tuple[AnyAsk, Answered | None, Failed | None]] = deque()
        self._ended.connect(self._end, Qt.ConnectionType.QueuedConnection)
        self._stopping = threading.Event()
        # A daemon thread, so that an unanswered pairing cannot keep the program running.
        self._thread = threading.Thread(target=self._run, name="counter", daemon=True)

    def start(self) -> None:
        """Starts the thread, once. Requests made before are answered when the till is open. Thread-safe."""
        if not self._stopping.is_set():
            self._thread.start()

    def ask(self, ask: AnyAsk, answered: Answered | None = None, failed: Failed | None = None) -> None:
        self._waiting.append((ask, answered, failed))
        self.asked.emit(ask)
        self._asks.put(ask)

    def _end(self, outcome: Reply | ProblemView | None) -> None:
        """Calls back for the oldest waiting request, which has ended."""
        ask, answered, failed = self._waiting.popleft()
        if self._stopping.is_set():
            return
        if isinstance(outcome, ProblemView):
            self.failed.emit(ask, outcome)
            (failed or self.troubled.emit)(outcome)
        elif outcome is not None:
            self.answered.emit(ask, outcome)
            if answered is not None:
                answered(outcome)

    def pair(self, server: str, code: str) -> None:
        self._asks.put(_Pair(server, code))

    def reopen(self) -> None:
        self._asks.put(_Reopen())

    def stop(self) -> bool:
        """Stops the thread after the current request; True if that took less than a second."""
        self._stopping.set()
        self._asks.put(None)
        if self._thread.is_alive():
            self._thread.join(STOP_S)
        return not self._thread.is_alive()

    # -- below: on the counter's thread -----------------------------------------------------------------------

    def _run(self) -> None:
        till = self._open()
        try:
            while (item := self._asks.get()) is not None and not self._stopping.is_set():
                if isinstance(item, _Pair):
                    till = self._pair(item, till)
                elif isinstance(item, _Reopen):
                    till = till or self._open()
                elif till is None:
                    self._ended.emit(None)
                elif not self._handle(till, item):
                    till.close()
                    till = None
        finally:
            if till is not None:
                till.close()

    def _open(self) -> TillPort | None:
        try:
            till = self._open_till()
        except SignedOff as problem:
            self.signed_off.emit(self._tell(problem))
        except NotPaired:
            self.unpaired.emit()
        except Problem as problem:
            self.broken.emit(self._tell(problem))
        except Exception:
            self.broken.emit(self._logged("the till did not open"))
        else:
            self.opened.emit()
            return till
        self.closed.emit()
        return None

    def _pair(self, request: _Pair, till: TillPort | None) -> TillPort | None:
        """Pairs the till, also if it is open already; it continues unchanged if the code is refused."""
        if till is not None:
            till.close()
        try:
            self._pair_till(request.server, request.code)
        except Problem as problem:
            self.pairing_failed.emit(self._tell(problem))
        except Exception:
            self.pairing_failed.emit(self._logged("pairing failed"))
        else:
            self.paired.emit()
            return self._open()
        return None if till is None else self._open()

    def _handle(self, till: TillPort, ask: AnyAsk) -> bool:
        """Executes a request; False if the till was revoked and its data erased."""
        revoked = None
        try:
            reply = till.counter.handle(ask)
        except SignedOff as problem:
            revoked = self._tell(problem)
        except Problem as problem:
            self._ended.emit(self._tell(problem))
        except Exception:
            self._ended.emit(self._logged("an ask failed"))
        else:
            if reply.problem is not None and reply.problem.kind == SignedOff.kind:
                revoked = reply.problem
            else:
                self._ended.emit(reply.problem or reply)
        if revoked is None:
            return True
        self._ended.emit(None)
        self.signed_off.emit(revoked)
        self.closed.emit()
        return False

    def _logged(self, what: str) -> ProblemView:
        log_id = new_log_id()
        log.exception("%s, log id %s", what, log_id)  # requests hide PINs in their repr
        return self._bug(log_id)
