"""No statement of the server's reads or changes another company's rows.

Those that the tests here execute are watched while they run (`every_statement_is_bound_to_one_company`); those that are
built at import are read without being run, as either database gets them.
"""

import gc
import re
import sys
from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages

import pytest
from sqlalchemy import Dialect, Insert
from sqlalchemy.dialects import postgresql, sqlite

import server
from server.db.batches import Batch
from server.db.lookups import Query
from server.db.units import Units
from server.terminals import terminals
from tests.support.company_bounds import Watch, unbound

DIALECTS: list[Dialect] = [sqlite.dialect(), postgresql.dialect(paramstyle="pyformat")]  # type: ignore[no-untyped-call]

# What the platform shows names each company that it is about.
SEVERAL = re.compile(r"\.company_id (IN \(__\[POSTCOMPILE_wanted\]\)|= wanted\.value)")


def server_modules() -> Iterator[str]:
    for module in walk_packages(server.__path__, "server."):
        if ".migrations." not in module.name:
            import_module(module.name)
            yield module.name


def built_at_import() -> Iterator[str]:
    """What is compiled by hand or written as text."""
    names = list(server_modules())
    gc.unfreeze()  # what was loaded with the tests is no longer seen by the collector
    objects = gc.get_objects()
    gc.freeze()
    for one in objects:
        for dialect in DIALECTS:
            if isinstance(one, Query):
                yield str(one._for(dialect).compile(dialect=dialect))
            elif isinstance(one, Batch) and not isinstance(one._statement, Insert):
                yield str(one._statement.compile(dialect=dialect))
    for name in names:
        yield from (text for text in vars(sys.modules[name]).values() if isinstance(text, str) and "FROM " in text)


@pytest.mark.slow
def test_what_is_built_at_import_is_bound_to_one_company() -> None:
    statements = list(built_at_import())
    assert len(statements) > 80
    assert [(tables, one) for one in statements if (tables := unbound(one)) and not SEVERAL.search(one)] == []


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT cards.card_id FROM cards WHERE cards.card_id = ?",
        "SELECT cards.card_id FROM cards JOIN pools ON pools.card_id = cards.card_id WHERE cards.company_id = ?",
        "SELECT cards.card_id FROM cards, pools WHERE pools.company_id = ? AND pools.card_id = cards.card_id",
        "SELECT cards.card_id FROM cards WHERE cards.company_id = ? OR cards.card_id = ?",
        "SELECT cards.card_id FROM cards WHERE (cards.company_id = ? OR cards.is_blank) AND cards.card_id = ?",
        "SELECT EXISTS (SELECT cards.card_id FROM cards) FROM stores WHERE stores.company_id = ?",
        "DELETE FROM pools WHERE pools.company_id = ? AND pools.card_id IN (SELECT cards.card_id FROM cards)",
        "UPDATE cards SET version=? WHERE cards.card_id = ?",
        "DELETE FROM pools WHERE pools.card_id IN (?, ?)",
        "INSERT INTO pools SELECT cards.company_id, cards.card_id FROM cards WHERE cards.is_blank",
        "SELECT card_id FROM cards WHERE card_id = ?",
    ],
)
def test_a_statement_that_leaves_the_company_out_is_seen(statement: str) -> None:
    assert unbound(statement)


def test_joins_inside_a_company_are_bound() -> None:
    same = "pools.company_id = cards.company_id AND pools.card_id = cards.card_id"
    assert not unbound(f"SELECT cards.card_id FROM cards JOIN pools ON {same} WHERE cards.company_id = ?")


def test_statements_of_the_server_are_seen_as_they_run(
    units: Units, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.support.company_bounds.OF_ALL", frozenset())
    with units.read() as conn:
        terminals.by_token(conn, "somebody's")
    found, watch.found = watch.found, []
    if units.address.get_backend_name() == "sqlite":
        assert len(found) == 1 and found[0].startswith("server/terminals/terminals.py: by_token")
