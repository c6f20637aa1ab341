"""Detection of overlapping texts and controls from what a window really paints.

The window is painted into a recording, in which texts keep their words, fonts and places.
"""

import itertools
import re
import xml.etree.ElementTree as Xml
from dataclasses import dataclass

from PySide6.QtCore import QBuffer, QPoint, QPointF, QRect, QRectF
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QRegion, QTransform
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QWidget

from ui.widgets.overlay import Overlay

TOUCH = 2.0  # pixels of overlap allowed for soft edges and overhanging letters
_SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True, slots=True)
class Painted:
    """A text on the top layer: the boxes of its ink and its widget, and the visible part."""

    words: str
    box: QRectF
    owner: QRectF
    seen: QRectF


def painted(window: QWidget) -> list[Painted]:
    """All visible texts on the topmost layer of *window*."""
    layer = top_layer(window)
    widgets = [each for each in (layer, *layer.findChildren(QWidget)) if type(each) is not QWidget and each.isVisible()]
    return [each for widget in widgets for each in _painted_by(widget, layer)]


def overlapping(window: QWidget) -> list[str]:
    """Pairs of overlapping texts, and pairs of overlapping controls."""
    found = [
        f"{one.words!r} and {other.words!r}"
        for one, other in itertools.combinations(painted(window), 2)
        if _meet(one.box & one.seen, other.box & other.seen)
        and one.words != other.words  # selected text is painted twice
    ]
    controls = _controls(top_layer(window))
    found += [
        f"{one.accessibleName() or type(one).__name__} and {other.accessibleName() or type(other).__name__}"
        for one, other in itertools.combinations(controls, 2)
        if _meet(QRectF(_place(one)), QRectF(_place(other))) and not _within(one, other) and not _within(other, one)
    ]
    return sorted(set(found))


def outside(window: QWidget) -> list[str]:
    """Texts that cross the edge of their widget."""
    return sorted(
        {
            each.words
            for each in painted(window)
            if not each.owner.adjusted(-TOUCH, -TOUCH, TOUCH, TOUCH).contains(each.box)
        }
    )


def _painted_by(widget: QWidget, layer: QWidget) -> list[Painted]:
    seen = QRectF(_place(widget))
    if not seen.isValid():
        return []
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    drawing = QSvgGenerator()
    drawing.setOutputDevice(buffer)
    drawing.setSize(widget.size())
    drawing.setViewBox(widget.rect())
    painter = QPainter(drawing)
    widget.render(painter, QPoint(0, 0), QRegion(), QWidget.RenderFlag(0))  # without children
    painter.end()
    top = widget.mapTo(layer.window(), QPoint(0, 0))
    owner = QRectF(widget.rect()).translated(QPointF(top))
    found = _texts(Xml.fromstring(bytes(buffer.data().data())), QTransform())
    return [Painted(words, box.translated(QPointF(top)), owner, seen) for words, box in found if words.strip()]


def top_layer(window: QWidget) -> QWidget:
    """The topmost layer of the window."""
    open_ones = [overlay for overlay in window.findChildren(Overlay) if overlay.isVisible()]
    return open_ones[-1].panel if open_ones else window


def _texts(element: Xml.Element, transform: QTransform) -> list[tuple[str, QRectF]]:
    if moved := re.fullmatch(r"matrix\((.+)\)", element.get("transform", "")):
        m11, m12, m21, m22, dx, dy = (float(part) for part in moved[1].split(","))
        transform = QTransform(m11, m12, m21, m22, dx, dy) * transform
    if element.tag == f"{_SVG}text":
        words = "".join(element.itertext()).strip("\n")
        font = QFont(element.get("font-family", ""))
        font.setPixelSize(round(float(element.get("font-size", "16").removesuffix("px"))))
        font.setWeight(QFont.Weight(int(element.get("font-weight", "400"))))
        ink = QFontMetricsF(font).tightBoundingRect(words)
        ink.translate(QPointF(float(element.get("x", "0")), float(element.get("y", "0"))))
        return [(words, transform.mapRect(ink))]
    return [each for child in element for each in _texts(child, transform)]


def _controls(layer: QWidget) -> list[QWidget]:
    kinds: tuple[type[QWidget], ...] = (QAbstractButton, QLineEdit)
    return [each for kind in kinds for each in layer.findChildren(kind) if each.isVisible() and _place(each).isValid()]


def _place(widget: QWidget) -> QRect:
    """The visible part of a widget within scroll areas."""
    top = widget.window()
    box = QRect(widget.mapTo(top, QPoint(0, 0)), widget.size())
    parent = widget.parentWidget()
    while parent is not None and parent is not top:
        box &= QRect(parent.mapTo(top, QPoint(0, 0)), parent.size())
        parent = parent.parentWidget()
    return box


def _meet(one: QRectF, other: QRectF) -> bool:
    both = one & other
    return both.width() > TOUCH and both.height() > TOUCH


def _within(one: QWidget, other: QWidget) -> bool:
    return one.isAncestorOf(other)
