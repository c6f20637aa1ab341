"""Decodes codes in a single picture, or frame by frame in a stream.

It does not raise for the contents of a picture. The clock only limits the time for repairs.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import cv2
import numpy as np

from loyalty.codes import PART_PREFIX
from terminal.scanner.decoding.cascade import COLOUR_REPAIRS, NEAR_REPAIRS, SLOW_NEAR_REPAIRS, UNSHAKEN, WHOLE_REPAIRS
from terminal.scanner.decoding.change_gate import ChangeGate, Mean
from terminal.scanner.decoding.regions import Region, busy_places, decode_near
from terminal.scanner.decoding.stages import READ_PLAIN, Stage, grayscale, has_colours
from terminal.scanner.frames import Frame, Gray
from terminal.scanner.seen import Seen

PLACES_MAX = 2
REPAIR_PIXELS_MAX = 2560 * 1440  # otherwise, an enlarged 48-megapixel photograph would take a second per stage
RESTING_LOOK_EVERY = 8  # frames; finds codes too faint for the change gate within a quarter of a second
COLOUR_EVERY = 4  # frames; decoding one colour costs as much as decoding gray
REPAIR_SHARE = 1.5  # time for repairs of a moving frame, relative to the plain decoder's

P = TypeVar("P")
Repair = tuple[Stage, Region | None]  # None: whole picture


class Decoder:
    """Decodes the frames of one stream.

    Each new frame gets the plain decoder and, until a card is read, repairs of its busiest places in rotation, limited
    by time. A still picture gets every repair in turn, one a frame, alternating with the mean of its frames, and then
    almost none; codes read in it are kept.
    """

    def __init__(
        self,
        plain: Stage = READ_PLAIN,
        near: Sequence[Stage] = NEAR_REPAIRS,
        slow_near: Sequence[Stage] = SLOW_NEAR_REPAIRS,
        whole: Sequence[Stage] = WHOLE_REPAIRS,
        *,
        colours: Sequence[Stage] = COLOUR_REPAIRS,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._plain, self._near, self._slow_near, self._whole = plain, tuple(near), tuple(slow_near), tuple(whole)
        self._colours = tuple(colours)
        self._clock = clock
        self._gate, self._mean = ChangeGate(), Mean()
        self._seen: tuple[Seen, ...] = ()
        self._places: tuple[Region, ...] = ()
        self._rested = 0  # frames since the last change of the picture
        self._turn = self._colour_turn = 0
        self._plain_s = 0.0
        self._cost_s: dict[str, float] = {}

    def decode(self, frame: Frame) -> tuple[Seen, ...]:
        """The codes in *frame*, including foreign ones."""
        gray = grayscale(frame)
        if gray is None:
            return ()
        if self._gate.lets_through(gray):
            self._rested, self._seen = 0, ()
            self._mean.begin()
        else:
            self._rested += 1
        if any(code.is_enough for code in self._seen):
            return self._seen
        if self._rested > self._frames_of_rest() and self._rested % RESTING_LOOK_EVERY:
            return self._seen
        began = self._clock()
        self._seen = _joined(self._seen, self._plain.decode(gray))
        took = self._clock() - began
        self._plain_s = 0.9 * self._plain_s + 0.1 * took if self._plain_s else took
        if not any(code.is_enough for code in self._seen):
            self._seen = _joined(self._seen, self._repair(gray, frame))
        return self._seen

    @property
    def places(self) -> tuple[Region, ...]:
        """Places in the latest frame that may contain an unread code; empty if not determined."""
        return () if self._seen else self._places

    @property
    def glance(self) -> Gray | None:
        """A small copy of the latest frame."""
        return self._gate.glance

    @property
    def rested(self) -> int:
        """The number of frames for which the picture has been still."""
        return self._rested

    def _frames_of_rest(self) -> int:
        """The number of still frames after which every repair was tried on a frame and on the mean."""
        of_gray = 2 * (PLACES_MAX * (len(self._near) + len(self._slow_near)) + len(self._whole))
        return of_gray * COLOUR_EVERY // (COLOUR_EVERY - 1)

    def _repair(self, gray: Gray, frame: Frame) -> tuple[Seen, ...]:
        self._colour_turn += 1
        turn, is_colours = divmod(self._colour_turn, COLOUR_EVERY)
        if not is_colours and self._colours and has_colours(frame):
            return self._colours[turn % len(self._colours)].decode(frame)
        return self._rest_repair(gray) if self._rested else self._quick_repairs(gray)

    def _quick_repairs(self, gray: Gray) -> tuple[Seen, ...]:
        """Repairs places for as long as time allows, at least once."""
        self._places = busy_places(gray, PLACES_MAX)
        repairs = [(stage, place) for place in self._places for stage in self._near]
        left_s = REPAIR_SHARE * self._plain_s
        seen: tuple[Seen, ...] = ()
        for _ in repairs:
            stage, place = self._next_of(repairs)
            began = self._clock()
            seen = decode_near(gray, place, stage)
            took = self._clock() - began
            self._cost_s[stage.name] = took
            left_s -= took
            if seen or left_s < self._cost_s.get(self._near[self._turn % len(self._near)].name, 0.0):
                break
        return seen

    def _rest_repair(self, gray: Gray) -> tuple[Seen, ...]:
        if self._rested == 1:
            self._places = busy_places(gray, PLACES_MAX)
        self._mean.add(gray)
        picture = self._mean.picture if self._rested % 2 == 0 else None
        near = [(stage, place) for place in self._places for stage in (*self._near, *self._slow_near)]
        repairs: list[Repair] = [*near, *((stage, None) for stage in self._whole)]
        return _repaired(gray if picture is None else picture, *self._next_of(repairs)) if repairs else ()

    def _next_of(self, repairs: Sequence[tuple[Stage, P]]) -> tuple[Stage, P]:
        self._turn += 1
        return repairs[self._turn % len(repairs)]


def read_still(image: Frame, *, uses: Callable[[Stage], bool] = lambda _stage: True) -> tuple[Seen, ...]:
    """The codes in one picture: applies repairs until a card is read; slow ones only if nothing was read.

    *uses* excludes stages, to measure their contribution.
    """
    gray = grayscale(image)
    if gray is None:
        return ()
    seen = READ_PLAIN.decode(gray) if uses(READ_PLAIN) else ()
    for stage in COLOUR_REPAIRS:
        if not seen and has_colours(image) and uses(stage):
            seen = stage.decode(image)
    shrink = min(1.0, (REPAIR_PIXELS_MAX / gray.size) ** 0.5)
    if shrink < 1:
        gray = np.asarray(cv2.resize(gray, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA), np.uint8)
    for stage, place in _repairs_of_still(gray):
        if any(code.is_enough for code in seen) or (seen and stage not in NEAR_REPAIRS):
            break
        if not uses(stage):
            continue
        seen = _joined(seen, tuple(code.placed(1 / shrink) for code in _repaired(gray, stage, place)))
    return seen


def _repairs_of_still(gray: Gray) -> Iterator[Repair]:
    places = busy_places(gray, PLACES_MAX)
    yield from ((stage, place) for place in places for stage in NEAR_REPAIRS)
    yield from ((stage, None) for stage in WHOLE_REPAIRS)
    yield from ((stage, place) for place in places for stage in SLOW_NEAR_REPAIRS)
    yield from ((stage, place) for place in places[:1] for stage in UNSHAKEN)


def _repaired(gray: Gray, stage: Stage, place: Region | None) -> tuple[Seen, ...]:
    return stage.decode(gray) if place is None else decode_near(gray, place, stage)


def _joined(known: tuple[Seen, ...], more: tuple[Seen, ...]) -> tuple[Seen, ...]:
    """*known* with the new codes of *more*; equal texts are the same code."""
    texts = {code.text.removeprefix(PART_PREFIX) for code in known}
    return (*known, *(code for code in more if code.text.removeprefix(PART_PREFIX) not in texts))
