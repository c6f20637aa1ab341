"""From frames to scans: the codes in a still picture or a stream, and the same code once in two seconds.

Nothing here opens a camera, asks the time or raises for what is in a picture.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from terminal.scanner.seen import Seen
from terminal.scanner.stages import QUICK_REPAIRS, READ_PLAIN, REPAIRS, SLOW_REPAIRS, Frame, Gray, Stage, grayscale

SAME_CODE_S = 2.0
REPAIR_PIXELS_MAX = 2560 * 1440  # a 48-megapixel photograph, doubled, would take a second a stage
GLANCE_SIZE = (160, 90)
GLANCE_STEP = 12  # four times the noise of one glance cell in low light
GLANCE_CELLS = 6  # of 14,400; a code of 90 pixels covers 126
RESTING_LOOK_EVERY = 8  # frames: a code too faint for the change gate waits a quarter of a second


@dataclass(frozen=True, slots=True)
class Scan:
    """One code seen once."""

    text: str
    at_s: float


class SameCodeFilter:
    """Lets a code through once for as long as it is in sight, and again when it was gone for two seconds."""

    def __init__(self, gone_after_s: float = SAME_CODE_S) -> None:
        self._gone_after_s = gone_after_s
        self._last_sight: dict[str, float] = {}

    def take(self, text: str, at_s: float) -> Scan | None:
        """The scan that seeing *text* at *at_s* makes, or None when it is still the same one."""
        self._forget(at_s)
        is_new = text not in self._last_sight
        self._last_sight[text] = at_s
        return Scan(text, at_s) if is_new else None

    def in_sight(self, texts: Iterable[str], at_s: float) -> None:
        """Codes seen at *at_s* but not meant: those let through before stay the same ones."""
        self._forget(at_s)
        self._last_sight.update({text: at_s for text in texts if text in self._last_sight})

    def _forget(self, at_s: float) -> None:
        self._last_sight = {text: at for text, at in self._last_sight.items() if at_s - at < self._gone_after_s}


class ChangeGate:
    """Tells whether a picture differs from the last one that did, by glancing at a small copy of it."""

    def __init__(self) -> None:
        self._known: Gray | None = None

    def lets_through(self, gray: Gray) -> bool:
        glance = np.asarray(cv2.resize(gray, GLANCE_SIZE, interpolation=cv2.INTER_AREA), np.uint8)
        if self._known is not None:
            differing = cv2.compare(cv2.absdiff(glance, self._known), GLANCE_STEP, cv2.CMP_GT)  # type: ignore[call-overload]
            if cv2.countNonZero(differing) < GLANCE_CELLS:
                return False  # against the picture last let through, so that slow changes add up
        self._known = glance
        return True


class Decoder:
    """Looks at the frames of one stream, one after the other.

    Each new frame costs the plain decoder and, while no card is read, one quick repair in turn. A picture that rests
    gets every repair once, then almost nothing; what was read in it stays read.
    """

    def __init__(
        self,
        plain: Stage = READ_PLAIN,
        quick_repairs: Sequence[Stage] = QUICK_REPAIRS,
        slow_repairs: Sequence[Stage] = SLOW_REPAIRS,
    ) -> None:
        self._plain = plain
        self._quick = tuple(quick_repairs)
        self._all = (*quick_repairs, *slow_repairs)
        self._gate = ChangeGate()
        self._seen: tuple[Seen, ...] = ()
        self._rested = 0  # frames since the picture last changed
        self._turn = 0

    def look(self, frame: Frame) -> tuple[Seen, ...]:
        """The codes in *frame*; foreign ones too."""
        gray = grayscale(frame)
        if gray is None:
            return ()
        if self._gate.lets_through(gray):
            self._rested, self._seen = 0, ()
        else:
            self._rested += 1
        if any(code.is_ours for code in self._seen):
            return self._seen
        if self._rested > len(self._all) and self._rested % RESTING_LOOK_EVERY:
            return self._seen
        self._seen = _joined(self._seen, self._plain.look(gray))
        if not any(code.is_ours for code in self._seen):
            self._seen = _joined(self._seen, self._next_repair(gray))
        return self._seen

    def _next_repair(self, gray: Gray) -> tuple[Seen, ...]:
        self._turn += 1
        stages = self._all if self._rested else self._quick
        return stages[self._turn % len(stages)].look(gray)


def read_still(image: Frame) -> tuple[Seen, ...]:
    """The codes in one picture: stage after stage until one of ours was read; the slow ones only when nothing was."""
    gray = grayscale(image)
    if gray is None:
        return ()
    seen = READ_PLAIN.look(gray)
    shrink = min(1.0, (REPAIR_PIXELS_MAX / gray.size) ** 0.5)
    if shrink < 1:
        gray = np.asarray(cv2.resize(gray, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA), np.uint8)
    for stage in REPAIRS:
        if any(code.is_ours for code in seen) or (seen and stage in SLOW_REPAIRS):
            break
        seen = _joined(seen, tuple(_enlarged(code, 1 / shrink) for code in stage.look(gray)))
    return seen


def _joined(known: tuple[Seen, ...], more: tuple[Seen, ...]) -> tuple[Seen, ...]:
    """*known* and what is new in *more*: stages that read the same text saw the same code."""
    texts = {code.text for code in known}
    return (*known, *(code for code in more if code.text not in texts))


def _enlarged(code: Seen, scale: float) -> Seen:
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = code.corners
    corners = ((ax * scale, ay * scale), (bx * scale, by * scale), (cx * scale, cy * scale), (dx * scale, dy * scale))
    return Seen(code.text, corners, code.stage)
