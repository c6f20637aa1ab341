"""`python -m tests.browser tour [--out DIR] [--only NAME] [--language en]`: every page of the office in Chromium.

At 1440 and 360 px, light and dark, in each language. Prints what is wrong and a line of counts; fails if anything is.
"""

import argparse
import sys
from pathlib import Path

from server.translations import LANGUAGES
from tests.browser.tour import tour


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.browser")
    parser.add_argument("command", choices=["tour"])
    parser.add_argument("--out", type=Path, default=Path("docs/pictures/office"))
    parser.add_argument("--only", default="", help="only pages whose name holds this")
    parser.add_argument("--language", action="append", choices=list(LANGUAGES), help="all where none is named")
    chosen = parser.parse_args(arguments)
    found = tour(chosen.out, chosen.only, chosen.language or tuple(LANGUAGES))
    for one in found.all():
        sys.stdout.write(one + "\n")
    sys.stdout.write(found.line() + "\n")
    return 1 if any(found.all()) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
