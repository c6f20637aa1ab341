"""The command that starts the exchanger: a module, or in a frozen program, which has no modules, an argument."""

import sys

WORD = "exchanger"


def command() -> list[str]:
    """The command line of the exchanger."""
    if getattr(sys, "frozen", False):
        return [sys.executable, WORD]
    return [sys.executable, "-P", "-m", "terminal.exchanger"]  # -P: ignore modules in the working directory
