"""`python -m tests.screens shots --out DIR`: every state in every language, look and size.

It prints what is not translated and what is cut off, and fails when there is any.
"""

import argparse
import os
import sys
from pathlib import Path

MATRIX = ("1024x768", "1920x1080", "800x1280")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # before Qt looks for a display


def main(arguments: list[str]) -> int:
    from tests.screens.shots import take  # noqa: PLC0415 - Qt reads the platform when it is loaded

    parser = argparse.ArgumentParser(prog="python -m tests.screens")
    parser.add_argument("command", choices=["shots"])
    parser.add_argument("--out", type=Path, default=Path("out/shots"))
    parser.add_argument("--size", action="append", help="WIDTHxHEIGHT; the three of the matrix where none is named")
    parser.add_argument("--language", action="append", help="en, fr, de or lb; all where none is named")
    parser.add_argument("--look", action="append", choices=["light", "dark"], help="both where none is named")
    parser.add_argument("--only", default="", help="only states whose name holds this")
    chosen = parser.parse_args(arguments)
    sizes = []
    for size in chosen.size or MATRIX:
        width, height = size.split("x")
        sizes.append((int(width), int(height)))
    looks = tuple(look == "dark" for look in chosen.look or ("light", "dark"))
    taken = take(chosen.out, tuple(sizes), looks, tuple(chosen.language or ("en", "fr", "de", "lb")), chosen.only)
    for kind, found in (("untranslated", taken.untranslated), ("clipped", taken.clipped)):
        for words in found:
            sys.stdout.write(f"{kind}: {words}\n")
    sys.stdout.write(f"screens={taken.screens} untranslated={len(taken.untranslated)} clipped={len(taken.clipped)}\n")
    return 1 if taken.untranslated or taken.clipped else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
