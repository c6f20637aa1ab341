"""Timing and wrapping shared by the celebration and the customer window."""

from PySide6.QtGui import QFontMetricsF

from ui.look.motion import Motion, eased

LIT_MS, AFTER_MS, WHOLE_MS = 180, 40, 900  # duration for each stamp, delay between stamps, and total duration


def lit(motion: Motion, index: int) -> float:
    """How far the stamp at *index* has appeared, 0 to 1."""
    part = (motion.ms - AFTER_MS * index) / LIT_MS
    return 0.0 if part <= 0 else 0.6 + 0.4 * eased(part)


def lines(motion: Motion) -> float:
    """The drawn fraction of Orion's lines."""
    begins = WHOLE_MS / 2
    return min(1.0, max(0.0, (motion.ms - begins) / (WHOLE_MS - begins)))


def wrapped(words: str, width: float, metrics: QFontMetricsF) -> list[str]:
    """*words* in lines of at most *width*; longer words get a line of their own."""
    lines: list[str] = []
    for word in words.split():
        if lines and metrics.horizontalAdvance(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
