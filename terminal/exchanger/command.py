"""How the exchanger is started: a module by its name; by a word the frozen program, which has no modules."""

import sys

WORD = "exchanger"


def command() -> list[str]:
    """The command line."""
    return [sys.executable, WORD] if getattr(sys, "frozen", False) else [sys.executable, "-m", "terminal.exchanger"]
