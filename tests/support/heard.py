"""What a screen reader finds on a window: the accessibility tree, as the system's readers walk it."""

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QWidget


@dataclass(frozen=True, slots=True)
class Heard:
    """One thing in the tree that can be seen."""

    role: str
    name: str
    says: str  # more about it: why a button cannot be used, a plot's table
    focusable: bool


def heard(widget: QWidget) -> tuple[Heard, ...]:
    """Everything under *widget* that is not hidden, in the tree's order."""
    root = QAccessible.queryAccessibleInterface(widget)
    assert root is not None, "Qt's accessibility is there on every platform"
    return tuple(_under(root))


def names(widget: QWidget) -> tuple[str, ...]:
    """What is read of it, without what is nameless."""
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
