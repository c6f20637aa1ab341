"""Views of the code's structure.

`python -m tests.architecture rooms`: a line for each room, then everything that exceeds a limit; fails if anything
does. `python -m tests.architecture picture`: redraws the pictures in docs/architecture.md.
"""

import argparse
import sys

from tests.architecture import picture
from tests.architecture.rooms import CLASSES_ALLOWED, ROOMS_ALLOWED, rooms, too_large


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.architecture", description=__doc__)
    parser.add_argument("command", choices=["rooms", "picture"])
    if parser.parse_args(arguments).command == "picture":
        picture.renew()
        return 0
    found = rooms()
    for room in found:
        sys.stdout.write(room.line() + "\n")
        for up in room.up:
            sys.stdout.write(f"  up: {up}\n")
        for circle in room.circles:
            sys.stdout.write(f"  circle: {', '.join(circle)}\n")
    for allowed, reason in (ROOMS_ALLOWED | CLASSES_ALLOWED).items():
        sys.stdout.write(f"allowed: {allowed}: {reason}\n")
    large = too_large()
    for line in large:
        sys.stdout.write(f"too large: {line}\n")
    ups, circles = sum(len(room.up) for room in found), sum(len(room.circles) for room in found)
    sys.stdout.write(f"rooms={len(found)} up={ups} circles={circles} too_large={len(large)}\n")
    return 1 if ups or circles or large else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
