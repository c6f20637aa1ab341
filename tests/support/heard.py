"""Reads the accessibility tree of a window like a screen reader."""

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QWidget


@dataclass(frozen=True, slots=True)
class Heard:
    """A visible element of the tree."""

    role: str
    name: str
    says: str  # its description, such as why a button is unusable
    focusable: bool


def heard(widget: QWidget) -> tuple[Heard, ...]:
    """All visible elements under *widget*, in the tree's order."""
    root = QAccessible.queryAccessibleInterface(widget)
    assert root is not None, "Qt's accessibility is there on every platform"
    return tuple(_under(root))


def names(widget: QWidget) -> tuple[str, ...]:
    """The names of the elements, without nameless ones."""
    return tuple(each.name for each in heard(widget) if each.name)


def _under(parent: QAccessibleInterface) -> Iterator[Heard]:
    for index in range(parent.childCount()):
        child = parent.child(index)
        if child is None or child.state().invisible:
            continue
        yield Heard(
            child.role().name,
            child.text(QAccessible.Text.Name),
            child.text(QAccessible.Text.Description),
            bool(child.state().focusable),
        )
        yield from _under(child)
