"""Faults with a dedicated repair: each is readable only with it."""

import cv2
import numpy as np
import pytest

from terminal.scanner.decoding.cascade import COLOUR_REPAIRS, REPAIRS_OF_OPENCV, SLOW_NEAR_REPAIRS
from terminal.scanner.decoding.decoder import Decoder, read_still
from terminal.scanner.decoding.stages import READ_PLAIN, Stage, grayscale
from terminal.scanner.frames import Frame, Gray
from tests.support.pictures import CARD, HEIGHT, WIDTH, a_code, a_frame

pytestmark = pytest.mark.slow

COLOURS = tuple(stage.name for stage in COLOUR_REPAIRS)
FRAMED = tuple(stage.name for stage in SLOW_NEAR_REPAIRS if stage.name.startswith("near, framed"))


def gray_of(frame: Frame) -> Gray:
    gray = grayscale(frame)
    assert gray is not None
    return gray


def in_colours(ink: tuple[int, int, int], ground: tuple[int, int, int]) -> Frame:
    """A code in these colours (blue first) on a gray wall."""
    modules = a_code(CARD, dark=0, light=1)
    frame = np.full((HEIGHT, WIDTH, 3), 120, np.uint8)
    side, (top, left) = len(modules), (200, 500)
    frame[top : top + side, left : left + side] = np.where(modules[..., None] > 0, ground, ink)
    return frame


def without_quiet_zone(*, around: int, dark: int, light: int) -> Frame:
    whole = a_code(CARD, module_px=6, dark=dark, light=light)
    bare = whole[24:-24, 24:-24]
    gray = np.full((HEIGHT, WIDTH), around, np.uint8)
    gray[200 : 200 + len(bare), 500 : 500 + len(bare)] = bare
    noise = np.random.default_rng(1).normal(0, 3, gray.shape)
    return np.asarray(cv2.cvtColor(np.clip(gray + noise, 0, 255).astype(np.uint8), cv2.COLOR_GRAY2BGR), np.uint8)


def waved() -> Frame:
    """A code with rows shifted by a shaking hand."""
    frame = a_frame((a_code(CARD, module_px=7), 640, 360))
    rows, columns = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    moved = cv2.remap(frame, columns + 8 * np.sin(rows / 40), rows, cv2.INTER_LINEAR)
    return np.asarray(moved, np.uint8)


ONE_BRIGHTNESS = [((230, 95, 30), (40, 30, 230)), ((30, 40, 220), (150, 110, 20))]


@pytest.mark.parametrize(("ink", "ground"), ONE_BRIGHTNESS)
def test_ink_that_differs_in_colour_only_is_read_by_one_colour_alone(
    ink: tuple[int, int, int], ground: tuple[int, int, int]
) -> None:
    frame = in_colours(ink, ground)
    assert READ_PLAIN.decode(gray_of(frame)) == ()
    [seen] = read_still(frame)
    assert (seen.text, seen.stage in COLOURS) == (CARD, True)


def test_a_stream_reads_such_ink_within_a_third_of_a_second() -> None:
    decoder, frame = Decoder(), in_colours(*ONE_BRIGHTNESS[0])
    texts = [[code.text for code in decoder.decode(np.roll(frame, 40 * number, axis=1))] for number in range(10)]
    assert [CARD] in texts


@pytest.mark.parametrize(("around", "dark", "light"), [(15, 20, 235), (240, 235, 20)], ids=["dark", "inverted"])
def test_a_code_without_quiet_zone_is_given_one(around: int, dark: int, light: int) -> None:
    frame = without_quiet_zone(around=around, dark=dark, light=light)
    assert READ_PLAIN.decode(gray_of(frame)) == ()
    [seen] = read_still(frame)
    assert (seen.text, seen.stage in FRAMED) == (CARD, True)


def test_lines_that_are_not_straight_are_read_by_opencv_and_by_nothing_else() -> None:
    def without_opencv(stage: Stage) -> bool:
        return stage.name not in REPAIRS_OF_OPENCV

    [seen] = read_still(waved())
    assert (seen.text, seen.stage in REPAIRS_OF_OPENCV) == (CARD, True)
    assert read_still(waved(), uses=without_opencv) == ()
