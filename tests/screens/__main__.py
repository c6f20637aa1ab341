"""`python -m tests.screens shots --out DIR`: pictures of every state, light and dark, for people to look at."""

import argparse
import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # before Qt looks for a display


def main(arguments: list[str]) -> int:
    from tests.screens.shots import take  # noqa: PLC0415 - Qt reads the platform when it is loaded

    parser = argparse.ArgumentParser(prog="python -m tests.screens")
    parser.add_argument("command", choices=["shots"])
    parser.add_argument("--out", type=Path, default=Path("out/shots"))
    parser.add_argument("--size", action="append", help="WIDTHxHEIGHT; 1366x768 where none is named")
    parser.add_argument("--only", default="", help="only states whose name holds this")
    chosen = parser.parse_args(arguments)
    sizes = []
    for size in chosen.size or ["1366x768"]:
        width, height = size.split("x")
        sizes.append((int(width), int(height)))
    taken = take(chosen.out, tuple(sizes), (False, True), chosen.only)
    sys.stdout.write(f"screens={taken}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
