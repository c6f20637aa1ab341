"""The colour that a company chooses, and the text that reads on it."""

from dataclasses import dataclass

from resources.colours import LIGHT

READS_AT = 4.5  # the least contrast of a text
WHITE, INK = LIGHT.on_night, LIGHT.ink
_STEPS = 100


@dataclass(frozen=True, slots=True)
class Shade:
    """A ground with the text that reads on it, and the contrast between the two."""

    ground: str
    text: str
    contrast: float


def shade(colour: str) -> Shade:
    """The colour with white or ink on it; where neither reads, it is darkened until one does."""
    channels = _channels(colour)
    for step in range(_STEPS, -1, -1):
        ground = "#" + "".join(f"{channel * step // _STEPS:02X}" for channel in channels)
        best = max((Shade(ground, text, contrast(ground, text)) for text in (WHITE, INK)), key=lambda one: one.contrast)
        if best.contrast >= READS_AT:
            return best
    raise AssertionError("white reads on black")


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, as WCAG 2 defines it: from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _channels(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue
