"""One movement of a painted widget: how far it has come. Whoever asked for less motion sees its end at once."""

from PySide6.QtCore import QVariantAnimation
from PySide6.QtWidgets import QWidget

from ui.look.theme import Theme


class Motion:
    """From 0 to 1 in a time; input is taken all along, since nothing waits for it."""

    def __init__(self, theme: Theme, widget: QWidget, duration_ms: int) -> None:
        self._theme = theme
        self._run = QVariantAnimation(widget, startValue=0.0, endValue=1.0, duration=duration_ms)
        self._run.valueChanged.connect(lambda _part: widget.update())
        self._run.finished.connect(widget.update)

    @property
    def runs(self) -> bool:
        return self._run.state() is QVariantAnimation.State.Running

    @property
    def ms(self) -> float:
        """Since it began; its whole length once it is over."""
        return float(self._run.currentTime()) if self.runs else float(self._run.duration())

    @property
    def part(self) -> float:
        return min(1.0, self.ms / self._run.duration())

    def start(self) -> None:
        self._run.stop()
        if not self._theme.still:
            self._run.start()

    def end(self) -> None:
        self._run.stop()


def eased(part: float) -> float:
    """Quick at first, then calm."""
    left = 1.0 - min(1.0, max(0.0, part))
    return 1.0 - left * left * left
