"""Tiles with the names of the staff, showing who is chosen and who is locked out."""

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from uuid import UUID

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QGridLayout, QSizePolicy, QWidget

from terminal.interface.views import StaffView
from ui.look.theme import RADIUS_PANEL, Theme, Type
from ui.phrases.phrases import Phrases, initials

ROOMY = 260  # width from which a tile has wide margins


class StaffTile(QAbstractButton):
    """A tile for one colleague."""

    def __init__(self, theme: Theme, phrases: Phrases, height: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._phrases = theme, phrases
        self._staff: StaffView | None = None
        self.setCheckable(True)
        self.setFixedHeight(theme.px(height))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(self._theme.px(300), self.height())

    def show_view(self, staff: StaffView, chosen: bool) -> None:
        self._staff = staff
        self.setChecked(chosen)
        self.setAccessibleName(f"{staff.name}, {self._phrases.role(staff)}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        staff = self._staff
        if staff is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, px = self._theme, self._theme.px
        locked = staff.locked_minutes > 0
        box = QRectF(self.rect())
        radius = px(RADIUS_PANEL)
        painter.setPen(Qt.PenStyle.NoPen)
        if not locked and theme.casts_shadows:
            shadow = theme.colour("ink")
            shadow.setAlphaF(0.10)
            painter.setBrush(shadow)
            painter.drawRoundedRect(box, radius, radius)
            box.adjust(0, 0, 0, -1)
        if not locked:
            painter.setPen(theme.edge())
        if self.isChecked():
            painter.setPen(QPen(theme.colour("focus"), px(3)))
            box.adjust(1.5, 1.5, -1.5, -1.5)
        painter.setBrush(theme.colour("disabled" if locked or self.isDown() else "surface"))
        painter.drawRoundedRect(box, radius, radius)
        self._paint_person(painter, staff, locked)

    def _paint_person(self, painter: QPainter, staff: StaffView, locked: bool) -> None:
        theme, px = self._theme, self._theme.px
        middle, edge = self.height() / 2, px(20 if self.width() >= px(ROOMY) else 12)
        disc = QRectF(edge, middle - px(26), px(52), px(52))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("line" if locked else "primary"))
        painter.drawEllipse(disc)
        painter.setPen(theme.colour("ink2" if locked else "on_primary"))
        painter.setFont(theme.font(Type.BUTTON_SMALL))
        painter.drawText(disc, Qt.AlignmentFlag.AlignCenter, initials(staff.name))
        words = disc.right() + px(12)
        room = self.width() - words - px(8)
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        font = theme.font(Type.BUTTON_SMALL)
        if QFontMetricsF(font).horizontalAdvance(staff.name) > room:
            font.setPixelSize(px(18))
        painter.setFont(font)
        painter.setPen(theme.colour("ink"))
        name = QFontMetricsF(font).elidedText(staff.name, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRectF(QPointF(words, middle - px(26)), QPointF(words + room, middle)), left, name)
        painter.setFont(theme.font(Type.BODY))
        painter.setPen(theme.colour("ink2"))
        under = QRectF(words, middle - px(1), room, px(26))
        painter.drawText(under, left, self._phrases.role(staff))


class StaffTiles(QWidget):
    """The tiles in columns; at most one is chosen."""

    chosen = Signal(object)
    locked_tapped = Signal(object)

    def __init__(
        self, theme: Theme, phrases: Phrases, columns: int, height: int, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme, self._phrases, self._height = theme, phrases, height
        self._columns = columns
        self._tiles: list[StaffTile] = []
        self._people: tuple[StaffView, ...] = ()
        self._chosen_id: UUID | None = None
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(theme.px(12))
        for column in range(columns):
            self._grid.setColumnStretch(column, 1)

    @property
    def people(self) -> tuple[StaffView, ...]:
        return self._people

    @property
    def person(self) -> StaffView | None:
        """The chosen person, as last shown."""
        return next((person for person in self._people if person.id == self._chosen_id), None)

    def show_view(self, people: tuple[StaffView, ...]) -> None:
        """Shows the staff; the choice is kept unless that person is gone or locked out."""
        self._people = people
        free = {person.id for person in people if not person.locked_minutes}
        if self._chosen_id not in free:
            self._chosen_id = None
        for index in range(len(self._tiles), len(people)):
            tile = StaffTile(self._theme, self._phrases, self._height)
            tile.clicked.connect(partial(self._tapped, index))
            self._tiles.append(tile)
            self._grid.addWidget(tile, index // self._columns, index % self._columns)
        for index, tile in enumerate(self._tiles):
            tile.setVisible(index < len(people))
            if index < len(people):
                tile.show_view(people[index], people[index].id == self._chosen_id)

    def stand_before(self, others: Sequence[QWidget]) -> None:
        """Lets Tab reach the tiles before *others*, which were made earlier; what has no place yet is left out."""
        here = [each for each in others if each.window() is self.window()]
        tabs = [each for each in here if each.focusPolicy() & Qt.FocusPolicy.TabFocus]
        for before, after in pairwise((*self._tiles, *tabs)):
            QWidget.setTabOrder(before, after)

    def choose(self, staff_id: UUID) -> None:
        """Chooses the person with this id, unless locked out. Ids, as the names of two people may look alike."""
        for person in self._people:
            if person.id == staff_id and not person.locked_minutes:
                self._chosen_id = staff_id
                self.show_view(self._people)
                self.chosen.emit(person)

    def choose_nobody(self) -> None:
        self._chosen_id = None
        self.show_view(self._people)

    def step(self, by: int) -> None:
        """Moves the choice to the next colleague who is not locked out, for the arrow keys."""
        free = [person.id for person in self._people if not person.locked_minutes]
        if free:
            at = 0 if self._chosen_id is None else free.index(self._chosen_id) + by
            self.choose(free[at % len(free)])

    def _tapped(self, index: int) -> None:
        person = self._people[index]
        if person.locked_minutes:
            self.show_view(self._people)  # undoes the tap's check mark
            self.locked_tapped.emit(person)
        else:
            self.choose(person.id)
