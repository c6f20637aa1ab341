"""What was chosen at this till, kept in its profile. It decides nothing, and a full disk costs only the choice."""

from pathlib import Path
from typing import Any

import msgspec

from terminal.preferences import Preferences, keep_preferences, preferences_at


class Choices:
    """Read once, written at every choice."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._now = preferences_at(path)

    @property
    def now(self) -> Preferences:
        return self._now

    def choose(self, **chosen: Any) -> None:
        """Fields of `Preferences` by name."""
        changed = msgspec.structs.replace(self._now, **chosen)
        if changed != self._now:
            self._now = changed
            keep_preferences(self._path, changed)
