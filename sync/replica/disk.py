"""Durable writes to the disk, for till and server."""

import os
from pathlib import Path


def to_disk(path: Path) -> None:
    """Makes a file's bytes, or the names in a folder, durable, so that a rename survives a crash."""
    if os.name != "posix" and path.is_dir():
        return  # other systems cannot open folders
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
