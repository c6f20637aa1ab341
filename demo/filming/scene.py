"""The background of the film: the inside of a coffee shop, slightly out of focus."""

import cv2
import numpy as np

from terminal.scanner.frames import Frame

WIDTH, HEIGHT = 1280, 720
FOCUS_PX = 5.0  # blur of the background, as a camera focuses on the phone
NOISE = 1.5
NOISES = 5  # reused in turn, because new noise for each frame is expensive


def coffee_shop() -> Frame:
    """The picture of the room."""
    down = np.linspace(1.0, 0.72, HEIGHT)[:, None, None]
    across = 1 - 0.25 * np.abs(np.linspace(-1, 1, WIDTH))[None, :, None]
    room = (np.array((150, 178, 198)) * down * across).astype(np.uint8)
    _window(room)
    _shelf(room)
    for x in (830, 1010, 1190):
        _lamp(room, x)
    cv2.rectangle(room, (0, 560), (WIDTH, HEIGHT), (58, 84, 116), -1)
    for y in range(575, HEIGHT, 36):
        cv2.line(room, (0, y), (WIDTH, y + 6), (50, 74, 104), 3, cv2.LINE_AA)
    cv2.rectangle(room, (0, 548), (WIDTH, 566), (96, 128, 164), -1)
    return np.asarray(cv2.GaussianBlur(room, (0, 0), FOCUS_PX), np.uint8)


def noise_fields(chance: np.random.Generator) -> list[tuple[Frame, Frame]]:
    """Noise fields of a camera sensor, as pairs of values to add and to subtract."""
    fields = []
    for _ in range(NOISES):
        grain = cv2.GaussianBlur(chance.normal(0, 3 * NOISE, (HEIGHT, WIDTH, 1)).astype(np.float32), (0, 0), 0.8)
        grain = cv2.cvtColor(grain, cv2.COLOR_GRAY2BGR)
        fields.append((np.clip(grain, 0, 255).astype(np.uint8), np.clip(-grain, 0, 255).astype(np.uint8)))
    return fields


def _window(room: Frame) -> None:
    cv2.rectangle(room, (70, 70), (430, 430), (226, 232, 228), -1)
    cv2.rectangle(room, (70, 300), (430, 430), (188, 206, 190), -1)
    for x in (70, 250, 430):
        cv2.line(room, (x, 70), (x, 430), (70, 84, 98), 12)
    for y in (70, 250, 430):
        cv2.line(room, (70, y), (430, y), (70, 84, 98), 12)


def _shelf(room: Frame) -> None:
    colours = ((82, 104, 150), (196, 206, 214), (90, 132, 110), (60, 70, 92), (120, 166, 206))
    for row, y in enumerate((250, 420)):
        cv2.rectangle(room, (740, y), (1250, y + 14), (56, 76, 102), -1)
        for n in range(8):
            x, colour = 762 + n * 60, colours[(n * 3 + row * 2) % len(colours)]
            tall = 62 + (n * 37 + row * 23) % 40
            cv2.rectangle(room, (x, y - tall), (x + 42, y), colour, -1)


def _lamp(room: Frame, x: int) -> None:
    cv2.line(room, (x, 0), (x, 60), (40, 44, 50), 4)
    cv2.ellipse(room, (x, 84), (46, 30), 0, 180, 360, (40, 52, 60), -1, cv2.LINE_AA)
    cv2.circle(room, (x, 90), 18, (206, 240, 255), -1, cv2.LINE_AA)
