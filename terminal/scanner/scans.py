"""The values that the camera loop exchanges with its listeners. Loads no decoder or OpenCV, so that a window starts
fast."""

import threading
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from msgspec import Struct

from terminal.scanner.seen import Ambiguous, Seen

if TYPE_CHECKING:
    from terminal.scanner.frames import Frame

PLAIN = "plain"  # the stage without a repair

T = TypeVar("T")


class FrameSource(Protocol):
    """A source of frames for the camera loop. `read` and `close` are called on the same thread."""

    def read(self) -> "Frame | None":
        """Waits for the next frame; None at the end. Raises NoCamera."""
        ...

    def close(self) -> None:
        """Releases the camera or file. May be called twice, or before any read."""
        ...


class Hint(StrEnum):
    """What customer or cashier could improve."""

    TOO_DARK = "too_dark"
    LESS_LIGHT = "less_light"
    HOLD_STILL = "hold_still"
    CLOSER = "closer"


class Scan(Struct, frozen=True):
    """A code seen once."""

    text: str
    at_s: float
    stage: str = ""  # the stage that read it
    took_s: float = 0.0


class FrameReport(Struct, frozen=True, eq=False):
    """A frame with its codes, the code that is meant, and a hint if none is read."""

    frame: "Frame"
    at_s: float
    seen: tuple[Seen, ...]
    chosen: Seen | Ambiguous | None
    hint: Hint | None = None


class Newest(Generic[T]):
    """A slot for one value; an untaken value is replaced, so that a slow screen shows the newest frame."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._value: T | None = None

    def put(self, value: T) -> bool:
        """Puts a value; True if the slot was empty, so that the taker must be notified."""
        with self._lock:
            was_empty, self._value = self._value is None, value
        return was_empty

    def take(self) -> T | None:
        with self._lock:
            value, self._value = self._value, None
        return value
