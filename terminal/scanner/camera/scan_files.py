"""Scanning of picture and video files for `orion-terminal scan`. A bad file does not stop the others."""

import time
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from pathlib import Path

import cv2
from msgspec import Struct

from loyalty.codes import PART_PREFIX, kind_of
from terminal.problems import NoCamera
from terminal.scanner.camera.sources import VideoSource, read_picture
from terminal.scanner.decoding.decoder import Decoder, read_still
from terminal.scanner.frames import Frame
from terminal.scanner.seen import Ambiguous, Seen, choose


class FileProblem(StrEnum):
    """Why a file could not be scanned."""

    MISSING = "missing"
    UNREADABLE = "unreadable"
    NOT_A_PICTURE = "not_a_picture"


class FileScan(Struct, frozen=True, omit_defaults=True):
    """The result for one file. `ms` is the decoding time, without reading the file."""

    file: str
    text: str | None
    kind: str  # card, number, part, foreign; none
    ms: float
    also: tuple[str, ...] = ()  # other cards in the picture, equally likely
    problem: FileProblem | None = None


def scan_files(paths: Iterable[Path], clock: Callable[[], float] = time.perf_counter) -> Iterator[FileScan]:
    """The code in each file, one by one. For a video, the first card, else the first foreign code."""
    for path in paths:
        yield _scan_file(path, clock)


def _scan_file(path: Path, clock: Callable[[], float]) -> FileScan:
    name = str(path)
    try:
        with path.open("rb"):
            is_picture = cv2.haveImageReader(name)
        picture = read_picture(path) if is_picture else None
    except FileNotFoundError:
        return _nothing(name, FileProblem.MISSING)
    except OSError:
        return _nothing(name, FileProblem.UNREADABLE)
    if picture is not None:
        began = clock()
        seen = read_still(picture)
        return _result(name, seen, picture, (clock() - began) * 1000)
    if is_picture:
        return _nothing(name, FileProblem.NOT_A_PICTURE)
    return _scan_video(path, clock)


def _scan_video(path: Path, clock: Callable[[], float]) -> FileScan:
    source, decoder, decoding_s, frames = VideoSource(path), Decoder(), 0.0, 0
    foreign: tuple[Frame, tuple[Seen, ...]] | None = None
    try:
        while (frame := source.read()) is not None:
            began = clock()
            seen = decoder.decode(frame)
            decoding_s += clock() - began
            frames += 1
            if any(code.is_ours for code in seen):
                return _result(str(path), seen, frame, decoding_s * 1000)
            if seen and foreign is None:
                foreign = frame, seen
    except NoCamera:
        return _nothing(str(path), FileProblem.NOT_A_PICTURE)
    finally:
        source.close()
    if foreign is not None:
        return _result(str(path), foreign[1], foreign[0], decoding_s * 1000)
    if frames == 0:  # opened as a video, but without a frame
        return _nothing(str(path), FileProblem.NOT_A_PICTURE)
    return FileScan(str(path), None, "none", round(decoding_s * 1000, 1))


def _result(name: str, seen: tuple[Seen, ...], picture: Frame, ms: float) -> FileScan:
    height, width = picture.shape[:2]
    match choose(seen, width, height):
        case None:
            return FileScan(name, None, "none", round(ms, 1))
        case Seen(text=text):
            return FileScan(name, text.removeprefix(PART_PREFIX), kind_of(text), round(ms, 1))
        case Ambiguous(seen=cards):
            first, *others = (card.text for card in cards)
            return FileScan(name, first, kind_of(first), round(ms, 1), also=tuple(others))


def _nothing(name: str, problem: FileProblem) -> FileScan:
    return FileScan(name, None, "none", 0.0, problem=problem)
