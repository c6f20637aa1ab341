"""Deconvolution of blur with a known point spread (Wiener filter). Slow, so used on places in still pictures only."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from terminal.scanner.frames import Gray

NOISE = 0.015  # noise-to-signal ratio: less sharpens noise, more leaves blur

Spread = NDArray[np.float32]


def spot(radius: float) -> Spread:
    """The point spread of a defocused lens."""
    reach = math.ceil(radius)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    return _of_one(np.clip(radius + 0.5 - np.hypot(x, y), 0, 1))


def line(length: float, angle: float) -> Spread:
    """The point spread of a moving hand. Angle in radians."""
    reach = math.ceil(length / 2) + 1
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    along = np.abs(x * math.cos(angle) + y * math.sin(angle))
    off = np.abs(y * math.cos(angle) - x * math.sin(angle))
    return _of_one(np.clip(length / 2 + 0.5 - along, 0, 1) * np.clip(1 - off, 0, 1))


def unblurred(gray: Gray, spread: Spread) -> Gray:
    """*gray* before it was blurred by *spread*."""
    edge = max(spread.shape)
    height, width = gray.shape
    tall, wide = (cv2.getOptimalDFTSize(side + 2 * edge) for side in gray.shape)
    border = (edge, tall - edge - height, edge, wide - edge - width)
    seen = cv2.copyMakeBorder(gray.astype(np.float32), *border, cv2.BORDER_REPLICATE)
    point = np.zeros((tall, wide), np.float32)
    point[: spread.shape[0], : spread.shape[1]] = spread
    point = np.roll(point, (-(spread.shape[0] // 2), -(spread.shape[1] // 2)), (0, 1))
    of_seen, of_point = (cv2.dft(each, flags=cv2.DFT_COMPLEX_OUTPUT) for each in (seen, point))
    power = of_point[..., 0] ** 2 + of_point[..., 1] ** 2 + NOISE
    original = cv2.mulSpectrums(of_seen, of_point, 0, conjB=True) / power[..., None]
    sharp = cv2.idft(original, flags=cv2.DFT_SCALE | cv2.DFT_REAL_OUTPUT)
    return np.clip(sharp[edge : edge + height, edge : edge + width], 0, 255).astype(np.uint8)


def _of_one(drawn: NDArray[np.float64]) -> Spread:
    return np.asarray(drawn / drawn.sum(), np.float32)
