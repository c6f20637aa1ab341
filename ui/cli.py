"""orion-terminal: the till's window, a counter's command, or a till's exchange. None loads what only another needs."""

import builtins
import gc
import os
import sys

from terminal.exchanger.command import WORD as EXCHANGER


def main() -> None:
    """The entry point."""
    words = sys.argv[1:]
    if only_the_window(words):
        make_haste()
        from ui import application  # noqa: PLC0415 - the counter in JSON lines runs without a window's libraries

        sys.exit(application.main(words))
    if words == [EXCHANGER]:
        from terminal.exchanger import bootstrap as exchange  # noqa: PLC0415 - as above

        return exchange.main()
    from ui import commands  # noqa: PLC0415 - the command line takes a fifth of a second that no window waits for

    commands.main()


def make_haste() -> None:
    """What a window wants to be so before anything large is loaded."""
    gc.disable()  # nearly all that is made now stays; the window switches it on again when it has begun
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # else numpy's algebra, unused here, keeps every core spinning
    importing = builtins.__import__
    from PySide6 import QtCore  # noqa: F401, PLC0415 - puts an import of its own in place

    builtins.__import__ = importing  # Qt's reads each module's source for a mention of features that nobody here uses
    from terminal.machine import logs  # noqa: PLC0415 - a command does this itself

    logs.configure()


def only_the_window(words: list[str]) -> bool:
    """Whether the till is asked for, and nothing else: the window reads these words itself."""
    left = iter(words)
    return all(
        word == "--practice" or word.startswith("--profile=") or (word == "--profile" and next(left, "-")[:1] != "-")
        for word in left
    )


if __name__ == "__main__":
    main()
