"""python -m tests.faults replica [--flips N] [--seed S] [--trace N] | exchanger: runs one.

It prints what came of it; exit 1 if anything failed.
"""

import argparse
import logging
import os
import sys
import time

from tests.faults import exchanger, replica


def main() -> int:
    """Runs the one that is named."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    commands = parser.add_subparsers(dest="name", required=True)
    flips = commands.add_parser("replica")
    flips.add_argument("--flips", type=int, default=5000)
    flips.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    flips.add_argument("--trace", type=int, help="ends with this flip, and tells what was logged after it")
    commands.add_parser("exchanger")
    asked = parser.parse_args()
    logging.disable()
    if asked.name == "replica":
        os.environ["ORION_LOG"] = "CRITICAL"  # of the server, too
        flipped = replica.run(asked.trace or asked.flips, asked.seed, asked.trace)
        sys.stdout.write(f"{flipped.line()}\n")
        return 0 if flipped.healed == flipped.flips and not (flipped.tracebacks or flipped.stuck) else 1
    os.environ["ORION_LOG"] = "WARNING"  # of the processes, too: what an exchanger logs is a message of its
    met = exchanger.run()
    sys.stdout.write(f"{met.line()}\n")
    return 1 if met.stuck or met.orphans or met.missed else 0


if __name__ == "__main__":
    sys.exit(main())
