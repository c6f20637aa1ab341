"""What has to be on the disk before somebody relies on it, at both ends."""

import os
from pathlib import Path


def to_disk(path: Path) -> None:
    """Waits for a file's bytes, or for the names in a folder: then a rename survives a crash."""
    if os.name != "posix" and path.is_dir():
        return  # no other system opens a folder
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
