"""What a camera loop takes and tells: frames, looks at them, scans, hints. It loads no decoder and no OpenCV.

So a window that only listens is there before them.
"""

import threading
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from msgspec import Struct

from terminal.scanner.seen import Ambiguous, Seen

if TYPE_CHECKING:
    from terminal.scanner.frames import Frame

PLAIN = "plain"  # the stage that repairs nothing

T = TypeVar("T")


class FrameSource(Protocol):
    """What the camera loop reads from. `read` and `close` are called on one and the same thread."""

    def read(self) -> "Frame | None":
        """Waits for the next frame and gives it; None when there will be no more. Raises NoCamera."""
        ...

    def close(self) -> None:
        """Lets the camera or file go. May be called twice, or before any read."""
        ...


class Hint(StrEnum):
    """What the customer or cashier could do."""

    TOO_DARK = "too_dark"
    LESS_LIGHT = "less_light"
    HOLD_STILL = "hold_still"
    CLOSER = "closer"


class Scan(Struct, frozen=True):
    """One code seen once."""

    text: str
    at_s: float
    stage: str = ""  # which stage read it
    took_s: float = 0.0


class FrameReport(Struct, frozen=True, eq=False):
    """One frame, the codes in it, which of them is meant, and what would help where none is read."""

    frame: "Frame"
    at_s: float
    seen: tuple[Seen, ...]
    chosen: Seen | Ambiguous | None
    hint: Hint | None = None


class Newest(Generic[T]):
    """A place for one value: what nobody took in time is replaced, so that a slow screen shows the newest frame."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._value: T | None = None

    def put(self, value: T) -> bool:
        """True when the place was empty: whoever takes has to be told. Otherwise it has been, and not come yet."""
        with self._lock:
            was_empty, self._value = self._value is None, value
        return was_empty

    def take(self) -> T | None:
        with self._lock:
            value, self._value = self._value, None
        return value
