"""Painting of QR codes, always dark on white, with the required quiet zone."""

from functools import lru_cache

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QColor, QPainter

QUIET_ZONE = 4  # white modules around a code
_DARK = QColor("#0E1A36")


@lru_cache(maxsize=1)
def _modules(text: str) -> tuple[bytes, ...]:
    from segno import make_qr  # noqa: PLC0415 - loads the standard library's HTTP

    return tuple(bytes(row) for row in make_qr(text, error="m").matrix)


def forget() -> None:
    """Removes the last painted code from memory."""
    _modules.cache_clear()


def paint_qr(painter: QPainter, box: QRectF, text: str) -> None:
    """Paints the code in *box*, a white square, with all modules equally wide in device pixels."""
    rows = _modules(text)
    scale = painter.transform().m11()
    side = int(min(box.width(), box.height()) * scale)
    each = side // (len(rows) + 2 * QUIET_ZONE)
    first = (side - each * len(rows)) // 2
    corner = painter.transform().map(box.topLeft())
    painter.save()
    painter.resetTransform()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                at = QRect(int(corner.x()) + first + x * each, int(corner.y()) + first + y * each, each, each)
                painter.fillRect(at, _DARK)
    painter.restore()
