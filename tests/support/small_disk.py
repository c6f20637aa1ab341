"""A disk that can be filled, to see what becomes of whoever writes to it."""

import ctypes
import resource
from collections.abc import Callable
from pathlib import Path

import pytest


class SmallDisk:
    """A disk of some megabytes. Where none may be mounted, files that may not grow stand in for it."""

    def __init__(self, folder: Path, megabytes: int = 1) -> None:
        self.folder = folder
        libc = ctypes.CDLL(None, use_errno=True)
        self.is_real = libc.mount(b"none", bytes(folder), b"tmpfs", 0, b"size=%dm" % megabytes) == 0
        self._unmount: Callable[[bytes, int], int] = libc.umount2
        self._limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(self) -> None:
        if self.is_real:
            with (self.folder / "ballast").open("wb", buffering=0) as ballast, pytest.raises(OSError):
                while True:
                    ballast.write(bytes(4096))
        else:
            largest = max(path.stat().st_size for path in self.folder.iterdir())
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest, self._limits[1]))

    def free(self) -> None:
        (self.folder / "ballast").unlink(missing_ok=True)
        resource.setrlimit(resource.RLIMIT_FSIZE, self._limits)

    def remove(self) -> None:
        self.free()
        if self.is_real:
            self._unmount(bytes(self.folder), 2)  # 2: also when something in it is still open
