"""`python -m tests.company.transfer proof [--rows 100000] [--kills 20]`: an import that is killed at random and goes on
equals one go.

Prints a line of figures; fails if ledgers differ, anything was booked twice, or a sum is wrong.
"""

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.company.transfer import proof


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.company.transfer")
    commands = parser.add_subparsers(dest="command", required=True)
    proving = commands.add_parser("proof")
    proving.add_argument("--rows", type=int, default=100_000)
    proving.add_argument("--kills", type=int, default=20)
    proving.add_argument("--seed", type=int, default=20261130)
    working = commands.add_parser("work")
    working.add_argument("folder", type=Path)
    working.add_argument("offset_s", type=int)
    chosen = parser.parse_args(arguments)
    if chosen.command == "work":
        proof.work(chosen.folder, chosen.offset_s)
        return 0
    with TemporaryDirectory() as folder:
        whole, killed = proof.prove(Path(folder), chosen.rows, chosen.kills, chosen.seed)
    is_equal = whole.ledger == killed.ledger and whole.codes == killed.codes
    booked = len({one[:2] for one in killed.ledger}) == len(killed.ledger)
    is_good = is_equal and booked and whole.is_sound and killed.is_sound
    sys.stdout.write(
        f"rows={chosen.rows} kills={killed.kills} transactions={len(whole.ledger)} codes={whole.codes} "
        f"done={whole.found.done} left_out={whole.found.left_out} equal={is_equal} sound={killed.is_sound} "
        f"seconds={whole.seconds:.0f} killed_seconds={killed.seconds:.0f}\n"
    )
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
