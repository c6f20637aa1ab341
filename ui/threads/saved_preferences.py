"""The till's preferences, stored in its profile. Failures to store are ignored."""

import threading
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QObject, Signal

from terminal.machine.preferences import Preferences, keep_preferences, preferences_at

STOP_S = 1.0


class SavedPreferences(QObject):
    """Reads the preferences once and writes every change; a practice till's are not written."""

    changed = Signal(object)  # the new `Preferences`
    spoken = Signal(str)  # a language was chosen, possibly the stored one

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
        """Changes fields of `Preferences` by name."""
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
        """Waits up to a second for writing; True if everything is stored."""
        if self._writer is not None:
            self._writer.join(STOP_S)
        return self._writer is None or not self._writer.is_alive()

    def _keep(self, path: Path) -> None:
        """Writes on its own thread, always the newest values, so that order does not matter."""
        with self._writing:
            keep_preferences(path, self._now)
