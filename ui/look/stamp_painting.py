"""Painting of the row of stamps: earned, waiting, next and empty ones, and the reward at the end."""

from collections.abc import Callable

from msgspec import Struct
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from terminal.interface.views import StampsView
from ui.look.icons import paint_icon
from ui.look.theme import Theme, Type

ONE_ROW_MAX, TWO_ROWS_MAX = 10, 20


class Disc(Struct, frozen=True):
    """The position of one stamp."""

    centre: QPointF
    radius: float


def places(box: QRectF, target: int, disc: float, small: float) -> list[Disc]:
    """The positions of *target* stamps in *box*; empty if a bar is drawn instead."""
    if target > TWO_ROWS_MAX or target < 1:
        return []
    rows = 1 if target <= ONE_ROW_MAX else 2
    columns = -(-target // rows)
    size = disc if rows == 1 else small
    size = min(size, box.width() / columns * 0.9, box.height() / rows * 0.9)
    pitch = min((box.width() - size) / max(1, columns - 1), size * 2)
    middle = box.center().y()
    found = []
    for index in range(target):
        row, column = divmod(index, columns)
        y = middle if rows == 1 else middle + (row - 0.5) * size * 1.16
        found.append(Disc(QPointF(box.x() + size / 2 + column * pitch, y), size / 2))
    return found


def paint_stamps(
    painter: QPainter,
    theme: Theme,
    box: QRectF,
    stamps: StampsView,
    fresh: int = 0,
    *,
    grown: Callable[[int], float] | None = None,
    size: float = 58,
) -> None:
    """Paints the stamps towards the next reward; the last *fresh* ones were just given and are marked.

    *grown* gives how far each stamp has appeared, 0 to 1, during an animation. *size* is the largest diameter.
    """
    shown = stamps.shown
    discs = places(box, stamps.target, theme.px(size), theme.px(size * 44 / 58))
    if not discs:
        _paint_bar(painter, theme, box, shown, stamps.target)
        return
    _paint_line(painter, theme, discs, shown)
    first_waiting = shown - max(0, min(stamps.waiting, shown))
    for index, disc in enumerate(discs):
        last = index == len(discs) - 1
        part = 1.0 if grown is None or index >= shown else grown(index)
        if index < shown and part > 0:
            _paint_earned(painter, theme, Disc(disc.centre, disc.radius * part), "gift" if last else "coffee")
            if index >= shown - fresh:
                _paint_mark(painter, theme, disc)
            if index >= first_waiting and part >= 1.0:
                _paint_waiting(painter, theme, disc)  # above the ring, which would otherwise cross the clock
        else:
            _paint_empty(painter, theme, disc, index + 1, is_next=index == shown, last=last)


def _paint_line(painter: QPainter, theme: Theme, discs: list[Disc], shown: int) -> None:
    for index in range(len(discs) - 1):
        start, end = discs[index], discs[index + 1]
        if start.centre.y() != end.centre.y():
            continue
        earned = index + 1 < shown
        painter.setPen(QPen(theme.colour("gold" if earned else "night_well"), theme.px(2)))
        painter.drawLine(
            QPointF(start.centre.x() + start.radius, start.centre.y()),
            QPointF(end.centre.x() - end.radius, end.centre.y()),
        )


def _paint_earned(painter: QPainter, theme: Theme, disc: Disc, icon: str) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour("gold"))
    painter.drawEllipse(disc.centre, disc.radius, disc.radius)
    paint_icon(painter, icon, disc.centre, round(disc.radius * 0.98), theme.colour("on_gold"))


def _paint_waiting(painter: QPainter, theme: Theme, disc: Disc) -> None:
    painter.setPen(QPen(theme.colour("night_line"), theme.px(2)))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(disc.centre, disc.radius - 1, disc.radius - 1)
    at = disc.centre + QPointF(disc.radius, disc.radius) * 0.72
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour("night"))
    painter.drawEllipse(at, theme.px(11), theme.px(11))
    paint_icon(painter, "clock-3", at, theme.px(18), theme.colour("on_night"))


def _paint_mark(painter: QPainter, theme: Theme, disc: Disc) -> None:
    """Marks a new stamp with a ring, or with a check mark if reduced motion is chosen."""
    if not theme.still:
        _paint_ring(painter, theme, disc)
        return
    at = disc.centre + QPointF(disc.radius, -disc.radius) * 0.72
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour("on_night"))
    painter.drawEllipse(at, disc.radius * 0.38, disc.radius * 0.38)
    paint_icon(painter, "check", at, round(disc.radius * 0.56), theme.colour("night"))


def _paint_ring(painter: QPainter, theme: Theme, disc: Disc) -> None:
    painter.setPen(QPen(theme.colour("gold"), theme.px(3)))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    radius = disc.radius + theme.px(5)
    painter.drawEllipse(disc.centre, radius, radius)


def _paint_empty(painter: QPainter, theme: Theme, disc: Disc, number: int, *, is_next: bool, last: bool) -> None:
    painter.setPen(QPen(theme.colour("gold" if is_next else "night_line"), theme.px(2.5 if is_next else 1.6)))
    painter.setBrush(theme.colour("night_well"))
    painter.drawEllipse(disc.centre, disc.radius - 1, disc.radius - 1)
    ink = theme.colour("gold" if is_next else "on_night3")
    if last:
        paint_icon(painter, "gift", disc.centre, round(disc.radius * 0.98), ink)
        return
    font = theme.font(Type.BUTTON_SMALL)
    font.setPixelSize(max(font.pixelSize(), round(disc.radius * 0.66)))
    painter.setFont(font)
    painter.setPen(ink)
    box = QRectF(disc.centre.x() - disc.radius, disc.centre.y() - disc.radius, disc.radius * 2, disc.radius * 2)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(number))


def _paint_bar(painter: QPainter, theme: Theme, box: QRectF, shown: int, target: int) -> None:
    height = theme.px(24)
    bar = QRectF(box.x(), box.center().y() - height / 2, box.width(), height)
    painter.setPen(QPen(theme.colour("night_line"), theme.px(1.6)))
    painter.setBrush(theme.colour("night_well"))
    painter.drawRoundedRect(bar, height / 2, height / 2)
    if shown and target:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("gold"))
        bar.setWidth(max(float(height), bar.width() * shown / target))
        painter.drawRoundedRect(bar, height / 2, height / 2)
