"""`python -m tests.company.api [--examples 50]`: the API's description against its answers, on a filled database.

Prints each answer that does not conform, and a line of counts; fails if there is one, or if an operation never
succeeded. `python -m tests.company.api promises` runs the tests of bad input and of promises on PostgreSQL.
"""

import argparse
import os
import sys
from pathlib import Path

import pytest

from tests.company.api import conformance
from tests.company.api.called_office import called_office
from tests.company.api.conftest import DATABASE
from tests.support.companies import Office
from tests.support.memory_folder import memory_folder


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.company.api")
    parser.add_argument("--examples", type=int, default=50, help="drawn for each operation, allowed and not")
    parser.add_argument("what", nargs="?", choices=["description", "promises"], default="description")
    chosen = parser.parse_args(arguments)
    if chosen.what == "promises":
        return _promises()
    found = conformance.Found()
    with memory_folder() as folder:
        office = Office(Path(folder), f"sqlite:///{Path(folder) / 'server.db'}")
        office.done("migrate")
        called = called_office(office)
        conformance.accepted(called, found)
        conformance.any_other(called, found, chosen.examples)
    for one in found.failures:
        sys.stdout.write(one + "\n")
    sys.stdout.write(found.line() + "\n")
    return 1 if found.failures or found.unused else 0


def _promises() -> int:
    here = Path(__file__).parent
    os.environ[DATABASE] = "partitioned"
    return int(pytest.main(["-q", str(here / "test_bad_input.py"), str(here / "test_promises.py")]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
