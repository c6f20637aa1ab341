"""What was chosen at this till, kept in its profile. It decides nothing, and a full disk costs only the choice."""

from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QObject, Signal

from terminal.preferences import Preferences, keep_preferences, preferences_at


class Choices(QObject):
    """Read once, written at every choice; not written where they are of a till to practise on."""

    changed = Signal(object)  # `Preferences` as they are now
    spoken = Signal(str)  # a language was chosen, perhaps the one that was kept before

    def __init__(self, path: Path | None, *, kept: bool = True, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = path if kept else None
        self._now = Preferences() if path is None else preferences_at(path)

    @property
    def now(self) -> Preferences:
        return self._now

    def choose(self, **chosen: Any) -> None:
        """Fields of `Preferences` by name."""
        changed = msgspec.structs.replace(self._now, **chosen)
        if changed != self._now:
            self._now = changed
            if self._path is not None:
                keep_preferences(self._path, changed)
            self.changed.emit(changed)
        if "language" in chosen and changed.language is not None:
            self.spoken.emit(changed.language)
