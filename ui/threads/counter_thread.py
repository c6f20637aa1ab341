"""The only place where threads meet: frozen values go over as queued signals, nothing is shared.

The counter lives on its own thread, the camera on another; widgets know neither.
"""

import logging
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Signal

from terminal.interface.asks import AnyAsk
from terminal.interface.views import ProblemView, Reply
from terminal.problems import NotPaired, Problem, SignedOff
from ui.threads.errands import new_log_id

if TYPE_CHECKING:
    pass

log = logging.getLogger(__name__)

STOP_S = 1.0  # a closing window waits no longer; what was acknowledged is durable already


class CounterPort(Protocol):
    """The counter without a screen."""

    def handle(self, ask: AnyAsk) -> Reply: ...


class TillPort(Protocol):
    """An open profile: its counter may only be used on the thread that opened it."""

    @property
    def counter(self) -> CounterPort: ...

    def close(self) -> None: ...


class _Pair:
    """Pairs this till: server's address and code."""

    def __init__(self, server: str, code: str) -> None:
        self.server, self.code = server, code


class _Reopen:
    """Tries once more to open the till."""


class CounterThread(QObject):
    """Opens the till on its own thread and executes asks there, one after the other, in order."""

    opened = Signal()
    unpaired = Signal()
    signed_off = Signal(object)  # ProblemView: the company has revoked this till
    broken = Signal(object)  # ProblemView: the till could not be opened
    asked = Signal(object)
    answered = Signal(object, object)  # ask, Reply
    failed = Signal(object, object)  # ask, ProblemView
    paired = Signal()
    pairing_failed = Signal(object)  # ProblemView
    exchanged = Signal()  # from another thread: the exchanger may have news

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
        self._stopping = threading.Event()
        # A daemon, so that a server that never answers a pairing cannot hold the closing window.
        self._thread = threading.Thread(target=self._run, name="counter", daemon=True)

    def start(self) -> None:
        """From any thread, once. What was asked before is answered when the till is open."""
        if not self._stopping.is_set():
            self._thread.start()

    def ask(self, ask: AnyAsk) -> None:
        self.asked.emit(ask)
        self._asks.put(ask)

    def pair(self, server: str, code: str) -> None:
        self._asks.put(_Pair(server, code))

    def reopen(self) -> None:
        self._asks.put(_Reopen())

    def stop(self) -> bool:
        """Ends the thread after the ask it is at; whether that was within a second."""
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
                elif till is not None and not self._handle(till, item):
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
        return None

    def _pair(self, wanted: _Pair, till: TillPort | None) -> TillPort | None:
        """Also of a till that is open: it goes on as it was when the code is refused."""
        if till is not None:
            till.close()
        try:
            self._pair_till(wanted.server, wanted.code)
        except Problem as problem:
            self.pairing_failed.emit(self._tell(problem))
        except Exception:
            self.pairing_failed.emit(self._logged("pairing failed"))
        else:
            self.paired.emit()
            return self._open()
        return None if till is None else self._open()

    def _handle(self, till: TillPort, ask: AnyAsk) -> bool:
        """Whether the till is still there: one that was revoked has erased what it served with."""
        try:
            reply = till.counter.handle(ask)
        except SignedOff as problem:
            self.signed_off.emit(self._tell(problem))
            return False
        except Problem as problem:
            self.failed.emit(ask, self._tell(problem))
        except Exception:
            self.failed.emit(ask, self._logged("an ask failed"))
        else:
            if reply.problem is not None and reply.problem.kind == SignedOff.kind:
                self.signed_off.emit(reply.problem)
                return False
            if reply.problem is not None:
                self.failed.emit(ask, reply.problem)
            else:
                self.answered.emit(ask, reply)
        return True

    def _logged(self, what: str) -> ProblemView:
        log_id = new_log_id()
        log.exception("%s, log id %s", what, log_id)  # an ask's PINs do not show in its repr
        return self._bug(log_id)
