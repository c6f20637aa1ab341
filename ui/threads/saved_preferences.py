"""What was chosen at this till, kept in its profile. It decides nothing, and a full disk costs only the choice."""

import threading
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QObject, Signal

from terminal.machine.preferences import Preferences, keep_preferences, preferences_at

STOP_S = 1.0


class SavedPreferences(QObject):
    """Read once, written at every choice; not written where they are of a till to practise on."""

    changed = Signal(object)  # `Preferences` as they are now
    spoken = Signal(str)  # a language was chosen, perhaps the one that was kept before

    def __init__(self, path: Path | None, *, kept: bool = True, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = path if kept else None
        self._now = Preferences() if path is None else preferences_at(path)
        self._writing = threading.Lock()
        self._writer: threading.Thread | None = None

    @property
    def now(self) -> Preferences:
        return self._now

    def choose(self, **chosen: Any) -> None:
        """Fields of `Preferences` by name."""
        changed = msgspec.structs.replace(self._now, **chosen)
        if changed != self._now:
            self._now = changed
            if self._path is not None:
                self._writer = threading.Thread(target=self._keep, args=(self._path,), name="choices", daemon=True)
                self._writer.start()
            self.changed.emit(changed)
        if "language" in chosen and changed.language is not None:
            self.spoken.emit(changed.language)

    def stop(self) -> bool:
        """Whether all that was chosen is kept; a disk that hangs is waited for no longer than a second."""
        if self._writer is not None:
            self._writer.join(STOP_S)
        return self._writer is None or not self._writer.is_alive()

    def _keep(self, path: Path) -> None:
        """On a thread of its own: the window waits for no disk. Always the newest, so that no order matters."""
        with self._writing:
            keep_preferences(path, self._now)
