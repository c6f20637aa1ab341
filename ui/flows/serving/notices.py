"""What the cashier should know now, beside the camera: a no, a problem, the line down. One at a time, in words."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from terminal.interface.views import ProblemView
from ui.flows.till_state import TillState
from ui.phrases.phrases import Phrases
from ui.screens.scan.notice_tile import Notice, Tone
from ui.screens.scan.scan_panel import ScanPanel


class Notices(QObject):
    """A no goes by itself; a problem stays until something was saved again; under both lies how the till stands."""

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
        self._standing: Notice | None = None
        self._timer = QTimer(self, singleShot=True, interval=lasts_ms)
        self._timer.timeout.connect(self.clear)

    def refuse(self, text: str) -> None:
        self.refused.emit()
        self._pass(Notice(Tone.NO, self._phrases.labels.not_now, text))

    def tell(self, title: str, text: str) -> None:
        self._pass(Notice(Tone.SOON, title, text))

    def done(self, title: str, text: str) -> None:
        """Something that was asked for beside a sale."""
        self._pass(Notice(Tone.DONE, title, text))

    def trouble(self, problem: ProblemView) -> None:
        """Stays, since nothing was done; it is said once, however often it comes again."""
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
        """The window is going: nothing passes any more."""
        self._timer.stop()

    def clear(self) -> None:
        """What passes is over."""
        self._passing = None
        self._timer.stop()
        self._show()

    def _till_changed(self) -> None:
        words, status = self._phrases.labels, self._till.status
        standing = None
        if status is None:
            return
        if status.pair_again:
            standing = Notice(Tone.SOON, words.attention, words.pair_again)
        elif status.too_old and status.problem is not None:
            standing = Notice(Tone.SOON, words.attention, status.problem.text)
        elif status.rewards_stopped:
            standing = Notice(Tone.SOON, words.attention, words.rewards_stopped)
        elif not status.online and status.confirmed_at is not None:
            told = status.problem.text if status.problem is not None else words.saved_here
            standing = Notice(Tone.SOON if status.warn else Tone.CALM, words.serve_as_usual, told)
        if standing != self._standing:
            self._standing = standing
            self._show()

    def _pass(self, notice: Notice) -> None:
        self._passing = notice
        self._timer.start()
        self._announce(notice.text)
        self._show()

    def _show(self) -> None:
        self._panel.show_notice(self._passing or self._trouble or self._standing)
