"""Further faults between a code and its frame: panes, dirt, folds, cheap sensors, image enhancement.

Each takes light or a finished frame and returns it in the same size; *hard* is from 0 to 1.
"""

import math
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Light = NDArray[np.float32]
Picture = NDArray[Any]
At = tuple[float, float]
Spoil = Callable[[Generator, Picture, float, At, float], Picture]
# arguments: light, hardness, position and width of the code in pixels
Fault = Callable[[Generator, Light, float, At, float], Light]


def skewed(rng: Generator, light: Light, hard: float, at: At, code_px: float) -> Light:
    """Rolling shutter: rows are read one after another while the hand moves."""
    lean = (0.1 + 0.4 * hard) * rng.choice([-1, 1])
    return _moved(light, lambda x, y: (x + lean * (y - at[1]), y))


def doubled(rng: Generator, light: Light, hard: float, at: At, code_px: float) -> Light:
    """A double reflection by both faces of a pane, or by a phone's glass and screen."""
    away, angle = code_px * rng.uniform(0.015, 0.07), rng.uniform(0, 2 * math.pi)
    shift = np.array([[1, 0, away * math.cos(angle)], [0, 1, away * math.sin(angle)]], np.float64)
    ghost = cv2.warpAffine(light, shift, (light.shape[1], light.shape[0]), borderMode=cv2.BORDER_REPLICATE)
    share = 0.15 + 0.3 * hard
    return np.asarray(light * (1 - share) + ghost * share, np.float32)


def lit_by_leds(rng: Generator, light: Light, hard: float, at: At, code_px: float) -> Light:
    """Flickering LED lamps before a camera on its side: vertical bars."""
    period, phase = rng.uniform(0.15, 1.2) * code_px, rng.uniform(0, 6)
    bars = 1 - (0.45 + 0.5 * hard) * (0.5 + 0.5 * np.sin(_columns(light) * 2 * math.pi / period + phase))
    return np.asarray(light * bars[..., None], np.float32)


def refreshed(rng: Generator, light: Light, hard: float, at: At, code_px: float) -> Light:
    """A screen refresh during exposure: a dark bar with sharp edges across the code."""
    middle, half = at[1] + rng.uniform(-0.4, 0.4) * code_px, code_px * rng.uniform(0.08, 0.3)
    inside = 0.5 - 0.5 * np.tanh((np.abs(_rows(light) - middle) - half) / rng.uniform(2, 16))
    return np.asarray(light * (1 - (0.6 + 0.36 * hard) * inside)[..., None], np.float32)


def hazy(rng: Generator, light: Light, hard: float, at: At, code_px: float) -> Light:
    """Haze from backlight or a greasy lens."""
    veil = 0.3 + 0.5 * hard
    across = _columns(light) * rng.uniform(-0.3, 0.3) / light.shape[1]
    return np.asarray(light * (1 - veil) * 0.7 + (veil * (0.8 + across))[..., None], np.float32)


def dirty(rng: Generator, light: Light, hard: float, at: At, code_px: float) -> Light:
    """Drops and crumbs on the lens, out of focus."""
    shade = np.ones(light.shape[:2], np.float32)
    for _ in range(3 + int(8 * hard)):
        x, y = (int(at[axis] + rng.uniform(-0.7, 0.7) * code_px) for axis in (0, 1))
        cv2.circle(shade, (x, y), int(code_px * rng.uniform(0.05, 0.16)), float(rng.uniform(0.15, 0.6)), -1)
    shade = np.asarray(cv2.GaussianBlur(shade, (0, 0), code_px * 0.03 + 2), np.float32)
    soft = cv2.GaussianBlur(light, (0, 0), 1 + 2 * hard)
    return np.asarray((light * shade[..., None] + soft * (1 - shade[..., None]) * 0.4), np.float32)


def vignetted(rng: Generator, light: Light, hard: float, at: At, code_px: float) -> Light:
    """Dark corners of a cheap lens, with the code in one of them."""
    away = np.hypot(_columns(light) - at[0] - code_px, _rows(light) - at[1] - 0.6 * code_px) / code_px
    return np.asarray(light * (1 / (1 + (away * (0.6 + 1.2 * hard)) ** 4))[..., None] * 1.6, np.float32)


def folded(rng: Generator, light: Light, hard: float, at: At, code_px: float) -> Light:
    """Folded paper: beyond a line it leans away and is darker or brighter."""
    along = rng.uniform(-0.3, 0.3) * code_px + at[0]
    narrow, drop = 1 + 0.1 + 0.45 * hard, rng.uniform(-0.25, 0.25) * hard
    shade = np.where(_columns(light) > along, rng.choice([0.45, 0.6, 1.5]), 1.0)

    def beyond(x: Light, y: Light) -> tuple[Light, Light]:
        over = np.maximum(0, x - along)
        return x + over * (narrow - 1), y + over * drop

    return np.asarray(_moved(light, beyond) * shade[..., None], np.float32)


def crumpled(rng: Generator, light: Light, hard: float, at: At, code_px: float) -> Light:
    """Crumpled paper: small displacements everywhere."""
    size = (light.shape[1], light.shape[0])
    by = [rng.normal(0, (0.006 + 0.016 * hard) * code_px, (9, 16)).astype(np.float32) for _ in range(2)]
    dx, dy = (cv2.resize(each, size, interpolation=cv2.INTER_CUBIC) for each in by)
    shade = 1 + 0.06 * (dx + dy) / (0.02 * code_px)
    return np.asarray(_moved(light, lambda x, y: (x + dx, y + dy)) * np.clip(shade, 0.3, 1.6)[..., None], np.float32)


def tinted(rng: Generator, light: Light, hard: float, at: At, code_px: float) -> Light:
    """A wrong white balance, as under coloured lamps."""
    gains = rng.uniform(0.9 - 0.8 * hard, 1.3, 3).astype(np.float32)
    return np.asarray(light * gains, np.float32)


def through_pixels(rng: Generator, light: Light, hard: float, at: At, code_px: float) -> Light:
    """A screen so close that its colour subpixels are visible."""
    period = rng.uniform(2.2, 5)
    phases = np.stack([_columns(light) * 2 * math.pi / period + shift for shift in (0, 2.1, 4.2)], axis=-1)
    return np.asarray(light * (1 - (0.3 + 0.4 * hard) * (0.5 + 0.5 * np.sin(phases))) * 1.3, np.float32)


def sharpened_too_much(rng: Generator, frame: Picture, hard: float, at: At, code_px: float) -> Picture:
    """Over-sharpening by the camera's software."""
    soft = cv2.GaussianBlur(frame, (0, 0), rng.uniform(0.8, 1 + 2.5 * hard))
    return cv2.addWeighted(frame, 2 + 4 * hard, soft, -1 - 4 * hard, 0)


def in_few_tones(rng: Generator, frame: Picture, hard: float, at: At, code_px: float) -> Picture:
    """A cheap sensor: few tones, and block artefacts in colours."""
    step = 12 + 50 * hard
    blocks = rng.normal(0, 10 + 40 * hard, (frame.shape[0] // 8, frame.shape[1] // 8, 3)).astype(np.float32)
    wander = cv2.resize(blocks, (frame.shape[1], frame.shape[0]))
    wander -= wander.mean(axis=2, keepdims=True)
    return np.clip(np.round((frame + wander) / step) * step, 0, 255).astype(np.uint8)


def with_dead_pixels(rng: Generator, frame: Picture, hard: float, at: At, code_px: float) -> Picture:
    """Salt-and-pepper noise of a worn sensor or bad cable."""
    chance = rng.random(frame.shape[:2])
    share = 0.01 + 0.1 * hard
    spoilt = frame.copy()
    spoilt[chance < share / 2] = 0
    spoilt[chance > 1 - share / 2] = 255
    return spoilt


def coarse(rng: Generator, frame: Picture, hard: float, at: At, code_px: float) -> Picture:
    """A small picture enlarged without smoothing."""
    size, by = (frame.shape[1], frame.shape[0]), 1.6 + 1.2 * hard
    small = cv2.resize(frame, None, fx=1 / by, fy=1 / by, interpolation=cv2.INTER_AREA)
    return cv2.resize(small, size, interpolation=cv2.INTER_NEAREST)


def _columns(light: Light) -> Light:
    return np.tile(np.arange(light.shape[1], dtype=np.float32), (light.shape[0], 1))


def _rows(light: Light) -> Light:
    return np.tile(np.arange(light.shape[0], dtype=np.float32)[:, None], (1, light.shape[1]))


def _moved(light: Light, source: Callable[[Light, Light], tuple[Light, Light]]) -> Light:
    x, y = source(_columns(light), _rows(light))
    maps = np.asarray(x, np.float32), np.asarray(y, np.float32)
    return np.asarray(cv2.remap(light, *maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT), np.float32)
