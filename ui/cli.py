"""orion-terminal: starts the window, a command, or the exchanger, loading only what that needs."""

import builtins
import gc
import os
import sys

from terminal.exchanger.command import WORD as EXCHANGER
from ui import window_options


def main() -> None:
    """The entry point of the program."""
    words = sys.argv[1:]
    options = window_options.read(words)
    if options is not None:
        make_haste()
        from ui import application  # noqa: PLC0415 - commands run without the window's libraries

        sys.exit(application.main(options))
    if words == [EXCHANGER]:
        from terminal.exchanger import bootstrap as exchange  # noqa: PLC0415 - as above

        return exchange.main()
    from ui import commands  # noqa: PLC0415 - takes a fifth of a second to load

    commands.main()


def make_haste() -> None:
    """Speeds up the start of a window; call it before large modules are loaded."""
    gc.disable()  # almost all objects made at start are permanent; `GarbageCollection` begins later
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # otherwise numpy's unused algebra library occupies all cores
    importing = builtins.__import__
    from PySide6 import QtCore  # noqa: F401, PLC0415 - installs its import hook

    builtins.__import__ = importing  # Qt's hook searches each module's source, which is slow
    from terminal.machine import logs  # noqa: PLC0415 - commands do this themselves

    logs.configure()


if __name__ == "__main__":
    main()
