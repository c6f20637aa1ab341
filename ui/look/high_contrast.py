"""High-contrast colours: maps the design's roles to the system's few colours, instead of light or dark."""

from PySide6.QtGui import QColor, QPalette

from resources.colours import Colours
from ui.look.theme import ROLES

TEXT_LEAST = 4.5
_TEXT = frozenset(
    {"ink", "ink2", "ink3", "line_strong", "on_night", "on_night2", "on_night3", "night_line"}
    | {"gold_ink", "gold_line", "ok", "warn", "bad", "on_pill"}
)
_STRONG = frozenset(["gold", "gold_press", "primary", "focus", "seen"])
_ON_STRONG = frozenset(["on_gold", "on_primary"])


def in_high_contrast(palette: QPalette) -> Colours:
    """The colours for a high-contrast palette; important roles use the system's highlight if it is readable."""
    ground, text = palette.color(QPalette.ColorRole.Window), palette.color(QPalette.ColorRole.WindowText)
    strong, on_strong = palette.color(QPalette.ColorRole.Highlight), palette.color(QPalette.ColorRole.HighlightedText)
    if contrast(strong, ground) < TEXT_LEAST or contrast(on_strong, strong) < TEXT_LEAST:
        strong, on_strong = text, ground

    def of(role: str) -> str:
        if role == "scrim":
            return f"#D9{ground.name()[1:]}"
        if role in _TEXT:
            return text.name()
        return strong.name() if role in _STRONG else on_strong.name() if role in _ON_STRONG else ground.name()

    return Colours(**{role: of(role) for role in ROLES})


def contrast(one: QColor, other: QColor) -> float:
    """The contrast ratio by WCAG, between 1 and 21."""
    dim, bright = sorted((_luminance(one), _luminance(other)))
    return (bright + 0.05) / (dim + 0.05)


def _luminance(colour: QColor) -> float:
    def linear(part: float) -> float:
        return float(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)

    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF())
