"""One state of the screen: how a person comes to it, and how its till differs from the usual one. It judges nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from PySide6.QtWidgets import QApplication

from terminal.problems import Problem
from terminal.scanner.scans import FrameReport
from tests.support.fake_cards import the_cards
from tests.support.fake_counter import FakeCounter
from tests.support.screen import FakeTill, Screen, open_screen
from tests.support.walk import come_on_shift, settle

Show = Callable[[Screen], None]


@dataclass(frozen=True, slots=True)
class Shot:
    """Come to by what *show* touches."""

    show: Show
    program: str = "hybrid"
    status: Mapping[str, object] = field(default_factory=dict)  # what the till says of itself otherwise
    trouble: Problem | None = None  # what keeps it from being opened
    of_customer: bool = False  # of the customer's window

    def open(
        self,
        application: QApplication,
        *,
        size: tuple[int, int] = (1366, 768),
        dark: bool = False,
        language: str = "en",
    ) -> Screen:
        """The window in this state, with the till's own sentences."""
        counter = FakeCounter(self.program, the_cards())
        counter.status_changes = dict(self.status)
        screen = open_screen(
            application,
            counter,
            size=size,
            dark=dark,
            language=language,
            open_till=None if self.trouble is None else self._does_not_open,
            real_words=True,
        )
        self.show(screen)
        return screen

    def _does_not_open(self) -> FakeTill:
        assert self.trouble is not None, "only a till with a trouble does not open"
        raise self.trouble


def idle(screen: Screen) -> None:
    """A till on shift, before it a café, out of focus: what the camera would see."""
    come_on_shift(screen)
    see_a_cafe(screen)


def see_a_cafe(screen: Screen) -> None:
    y, x = np.mgrid[0:720, 0:1280]
    frame = np.zeros((720, 1280, 3), np.uint8)
    frame[..., 0] = 52 + (720 - y) // 18
    frame[..., 1] = 60 + (720 - y) // 14
    frame[..., 2] = 72 + (720 - y) // 11
    for cx, cy, r, colour in ((300, 140, 60, 190), (620, 90, 50, 210), (930, 160, 70, 180), (1130, 480, 110, 120)):
        glow = np.exp(-(((x - cx) ** 2 + (y - cy) ** 2) / (2 * r * r)))[..., None]
        frame = (frame * (1 - glow * 0.7) + glow * 0.7 * np.array([colour * 0.6, colour * 0.8, colour])).astype(
            np.uint8
        )
    screen.camera.frame(FrameReport(frame, 0.0, (), None))
    settle(screen)
