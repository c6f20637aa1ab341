"""python -m tests.system outage --transactions N | kill --kills N | kill-enrolments --kills N: runs one.

It prints its line; exit 1 if it fails.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.system import kill, kill_enrolments, outage


def main() -> int:
    """Runs the one that is named."""
    parser = argparse.ArgumentParser(prog="python -m tests.system")
    commands = parser.add_subparsers(dest="name", required=True)
    commands.add_parser("outage").add_argument("--transactions", type=int, default=2000)
    commands.add_parser("kill").add_argument("--kills", type=int, default=200)
    commands.add_parser("kill-enrolments").add_argument("--kills", type=int, default=200)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if asked.name == "outage":
            line = outage.run(Path(folder), asked.transactions)
            good = line.endswith("lost=0 doubled=0 ledger_equal=yes")
        elif asked.name == "kill-enrolments":
            line = kill_enrolments.run(Path(folder), asked.kills)
            good = line.endswith("twice=0 lost=0")
        else:
            line = kill.run(Path(folder), asked.kills)
            good = line.endswith("lost=0 holes=0")
    sys.stdout.write(f"{line}\n")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
