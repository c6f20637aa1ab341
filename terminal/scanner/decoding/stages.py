"""Decoders and repairs: each stage repairs a gray picture and returns the codes it reads.

A stage does not raise for the contents of a picture, whatever its library does.
"""

import logging
from collections.abc import Callable, Iterable
from functools import cache
from types import ModuleType

import cv2
import numpy as np
import zxingcpp
from msgspec import Struct

from loyalty.codes import PART_PREFIX
from terminal.scanner.decoding.sequences import QrShape, is_part
from terminal.scanner.frames import Frame, Gray
from terminal.scanner.scans import PLAIN
from terminal.scanner.seen import Corners, Seen

DecodedText = tuple[str, Corners]

# Model 2 only, because Micro QR finds false short texts in noise.
FORMATS = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2)

log = logging.getLogger(__name__)


class Stage(Struct, frozen=True):
    """A way to read a picture: a repair, a decoder, and the enlargement by the repair."""

    name: str
    repair: Callable[[Gray], Gray]
    read: Callable[[Gray], Iterable[DecodedText]]
    scale: int = 1

    def decode(self, gray: Gray) -> tuple[Seen, ...]:
        """The codes this stage reads in *gray*, with corners in pixels of *gray*."""
        found = self.read(self.repair(gray))
        # Empty QR codes are valid but useless.
        return tuple(Seen(text, corners, self.name).placed(1 / self.scale) for text, corners in found if text)


def grayscale(frame: Frame) -> Gray | None:
    """*frame* in the decoders' format, or None if it is not a picture.

    Filters what the libraries raise on: zxing-cpp on floats, BGRA and empty arrays, pyzbar on empty ones.
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
    """One colour channel of a frame; colours of equal brightness are indistinguishable in gray."""
    return np.asarray(cv2.extractChannel(frame, index), np.uint8)


def has_colours(frame: Frame) -> bool:
    return frame.ndim == 3 and frame.shape[2] >= 3 and frame.dtype == np.uint8


def read_zxing(gray: Gray, binarizer: zxingcpp.Binarizer = zxingcpp.Binarizer.LocalAverage) -> list[DecodedText]:
    """Decodes with zxing-cpp, the fastest and best decoder, used for every frame."""
    try:
        codes = zxingcpp.read_barcodes(gray, formats=FORMATS, text_mode=zxingcpp.TextMode.Plain, binarizer=binarizer)
    except (ValueError, TypeError, RuntimeError, UnicodeDecodeError) as error:
        return _nothing("zxing-cpp", error)
    found: list[DecodedText] = []
    for code in codes:
        at = code.position
        ring = (at.top_left, at.top_right, at.bottom_right, at.bottom_left)
        a, b, c, d = ((float(point.x), float(point.y)) for point in ring)
        found.append((_whole_or_part(gray, code, (a, b, c, d)), (a, b, c, d)))
    return found


def _whole_or_part(gray: Gray, code: zxingcpp.Barcode, corners: Corners) -> str:
    """A code's text, with a prefix if it is one of several linked codes."""
    built = code.extra
    if not isinstance(built, dict):
        return str(code.text)
    try:
        shape = QrShape(int(built["Version"]), str(built["ECLevel"]), int(built["DataMask"]))
    except (KeyError, TypeError, ValueError):
        return str(code.text)
    return f"{PART_PREFIX}{code.text}" if is_part(gray, corners, shape, len(code.bytes)) else str(code.text)


def read_in_black_and_white(gray: Gray) -> list[DecodedText]:
    """Like `read_zxing` with one threshold for the picture, for blurred codes in even light."""
    return read_zxing(gray, zxingcpp.Binarizer.GlobalHistogram)


def read_zbar(gray: Gray) -> list[DecodedText]:
    """Decodes with libzbar; nothing if it is not installed."""
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
    """Decodes with OpenCV. The detector is created each time, because it has state and threads may decode in
    parallel."""
    try:
        _, texts, quads, _ = cv2.QRCodeDetector().detectAndDecodeMulti(gray)
    except (cv2.error, UnicodeDecodeError) as error:  # raised for invalid bytes in a code
        return _nothing("opencv", error)
    found: list[DecodedText] = []
    for text, quad in zip(texts, quads if quads is not None else (), strict=False):
        a, b, c, d = ((float(x), float(y)) for x, y in quad)
        found.append((text, (a, b, c, d)))
    return found


def read_bent(gray: Gray) -> list[DecodedText]:
    """Decodes codes with curved lines, such as on creased paper, with OpenCV."""
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
    """Sharpens edges, for bloom, low contrast and slight defocus."""
    soft = cv2.GaussianBlur(gray, (0, 0), sigma)
    return np.asarray(cv2.addWeighted(gray, 1 + amount, soft, -amount, 0), np.uint8)


def sharpened_quickly(gray: Gray, window: int, amount: float) -> Gray:
    """Like `sharpened`, in a third of the time."""
    soft = cv2.stackBlur(gray, (window, window))
    return np.asarray(cv2.addWeighted(gray, 1 + amount, soft, -amount, 0), np.uint8)


def softened(gray: Gray) -> Gray:
    """Smooths noise and creases, for a decoder that follows lines."""
    return np.asarray(cv2.GaussianBlur(gray, (0, 0), 2), np.uint8)


def darkened(gray: Gray) -> Gray:
    """Spreads the brightest tones, for a screen whose light bleeds over modules."""
    return np.asarray(cv2.LUT(gray, _DARKENED), np.uint8)


def thickened(gray: Gray) -> Gray:
    """Broadens and sharpens dark parts, for modules thinned by light, thin modules and dots."""
    return sharpened_quickly(np.asarray(cv2.erode(gray, np.ones((3, 3), np.uint8)), np.uint8), 33, 4)


def calmed(gray: Gray) -> Gray:
    """Removes noise but keeps edges, for low light and cracks."""
    return np.asarray(cv2.medianBlur(gray, 7), np.uint8)


def thresholded(gray: Gray, sigma: float, window: int) -> Gray:
    """Black and white by local brightness, for glare, shadows and moiré."""
    soft = cv2.GaussianBlur(gray, (0, 0), sigma)
    method, kind = cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY
    return np.asarray(cv2.adaptiveThreshold(soft, 255, method, kind, window, 2), np.uint8)


def larger(gray: Gray) -> Gray:
    """Twice the size, for distant codes with modules of about a pixel."""
    height, width = gray.shape
    return np.asarray(cv2.resize(gray, (2 * width, 2 * height), interpolation=cv2.INTER_CUBIC), np.uint8)


def evened(gray: Gray, contrast: float = 4) -> Gray:
    """Equalises contrast locally, for reflections and over-exposed screens."""
    return np.asarray(cv2.createCLAHE(contrast, (8, 8)).apply(gray), np.uint8)


def framed(gray: Gray) -> Gray:
    """Adds a quiet zone, by making everything light outside the bright middle of the picture."""
    tone, white = cv2.threshold(cv2.medianBlur(gray, 5), 0, 255, cv2.THRESH_OTSU)
    reach = max(gray.shape) // 10  # bridges the dark middle of a finder pattern
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
    """Uses every second row, because interlaced cameras tear moving codes into combs."""
    height, width = gray.shape
    return np.asarray(cv2.resize(gray[::2], (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


_DARKENED = (255 * (np.arange(256) / 255) ** 6).astype(np.uint8)

READ_PLAIN = Stage(PLAIN, as_it_is, read_zxing)


@cache
def _pyzbar() -> ModuleType | None:
    try:
        from pyzbar import pyzbar  # noqa: PLC0415 - loads libzbar, which may be missing
    except (ImportError, OSError) as error:
        log.warning("libzbar is missing and not used: %s", error)
        return None
    module: ModuleType = pyzbar
    return module


def _nothing(decoder: str, error: Exception) -> list[DecodedText]:
    log.debug("%s failed on a picture: %s", decoder, error)
    return []
