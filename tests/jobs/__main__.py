"""`python -m tests.jobs expiry [--cards N] [--kills N] [--seed N]`: runs it and prints what came of it.

It fails if anything did.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.jobs import expiry


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.jobs")
    commands = parser.add_subparsers(dest="name", required=True)
    asked = commands.add_parser("expiry")
    asked.add_argument("--cards", type=int, default=1_000_000)
    asked.add_argument("--kills", type=int, default=20)
    asked.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:  # on the disk, as a server's file is
        met = expiry.run(Path(folder), chosen.cards, chosen.kills, chosen.seed)
    sys.stdout.write(f"seed={chosen.seed} {met.line()}\n")
    return 0 if met.is_good and met.kills == chosen.kills else 1


if __name__ == "__main__":
    sys.exit(main())
