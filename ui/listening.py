"""Hearing every event of the application, but not the thousands that the making of a window is."""

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication


def listen(application: QApplication, listener: QObject) -> None:
    """Installs *listener* as an event filter once the events that lie there now are dealt with."""
    QTimer.singleShot(0, listener, lambda: application.installEventFilter(listener))
