"""Aiming hints derived from camera frames."""

import cv2
import numpy as np
import pytest

from terminal.scanner.decoding.aiming_hints import HELD_FRAMES, RESTING_FRAMES, AimingHints
from terminal.scanner.decoding.change_gate import GLANCE_SIZE
from terminal.scanner.decoding.decoder import Decoder
from terminal.scanner.decoding.regions import Region
from terminal.scanner.frames import Frame, Gray
from terminal.scanner.scans import Hint
from tests.support.pictures import CARD, a_code, a_counter, a_frame

FULL = 1280
LARGE = Region(500, 200, 800, 500)
SMALL = Region(600, 300, 690, 390)


def a_glance(shade: int = 120) -> Gray:
    return np.full(GLANCE_SIZE[::-1], shade, np.uint8)


def hints_of(*looks: tuple[Gray, tuple[Region, ...], int, bool]) -> list[Hint | None]:
    hints = AimingHints()
    return [hints.hint(glance, FULL, places, rested, is_read=is_read) for glance, places, rested, is_read in looks]


def hint_on(frames: list[Frame]) -> Hint | None:
    decoder, hints = Decoder(), AimingHints()
    wish = None
    for frame in frames:
        seen = decoder.decode(frame)
        wish = hints.hint(decoder.glance, frame.shape[1], decoder.places, decoder.rested, is_read=bool(seen))
    return wish


def test_a_small_code_that_nobody_reads_is_wanted_closer_after_half_a_second() -> None:
    looks = hints_of(*[(a_glance(), (SMALL,), 1, False)] * (HELD_FRAMES + 1))
    assert looks == [None] * (HELD_FRAMES - 1) + [Hint.CLOSER] * 2


def test_a_code_that_is_read_needs_nothing() -> None:
    assert hints_of(*[(a_glance(), (SMALL,), 1, True)] * 40)[-1] is None


def test_a_large_code_lying_still_needs_nothing_we_know_of() -> None:
    assert hints_of(*[(a_glance(), (LARGE,), 1, False)] * 40)[-1] is None


def test_a_code_that_wanders_is_to_be_held_still() -> None:
    looks = [(a_glance(), (Region(n * 60, 200, n * 60 + 300, 500),), 0, False) for n in range(HELD_FRAMES + 1)]
    assert hints_of(*looks)[-1] is Hint.HOLD_STILL


def test_a_screen_that_outshines_its_code_is_to_be_dimmed() -> None:
    glance = a_glance()
    glance[25:50, 62:100] = 255
    assert hints_of(*[(glance, (LARGE,), 1, False)] * HELD_FRAMES)[-1] is Hint.LESS_LIGHT


def test_a_dark_shop_is_told_without_any_code() -> None:
    assert hints_of(*[(a_glance(12), (), 60, False)] * HELD_FRAMES)[-1] is Hint.TOO_DARK


def test_what_has_lain_on_the_counter_for_long_is_asked_nothing() -> None:
    lying = [(a_glance(), (SMALL,), rested, False) for rested in range(RESTING_FRAMES + 40)]
    passing = [(a_glance(), (SMALL,), rested, False) for rested in range(HELD_FRAMES)]
    looks = hints_of(*lying, *passing)
    assert looks[RESTING_FRAMES + 1 :] == [None] * (len(looks) - RESTING_FRAMES - 1)


@pytest.mark.slow
def test_an_empty_counter_in_good_light_is_asked_nothing() -> None:
    assert (
        hint_on([np.asarray(cv2.cvtColor(a_counter(seed), cv2.COLOR_GRAY2BGR), np.uint8) for seed in range(20)]) is None
    )


@pytest.mark.slow
def test_a_blurred_code_far_away_is_wanted_closer() -> None:
    far = np.asarray(cv2.GaussianBlur(a_frame((a_code(CARD, module_px=2), 640, 360)), (0, 0), 3), np.uint8)
    assert hint_on([far] * (HELD_FRAMES + 3)) is Hint.CLOSER
