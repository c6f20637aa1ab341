"""How the exchanger is started: a module by its name; by a word the frozen program, which has no modules."""

import sys

WORD = "exchanger"


def command() -> list[str]:
    """The command line."""
    if getattr(sys, "frozen", False):
        return [sys.executable, WORD]
    return [sys.executable, "-P", "-m", "terminal.exchanger"]  # ours, whatever lies where the till was started
