"""Decoding of single pictures and streams."""

import cv2
import numpy as np
import pytest
import segno
from numpy.typing import NDArray

from terminal.scanner.camera.same_code import SameCodeFilter
from terminal.scanner.decoding.cascade import NEAR_REPAIRS, SLOW_NEAR_REPAIRS, WHOLE_REPAIRS
from terminal.scanner.decoding.decoder import Decoder, read_still
from terminal.scanner.decoding.stages import READ_PLAIN, DecodedText, Stage, as_it_is, grayscale
from terminal.scanner.frames import Frame, Gray
from terminal.scanner.scans import Scan
from terminal.scanner.seen import Corners
from tests.support.pictures import CARD, OTHER_CARD, STICKER, a_code, a_counter, a_frame

REPAIRS = (*NEAR_REPAIRS, *WHOLE_REPAIRS, *SLOW_NEAR_REPAIRS)
SOMEWHERE: Corners = ((10, 10), (90, 10), (90, 90), (10, 90))


def texts(frame: Frame) -> list[str]:
    return [code.text for code in read_still(frame)]


def blurred_code(module_px: int, blur_px: float, contrast: int) -> Frame:
    frame = a_frame((a_code(CARD, module_px, dark=128 - contrast // 2, light=128 + contrast // 2), 640, 360))
    return np.asarray(cv2.GaussianBlur(frame, (0, 0), blur_px), np.uint8)


class Reader:
    """A decoder with given results that counts its calls."""

    def __init__(self, *answers: str) -> None:
        self.asked = 0
        self.answers = answers

    def __call__(self, gray: Gray) -> list[DecodedText]:
        self.asked += 1
        return [(text, SOMEWHERE) for text in self.answers]

    def stage(self, name: str = "read") -> Stage:
        return Stage(name, as_it_is, self)


def test_a_code_is_read_where_it_is() -> None:
    (seen,) = read_still(a_frame((a_code(CARD), 400, 300)))
    assert seen.text == CARD
    assert seen.centre == pytest.approx((400, 300), abs=3)
    assert seen.size == pytest.approx(a_code(CARD).shape[0] - 2 * 4 * 5, abs=5)


def test_a_phone_in_dark_mode_is_read() -> None:
    assert texts(a_frame((a_code(CARD, dark=230, light=20), 640, 360))) == [CARD]


@pytest.mark.parametrize("quarter_turns", [1, 2, 3])
def test_a_card_held_the_wrong_way_round_is_read(quarter_turns: int) -> None:
    turned: Gray = np.rot90(a_code(CARD), quarter_turns).astype(np.uint8)
    assert texts(a_frame((turned, 640, 360))) == [CARD]


@pytest.mark.slow
def test_a_code_that_lies_outside_the_picture_in_part_is_not_read() -> None:
    assert texts(a_frame((a_code(CARD), 60, 360))) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_an_empty_counter_reads_nothing(seed: int) -> None:
    assert read_still(a_counter(seed, noise=20)) == ()


@pytest.mark.slow
def test_micro_codes_are_not_believed() -> None:
    modules = np.array([list(row) for row in segno.make_micro("1234").matrix_iter(border=4)], np.uint8)
    drawn: Gray = np.kron(np.where(modules > 0, 20, 235), np.ones((8, 8), np.int64)).astype(np.uint8)
    assert texts(a_frame((drawn, 640, 360))) == []


def test_an_empty_code_is_nothing_to_act_on() -> None:
    assert Reader("").stage().decode(a_counter()) == ()


@pytest.mark.parametrize(("module_px", "blur_px", "contrast"), [(3, 1.2, 16), (2, 1.0, 60), (3, 1.6, 200)])
def test_what_the_plain_decoder_misses_the_repairs_read(module_px: int, blur_px: float, contrast: int) -> None:
    frame = blurred_code(module_px, blur_px, contrast)
    gray = grayscale(frame)
    assert gray is not None
    assert READ_PLAIN.decode(gray) == ()
    (seen,) = read_still(frame)
    assert seen.text == CARD
    assert seen.centre == pytest.approx((640, 360), abs=4)  # even if a repair enlarged the picture


@pytest.mark.slow
@pytest.mark.parametrize("stage", [READ_PLAIN, *NEAR_REPAIRS[:4], *WHOLE_REPAIRS], ids=lambda stage: stage.name)
def test_every_stage_puts_a_code_where_it_is(stage: Stage) -> None:
    gray = grayscale(a_frame((a_code(CARD), 500, 300)))
    assert gray is not None
    (seen,) = stage.decode(gray)
    assert (seen.text, seen.stage) == (CARD, stage.name)
    assert seen.centre == pytest.approx((500, 300), abs=4)


ODD_PICTURES: list[NDArray[np.generic]] = [
    np.empty((0, 0), np.uint8),
    np.empty((0, 5, 3), np.uint8),
    np.zeros((1, 1), np.uint8),
    np.zeros((3, 3, 2), np.uint8),
    np.zeros(7, np.uint8),
    np.zeros((2, 2, 2, 2), np.uint8),
    np.full((40, 40), np.nan, np.float32),
    np.full((40, 40, 3), np.inf, np.float64),
    np.zeros((40, 40, 4), np.uint8),
    np.zeros((40, 40), np.bool_),
    np.zeros((5, 2000, 3), np.uint8),
]


@pytest.mark.parametrize("picture", ODD_PICTURES, ids=lambda picture: f"{picture.dtype}{picture.shape}")
def test_no_array_is_odd_enough_to_stop_the_scanner(picture: NDArray[np.generic]) -> None:
    assert read_still(picture) == ()
    assert Decoder().decode(picture) == ()
    gray = grayscale(picture)
    if gray is not None:
        assert [stage.decode(gray) for stage in REPAIRS] == [()] * len(REPAIRS)


@pytest.mark.slow
def test_other_pixel_formats_are_read_all_the_same() -> None:
    frame = a_frame((a_code(CARD), 640, 360))
    with_alpha = np.dstack([frame, np.full(frame.shape[:2], 255, np.uint8)])
    as_floats = frame.astype(np.float32) / 255
    sliced = np.repeat(frame, 2, axis=1)[:, ::2]
    assert [texts(picture) for picture in (with_alpha, as_floats, sliced)] == [[CARD]] * 3


@pytest.mark.slow
def test_a_code_with_foreign_bytes_stops_no_stage() -> None:
    gray = grayscale(a_frame((a_code(bytes(range(128, 256)), module_px=6), 640, 360)))
    assert gray is not None
    for stage in (READ_PLAIN, *REPAIRS):
        assert CARD not in [code.text for code in stage.decode(gray)]


@pytest.mark.slow
def test_a_sliding_code_is_read_on_the_frame_where_the_plain_decoder_reads_it() -> None:
    decoder = Decoder()
    frames = [a_frame((a_code(CARD), x, 360), seed=x + 100) for x in range(-60, 300, 40)]
    plain = [bool(READ_PLAIN.decode(gray)) for frame in frames if (gray := grayscale(frame)) is not None]
    live = [bool(decoder.decode(frame)) for frame in frames]
    assert 0 < plain.index(True) < len(frames) - 1
    assert live.index(True) <= plain.index(True)


@pytest.mark.slow
def test_every_repair_has_its_turn_on_a_picture_that_rests() -> None:
    near, slow, whole = [Reader() for _ in range(3)], [Reader()], [Reader() for _ in range(2)]
    stages = [[each.stage(str(n)) for n, each in enumerate(group)] for group in (near, slow, whole)]
    decoder = Decoder(Reader().stage(), stages[0], stages[1], stages[2])
    for seed in range(30):
        decoder.decode(a_frame((a_code("no card of ours"), 640, 360), seed=seed))
    assert all(reader.asked for reader in (*near, *slow, *whole))


@pytest.mark.slow
def test_a_moving_picture_pays_for_as_many_quick_repairs_as_there_is_time_for() -> None:
    now = [0.0]

    def takes(seconds: float) -> Stage:
        def read(gray: Gray) -> list[DecodedText]:
            now[0] += seconds
            return []

        return Stage(f"takes {seconds}", as_it_is, read)

    for plain_s, repair_s, most_s in ((4, 1, 6), (1, 5, 5)):
        whole = Reader()
        decoder = Decoder(takes(plain_s), [takes(repair_s)] * 8, [], [whole.stage()], colours=[], clock=lambda: now[0])
        for x in range(200, 1100, 180):
            began = now[0]
            decoder.decode(a_frame((a_code(CARD), x, 360)))
            assert plain_s + repair_s <= now[0] - began <= plain_s + most_s
        assert whole.asked == 0


@pytest.mark.slow
def test_a_picture_that_rests_unread_costs_little_and_is_not_given_up() -> None:
    plain, repair = Reader(), Reader()
    decoder = Decoder(plain.stage(), [], [], [repair.stage()])
    for seed in range(30):
        decoder.decode(a_frame(seed=seed))
    assert 6 <= plain.asked <= 12


@pytest.mark.slow
def test_a_card_that_rests_stays_read_without_being_read_again() -> None:
    plain = Reader(CARD)
    decoder = Decoder(plain.stage(), [], [], [])
    looks = [decoder.decode(a_frame((a_code(CARD), 640, 360), seed=seed)) for seed in range(5)]
    assert [[code.text for code in seen] for seen in looks] == [[CARD]] * 5
    assert plain.asked == 1


def test_a_card_that_leaves_is_gone_at_once() -> None:
    decoder = Decoder()
    assert decoder.decode(a_frame((a_code(CARD), 640, 360)))
    assert decoder.decode(a_frame()) == ()


def test_the_next_card_in_the_same_place_is_seen_as_the_next() -> None:
    decoder = Decoder()
    seen = [decoder.decode(a_frame((a_code(text), 640, 360))) for text in (CARD, OTHER_CARD)]
    assert [[code.text for code in each] for each in seen] == [[CARD], [OTHER_CARD]]


def test_a_sticker_on_the_counter_does_not_keep_repairs_from_the_card_beside_it() -> None:
    sticker, repair = Reader(STICKER), Reader(CARD)
    decoder = Decoder(sticker.stage(), [repair.stage()], [], [])
    assert [code.text for code in decoder.decode(a_frame((a_code(CARD), 640, 360)))] == [STICKER, CARD]


def test_the_same_code_within_two_seconds_is_one_scan() -> None:
    once = SameCodeFilter()
    assert once.take(CARD, 10.0) == Scan(CARD, 10.0)
    assert once.take(CARD, 11.0) is None
    assert once.take(CARD, 12.9) is None  # still in view
    assert once.take(OTHER_CARD, 13.0) == Scan(OTHER_CARD, 13.0)
    assert once.take(CARD, 14.89) is None
    assert once.take(CARD, 17.0) == Scan(CARD, 17.0)


def test_a_scanned_card_beside_another_is_not_scanned_again_when_it_is_alone() -> None:
    once = SameCodeFilter()
    once.take(CARD, 0.0)
    for at_s in (1.5, 3.0, 4.5):
        once.in_sight([CARD, OTHER_CARD], at_s)
    assert once.take(CARD, 5.0) is None
    assert once.take(OTHER_CARD, 5.0) == Scan(OTHER_CARD, 5.0)  # it was in view but not chosen
