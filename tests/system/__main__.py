"""python -m tests.system outage | kill | kill-enrolments | door | rogue | package: runs one; --help has its options.

It prints its result; exit code 1 if it fails.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.system import door, kill, kill_enrolments, outage, rogue
from tests.system.packages import server_walk, till_walk


def main() -> int:
    """Runs the named test."""
    parser = argparse.ArgumentParser(prog="python -m tests.system")
    commands = parser.add_subparsers(dest="name", required=True)
    commands.add_parser("outage").add_argument("--transactions", type=int, default=2000)
    commands.add_parser("kill").add_argument("--kills", type=int, default=200)
    commands.add_parser("kill-enrolments").add_argument("--kills", type=int, default=200)
    strangers = commands.add_parser("door")
    strangers.add_argument("--connections", type=int, default=1500)
    strangers.add_argument("--streams", type=int, default=1300)
    strangers.add_argument("--seconds", type=float, default=15)
    commands.add_parser("rogue").add_argument("--postgresql", action="store_true", help="instead of SQLite")
    packaged = commands.add_parser("package", help="installed in a bare Debian; as root")
    packaged.add_argument("which", choices=("server", "till"))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if asked.name == "outage":
            line = outage.run(Path(folder), asked.transactions)
            good = line.endswith("lost=0 doubled=0 ledger_equal=yes")
        elif asked.name == "door":
            met = door.run(Path(folder), asked.connections, asked.streams, asked.seconds)
            line, good = met.line(asked.connections, asked.streams), met.is_good
        elif asked.name == "rogue":
            with rogue.database_of(postgresql=asked.postgresql) as database:
                line, good = rogue.run(Path(folder), database)
        elif asked.name == "package":
            line = (server_walk if asked.which == "server" else till_walk).run(Path(folder))
            good = line.endswith("removed=yes")
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
