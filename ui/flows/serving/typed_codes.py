"""From what a hand-held scanner typed to the one code that was meant, asking the counter where shapes do not tell."""

from PySide6.QtCore import QObject, Signal

from terminal.interface.asks import Recognise
from terminal.scanner.wedge.wedge import Reading, Typed
from ui.threads.asking import Asking


class TypedCodes(QObject):
    """One scan after the other, in order."""

    read = Signal(str)  # a code, to be taken like one before the camera
    learned = Signal(str)  # the layout the scanner types through
    unsure = Signal()  # it can be read in several ways, and none is known here: a guess could stamp nobody's card

    def __init__(self, counter: Asking, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._counter = counter

    def take(self, typed: Typed) -> None:
        """The likeliest reading at once where only one can be right; otherwise the one that is known here."""
        if len(typed.readings) == 1:
            self.read.emit(typed.readings[0].text)
            return
        ask = Recognise(tuple(reading.text for reading in typed.readings))
        self._counter.ask(ask, lambda reply: self._choose(typed, reply.reading))

    def _choose(self, typed: Typed, known: int | None) -> None:
        if known is not None:
            reading: Reading = typed.readings[known]
            self.learned.emit(reading.layout)
            self.read.emit(reading.text)
        elif typed.sure:
            self.read.emit(typed.readings[0].text)
        else:
            self.unsure.emit()
