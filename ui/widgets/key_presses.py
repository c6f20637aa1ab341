"""The meaning of key presses. Booking requires Ctrl, which scanners do not press while typing a code."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

CONFIRM_CAP = "Ctrl Enter"

_CTRL, _ALT, _META = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.MetaModifier,
)
_ENTERS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


def is_enter(event: QKeyEvent) -> bool:
    """True for Enter alone, which opens, finds and continues."""
    return event.key() in _ENTERS and not _held(event)


def is_confirmed(event: QKeyEvent) -> bool:
    """True for Ctrl+Enter, which books."""
    return event.key() in _ENTERS and is_command(event)


def is_command(event: QKeyEvent) -> bool:
    """True with Ctrl but without Alt, as both together are AltGr, which writes."""
    return bool(event.modifiers() & _CTRL) and not event.modifiers() & _ALT


def typed(event: QKeyEvent) -> str:
    """The character the key writes; empty for a command."""
    return "" if event.modifiers() & _META or is_command(event) else event.text()


def digit(event: QKeyEvent) -> str:
    """The digit the key writes; empty for other keys."""
    text = typed(event)
    return text if len(text) == 1 and text in "0123456789" and not event.modifiers() & _ALT else ""


def command(event: QKeyEvent) -> str:
    """The lower-case letter or digit pressed with Ctrl; empty for other keys."""
    key = event.key()
    return chr(key).lower() if is_command(event) and Qt.Key.Key_0 <= key <= Qt.Key.Key_Z else ""


def _held(event: QKeyEvent) -> bool:
    return bool(event.modifiers() & (_CTRL | _ALT | _META))
