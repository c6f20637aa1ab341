"""An icon beside a text of the same meaning."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from ui.look.icons import paint_icon
from ui.look.theme import Theme


class IconLabel(QWidget):
    """An icon *size* wide, optionally on a round ground *well* wide."""

    def __init__(
        self,
        theme: Theme,
        icon: str,
        size: int,
        role: str = "ink",
        *,
        well: int = 0,
        ground: str = "night_well",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme, self._icon, self._size, self._role = theme, icon, size, role
        self._ground = ground if well else ""
        side = theme.px(well or size)
        self.setFixedSize(side, side)

    def show_icon(self, icon: str, role: str) -> None:
        self._icon, self._role = icon, role
        self.update()

    def set_ground(self, ground: str) -> None:
        self._ground = ground
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect())
        if self._ground:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.colour(self._ground))
            painter.drawEllipse(box)
        paint_icon(painter, self._icon, box.center(), self._theme.px(self._size), self._theme.colour(self._role))
