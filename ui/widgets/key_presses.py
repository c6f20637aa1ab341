"""What a key says. What books is held with Ctrl, which a scanner that types a code never holds."""

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
    """Enter alone: it opens, finds and goes on."""
    return event.key() in _ENTERS and not _held(event)


def is_confirmed(event: QKeyEvent) -> bool:
    """Ctrl with Enter: it books."""
    return event.key() in _ENTERS and is_command(event)


def is_command(event: QKeyEvent) -> bool:
    """Held with Ctrl; with Alt as well it is AltGr, which writes."""
    return bool(event.modifiers() & _CTRL) and not event.modifiers() & _ALT


def typed(event: QKeyEvent) -> str:
    """What it writes by itself, in a field as on a page; nothing where it is a command."""
    return "" if event.modifiers() & _META or is_command(event) else event.text()


def digit(event: QKeyEvent) -> str:
    """The digit that it writes; empty for any other key."""
    text = typed(event)
    return text if len(text) == 1 and text in "0123456789" and not event.modifiers() & _ALT else ""


def command(event: QKeyEvent) -> str:
    """The letter or digit that Ctrl is held with, small; empty for any other key."""
    key = event.key()
    return chr(key).lower() if is_command(event) and Qt.Key.Key_0 <= key <= Qt.Key.Key_Z else ""


def _held(event: QKeyEvent) -> bool:
    return bool(event.modifiers() & (_CTRL | _ALT | _META))
