"""Flat drawings of what is before the camera: the counter, and a phone or card with a code."""

from dataclasses import dataclass

import cv2
import numpy as np
import segno
from numpy.random import Generator
from numpy.typing import NDArray

from terminal.scanner.frames import Frame

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
MODULE = 12  # pixels for one module
Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Print:
    """The appearance of a code."""

    level: str = "m"
    quiet: int = 4
    dark: Colour = (28, 26, 25)
    light: Colour = (236, 238, 240)
    dotted: float = 0.0  # 0: squares, 1: small dots
    rounded: bool = False  # including the finder patterns
    on_phone: bool = True


@dataclass(frozen=True, slots=True)
class Thing:
    """A phone or card, and the position of its code."""

    picture: Frame
    code_at: tuple[float, float]
    code_px: float
    modules: int


def a_token(rng: Generator, chars: int = 32) -> str:
    return "".join(ALPHABET[n] for n in rng.integers(0, len(ALPHABET), chars))


def a_thing(rng: Generator, text: str, look: Print) -> Thing:
    """*text* as a code on a phone's screen or on a card, with lines of text around it."""
    code = segno.make_qr(text, error=look.level, boost_error=False)
    matrix = np.array([list(row) for row in code.matrix], bool)
    side, rim = len(matrix) * MODULE, look.quiet * MODULE
    wide = int((side + 2 * rim) * rng.uniform(1.1, 1.5 if look.on_phone else 2.0))
    tall = int(wide * rng.uniform(1.7, 2.0)) if look.on_phone else int((side + 2 * rim) * rng.uniform(1.05, 1.4))
    picture = np.full((tall, wide, 3), look.light, np.uint8)
    left = (wide - side) // 2 if look.on_phone or rng.random() < 0.5 else rim
    top = (tall - side) // 2
    _write(picture, rng, (rim // 2, rim), max(0, top - 2 * rim), look.dark)
    _write(picture, rng, (rim // 2, top + side + 2 * rim), tall, look.dark)
    if left == rim:
        _write(picture, rng, (left + side + 2 * rim, rim), tall, look.dark)
    cv2.rectangle(picture, (left - rim, top - rim), (left + side + rim - 1, top + side + rim - 1), look.light, -1)
    picture[top : top + side, left : left + side][_drawn(matrix, look.dotted, rounded=look.rounded)] = look.dark
    if look.on_phone:
        edge = wide // 22
        framed = cv2.copyMakeBorder(picture, edge, edge, edge, edge, cv2.BORDER_CONSTANT, value=(16, 16, 18))
        picture = np.asarray(framed, np.uint8)
        left, top = left + edge, top + edge
    return Thing(picture, (left + side / 2, top + side / 2), float(side), len(matrix))


def a_counter(rng: Generator, *, cluttered: bool, width: int, height: int) -> Frame:
    """A surface of wood, steel or stone; *cluttered* with packets, barcodes, price tags and tiles."""
    coarse = rng.uniform(40, 200, 3) + rng.normal(0, 18, (4, 6, 3))
    ground = cv2.resize(coarse.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    grain = cv2.resize(rng.normal(0, 5, (height // 2, 24)).astype(np.float32), (width, height))
    picture = np.clip(ground + grain[..., None], 0, 255).astype(np.uint8)
    for _ in range(int(rng.integers(20, 45) if cluttered else rng.integers(2, 7))):
        x, y = int(rng.integers(0, width)), int(rng.integers(0, height))
        _object(picture, rng, (x, y), cluttered)
    if not cluttered:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(1.5, 5))), np.uint8)
    return np.asarray(picture, np.uint8)


def _object(picture: Frame, rng: Generator, at: tuple[int, int], cluttered: bool) -> None:
    (x, y), size = at, int(rng.integers(30, 260))
    ink: Colour = (int(rng.integers(0, 256)), int(rng.integers(0, 256)), int(rng.integers(0, 256)))
    match int(rng.integers(0, 7 if cluttered else 3)):
        case 0:
            cv2.rectangle(picture, at, (x + size, y + size // 2), ink, -1)
        case 1:
            cv2.ellipse(picture, at, (size // 2, size // 3), float(rng.uniform(0, 180)), 0, 360, ink, -1, cv2.LINE_AA)
        case 2:
            _write(picture, rng, at, y + size, ink)
        case 3:  # a product's barcode
            for bar in range(0, size, 6):
                cv2.rectangle(
                    picture, (x + bar, y), (x + bar + int(rng.integers(1, 5)), y + size // 2), (20, 20, 20), -1
                )
        case 4:  # tiles
            step = max(4, size // 10)
            for row, column in np.ndindex(9, 9):
                if (row + column) % 2:
                    corner = (x + column * step, y + row * step)
                    cv2.rectangle(picture, corner, (corner[0] + step, corner[1] + step), ink, -1)
        case 5:  # nested squares, like a finder pattern
            for half, tone in ((size // 4, 15), (size * 5 // 28, 240), (size * 3 // 28, 15)):
                cv2.rectangle(picture, (x - half, y - half), (x + half, y + half), (tone, tone, tone), -1)
        case _:  # a fabric about as fine as a code
            rows = picture[y : y + size, x : x + size]
            cells = rng.integers(0, 2, (size // 6 + 1, size // 6 + 1)).astype(np.uint8) * 200 + 25
            fabric = cv2.resize(cells, (size, size), interpolation=cv2.INTER_NEAREST)
            rows[...] = fabric[: rows.shape[0], : rows.shape[1], None]


def _drawn(matrix: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], dotted: float, *, rounded: bool) -> Frame:
    if not dotted:
        return np.asarray(np.repeat(np.repeat(matrix, MODULE, axis=0), MODULE, axis=1), np.bool_)
    drawn = np.zeros((len(matrix) * MODULE, len(matrix) * MODULE), np.uint8)
    for row, column in np.argwhere(matrix):
        centre = (int((column + 0.5) * MODULE), int((row + 0.5) * MODULE))
        cv2.circle(drawn, centre, round(MODULE * (0.52 - 0.17 * dotted)), 1, -1)
    n = len(matrix)
    for row, column in ((0, 0), (0, n - 7), (n - 7, 0)):  # keeps the three finder patterns intact
        rows = slice(row * MODULE, (row + 7) * MODULE)
        columns = slice(column * MODULE, (column + 7) * MODULE)
        finder = np.kron(matrix[row : row + 7, column : column + 7], np.ones((MODULE, MODULE), np.uint8))
        drawn[rows, columns] = _rounded_finder() if rounded else finder
    return drawn.astype(bool)


def _rounded_finder() -> NDArray[np.uint8]:
    """A finder pattern with rounded corners, seven modules wide."""
    drawn = np.zeros((7 * MODULE, 7 * MODULE), np.uint8)
    middle = 7 * MODULE // 2
    for modules, tone in ((7.0, 1), (5.0, 0), (3.0, 1)):
        half, bend = int(modules * MODULE / 2), int(modules * MODULE * 0.28)
        for dx, dy in ((bend, 0), (0, bend)):
            top, low = (middle - half + dx, middle - half + dy), (middle + half - 1 - dx, middle + half - 1 - dy)
            cv2.rectangle(drawn, top, low, tone, -1)
        for x in (middle - half + bend, middle + half - 1 - bend):
            for y in (middle - half + bend, middle + half - 1 - bend):
                cv2.circle(drawn, (x, y), bend, tone, -1)
    return drawn


def _write(picture: Frame, rng: Generator, at: tuple[int, int], until: int, ink: Colour) -> None:
    """Draws lines of text from *at* down to *until*."""
    x, y = at
    step = max(14, (until - y) // 4)
    while y + step <= until:
        words = a_token(rng, int(rng.integers(4, 16)))
        font = int(rng.integers(0, 4))
        cv2.putText(picture, words, (x, y + step * 2 // 3), font, step / 45, ink, max(1, step // 25), cv2.LINE_AA)
        y += step
