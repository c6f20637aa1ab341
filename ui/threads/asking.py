"""The interface of the counter's thread for the screens, and the durations of displays."""

from collections.abc import Callable
from typing import Protocol

from msgspec import Struct
from PySide6.QtCore import SignalInstance

from terminal.interface.asks import AnyAsk
from terminal.interface.views import ProblemView, Reply

Answered = Callable[[Reply], None]
Failed = Callable[[ProblemView], None]


class Asking(Protocol):
    """Takes requests in order, and calls back in the same order on the window's thread.

    Requests that are cut off, as the till could not be opened or was revoked, get no callback; `closed` reports it.
    The other signals report every request, for displays and sounds.
    """

    @property
    def asked(self) -> SignalInstance: ...

    @property
    def answered(self) -> SignalInstance: ...

    @property
    def failed(self) -> SignalInstance: ...

    @property
    def troubled(self) -> SignalInstance: ...

    @property
    def closed(self) -> SignalInstance: ...

    def ask(self, ask: AnyAsk, answered: Answered | None = None, failed: Failed | None = None) -> None:
        """Without *failed*, a problem is reported by the signal `troubled`."""


class Pace(Struct, frozen=True):
    """Durations in milliseconds."""

    card_away: int = 60_000
    idle_lock: int = 90_000
    status: int = 1_000  # refresh interval, also for cooldowns and other tills' entries
    notice: int = 8_000
