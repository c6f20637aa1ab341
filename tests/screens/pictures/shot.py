"""A state of the screen: how to reach it, and how its till differs from the usual one."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from PySide6.QtWidgets import QApplication

from terminal.problems import Problem
from terminal.scanner.frames import Frame
from terminal.scanner.scans import FrameReport
from tests.support.cafe import Cafe
from tests.support.screen import Screen, open_screen
from tests.support.walk import come_on_shift, settle
from ui.threads.counter_thread import TillPort

Show = Callable[[Screen], None]


@dataclass(frozen=True, slots=True)
class Shot:
    """A state reached by the actions of *show*."""

    show: Show
    cafe: Callable[[], Cafe] = Cafe
    trouble: Problem | None = None  # the problem when opening the till
    of_customer: bool = False  # a picture of the customer window

    def open(
        self,
        application: QApplication,
        *,
        size: tuple[int, int] = (1366, 768),
        dark: bool = False,
        language: str = "en",
    ) -> Screen:
        """The window in this state."""
        screen = open_screen(
            application,
            self.cafe(),
            size=size,
            dark=dark,
            language=language,
            open_till=None if self.trouble is None else self._does_not_open,
        )
        self.show(screen)
        return screen

    def _does_not_open(self) -> TillPort:
        assert self.trouble is not None, "only a till with a trouble does not open"
        raise self.trouble


def idle(screen: Screen) -> None:
    """A till on shift, with a blurred café as its camera picture."""
    come_on_shift(screen)
    see_a_cafe(screen)


def see_a_cafe(screen: Screen) -> None:
    screen.camera.frame(FrameReport(cafe_picture(), 0.0, (), None))
    settle(screen)


@cache
def cafe_picture() -> Frame:
    """A blurred café, drawn once for all windows: it takes as long as opening one."""
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
    return frame
