"""python -m benchmarks [NAME …]: runs them one after the other, each with its closing line."""

import argparse
import importlib
import sys
import tempfile
from pathlib import Path

NAMES = ("drain", "propagation", "tap")


def main() -> int:
    """Exit 0 when every goal was reached, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *NAMES], metavar="NAME", help=", ".join(NAMES))
    asked = parser.parse_args()
    reached = True
    for name in asked.names or NAMES:
        module = importlib.import_module(f"benchmarks.{name}")
        with tempfile.TemporaryDirectory(prefix=f"orion-{name}-") as folder:
            for outcome in module.run(Path(folder)):
                sys.stdout.write(outcome.line() + "\n")
                sys.stdout.flush()
                reached = reached and outcome.reached
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
