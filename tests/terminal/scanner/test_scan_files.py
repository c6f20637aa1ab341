"""`orion-terminal scan` on files: codes, their kinds, and unreadable files."""

from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest
import segno

from terminal.scanner.camera.scan_files import FileProblem, FileScan, scan_files
from terminal.scanner.frames import Frame
from tests.support.pictures import CARD, OTHER_CARD, STICKER, a_code, a_frame, write_video

pytestmark = pytest.mark.slow


def picture(path: Path, frame: Frame) -> Path:
    path.write_bytes(cv2.imencode(path.suffix, frame)[1].tobytes())
    return path


def scanned(path: Path) -> FileScan:
    (only,) = scan_files([path])
    return only


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (CARD, "card"),
        (f"https://go.example/c/{CARD}", "card"),
        ("123456789012", "number"),
        (STICKER, "foreign"),
        ("WIFI:T:WPA;S:cafe;P:latte;;", "foreign"),
        ("BCD\n002\n1\nSCT\n\nCafé", "foreign"),
    ],
)
def test_the_kind_of_a_code_is_told(tmp_path: Path, text: str, kind: str) -> None:
    found = scanned(picture(tmp_path / "code.png", a_frame((a_code(text), 640, 360))))
    assert (found.text, found.kind, found.problem) == (text, kind, None)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".webp", ".tiff"])
def test_pictures_of_every_common_kind_are_read(tmp_path: Path, suffix: str) -> None:
    assert scanned(picture(tmp_path / f"code{suffix}", a_frame((a_code(CARD), 640, 360)))).text == CARD


def test_a_large_photograph_of_a_dim_card_is_read(tmp_path: Path) -> None:
    code = np.kron(a_code(CARD, dark=120, light=136), np.ones((3, 3), np.uint8))
    photo = np.full((3000, 4000), 150, np.uint8)
    photo[1000 : 1000 + code.shape[0], 2000 : 2000 + code.shape[1]] = code
    noisy = photo + np.random.default_rng(3).integers(0, 12, photo.shape, np.uint8)
    assert scanned(picture(tmp_path / "photo.jpg", noisy)).text == CARD


def test_an_empty_counter_has_no_code(tmp_path: Path) -> None:
    found = scanned(picture(tmp_path / "empty.png", a_frame()))
    assert (found.text, found.kind, found.problem) == (None, "none", None)


def test_of_two_cards_as_good_the_other_is_told_too(tmp_path: Path) -> None:
    found = scanned(picture(tmp_path / "two.png", a_frame((a_code(CARD), 400, 360), (a_code(OTHER_CARD), 880, 360))))
    assert {found.text, *found.also} == {CARD, OTHER_CARD}


def test_the_line_has_exactly_the_documented_fields(tmp_path: Path) -> None:
    found = scanned(picture(tmp_path / "empty.png", a_frame()))
    line = msgspec.json.decode(msgspec.json.encode(found))
    assert set(line) == {"file", "text", "kind", "ms"}
    assert line["text"] is None


def test_a_film_tells_its_first_card_even_after_a_sticker(tmp_path: Path) -> None:
    path = tmp_path / "film.avi"
    frames = [a_frame((a_code(text), 640, 360)) for text in (STICKER, CARD, OTHER_CARD)]
    write_video(str(path), [a_frame(), *frames])
    assert (scanned(path).text, scanned(path).kind) == (CARD, "card")


def test_a_film_with_only_a_foreign_code_tells_it(tmp_path: Path) -> None:
    path = tmp_path / "film.avi"
    write_video(str(path), [a_frame(), a_frame((a_code(STICKER), 640, 360)), a_frame()])
    assert (scanned(path).text, scanned(path).kind) == (STICKER, "foreign")


def test_a_film_without_a_code_has_none(tmp_path: Path) -> None:
    path = tmp_path / "film.avi"
    write_video(str(path), [a_frame()])
    assert (scanned(path).text, scanned(path).problem) == (None, None)


@pytest.mark.parametrize("kept", [0.02, 0.5])
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_a_torn_picture_is_no_bug(tmp_path: Path, suffix: str, kept: float) -> None:
    path = picture(tmp_path / f"torn{suffix}", a_frame((a_code(CARD), 640, 360)))
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    assert scanned(path).text is None


@pytest.mark.parametrize("name", ["noise.bin", "noise.png", "noise.jpg", "noise.avi", "noise.mp4"])
def test_ten_megabytes_of_noise_are_not_a_picture(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(np.random.default_rng(5).bytes(10_000_000))
    assert scanned(path) == FileScan(str(path), None, "none", 0.0, problem=FileProblem.NOT_A_PICTURE)


def test_bad_files_do_not_stop_the_good_ones(tmp_path: Path) -> None:
    empty = tmp_path / "empty.png"
    empty.touch()
    good = picture(tmp_path / "good.png", a_frame((a_code(CARD), 640, 360)))
    found = list(scan_files([tmp_path / "missing.png", tmp_path, empty, good]))
    assert [each.problem for each in found] == [
        FileProblem.MISSING,
        FileProblem.UNREADABLE,
        FileProblem.NOT_A_PICTURE,
        None,
    ]
    assert found[-1].text == CARD


@pytest.mark.parametrize(("dark", "light"), [((0, 255), (0, 0)), ((0, 255), (255, 255)), ((0, 0), (255, 255))])
def test_a_code_on_a_transparent_ground_is_read(tmp_path: Path, dark: tuple[int, int], light: tuple[int, int]) -> None:
    """Modules and ground as tone and how much can be seen of it: designers leave out either."""
    modules = a_code(CARD, dark=1, light=0)
    tone = np.where(modules > 0, dark[0], light[0]).astype(np.uint8)
    alpha = np.where(modules > 0, dark[1], light[1]).astype(np.uint8)
    for depth in (np.uint8, np.uint16):
        deep = [channel.astype(depth) * (257 if depth is np.uint16 else 1) for channel in (tone, tone, tone, alpha)]
        assert scanned(picture(tmp_path / "clear.png", np.dstack(deep))).text == CARD


@pytest.mark.parametrize("content", ["a card", "digits", "capitals", "long"])
@pytest.mark.parametrize("error", ["l", "m", "q", "h"])
@pytest.mark.parametrize("count", [2, 16])
def test_a_code_that_is_one_of_several_is_told_as_that(tmp_path: Path, content: str, error: str, count: int) -> None:
    text = {"a card": CARD, "digits": "123456789012", "capitals": "ABCDEF-12:34/", "long": CARD * 8}[content] * count
    for code in segno.make_sequence(text, symbol_count=count, error=error)[-2:]:
        modules = np.array([list(row) for row in code.matrix_iter(border=4)], np.uint8)
        drawn = np.kron(np.where(modules > 0, 20, 240).astype(np.uint8), np.ones((5, 5), np.uint8))
        whole = np.full((drawn.shape[0] + 40, drawn.shape[1] + 60), 240, np.uint8)
        whole[20 : 20 + drawn.shape[0], 30 : 30 + drawn.shape[1]] = drawn
        leaning = cv2.warpAffine(
            whole,
            cv2.getRotationMatrix2D((whole.shape[1] / 2, whole.shape[0] / 2), 9, 0.95),
            (whole.shape[1], whole.shape[0]),
            borderValue=240,
        )
        for shown in (whole, leaning, 255 - whole):
            found = scanned(picture(tmp_path / "part.png", shown))
            assert found.kind == "part", code.designator
            assert found.text is not None and found.text in text


@pytest.mark.parametrize("error", ["l", "m", "q", "h"])
@pytest.mark.parametrize("text", [CARD, "123456789012", "ABCDEF-12:34/", CARD * 20, f"https://go.example/c/{CARD}"])
def test_a_code_that_stands_alone_is_no_part(tmp_path: Path, text: str, error: str) -> None:
    for mask in (0, 3, 7):
        code = segno.make_qr(text, error=error, mask=mask, boost_error=False)
        modules = np.array([list(row) for row in code.matrix_iter(border=4)], np.uint8)
        drawn = np.kron(np.where(modules > 0, 20, 240).astype(np.uint8), np.ones((4, 4), np.uint8))
        found = scanned(picture(tmp_path / "whole.png", drawn))
        assert (found.text, found.kind == "part") == (text, False)
