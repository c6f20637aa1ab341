"""Detection of untranslated and cut texts on a window."""

from collections import Counter

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QLabel, QWidget

from tests.support.catalogues import read
from tests.support.overlaps import outside, painted, top_layer
from ui.widgets.buttons import Button
from ui.widgets.progress_steps import ProgressSteps
from ui.window.top_bar import ConnectionPill


def shown(window: QWidget) -> list[tuple[QWidget, str]]:
    """All widgets with visible text."""
    labels = [(label, label.text()) for label in window.findChildren(QLabel)]
    buttons = [(button, button.text()) for button in window.findChildren(QAbstractButton)]
    return [(widget, words) for widget, words in (*labels, *buttons) if words and widget.isVisible()]


def untranslated(window: QWidget, language: str) -> list[str]:
    """English sentences on a window in another language."""
    if language == "en":
        return []
    english = {message.id: message.string for message in read(language) if isinstance(message.id, str) and message.id}
    said = {words for _, words in shown(window)} | {widget.accessibleName() for widget, _ in shown(window)}
    said |= {each.words for each in painted(window)}
    return sorted(words for words in said if words in english and english[words] != words and _unmistakable(words))


def _unmistakable(words: str) -> bool:
    """True if the words cannot belong to another language, unlike "Points" or "Retour"."""
    return len(words) > 2


def shared(window: QWidget) -> list[str]:
    """Words that two buttons of the topmost layer say alike."""
    buttons = [each for each in top_layer(window).findChildren(Button) if each.isVisible() and each.text()]
    said = Counter((each.text(), each.second) for each in buttons)
    return sorted(" ".join(words) for words, count in said.items() if count > 1)


def clipped(window: QWidget) -> list[str]:
    """Texts that do not fit their widgets."""
    cut = [words for widget, words in shown(window) if _is_cut(widget, words)]
    pills = [pill for pill in window.findChildren(ConnectionPill) if pill.isVisible()]
    cut += [pill.accessibleName() for pill in pills if pill.is_cut]
    steps = [each for each in window.findChildren(ProgressSteps) if each.isVisible()]
    return sorted(set(cut + [each.accessibleName() for each in steps if each.is_cut] + outside(window)))


def _is_cut(widget: QWidget, words: str) -> bool:
    if isinstance(widget, Button):
        return widget.is_cut
    metrics = QFontMetrics(widget.font())
    if isinstance(widget, QLabel):
        room = widget.contentsRect()
        if not widget.wordWrap():
            return metrics.horizontalAdvance(words) > room.width() + 1
        needed = metrics.boundingRect(QRect(0, 0, room.width(), 10_000), Qt.TextFlag.TextWordWrap, words)
        return needed.height() > room.height() + 2 or needed.width() > room.width() + 1
    return isinstance(widget, QCheckBox) and widget.sizeHint().width() > widget.width() + 1
