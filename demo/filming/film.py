"""A film of customers who hold up their codes one after the other, used instead of a camera.

The same codes and seed give the same film. It includes difficult cases: dark mode, tilted, dim.
"""

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from pathlib import Path

import cv2
import numpy as np

from demo.filming.phone import phone, printed_card
from demo.filming.scene import HEIGHT, WIDTH, coffee_shop, noise_fields
from terminal.scanner.frames import Frame, Gray

FRAMES_PER_S = 30
SECONDS_EACH = 1.2
PAUSE_S = 0.3  # between two customers, so that only one phone is visible
MOVING_S = 0.25  # in, and out


class Manner(StrEnum):
    """How a customer holds up a code; used in turn."""

    PHONE = "phone"
    TILTED = "tilted"
    DARK_MODE = "dark mode"
    CARD = "printed card"
    BLURRED = "blurred"
    DIM = "dim"
    FAR = "far"
    BRIGHT = "bright"


@dataclass(frozen=True, slots=True)
class Pose:
    """A customer's position and movement: where the code rests, where it comes from, how it is turned."""

    manner: Manner
    rest: tuple[int, int]
    start: tuple[int, int]
    turn: float  # radians
    tilt: tuple[float, float]  # radians, about the x and y axes
    scale: float
    blur_px: float
    brightness: float


@dataclass(frozen=True, slots=True)
class Sprite:
    """A phone or card in its pose: the picture multiplied by its outline, and the outline."""

    weighted: Frame
    outline: Frame

    def softened(self, blur: tuple[int, int]) -> "Sprite":
        """The sprite with motion blur of so many pixels."""
        return Sprite(
            np.asarray(cv2.blur(self.weighted, blur), np.uint8), np.asarray(cv2.blur(self.outline, blur), np.uint8)
        )


def film(codes: Sequence[str], path: Path, *, seconds_each: float = SECONDS_EACH, seed: str = "demo") -> None:
    """Writes a film of *codes* in order, as MJPG, which every OpenCV supports."""
    size = (WIDTH, HEIGHT)
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"MJPG"), FRAMES_PER_S, size)
    if not writer.isOpened():
        raise OSError(f"cannot write a film to {path}")
    for frame in frames(codes, seconds_each=seconds_each, seed=seed):
        writer.write(frame)
    writer.release()


def frames(codes: Sequence[str], *, seconds_each: float = SECONDS_EACH, seed: str = "demo") -> Iterator[Frame]:
    """The film's frames: a pause before each customer and at the end."""
    room, noises, numbers = coffee_shop(), noise_fields(_chance(seed, "noise")), count()
    pause = round(PAUSE_S * FRAMES_PER_S)

    def finished(frame: Frame) -> Frame:
        more, less = noises[next(numbers) % len(noises)]
        return np.asarray(cv2.subtract(cv2.add(frame, more), less), np.uint8)

    for n, text in enumerate(codes):
        yield from (finished(room) for _ in range(pause))
        pose = pose_of(n, seed)
        sprite = drawn(text, pose)
        before = pose.start
        for at in _path(pose, max(1, round(seconds_each * FRAMES_PER_S))):
            moved = (abs(at[0] - before[0]) // 2 + 1, abs(at[1] - before[1]) // 2 + 1)  # an exposure of half a frame
            yield finished(_placed(room, sprite.softened(moved) if max(moved) > 2 else sprite, at))
            before = at
    yield from (finished(room) for _ in range(pause))


def pose_of(n: int, seed: str = "demo") -> Pose:
    """The pose of customer *n*."""
    chance = _chance(seed, f"pose {n}")
    manner = list(Manner)[n % len(Manner)]
    rest = (int(chance.integers(520, 760)), int(chance.integers(330, 400)))
    start = ((-420, rest[1]), (WIDTH + 420, rest[1]), (rest[0], HEIGHT + 420))[int(chance.integers(3))]
    steep = math.radians(28 if manner is Manner.TILTED else 9)
    around = float(chance.uniform(0, 2 * math.pi))
    return Pose(
        manner,
        rest,
        start,
        turn=math.radians(float(chance.uniform(-9, 9))),
        tilt=(steep * math.cos(around), steep * math.sin(around)),
        scale={Manner.FAR: 0.55, Manner.CARD: 1.1}.get(manner, float(chance.uniform(0.88, 1.0))),
        blur_px=1.8 if manner is Manner.BLURRED else 0.7,
        brightness={Manner.DIM: 0.45, Manner.BRIGHT: 1.35}.get(manner, 1.0),
    )


def drawn(text: str, pose: Pose) -> Sprite:
    """Draws a phone or card with *text* in its pose."""
    if pose.manner is Manner.CARD:
        flat, outline = printed_card(text)
    else:
        flat, outline = phone(text, dark=pose.manner is Manner.DARK_MODE)
    flat = np.asarray(cv2.convertScaleAbs(flat, alpha=pose.brightness), np.uint8)
    warp, size = _seen_in_space(outline, pose)
    weighted = cv2.warpPerspective(cv2.bitwise_and(flat, flat, mask=outline), warp, size)
    mask = cv2.merge([cv2.warpPerspective(outline, warp, size)] * 3)
    soft = (0, 0)
    return Sprite(
        np.asarray(cv2.GaussianBlur(weighted, soft, pose.blur_px), np.uint8),
        np.asarray(cv2.GaussianBlur(mask, soft, pose.blur_px), np.uint8),
    )


def _seen_in_space(
    outline: Gray, pose: Pose
) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.float64]], tuple[int, int]]:
    """The perspective warp for a pose, and the size of the result."""
    height, width = outline.shape
    half_x, half_y, far = width / 2, height / 2, 1400.0
    cos, sin = math.cos(pose.turn), math.sin(pose.turn)
    corners = []
    for x, y in ((-half_x, -half_y), (half_x, -half_y), (half_x, half_y), (-half_x, half_y)):
        turned_x, turned_y = (x * cos - y * sin) * pose.scale, (x * sin + y * cos) * pose.scale
        depth = far + turned_x * math.sin(pose.tilt[1]) + turned_y * math.sin(pose.tilt[0])
        near = far / depth
        corners.append((turned_x * math.cos(pose.tilt[1]) * near, turned_y * math.cos(pose.tilt[0]) * near))
    room = 12  # for the blur
    seen = np.array(corners, np.float32)
    low, high = seen.min(axis=0) - room, seen.max(axis=0) + room
    flat = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    warp = cv2.getPerspectiveTransform(flat, np.asarray(seen - low, np.float32))
    across, down = (high - low).astype(int)
    return np.asarray(warp, np.float64), (int(across), int(down))


def _path(pose: Pose, frames_count: int) -> Iterator[tuple[int, int]]:
    """The sprite's position in each frame: in, held with a slight tremble, out."""
    moving = min(round(MOVING_S * FRAMES_PER_S), frames_count // 3)
    for n in range(frames_count):
        left = min(n + 1, frames_count - n) / (moving + 1)
        gone = (1 - min(1.0, left)) ** 2
        x = pose.rest[0] + (pose.start[0] - pose.rest[0]) * gone + 2.5 * math.sin(n / 3.1)
        y = pose.rest[1] + (pose.start[1] - pose.rest[1]) * gone + 2.5 * math.cos(n / 4.3)
        yield round(x), round(y)


def _placed(room: Frame, sprite: Sprite, at: tuple[int, int]) -> Frame:
    height, width = sprite.outline.shape[:2]
    left, top = at[0] - width // 2, at[1] - height // 2
    rows, columns = slice(max(0, top), min(HEIGHT, top + height)), slice(max(0, left), min(WIDTH, left + width))
    frame = room.copy()
    if rows.start < rows.stop and columns.start < columns.stop:
        part = (slice(rows.start - top, rows.stop - top), slice(columns.start - left, columns.stop - left))
        behind = cv2.multiply(frame[rows, columns], 255 - sprite.outline[part], scale=1 / 255)
        frame[rows, columns] = cv2.add(behind, sprite.weighted[part])
    return frame


def _chance(seed: str, what: str) -> np.random.Generator:
    return np.random.default_rng(int.from_bytes(hashlib.sha256(f"{seed}/{what}".encode()).digest()[:16]))
