"""The frozen till's entry, for build.spec; an installation has the command `orion-terminal` instead."""

import ctypes.util
import os
from pathlib import Path

from ui.cli import main

FOLDER = Path(__file__).parent
of_the_system = ctypes.util.find_library


def find_library(name: str) -> str | None:
    """The library in the frozen folder, where ctypes does not look, or else the system's."""
    found = next(FOLDER.glob(f"lib{name}.so*"), None)
    return str(found) if found else of_the_system(name)


def leave_other_programs_their_libraries() -> None:
    """Takes the frozen folder off the path on which `lp` and others that the till starts would find libraries."""
    os.environ.pop("LD_LIBRARY_PATH", None)
    if (original := os.environ.pop("LD_LIBRARY_PATH_ORIG", None)) is not None:
        os.environ["LD_LIBRARY_PATH"] = original
    os.environ["PYINSTALLER_RESET_ENVIRONMENT"] = "1"  # the till's own exchanger puts the folder there again


if __name__ == "__main__":
    ctypes.util.find_library = find_library
    leave_other_programs_their_libraries()
    main()
