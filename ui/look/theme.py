"""Colours, text styles and sizes by role. Widgets must name roles instead of colours or fonts."""

from enum import StrEnum

from msgspec import Struct
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPen

import resources
from resources.colours import DARK, LIGHT, Colours

ROLES = Colours.__struct_fields__


class Type(StrEnum):
    """The text styles."""

    CELEBRATION = "celebration"
    CUSTOMER = "customer"
    CUSTOMER_SECOND = "customer_second"
    CUSTOMER_BALANCE = "customer_balance"
    CUSTOMER_NOTE = "customer_note"
    GREAT_FIGURE = "great_figure"
    BALANCE = "balance"
    FIGURE = "figure"
    BAND = "band"
    PAGE_TITLE = "page_title"
    AMOUNT = "amount"
    NAME = "name"
    TITLE = "title"
    KEY = "key"
    BUTTON = "button"
    BUTTON_SMALL = "button_small"
    SIDE = "side"
    LEAD = "lead"
    BODY = "body"
    LABEL = "label"
    CAP = "cap"


class _Style(Struct, frozen=True):
    px: int
    line: int
    weight: QFont.Weight
    spacing: float = 0.0  # relative to the size
    family: str = "Inter"
    figures: bool = False  # tabular figures; not for sentences, as they widen hyphens


_BOLD, _SEMI, _MEDIUM, _REGULAR = (
    QFont.Weight.Bold,
    QFont.Weight.DemiBold,
    QFont.Weight.Medium,
    QFont.Weight.Normal,
)
_DISPLAY = "Inter Display"

STYLES = {
    Type.CELEBRATION: _Style(88, 88, _BOLD, -0.025, _DISPLAY),
    Type.CUSTOMER: _Style(92, 100, _BOLD, -0.02, _DISPLAY),
    Type.CUSTOMER_SECOND: _Style(40, 50, _MEDIUM),
    Type.CUSTOMER_BALANCE: _Style(64, 70, _BOLD, -0.015, _DISPLAY, figures=True),
    Type.CUSTOMER_NOTE: _Style(28, 36, _MEDIUM),
    Type.GREAT_FIGURE: _Style(88, 88, _BOLD, -0.02, _DISPLAY, figures=True),
    Type.BALANCE: _Style(52, 48, _BOLD, -0.015, _DISPLAY, figures=True),
    Type.FIGURE: _Style(48, 56, _BOLD, -0.015, _DISPLAY, figures=True),
    Type.BAND: _Style(48, 56, _BOLD, -0.015, _DISPLAY),
    Type.PAGE_TITLE: _Style(40, 48, _BOLD, -0.015, _DISPLAY),
    Type.AMOUNT: _Style(36, 40, _BOLD, 0.0, _DISPLAY, figures=True),
    Type.NAME: _Style(34, 42, _BOLD, -0.01, _DISPLAY),
    Type.TITLE: _Style(30, 38, _BOLD, -0.01, _DISPLAY),
    Type.KEY: _Style(28, 32, _SEMI, 0.0, _DISPLAY, figures=True),
    Type.BUTTON: _Style(24, 30, _SEMI, figures=True),
    Type.BUTTON_SMALL: _Style(20, 26, _SEMI),
    Type.SIDE: _Style(20, 26, _MEDIUM),
    Type.LEAD: _Style(20, 30, _REGULAR),
    Type.BODY: _Style(18, 26, _REGULAR),
    Type.LABEL: _Style(18, 26, _SEMI),
    Type.CAP: _Style(18, 24, _MEDIUM, figures=True),
}

RADIUS_CARD, RADIUS_PANEL, RADIUS_BUTTON, RADIUS_KEY, RADIUS_CAP = 20, 16, 14, 12, 8
WIDEST = 16_777_215  # Qt's value for an unlimited width or height


def load_fonts() -> None:
    """Loads the bundled fonts into Qt; fails if one is missing, because Qt would silently show boxes."""
    for name in (
        "Inter-Regular",
        "Inter-Medium",
        "Inter-SemiBold",
        "InterDisplay-SemiBold",
        "InterDisplay-Bold",
    ):
        loaded = QFontDatabase.addApplicationFont(str(resources.path(f"fonts/{name}.ttf")))
        assert loaded >= 0, f"the font {name} is missing from resources/fonts"


class Theme(QObject):
    """The current look: light or dark colours, and the scale of the system."""

    changed = Signal()

    def __init__(self, dark: bool = False, scale: float = 1.0, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._dark = dark
        self._system: Colours | None = None
        self._scale = scale
        self.still = False  # reduced motion: animations are at their end at once
        self._fonts: dict[Type, QFont] = {}

    @property
    def dark(self) -> bool:
        return self._dark

    @property
    def colours(self) -> Colours:
        return self._system or (DARK if self._dark else LIGHT)

    def set_dark(self, dark: bool, system: Colours | None = None) -> None:
        """Changes the colours; *system* are high-contrast colours, which take precedence."""
        if (dark, system) != (self._dark, self._system):
            self._dark, self._system = dark, system
            self.changed.emit()

    @property
    def casts_shadows(self) -> bool:
        return not self._dark and self._system is None

    def edge(self) -> QPen:
        """The pen for the edge of a ground: none, except in high contrast, where grounds have equal colours."""
        return QPen(Qt.PenStyle.NoPen) if self._system is None else QPen(self.colour("line_strong"), self.px(2))

    def colour(self, role: str) -> QColor:
        """The current colour of *role*."""
        return QColor(getattr(self.colours, role))

    def px(self, size: float) -> int:
        """Scales *size*, given for 100 %, to logical pixels of this system."""
        return round(size * self._scale)

    def font(self, style: Type) -> QFont:
        """A copy of the font of a text style."""
        if style not in self._fonts:
            self._fonts[style] = self._made(style)
        return QFont(self._fonts[style])

    def _made(self, style: Type) -> QFont:
        spec = STYLES[style]
        font = QFont(spec.family)
        font.setPixelSize(self.px(spec.px))
        font.setWeight(spec.weight)
        font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)  # hinting would space letters unevenly
        if spec.figures:
            font.setFeature(QFont.Tag("tnum"), 1)
        if spec.spacing:
            font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, spec.spacing * self.px(spec.px))
        return font
