"""Finds the code meant by a hand-held scanner's input, asking the counter if several readings are possible."""

from PySide6.QtCore import QObject, Signal

from terminal.interface.asks import Recognise
from terminal.scanner.wedge.readings import Typed
from ui.threads.asking import Asking


class TypedCodes(QObject):
    """Resolves scans in order."""

    read = Signal(str)  # a code, treated like one before the camera
    learned = Signal(object)  # the layouts through which a card known here was typed
    unsure = Signal()  # it can be read in several ways, and none is known here: a guess could stamp nobody's card

    def __init__(self, counter: Asking, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._counter = counter

    def take(self, typed: Typed) -> None:
        """The likeliest reading at once where only one can be right; otherwise the one that is known here."""
        at_once = len(typed.readings) == 1 and typed.sure
        if at_once:
            self.read.emit(typed.readings[0].text)
        if not at_once or typed.teaches:
            ask = Recognise(tuple(reading.text for reading in typed.readings))
            self._counter.ask(ask, lambda reply: self._choose(typed, reply.reading, taken=at_once))

    def _choose(self, typed: Typed, known: int | None, *, taken: bool) -> None:
        if known is not None:
            self.learned.emit(typed.readings[known].layouts)
        if taken:
            return
        if known is None and not typed.sure:
            self.unsure.emit()
        else:
            self.read.emit(typed.readings[known or 0].text)
