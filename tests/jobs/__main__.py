"""`python -m tests.jobs expiry [--cards N] [--kills N] [--seed N]`, or `sharing [--companies N] [--cards N] …`: runs it
and prints what came of it.

It fails if anything did.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.jobs import expiry, sharing
from tests.support.postgres import running


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.jobs")
    commands = parser.add_subparsers(dest="name", required=True)
    asked = commands.add_parser("expiry")
    asked.add_argument("--cards", type=int, default=1_000_000)
    asked.add_argument("--kills", type=int, default=20)
    asked.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    shared = commands.add_parser("sharing")
    shared.add_argument("--companies", type=int, default=40)
    shared.add_argument("--cards", type=int, default=2_000, help="of each company")
    shared.add_argument("--kills", type=int, default=20)
    shared.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    worker = commands.add_parser("work")
    worker.add_argument("url")
    worker.add_argument("keys", type=Path)
    chosen = parser.parse_args()
    if chosen.name == "work":
        sys.stdout.write(f"{sharing.work(chosen.url, chosen.keys)}\n")
        return 0
    if chosen.name == "sharing":
        return _shared(chosen)
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:  # on the disk, as a server's file is
        met = expiry.run(Path(folder), chosen.cards, chosen.kills, chosen.seed)
    sys.stdout.write(f"seed={chosen.seed} {met.line()}\n")
    return 0 if met.is_good and met.kills == chosen.kills else 1


def _shared(chosen: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory() as folder, running() as cluster:
        met = sharing.run(
            cluster,
            Path(folder),
            count=chosen.companies,
            cards_each=chosen.cards,
            kills=chosen.kills,
            seed=chosen.seed,
        )
    sys.stdout.write(f"seed={chosen.seed} {met.line()}\n")
    return 0 if met.is_good and met.kills == chosen.kills else 1


if __name__ == "__main__":
    sys.exit(main())
