"""Text labels, grounds and avatars, drawn by role."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QWidget

from ui.look.theme import RADIUS_PANEL, Theme, Type
from ui.phrases.phrases import initials


class Text(QLabel):
    """A label with a text style and a colour role."""

    def __init__(
        self, theme: Theme, type_: Type, role: str = "ink", *, wrap: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme, self._role = theme, role
        self.setFont(theme.font(type_))
        self.setWordWrap(wrap)
        self.setTextFormat(Qt.TextFormat.PlainText)  # a customer's name must not be read as markup

    def set_role(self, role: str) -> None:
        if role != self._role:
            self._role = role
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Paints in the role's current colour; a changed palette would notify hundreds of labels."""
        painter = QPainter(self)
        painter.setPen(self._theme.colour(self._role))
        if self.wordWrap():
            painter.drawText(self.contentsRect(), self.alignment() | Qt.TextFlag.TextWordWrap, self.text())
            return
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.contentsRect().width())
        painter.drawText(self.contentsRect(), self.alignment() | Qt.TextFlag.TextSingleLine, shown)


class Ground(QWidget):
    """A rounded ground behind other widgets."""

    def __init__(
        self,
        theme: Theme,
        role: str = "surface",
        radius: int = RADIUS_PANEL,
        edge: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme, self._role, self._radius, self._edge = theme, role, radius, edge

    def set_role(self, role: str) -> None:
        self._role = role
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        radius = self._theme.px(self._radius)
        box = QRectF(self.rect())
        painter.setPen(Qt.PenStyle.NoPen)
        if self._role == "surface" and self._theme.casts_shadows and not self._edge:
            shadow = self._theme.colour("ink")
            shadow.setAlphaF(0.10)
            painter.setBrush(shadow)
            painter.drawRoundedRect(box, radius, radius)
            box.adjust(0, 0, 0, -1)
        painter.setPen(self._theme.edge())
        if self._edge:
            painter.setPen(QPen(self._theme.colour(self._edge), self._theme.px(1.5)))
        if painter.pen().style() is not Qt.PenStyle.NoPen:
            box.adjust(1, 1, -1, -1)
        painter.setBrush(self._theme.colour(self._role))
        painter.drawRoundedRect(box, radius, radius)


class Avatar(QWidget):
    """A colleague's initials in a disc."""

    def __init__(self, theme: Theme, size: int = 42, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._name, self._quiet = theme, "", False
        self.setFixedSize(theme.px(size), theme.px(size))

    def show_name(self, name: str, *, quiet: bool = False) -> None:
        self._name, self._quiet = name, quiet
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("line" if self._quiet else "primary"))
        painter.drawEllipse(QRectF(self.rect()))
        painter.setPen(self._theme.colour("ink2" if self._quiet else "on_primary"))
        painter.setFont(self._theme.font(Type.LABEL))
        painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, initials(self._name))
