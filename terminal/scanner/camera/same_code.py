"""Suppression of repeated scans while a code stays in view."""

from collections.abc import Iterable

from terminal.scanner.scans import Scan

SAME_CODE_S = 2.0


class SameCodeFilter:
    """Lets a code through once while it stays in view, and again after it was gone for two seconds."""

    def __init__(self, gone_after_s: float = SAME_CODE_S) -> None:
        self._gone_after_s = gone_after_s
        self._last_sight: dict[str, float] = {}

    def take(self, text: str, at_s: float) -> Scan | None:
        """The scan for *text* seen at *at_s*, or None if it repeats."""
        self._forget(at_s)
        is_new = text not in self._last_sight
        self._last_sight[text] = at_s
        return Scan(text, at_s) if is_new else None

    def in_sight(self, texts: Iterable[str], at_s: float) -> None:
        """Notes further codes seen at *at_s*, so that those let through before count as still in view."""
        self._forget(at_s)
        self._last_sight.update({text: at_s for text in texts if text in self._last_sight})

    def _forget(self, at_s: float) -> None:
        self._last_sight = {text: at for text, at in self._last_sight.items() if at_s - at < self._gone_after_s}
