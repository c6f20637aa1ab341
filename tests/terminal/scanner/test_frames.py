"""Decoding of a few generated frames of each kind; `python -m benchmarks scan` counts more."""

import cv2
import numpy as np
import pytest

from terminal.scanner.decoding.change_gate import Mean
from terminal.scanner.decoding.decoder import Decoder, read_still
from terminal.scanner.decoding.regions import busy_places
from terminal.scanner.decoding.stages import READ_PLAIN, grayscale
from terminal.scanner.decoding.unblur import line, spot, unblurred
from terminal.scanner.frames import Gray
from tests.frames.films import known_film
from tests.frames.kinds import EMPTY, KINDS, known_frame, known_frames
from tests.support.pictures import CARD, a_code, a_counter, a_frame

pytestmark = pytest.mark.slow

ALWAYS_READ = (
    "inverted",
    "moiré",
    "two codes",
    "mirrored",
    "interlaced",
    "skewed",
    "tinted",
    "through pixels",
    "of one brightness",
    "sharpened",
    "few tones",
    "dead pixels",
    "coarse",
    "rounded",
    "logo",
)


@pytest.mark.parametrize("kind", ALWAYS_READ)
def test_what_is_held_up_well_enough_is_read(kind: str) -> None:
    known = known_frame(kind, 3)
    assert known.text in [code.text for code in read_still(known.frame)]


@pytest.mark.parametrize("kind", EMPTY)
def test_nothing_is_read_where_nobody_is(kind: str) -> None:
    assert [read_still(known.frame) for known in known_frames(1, kinds=(kind,))] == [()]


@pytest.mark.parametrize("kind", KINDS)
def test_no_frame_gives_a_wrong_text(kind: str) -> None:
    for known in known_frames(1, kinds=(kind,), first=500):
        assert {code.text for code in read_still(known.frame)} <= {known.text, known.beside}


def test_a_frame_follows_from_its_number_and_seed() -> None:
    one, again, other = known_frame("glare", 1), known_frame("glare", 1), known_frame("glare", 1, seed="other")
    assert np.array_equal(one.frame, again.frame)
    assert (one.text == again.text, one.text == other.text) == (True, False)


@pytest.mark.parametrize("number", [1])
def test_a_code_that_slides_in_is_read_at_most_a_frame_after_the_plain_decoder(number: int) -> None:
    film, decoder = known_film(number), Decoder()
    plain, live = [], []
    for frame in film.frames:
        gray = grayscale(frame)
        assert gray is not None
        plain.append(bool(READ_PLAIN.decode(gray)))
        live.append(film.text in [code.text for code in decoder.decode(frame)])
    assert live.index(True) <= plain.index(True) + 1


@pytest.mark.parametrize(("x", "y"), [(200, 200), (640, 360), (1000, 500)])
def test_the_busiest_place_is_where_the_code_is(x: int, y: int) -> None:
    gray = grayscale(a_frame((a_code(CARD, dark=110, light=150), x, y)))
    assert gray is not None
    place, *_ = busy_places(gray, 2)
    assert place.centre == pytest.approx((x, y), abs=16)


def test_an_even_picture_has_no_busy_place() -> None:
    assert busy_places(np.full((720, 1280), 130, np.uint8), 2) == ()
    assert busy_places(np.zeros((3, 900), np.uint8), 2) == ()


@pytest.mark.parametrize("spread", [spot(4), line(12, 0.5)], ids=["out of focus", "moving"])
def test_blur_is_undone_by_what_made_it(spread: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> None:
    sharp = a_code(CARD, module_px=4)
    blurred: Gray = np.asarray(cv2.filter2D(sharp, -1, spread), np.uint8)
    again = unblurred(blurred, spread)
    assert again.shape == sharp.shape
    assert float(np.abs(again.astype(int) - sharp).mean()) < float(np.abs(blurred.astype(int) - sharp).mean()) * 0.8


def test_the_mean_of_frames_at_rest_has_less_noise_than_any() -> None:
    mean, still = Mean(), a_counter(noise=0).astype(int)
    for seed in range(9):
        mean.add(a_counter(seed, noise=12))
    assert mean.picture is not None
    assert np.abs(mean.picture - still).mean() < np.abs(a_counter(1, noise=12) - still).mean() / 2
    mean.begin()
    assert mean.picture is None
