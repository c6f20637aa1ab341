"""Checks and measurements of the screens beyond the tests. Each prints one closing line and fails if a limit is
exceeded.

`python -m tests.screens shots --out DIR`: pictures of every state in every language, look and size; reports text that
is untranslated, cut or overlapping, and words that two buttons share.

`python -m tests.screens walks`: a cashier's day in walks; names each place that blocked the window for over 50 ms.

`python -m tests.screens scans`: 10,000 scans, and the memory they left.
"""

import argparse
import os
import sys
from pathlib import Path

MATRIX = ("1024x768", "1920x1080", "800x1280")
GROWN_KIB_MAX = 8 * 1024  # a leak of one small object per scan would exceed this
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # before Qt is loaded


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.screens")
    parser.add_argument("command", choices=["shots", "walks", "scans"])
    parser.add_argument("--rounds", type=int, default=5, help="how often each walk is walked")
    parser.add_argument("--count", type=int, default=10_000, help="how many scans")
    parser.add_argument("--out", type=Path, default=Path("out/shots"))
    parser.add_argument("--size", action="append", help="WIDTHxHEIGHT; the three of the matrix where none is named")
    parser.add_argument("--language", action="append", help="en, fr, de or lb; all where none is named")
    parser.add_argument("--look", action="append", choices=["light", "dark"], help="both where none is named")
    parser.add_argument("--only", default="", help="only states whose name holds this")
    chosen = parser.parse_args(arguments)
    if chosen.command == "walks":
        return walks(chosen.rounds)
    if chosen.command == "scans":
        return scans(chosen.count)
    return shots(chosen)


def walks(rounds: int) -> int:
    from tests.screens.pictures.walks import watch  # noqa: PLC0415 - Qt reads the platform when it is loaded

    seen = watch(rounds)
    for place in seen.blocked:
        sys.stdout.write(f"blocked: {place}\n")
    sys.stdout.write(f"walks={seen.walks} longest_ms={seen.longest_ms:.0f} blocked={len(seen.blocked)}\n")
    return 1 if seen.blocked else 0


def scans(count: int) -> int:
    from tests.screens.pictures.walks import scan_often  # noqa: PLC0415 - Qt reads the platform when it is loaded

    left = scan_often(count)
    grown = left.end_kib - left.warm_kib
    sys.stdout.write(f"scans={left.scans} resident_kib={left.end_kib} grown_kib={grown}\n")
    return 1 if grown > GROWN_KIB_MAX else 0


def shots(chosen: argparse.Namespace) -> int:
    from tests.screens.pictures.shots import take  # noqa: PLC0415 - Qt reads the platform when it is loaded

    sizes = []
    for size in chosen.size or MATRIX:
        width, height = size.split("x")
        sizes.append((int(width), int(height)))
    looks = tuple(look == "dark" for look in chosen.look or ("light", "dark"))
    taken = take(chosen.out, tuple(sizes), looks, tuple(chosen.language or ("en", "fr", "de", "lb")), chosen.only)
    wrong = {
        "untranslated": taken.untranslated,
        "clipped": taken.clipped,
        "overlapping": taken.overlapping,
        "shared": taken.shared,
    }
    for kind, found in wrong.items():
        for words in found:
            sys.stdout.write(f"{kind}: {words}\n")
    counts = " ".join(f"{kind}={len(found)}" for kind, found in wrong.items())
    sys.stdout.write(f"screens={taken.screens} {counts}\n")
    return 1 if any(wrong.values()) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
