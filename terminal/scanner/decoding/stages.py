"""The decoders, and the repairs that help them: each stage takes one gray picture and gives the codes it could read.

A stage never raises for what is in a picture, whatever its library does, and knows nothing of streams or cards.
"""

import logging
from collections.abc import Callable, Iterable
from functools import cache
from types import ModuleType

import cv2
import numpy as np
import zxingcpp
from msgspec import Struct

from terminal.scanner.frames import Frame, Gray
from terminal.scanner.scans import PLAIN
from terminal.scanner.seen import Corners, Seen

DecodedText = tuple[str, Corners]

# Model 2 only: the wider `QRCode` includes Micro QR, which invents short texts on noise.
FORMATS = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2)

log = logging.getLogger(__name__)


class Stage(Struct, frozen=True):
    """One way to read a picture: what is done to it first, which decoder looks at it, how much larger it became."""

    name: str
    repair: Callable[[Gray], Gray]
    read: Callable[[Gray], Iterable[DecodedText]]
    scale: int = 1

    def look(self, gray: Gray) -> tuple[Seen, ...]:
        """The codes this stage reads in *gray*, their corners in the pixels of *gray*."""
        found = self.read(self.repair(gray))
        # An empty QR code is legal, and nothing to act on.
        return tuple(Seen(text, corners, self.name).placed(1 / self.scale) for text, corners in found if text)


def grayscale(frame: Frame) -> Gray | None:
    """*frame* as the decoders want it, or None when it holds no picture.

    zxing-cpp raises on floats, on BGRA and on empty arrays, pyzbar on empty ones: none of these gets past here.
    """
    if frame.ndim not in (2, 3) or frame.size == 0:
        return None
    channels = 1 if frame.ndim == 2 else frame.shape[2]
    if channels not in (1, 3, 4):
        return None
    if frame.dtype != np.uint8:
        finite = np.nan_to_num(frame.astype(np.float32), posinf=0, neginf=0)
        low, high = float(finite.min()), float(finite.max())
        frame = ((finite - low) * (255 / max(high - low, 1e-6))).astype(np.uint8)
    if channels == 1:
        return np.ascontiguousarray(frame.reshape(frame.shape[:2]))
    return np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY if channels == 3 else cv2.COLOR_BGRA2GRAY), np.uint8)


def channel(frame: Frame, index: int) -> Gray:
    """One colour of a frame alone: ink and ground of one brightness are as one in gray."""
    return np.asarray(cv2.extractChannel(frame, index), np.uint8)


def has_colours(frame: Frame) -> bool:
    return frame.ndim == 3 and frame.shape[2] >= 3 and frame.dtype == np.uint8


def read_zxing(gray: Gray, binarizer: zxingcpp.Binarizer = zxingcpp.Binarizer.LocalAverage) -> list[DecodedText]:
    """The fastest and best of the three: the one that looks at every frame."""
    try:
        codes = zxingcpp.read_barcodes(gray, formats=FORMATS, text_mode=zxingcpp.TextMode.Plain, binarizer=binarizer)
    except (ValueError, TypeError, RuntimeError, UnicodeDecodeError) as error:
        return _nothing("zxing-cpp", error)
    found: list[DecodedText] = []
    for code in codes:
        at = code.position
        ring = (at.top_left, at.top_right, at.bottom_right, at.bottom_left)
        a, b, c, d = ((float(point.x), float(point.y)) for point in ring)
        found.append((code.text, (a, b, c, d)))
    return found


def read_in_black_and_white(gray: Gray) -> list[DecodedText]:
    """As `read_zxing`, with one threshold for the whole picture: blurred codes whose light is even."""
    return read_zxing(gray, zxingcpp.Binarizer.GlobalHistogram)


def read_zbar(gray: Gray) -> list[DecodedText]:
    """What libzbar sees; nothing on a machine without it."""
    pyzbar = _pyzbar()
    if pyzbar is None:
        return []
    try:
        symbols = pyzbar.decode(gray, symbols=[pyzbar.ZBarSymbol.QRCODE])
    except (pyzbar.PyZbarError, ValueError, ZeroDivisionError) as error:
        return _nothing("zbar", error)
    found: list[DecodedText] = []
    for symbol in symbols:
        corners = [(float(point.x), float(point.y)) for point in symbol.polygon]
        if len(corners) != 4:
            left, top, width, height = (float(value) for value in symbol.rect)
            corners = [(left, top), (left + width, top), (left + width, top + height), (left, top + height)]
        found.append((symbol.data.decode("utf-8", "replace"), (corners[0], corners[1], corners[2], corners[3])))
    return found


def read_opencv(gray: Gray) -> list[DecodedText]:
    """OpenCV's own detector and decoder, made anew each time: it keeps state, and two threads may look at once."""
    try:
        _, texts, quads, _ = cv2.QRCodeDetector().detectAndDecodeMulti(gray)
    except (cv2.error, UnicodeDecodeError) as error:  # foreign bytes in a code are raised, not returned
        return _nothing("opencv", error)
    found: list[DecodedText] = []
    for text, quad in zip(texts, quads if quads is not None else (), strict=False):
        a, b, c, d = ((float(x), float(y)) for x, y in quad)
        found.append((text, (a, b, c, d)))
    return found


def read_bent(gray: Gray) -> list[DecodedText]:
    """OpenCV's reader of codes whose lines are not straight: creased paper, a hand that shakes while rows are read."""
    try:
        text, quad, _ = cv2.QRCodeDetector().detectAndDecodeCurved(gray)
    except (cv2.error, UnicodeDecodeError) as error:
        return _nothing("opencv", error)
    if not text or quad is None:
        return []
    a, b, c, d = ((float(x), float(y)) for x, y in quad.reshape(-1, 2)[:4])
    return [(text, (a, b, c, d))]


def as_it_is(gray: Gray) -> Gray:
    return gray


def sharpened(gray: Gray, sigma: float = 4, amount: float = 4) -> Gray:
    """Edges pulled apart again: bloom, low contrast, focus that is a little off."""
    soft = cv2.GaussianBlur(gray, (0, 0), sigma)
    return np.asarray(cv2.addWeighted(gray, 1 + amount, soft, -amount, 0), np.uint8)


def sharpened_quickly(gray: Gray, window: int, amount: float) -> Gray:
    """As `sharpened`, at a third of the time."""
    soft = cv2.stackBlur(gray, (window, window))
    return np.asarray(cv2.addWeighted(gray, 1 + amount, soft, -amount, 0), np.uint8)


def softened(gray: Gray) -> Gray:
    """Noise and creases smoothed away, for a reader that follows lines."""
    return np.asarray(cv2.GaussianBlur(gray, (0, 0), 2), np.uint8)


def darkened(gray: Gray) -> Gray:
    """The brightest tones spread over all: a screen whose light runs over its modules."""
    return np.asarray(cv2.LUT(gray, _DARKENED), np.uint8)


def thickened(gray: Gray) -> Gray:
    """What is dark made broader, edges pulled apart: modules eaten by light around them, thin ones, dots."""
    return sharpened_quickly(np.asarray(cv2.erode(gray, np.ones((3, 3), np.uint8)), np.uint8), 33, 4)


def calmed(gray: Gray) -> Gray:
    """Noise taken out, edges kept: little light, cracks."""
    return np.asarray(cv2.medianBlur(gray, 7), np.uint8)


def thresholded(gray: Gray, sigma: float, window: int) -> Gray:
    """Black and white by the light around each pixel: glare, shadows, moiré."""
    soft = cv2.GaussianBlur(gray, (0, 0), sigma)
    method, kind = cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY
    return np.asarray(cv2.adaptiveThreshold(soft, 255, method, kind, window, 2), np.uint8)


def larger(gray: Gray) -> Gray:
    """Twice the size: codes far away, whose modules are hardly a pixel wide."""
    height, width = gray.shape
    return np.asarray(cv2.resize(gray, (2 * width, 2 * height), interpolation=cv2.INTER_CUBIC), np.uint8)


def evened(gray: Gray, contrast: float = 4) -> Gray:
    """Contrast made the same everywhere: reflections, over-exposed screens."""
    return np.asarray(cv2.createCLAHE(contrast, (8, 8)).apply(gray), np.uint8)


def framed(gray: Gray) -> Gray:
    """A quiet zone for a code that has none: all beyond what is light in the picture's middle is made light."""
    tone, white = cv2.threshold(cv2.medianBlur(gray, 5), 0, 255, cv2.THRESH_OTSU)
    reach = max(gray.shape) // 10  # over a finder pattern's dark middle
    one = cv2.morphologyEx(white, cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8))
    count, labels, sizes, _ = cv2.connectedComponentsWithStats(one)
    if count < 2:
        return gray
    largest = 1 + int(np.argmax(sizes[1:, cv2.CC_STAT_AREA]))
    light = cv2.findNonZero(np.asarray((labels == largest) & (white > 0), np.uint8))
    box = cv2.boxPoints(cv2.minAreaRect(light))
    inside = cv2.fillConvexPoly(np.zeros_like(gray), box.astype(np.int32), 255)
    return np.where(inside > 0, gray, np.uint8(min(255, int(tone) + 100)))


def one_field(gray: Gray) -> Gray:
    """Every second row alone: a camera that sends odd and even rows in turn tears what moves into a comb."""
    height, width = gray.shape
    return np.asarray(cv2.resize(gray[::2], (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


_DARKENED = (255 * (np.arange(256) / 255) ** 6).astype(np.uint8)

READ_PLAIN = Stage(PLAIN, as_it_is, read_zxing)


@cache
def _pyzbar() -> ModuleType | None:
    try:
        from pyzbar import pyzbar  # noqa: PLC0415 -- not at the top: it loads libzbar, which may be missing
    except (ImportError, OSError) as error:
        log.warning("libzbar is missing, its stage reads nothing: %s", error)
        return None
    module: ModuleType = pyzbar
    return module


def _nothing(decoder: str, error: Exception) -> list[DecodedText]:
    log.debug("%s could not look at a picture: %s", decoder, error)
    return []
