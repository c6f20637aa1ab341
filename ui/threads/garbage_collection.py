"""Python's garbage collection on the window's thread alone."""

import gc

from PySide6.QtCore import QObject, QTimer

EVERY_MS = 1000


class GarbageCollection(QObject):
    """Collects garbage in a process with a window, from `start` on by a timer; nothing is collected before.

    By itself, Python collects on the thread that happens to allocate. On the counter's thread that could destroy a
    widget: its destructor waits for the interpreter with Qt's lock of connections held, while the window, which has the
    interpreter, waits for this lock in `connect`. Both would wait for ever.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(collect)

    def start(self) -> None:
        """Begins to collect. Present objects are taken as permanent and are never scanned."""
        gc.freeze()
        self._timer.start()

    def stop(self) -> None:
        """Stops collecting, also by Python: threads may still end."""
        self._timer.stop()
        gc.unfreeze()  # libraries check for leaks at exit


def collect() -> None:
    """Collects the oldest generation that is due by Python's own thresholds."""
    counts = zip(gc.get_count(), gc.get_threshold(), strict=True)
    due = [generation for generation, (count, threshold) in enumerate(counts) if count > threshold]
    if due:
        gc.collect(due[-1])
