"""The demo's film is readable by the scanner."""

from pathlib import Path

import pytest

from demo.filming.film import FRAMES_PER_S, PAUSE_S, Manner, film, frames, pose_of
from loyalty.codes import parse
from server.demo.codes import SEED, demo_number, demo_token
from terminal.scanner.camera.same_code import SameCodeFilter
from terminal.scanner.camera.sources import VideoSource
from terminal.scanner.decoding.decoder import Decoder, read_still
from terminal.scanner.frames import Frame
from terminal.scanner.seen import is_ours

pytestmark = pytest.mark.slow

TOKENS = [demo_token(SEED, n) for n in range(len(Manner))]
PAUSE_FRAMES, HELD_FRAMES = round(PAUSE_S * FRAMES_PER_S), 12


@pytest.fixture(scope="module")
def short_film() -> list[Frame]:
    """Every customer for 12 frames after a pause."""
    return list(frames(TOKENS, seconds_each=HELD_FRAMES / FRAMES_PER_S))


@pytest.mark.parametrize("n", range(len(TOKENS)), ids=lambda n: f"{n} {pose_of(n).manner}")
def test_every_manner_of_holding_up_a_code_is_read(short_film: list[Frame], n: int) -> None:
    at_rest = short_film[n * (PAUSE_FRAMES + HELD_FRAMES) + PAUSE_FRAMES + HELD_FRAMES // 2]
    assert [code.text for code in read_still(at_rest)] == [TOKENS[n]]


def test_every_manner_takes_its_turn() -> None:
    assert [pose_of(n).manner for n in range(len(Manner))] == list(Manner)


def test_nobody_before_the_camera_is_nothing_read(short_film: list[Frame]) -> None:
    assert read_still(short_film[0]) == ()


def test_a_whole_film_is_each_card_once_and_in_order(short_film: list[Frame]) -> None:
    decoder, once = Decoder(), SameCodeFilter()
    scans = []
    for n, frame in enumerate(short_film):
        scans += [once.take(code.text, n / FRAMES_PER_S) for code in decoder.decode(frame)]
    assert [scan.text for scan in scans if scan] == TOKENS


def test_the_same_codes_make_the_same_film(tmp_path: Path) -> None:
    for name in ("one.avi", "two.avi"):
        film(TOKENS[:2], tmp_path / name, seconds_each=0.3)
    assert (tmp_path / "one.avi").read_bytes() == (tmp_path / "two.avi").read_bytes()


def test_a_film_on_disk_is_a_camera_of_thirty_frames_a_second(tmp_path: Path) -> None:
    film(TOKENS[:1], tmp_path / "film.avi", seconds_each=0.4)
    source, last, shapes = VideoSource(tmp_path / "film.avi"), 0.0, set()
    while (frame := source.read()) is not None:
        last = source.at_s
        shapes.add(frame.shape)
    source.close()
    assert shapes == {(720, 1280, 3)}
    assert last == pytest.approx((2 * PAUSE_FRAMES + 12 - 1) / FRAMES_PER_S)


def test_a_film_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="cannot write a film"):
        film(TOKENS[:1], tmp_path / "missing" / "film.avi")


def test_demo_codes_have_the_shape_of_real_ones_and_follow_from_the_seed() -> None:
    assert all(is_ours(demo_token(SEED, n)) and is_ours(demo_number(SEED, n)) for n in range(50))
    assert len({parse(demo_token(seed, n)) for seed in (SEED, "other") for n in range(50)}) == 100
    assert demo_token(SEED, 7) == demo_token(SEED, 7)
