"""Rows with sums are written only by the modules that keep the sums."""

import ast
from pathlib import Path

import pytest

from tests.support.tree import python_files, shown

pytestmark = pytest.mark.slow

SUMMED = {"cards", "transactions", "entries"}
WRITES = {"insert", "update", "delete"}
KEEP_SUMS = {
    "server/ledger/judging/ledger_writes.py",  # entries and transactions, with their hashes
    "server/ledger/rows/cards.py",
    "server/ledger/rows/erasures.py",  # reasons and kept bytes, which tills do not get
    "server/ledger/rows/old_reaches.py",  # columns that tills do not get
    "server/ledger/feed/recount.py",  # recomputes the sums
    "server/ledger/judging/held_entries.py",  # columns that are not part of the verdict
    "server/terminals/revocation.py",  # encrypted codes, which tills do not get; names go through cards.py
}


def writes(file: Path) -> set[str]:
    """The summed tables for which a module builds write statements, by their names in `server.db.tables`."""
    text = file.read_text("utf-8")
    if "server.db.tables" not in text:
        return set()
    tree = ast.parse(text)
    names = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "server.db.tables"
        for alias in node.names
        if alias.name in SUMMED
    }
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=verb) | ast.Attribute(attr=verb), args=[ast.Name(id=table), *_]) if (
                verb in WRITES and table in names
            ):
                found.add(names[table])
            case ast.Call(func=ast.Attribute(value=ast.Name(id=table), attr=verb)) if verb in WRITES and table in names:
                found.add(names[table])
            case _:
                pass
    return found


def test_only_those_who_keep_sums_write_what_is_summed() -> None:
    writers = {shown(file): tables for file in python_files("server", "demo") if (tables := writes(file))}
    assert {name: tables for name, tables in writers.items() if name not in KEEP_SUMS} == {}


def test_the_modules_that_keep_sums_are_those_that_write() -> None:
    """An outdated name in the list would excuse a later module of that name."""
    assert {shown(file) for file in python_files("server") if writes(file)} == KEEP_SUMS


def test_no_text_of_sql_writes_to_them_either() -> None:
    words = [f"{verb} {table}" for verb in ("INSERT INTO", "UPDATE", "DELETE FROM") for table in SUMMED]
    found = {
        shown(file): word
        for file in python_files("server", "demo")
        if "migrations" not in file.parts
        for word in words
        if word in file.read_text("utf-8")
    }
    assert found == {}
