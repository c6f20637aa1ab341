"""Finds the code meant by a hand-held scanner's input, asking the counter if several readings are possible."""

from PySide6.QtCore import QObject, Signal

from terminal.interface.asks import Recognise
from terminal.scanner.wedge.wedge import Reading, Typed
from ui.threads.asking import Asking


class TypedCodes(QObject):
    """Resolves scans in order."""

    read = Signal(str)  # a code, treated like one before the camera
    learned = Signal(str)  # the scanner's keyboard layout
    unsure = Signal()  # several readings and none known, so a guess could be wrong

    def __init__(self, counter: Asking, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._counter = counter

    def take(self, typed: Typed) -> None:
        """Takes the likeliest reading if it is certain, else the one known here."""
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
