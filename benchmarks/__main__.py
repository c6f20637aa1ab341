"""python -m benchmarks [--report] [NAME …]: runs benchmarks one after the other and prints their results."""

import argparse
import importlib
import sys
import tempfile
from pathlib import Path

from benchmarks.figures import machine, page, plot
from benchmarks.figures.outcome import Outcome
from benchmarks.peers.pouchdb import PeerMissing

NAMES = (
    "bootstrap",
    "drain",
    "exchange",
    "propagation",
    "tap",
    "lookup",
    "growth",
    "lengths",
    "paint",
    "start",
    "scan",
    "tills",
    "pages",
    "storefront",
)
OF_SOME_CARDS = ("pages", "storefront")
DOCS = Path(__file__).parent.parent / "docs"
PAGE = "benchmarks.md"


def main() -> int:
    """Runs the command line; exit code 0 if all goals were reached, else 1."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *NAMES], metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--report", action="store_true", help=f"renew their sections of docs/{PAGE}")
    parser.add_argument("--cards", type=int, help="fewer than a million, for trying out pages")
    asked = parser.parse_args()
    if asked.cards is not None and not (asked.names and set(asked.names) <= set(OF_SOME_CARDS)):
        parser.error(f"--cards is for {' and '.join(OF_SOME_CARDS)}")
    more = {} if asked.cards is None else {"cards": asked.cards}
    reached = True
    for name in asked.names or NAMES:
        taken_on = machine.described()
        try:
            outcomes = _run(name, more)
        except PeerMissing as missing:
            sys.stderr.write(f"{name}: {missing}\n")
            reached = False
            continue
        reached = reached and all(outcome.reached for outcome in outcomes)
        if asked.report:  # after each benchmark, so that an interrupted run keeps its results
            _report(DOCS, name, taken_on, outcomes)
    return 0 if reached else 1


def _run(name: str, more: dict[str, int]) -> list[Outcome]:
    module = importlib.import_module(f"benchmarks.{name}")
    with tempfile.TemporaryDirectory(prefix=f"orion-{name}-") as folder:
        outcomes: list[Outcome] = []
        for outcome in module.run(Path(folder), **more):
            sys.stdout.write(outcome.line() + "\n")
            sys.stdout.flush()
            outcomes.append(outcome)
    return outcomes


def _report(docs: Path, name: str, taken_on: str, outcomes: list[Outcome]) -> None:
    file = docs / PAGE
    sections = page.read(file.read_text("utf-8")) if file.exists() else {}
    sections[name] = page.Section(taken_on, tuple(outcome.line() for outcome in outcomes))
    curves = {outcome.name: outcome.curve for outcome in outcomes if outcome.curve}
    if name == page.GROWTH:
        (docs / page.PLOT).write_text(plot.growth(curves, goal=outcomes[0].goal), "utf-8")
    file.write_text(page.written(NAMES, sections), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
