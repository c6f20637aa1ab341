"""`python -m tests.company.figures [TRANSACTIONS] [--seed N]`: sums and gauges against the ledger, on both databases.

Prints for each database how many sums and gauges were compared, and each that differs; fails if one does.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from server.db.migration import migrate
from server.db.units import Units, open_engine
from tests.company.figures.random_company import RandomCompany
from tests.support.memory_folder import memory_folder
from tests.support.paper_shop import PaperShop
from tests.support.postgres import running

_SHOWN = 10


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.company.figures")
    parser.add_argument("transactions", type=int, nargs="?", default=200_000)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    is_wrong = False
    with memory_folder() as folder, running() as cluster, cluster.database() as url:
        for name, database in (("sqlite", f"sqlite:///{Path(folder) / 'server.db'}"), ("postgresql", url)):
            began = time.monotonic()
            (place := Path(folder) / name).mkdir()
            with _shop(database, place) as shop:
                found = RandomCompany(shop, chosen.seed, chosen.transactions).live()
            for one in (found.sums + found.gauges)[:_SHOWN]:
                sys.stdout.write(f"{one}\n")
            sys.stdout.write(
                f"{name}: transactions={found.transactions} sums={found.cells} gauges={found.days} "
                f"wrong_sums={len(found.sums)} wrong_gauges={len(found.gauges)} "
                f"seconds={time.monotonic() - began:.0f}\n"
            )
            is_wrong = is_wrong or bool(found.sums or found.gauges)
    return int(is_wrong)


@contextmanager
def _shop(database: str, folder: Path) -> Iterator[PaperShop]:
    engine = open_engine(database)
    try:
        migrate(engine)
        yield PaperShop(Units(engine), folder)
    finally:
        engine.dispose()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
