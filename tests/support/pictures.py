"""Camera-like pictures with QR codes, and a camera that plays them from memory."""

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
import segno

from terminal.scanner.frames import Frame, Gray

CARD = "Abcdefghijklmnopqrstuvwxyz012345"
OTHER_CARD = "another-card-with-32-characters_"
STICKER = "https://example.com/menu"
WIDTH, HEIGHT = 1280, 720


def a_code(text: str | bytes, module_px: int = 5, dark: int = 25, light: int = 235) -> Gray:
    """A code with its quiet zone."""
    modules = np.array([list(row) for row in segno.make_qr(text, error="m").matrix_iter(border=4)], np.uint8)
    drawn = np.where(modules > 0, dark, light).astype(np.uint8)
    return np.kron(drawn, np.ones((module_px, module_px), np.uint8))


def a_counter(seed: int = 1, noise: float = 3) -> Gray:
    """An empty counter with soft light, edges and noise."""
    rng = np.random.default_rng(seed)
    light = np.linspace(90, 170, WIDTH)[None, :] + np.linspace(0, 30, HEIGHT)[:, None]
    light[480:, :] -= 60
    light[100:300, 900:1000] -= 50
    return np.clip(light + rng.normal(0, noise, light.shape), 0, 255).astype(np.uint8)


def a_frame(*placed: tuple[Gray, int, int], seed: int = 1) -> Frame:
    """A colour frame of the counter with codes centred at x and y, cut at the edges."""
    gray = a_counter(seed)
    for code, x, y in placed:
        height, width = code.shape
        top, left = y - height // 2, x - width // 2
        rows = slice(max(0, top), min(HEIGHT, top + height))
        columns = slice(max(0, left), min(WIDTH, left + width))
        if rows.start < rows.stop and columns.start < columns.stop:
            gray[rows, columns] = code[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
    return np.asarray(cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR), np.uint8)


def write_video(path: str, frames: Iterable[Frame], fps: float = 30) -> None:
    """Writes frames as an MJPG film of 1280 by 720."""
    writer = cv2.VideoWriter(path, cv2.VideoWriter.fourcc(*"MJPG"), fps, (WIDTH, HEIGHT))
    assert writer.isOpened()
    for frame in frames:
        writer.write(frame)
    writer.release()


class MemorySource:
    """A camera that gives these frames and then ends."""

    def __init__(self, frames: Sequence[Frame]) -> None:
        self._frames = iter(frames)
        self.closed = False

    def read(self) -> Frame | None:
        return next(self._frames, None)

    def close(self) -> None:
        self.closed = True
