"""Notices beside the camera: refusals, problems, the connection's state. One at a time, as text."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from terminal.interface.views import ProblemView
from ui.flows.till_state import TillState
from ui.phrases.phrases import Phrases
from ui.screens.scan.notice_tile import Notice, Tone
from ui.screens.scan.scan_panel import ScanPanel


class Notices(QObject):
    """Shows one notice: a passing one, else the last problem until a write succeeds, else the till's state."""

    refused = Signal()

    def __init__(
        self,
        panel: ScanPanel,
        announce: Callable[[str], None],
        phrases: Phrases,
        *,
        till: TillState,
        lasts_ms: int,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._panel, self._announce, self._phrases, self._till = panel, announce, phrases, till
        till.changed.connect(self._till_changed)
        self._passing: Notice | None = None
        self._trouble: Notice | None = None
        self._lasting: Notice | None = None
        self._timer = QTimer(self, singleShot=True, interval=lasts_ms)
        self._timer.timeout.connect(self.clear)

    def refuse(self, text: str) -> None:
        self.refused.emit()
        self._pass(Notice(Tone.NO, self._phrases.labels.not_now, text))

    def tell(self, title: str, text: str) -> None:
        self._pass(Notice(Tone.SOON, title, text))

    def done(self, title: str, text: str) -> None:
        """Shows the result of a request beside a sale."""
        self._pass(Notice(Tone.DONE, title, text))

    def trouble(self, problem: ProblemView) -> None:
        """Shows a problem until a write succeeds; repetitions are announced only once."""
        notice = Notice(Tone.NO, self._phrases.labels.attention, problem.text)
        if notice != self._trouble:
            self._trouble = notice
            self._announce(problem.text)
            self.refused.emit()
            self._show()

    def trouble_over(self) -> None:
        self._trouble = None
        self.clear()

    def stop(self) -> None:
        """Stops the timer."""
        self._timer.stop()

    def clear(self) -> None:
        """Removes the passing notice."""
        self._passing = None
        self._timer.stop()
        self._show()

    def _till_changed(self) -> None:
        words, status = self._phrases.labels, self._till.status
        lasting = None
        if status is None:
            return
        if status.pair_again:
            lasting = Notice(Tone.SOON, words.attention, words.pair_again)
        elif status.too_old and status.problem is not None:
            lasting = Notice(Tone.SOON, words.attention, status.problem.text)
        elif status.rewards_stopped:
            lasting = Notice(Tone.SOON, words.attention, words.rewards_stopped)
        elif not status.online and status.confirmed_at is not None:
            text = status.problem.text if status.problem is not None else words.saved_here
            lasting = Notice(Tone.SOON if status.warn else Tone.CALM, words.serve_as_usual, text)
        if lasting != self._lasting:
            self._lasting = lasting
            self._show()

    def _pass(self, notice: Notice) -> None:
        self._passing = notice
        self._timer.start()
        self._announce(notice.text)
        self._show()

    def _show(self) -> None:
        self._panel.show_notice(self._passing or self._trouble or self._lasting)
