"""The simulated camera: light, lens, sensor and cable, applied in that order."""

import math
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from terminal.scanner.frames import Frame
from tests.frames.faults import Fault, Spoil
from tests.frames.things import Print, Thing, a_counter, a_thing

WIDTH, HEIGHT = 1280, 720
OVER = 2  # drawn at double resolution, for realistic sampling of distant codes
FOCAL_PX = 1150.0
GAMMA = 2.2

Light = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Shot:
    """Everything that affects one code on its way into a frame. Lengths in modules, unless named px."""

    look: Print = field(default_factory=Print)
    module_px: float = 4.5
    turn: float = 0.0  # degrees
    tilt: tuple[float, float] = (0.0, 0.0)  # degrees about the two axes of the picture
    centre: tuple[float, float] = (WIDTH / 2, HEIGHT / 2)
    cluttered: bool = False
    bend: float = 0.0  # radians around a bottle
    cover: tuple[float, float, float] | None = None  # x and y from the code's middle, and radius, in widths of the code
    cracks: int = 0
    mirrored: bool = False
    glare: float = 0.0
    shadow: float = 0.0
    bands: float = 0.0
    raster: float = 0.0  # moiré of the screen's and sensor's grids
    bloom: float = 0.0
    defocus: float = 0.0
    motion: tuple[float, float] = (0.0, 0.0)  # length, radians
    smear: float = 0.0
    wobble_px: float = 0.0
    comb_px: float = 0.0  # movement between odd and even rows of an interlaced picture
    streak: float = 0.0  # the reflection of a window across the code
    lamps: int = 0  # reflections of lamps
    exposure: float = 1.0
    noise: float = 3.0
    quality: int = 85
    zoom: float = 1.0  # digital zoom
    before: tuple[Fault, float] | None = None  # a fault of the light, and its strength
    after: tuple[Spoil, float] | None = None  # a fault of the frame, and its strength


def taken(rng: Generator, text: str, shot: Shot, beside: tuple[str, Shot] | None = None) -> Frame:
    """The frame of *text*, optionally with another code *beside* it."""
    thing = a_thing(rng, text, shot.look)
    largest_px = min(600, WIDTH - 80) / thing.modules
    if shot.module_px > largest_px:
        shot = replace(shot, module_px=largest_px)
    scene = a_counter(rng, cluttered=shot.cluttered, width=WIDTH * OVER, height=HEIGHT * OVER)
    if beside is not None:
        place(rng, scene, a_thing(rng, beside[0], beside[1].look), beside[1])
    place(rng, scene, thing, shot)
    return seen(rng, scene, shot, thing.modules * shot.module_px)


def taken_empty(rng: Generator, shot: Shot) -> Frame:
    """The counter without a code."""
    scene = a_counter(rng, cluttered=shot.cluttered, width=WIDTH * OVER, height=HEIGHT * OVER)
    return seen(rng, scene, shot, 150)


def seen(rng: Generator, scene: Frame, shot: Shot, code_px: float) -> Frame:
    """A drawn scene as seen by the camera."""
    bright = scene.astype(np.float32)
    if shot.raster:
        bright += _raster(rng, shot.raster)[..., None]
    sensed = cv2.resize(np.clip(bright, 0, 255), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    light = np.asarray((sensed / 255) ** GAMMA, np.float32)
    light = _lens(rng, _lit(rng, light, shot, code_px), shot)
    if shot.before is not None:
        fault, hard = shot.before
        light = fault(rng, light, hard, shot.centre, code_px)
    if shot.comb_px:
        light[1::2] = np.roll(light, round(shot.comb_px), axis=1)[1::2]
    if shot.zoom > 1:
        light = _zoomed(light, shot)
    light = np.clip(light * shot.exposure, 0, 1)
    grain = rng.normal(0, shot.noise, (HEIGHT, WIDTH, 1)) + cv2.resize(
        rng.normal(0, shot.noise * 0.6, (HEIGHT // 2, WIDTH // 2, 3)), (WIDTH, HEIGHT)
    )
    frame = np.clip(light ** (1 / GAMMA) * 255 + grain, 0, 255).astype(np.uint8)
    if shot.after is not None:
        spoil, hard = shot.after
        frame = spoil(rng, frame, hard, shot.centre, code_px)
    if shot.mirrored:
        frame = np.ascontiguousarray(frame[:, ::-1])
    sent = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, shot.quality])[1]
    return np.asarray(cv2.imdecode(sent, cv2.IMREAD_COLOR), np.uint8)


def place(rng: Generator, scene: Frame, thing: Thing, shot: Shot) -> None:
    """Draws *thing* into *scene* as held by *shot*."""
    picture = thing.picture.copy()
    (x, y), side = thing.code_at, thing.code_px
    if shot.cover is not None:
        dx, dy, r = shot.cover
        skin = tuple(int(tone) for tone in np.array([120, 150, 205]) + rng.uniform(-30, 30, 3))
        axes = (int(r * side), int(r * side * rng.uniform(0.8, 1.2)))
        cv2.ellipse(picture, (int(x + dx * side), int(y + dy * side)), axes, 0, 0, 360, skin, -1, cv2.LINE_AA)
    for _ in range(shot.cracks):
        points = np.cumsum(rng.normal(0, side / 6, (9, 2)), axis=0) + np.array([x, y])
        cv2.polylines(picture, [points.astype(np.int32)], False, (200, 205, 210), int(side / 90) + 1, cv2.LINE_AA)
    if shot.bend:
        picture = _bent(picture, shot.bend)
    matrix = _projection((x, y), side / thing.modules, shot)
    shrink = min(1.0, 1.3 * shot.module_px * OVER * thing.modules / side)
    if shrink < 1:  # scaled down first, so that the warp skips no pixels
        picture = cv2.resize(picture, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
        matrix = matrix @ np.diag([1 / shrink, 1 / shrink, 1.0])
    size = (scene.shape[1], scene.shape[0])
    warped = cv2.warpPerspective(picture, matrix, size)
    mask = cv2.warpPerspective(np.full(picture.shape[:2], 255, np.uint8), matrix, size)
    share = mask[..., None].astype(np.float32) / 255
    inside = mask > 0
    scene[inside] = (warped * share + scene * (1 - share))[inside].astype(np.uint8)


def _projection(at: tuple[float, float], module: float, shot: Shot) -> NDArray[np.float64]:
    """The projection of a turned and tilted plane by a pin-hole camera."""
    turned = cv2.Rodrigues(np.array([0.0, 0.0, math.radians(shot.turn)]))[0]
    tilted = cv2.Rodrigues(np.radians([*shot.tilt, 0.0]))[0] @ turned
    scale = shot.module_px / module
    plane = np.array([[scale, 0, -at[0] * scale], [0, scale, -at[1] * scale], [0, 0, 1]])
    pose = np.column_stack([tilted[:, 0], tilted[:, 1], (0, 0, FOCAL_PX)])
    lens = np.array([[FOCAL_PX, 0, 0], [0, FOCAL_PX, 0], [0, 0, 1]])
    onto = np.array([[OVER, 0, shot.centre[0] * OVER], [0, OVER, shot.centre[1] * OVER], [0, 0, 1]])
    return np.asarray(onto @ lens @ pose @ plane, np.float64)


def _bent(picture: Frame, angle: float) -> Frame:
    height, width = picture.shape[:2]
    across = np.linspace(-1, 1, width)
    source = np.arcsin(across * math.sin(angle)) / angle
    columns = np.tile(((source + 1) / 2 * (width - 1)).astype(np.float32), (height, 1))
    rows = np.tile(np.arange(height, dtype=np.float32)[:, None], (1, width))
    shade = (0.6 + 0.4 * np.cos(across * angle))[None, :, None]
    return np.asarray(cv2.remap(picture, columns, rows, cv2.INTER_LINEAR) * shade, np.uint8)


def _raster(rng: Generator, strength: float) -> Light:
    """Moiré: the interference of two fine grids."""
    rows, columns = np.mgrid[: HEIGHT * OVER, : WIDTH * OVER].astype(np.float32)
    angle, period = rng.uniform(0, math.pi), rng.uniform(3.2, 6.4)
    along = columns * math.cos(angle) + rows * math.sin(angle)
    across = rows * math.cos(angle) - columns * math.sin(angle)
    fine = np.cos(along * (2 * math.pi / period)) + np.cos(along * (2 * math.pi / period) * rng.uniform(1.02, 1.12))
    slow = np.cos(across * (2 * math.pi / rng.uniform(20, 70)))
    return np.asarray(strength * (12 + 26 * fine / 2 + 22 * slow), np.float32)


def _lit(rng: Generator, light: Light, shot: Shot, code_px: float) -> Light:
    """Lamps, shadows and flicker."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    angle = rng.uniform(0, math.pi)
    x = columns - shot.centre[0] - rng.uniform(-0.4, 0.4) * code_px
    y = rows - shot.centre[1] - rng.uniform(-0.4, 0.4) * code_px
    along = x * math.cos(angle) + y * math.sin(angle)
    across = y * math.cos(angle) - x * math.sin(angle)
    if shot.shadow:
        edge = 0.5 + 0.5 * np.tanh(along / rng.uniform(4, 50))
        light = light * (1 - 0.9 * shot.shadow * edge)[..., None]
    if shot.glare:
        r = code_px * (0.12 + 0.28 * shot.glare)
        spot = np.exp(-((along / r) ** 2) - (across / (r * rng.uniform(0.4, 0.9))) ** 2)
        light = light + (rng.uniform(1, 2.5) * spot + 0.2 * shot.glare)[..., None]
    if shot.streak:
        width = code_px * (0.08 + 0.2 * shot.streak)
        light = light + (rng.uniform(0.5, 1.5) * np.exp(-((across / width) ** 2)))[..., None]
    for _ in range(shot.lamps):
        at = rng.uniform(-0.5, 0.5, 2) * code_px + shot.centre
        r = code_px * rng.uniform(0.02, 0.06)
        light = light + (1.5 * np.exp(-((columns - at[0]) ** 2 + (rows - at[1]) ** 2) / (2 * r * r)))[..., None]
    if shot.bands:
        period = rng.uniform(40, 220)
        light = light * (1 - shot.bands * (0.5 + 0.5 * np.sin(rows * 2 * math.pi / period)))[..., None]
    return np.asarray(light, np.float32)


def _lens(rng: Generator, light: Light, shot: Shot) -> Light:
    """Focus, motion, fingerprints, glow, and rolling shutter."""
    module = shot.module_px
    if shot.bloom:
        light = np.asarray(light * (1.2 + 3 * shot.bloom), np.float32)
        glow = cv2.GaussianBlur(light, (0, 0), 6 + module) * (0.12 * shot.bloom)
        light = np.asarray(
            cv2.GaussianBlur(light, (0, 0), max(0.3, module * 0.3 * (1 + shot.bloom))) + glow, np.float32
        )
    if shot.defocus:
        light = _spread(light, disc(shot.defocus * module))
    if shot.motion[0]:
        light = _spread(light, stroke(shot.motion[0] * module, shot.motion[1]))
    if shot.smear:
        soft = cv2.GaussianBlur(light, (0, 0), module * shot.smear) * 0.85 + 0.08
        spots = cv2.resize(
            rng.uniform(0, 1, (9, 16)).astype(np.float32), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC
        )
        share = np.clip(spots * 2.5 - 0.6, 0, 1)[..., None]
        light = np.asarray(light * (1 - share) + soft * share, np.float32)
    if shot.wobble_px:
        rows, columns = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
        sway = shot.wobble_px * np.sin(rows * 2 * math.pi / rng.uniform(120, 400) + rng.uniform(0, 6))
        light = np.asarray(cv2.remap(light, columns + sway, rows, cv2.INTER_LINEAR), np.float32)
    return np.asarray(cv2.GaussianBlur(light, (0, 0), 0.4), np.float32)


def _spread(light: Light, kernel: Light) -> Light:
    return np.asarray(cv2.filter2D(light, -1, kernel), np.float32)


def _zoomed(light: Light, shot: Shot) -> Light:
    wide, tall = WIDTH / shot.zoom, HEIGHT / shot.zoom
    left = min(max(0.0, shot.centre[0] - wide / 2), WIDTH - wide)
    top = min(max(0.0, shot.centre[1] - tall / 2), HEIGHT - tall)
    part = light[int(top) : int(top + tall), int(left) : int(left + wide)]
    return np.asarray(cv2.resize(part, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR), np.float32)


def disc(radius_px: float) -> Light:
    """The point spread of a defocused lens."""
    n = math.ceil(radius_px)
    y, x = np.mgrid[-n : n + 1, -n : n + 1]
    spot = np.clip(radius_px + 0.5 - np.hypot(x, y), 0, 1)
    return np.asarray(spot / spot.sum(), np.float32)


def stroke(length_px: float, angle: float) -> Light:
    """The point spread of motion during exposure."""
    n = math.ceil(length_px / 2) + 1
    drawn = np.zeros((2 * n + 1, 2 * n + 1), np.float32)
    for at in np.linspace(-length_px / 2, length_px / 2, 8 * n):
        x, y = n + at * math.cos(angle), n + at * math.sin(angle)
        left, top = math.floor(x), math.floor(y)
        for column, row in ((left, top), (left + 1, top), (left, top + 1), (left + 1, top + 1)):
            drawn[row, column] += (1 - abs(x - column)) * (1 - abs(y - row))
    return np.asarray(drawn / drawn.sum(), np.float32)
