"""What the screen needs of the counter's thread, and how long things on the screen may last. Values and a Protocol."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from msgspec import Struct
from PySide6.QtCore import SignalInstance

from terminal.interface.asks import AnyAsk
from terminal.interface.views import ProblemView, Reply

Answered = Callable[[Reply], None]
Failed = Callable[[ProblemView], None]


class Asking(Protocol):
    """Takes asks in order and calls back on the window's thread, in the same order.

    An ask that is cut off, because the till could not be opened or was revoked, has no callback; `closed` says so.
    The other signals are for who shows or plays what happens to every ask.
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
    """In milliseconds."""

    card_away: int = 60_000
    idle_lock: int = 90_000
    status: int = 1_000  # the minutes of a cooldown pass, other tills' stamps arrive
    notice: int = 8_000


A = TypeVar("A")


def take(asked: list[A], ask: A) -> bool:
    """Removes *ask* itself, not one that looks the same; whether it was there."""
    for index, each in enumerate(asked):
        if each is ask:
            del asked[index]
            return True
    return False
