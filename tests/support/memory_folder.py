"""A temporary folder in memory, where the system has one: a run's many thousand commits would wait for the disk."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

_IN_MEMORY = Path("/dev/shm")


def memory_folder() -> TemporaryDirectory[str]:
    """A folder that is removed when it is closed."""
    return TemporaryDirectory(dir=_IN_MEMORY if os.access(_IN_MEMORY, os.W_OK) else None)
