"""The progress of a painted animation; at its end at once if reduced motion is chosen."""

from PySide6.QtCore import QVariantAnimation
from PySide6.QtWidgets import QWidget

from ui.look.theme import Theme


class Motion:
    """An animation from 0 to 1 in a given time. It does not block input."""

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
        """Milliseconds since it began; its whole duration once it is over."""
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
    """An ease-out curve: fast at first, then slow."""
    left = 1.0 - min(1.0, max(0.0, part))
    return 1.0 - left * left * left
