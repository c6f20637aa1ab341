"""Which files and folders a program syncs, and when it gives a file another name: a power cut takes all else."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


class DiskLog:
    """The syncs and renames of this process, in their order. What SQLite syncs by itself is not among them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.synced: list[Path] = []
        self._named: list[tuple[Path, Path, int]] = []  # from, to, and how much was synced by then
        for name in ("fsync", "fdatasync"):
            monkeypatch.setattr(os, name, self._syncing(getattr(os, name)))
        for name in ("rename", "replace"):
            monkeypatch.setattr(os, name, self._naming(getattr(os, name)))

    def lost_bytes(self) -> list[str]:
        """The names that lead to files whose bytes were not synced before."""
        assert self._named, "nothing was renamed"
        return [to.name for file, to, at in self._named if file not in self.synced[:at]]

    def lost_names(self) -> list[str]:
        """The names whose folder was not synced after they were given."""
        assert self._named, "nothing was renamed"
        return [to.name for _, to, at in self._named if to.parent not in self.synced[at:]]

    def _syncing(self, sync: Callable[[int], None]) -> Callable[[Any], None]:
        def synced(file: Any) -> None:
            handle = file if isinstance(file, int) else file.fileno()
            self.synced.append(Path(f"/proc/self/fd/{handle}").readlink())
            sync(handle)

        return synced

    def _naming(self, rename: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
        def named(file: Any, to: Any) -> None:
            rename(file, to)
            self._named.append((_real(Path(file)), _real(Path(to)), len(self.synced)))

        return named


def _real(path: Path) -> Path:
    return path.parent.resolve() / path.name
