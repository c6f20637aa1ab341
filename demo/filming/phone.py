"""Flat drawings of what customers hold up: a phone with a card on screen, light or dark, or a printed card.

Drawn at twice the size and scaled down, because OpenCV draws corners without anti-aliasing.
"""

import cv2
import numpy as np
import segno

from terminal.scanner.frames import Frame, Gray

Colour = tuple[int, int, int]  # blue, green, red: OpenCV's order

NIGHT: Colour = (74, 32, 18)
GOLD: Colour = (63, 185, 245)
CASE: Colour = (30, 26, 24)
PAPER: Colour = (244, 248, 250)
WHITE: Colour = (255, 255, 255)
ON_NIGHT: Colour = (232, 202, 191)
LIGHT_SCREEN, LIGHT_INK = (246, 240, 237), (54, 26, 14)
DARK_SCREEN, DARK_INK = (30, 15, 9), (252, 245, 242)

PHONE_SIZE = (660, 1320)  # width and height in drawn pixels
CARD_SIZE = (860, 540)
QUIET_MODULES = 4


def phone(text: str, *, dark: bool) -> tuple[Frame, Gray]:
    """A phone that shows *text* as a code, and its outline as a mask. In dark mode the code is inverted."""
    width, height = PHONE_SIZE
    screen, ink = (DARK_SCREEN, DARK_INK) if dark else (LIGHT_SCREEN, LIGHT_INK)
    picture = np.full((height, width, 3), CASE, np.uint8)
    _fill(picture, (16, 16), (width - 16, height - 16), 66, screen)
    _fill(picture, (width // 2 - 70, 40), (width // 2 + 70, 70), 15, CASE)
    _write(picture, "My card", (60, 190), 58, ink, weight=700)
    code = _code(text, 14, ink=ink, paper=screen if dark else WHITE)
    left = (width - code.shape[1]) // 2
    picture[250 : 250 + code.shape[0], left : left + code.shape[1]] = code
    _fill(picture, (50, 880), (width - 50, 1180), 40, NIGHT)
    cv2.circle(picture, (150, 1030), 52, GOLD, -1, cv2.LINE_AA)
    _write(picture, "Hold this up", (235, 1015), 42, WHITE, weight=600)
    _write(picture, "at the counter", (235, 1070), 34, ON_NIGHT, weight=400)
    return _halved(picture, 78)


def printed_card(text: str) -> tuple[Frame, Gray]:
    """A printed plastic card with the code, and its outline as a mask."""
    width, height = CARD_SIZE
    picture = np.full((height, width, 3), PAPER, np.uint8)
    picture[:, : width // 3] = NIGHT
    cv2.circle(picture, (width // 6, 200), 74, GOLD, -1, cv2.LINE_AA)
    _write(picture, "Stamp card", (36, 370), 36, PAPER, weight=600)
    code = _code(text, 12, ink=(30, 20, 20), paper=PAPER)
    left, top = width // 3 + (2 * width // 3 - code.shape[1]) // 2, (height - code.shape[0]) // 2
    picture[top : top + code.shape[0], left : left + code.shape[1]] = code
    return _halved(picture, 44)


def _code(text: str, module_px: int, *, ink: Colour, paper: Colour) -> Frame:
    code = segno.make_qr(text, error="m", boost_error=False)
    modules = np.array([list(row) for row in code.matrix_iter(border=QUIET_MODULES)], np.uint8)
    drawn = np.where(modules[..., None] > 0, np.array(ink, np.uint8), np.array(paper, np.uint8))
    return drawn.repeat(module_px, axis=0).repeat(module_px, axis=1)


def _fill(picture: Frame, start: tuple[int, int], end: tuple[int, int], radius: int, colour: Colour) -> None:
    (left, top), (right, bottom) = start, end
    cv2.rectangle(picture, (left + radius, top), (right - radius, bottom), colour, -1)
    cv2.rectangle(picture, (left, top + radius), (right, bottom - radius), colour, -1)
    for x in (left + radius, right - radius):
        for y in (top + radius, bottom - radius):
            cv2.circle(picture, (x, y), radius, colour, -1, cv2.LINE_AA)


def _write(picture: Frame, words: str, at: tuple[int, int], size: int, colour: Colour, *, weight: int) -> None:
    cv2.putText(picture, words, at, colour, cv2.FontFace("sans"), size, weight=weight)


def _halved(picture: Frame, radius: int) -> tuple[Frame, Gray]:
    height, width = picture.shape[:2]
    mask = np.zeros((height, width, 3), np.uint8)
    _fill(mask, (0, 0), (width - 1, height - 1), radius, (255, 255, 255))
    half = (width // 2, height // 2)
    small = cv2.resize(picture, half, interpolation=cv2.INTER_AREA)
    outline = cv2.resize(mask[..., 0], half, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), np.asarray(outline, np.uint8)
