"""Imports go one way: import-linter checks the layers in pyproject.toml, and here is what it cannot say."""

import sys
from importlib.metadata import packages_distributions

import grimp

from tests.support.tree import PACKAGES

# What the company server may know of `sync`: what both ends say, and nothing of the till's engine.
BOTH_ENDS = {
    "sync",
    "sync.messages",
    "sync.entries",
    "sync.rows",
    "sync.chain",
    "sync.sealing",
    "sync.digests",
    "sync.packing",
    "sync.replica_sums",
    "sync.replica_tables",  # a snapshot is a replica file that the server makes ready
}


def test_the_rules_use_only_the_standard_library() -> None:
    graph = grimp.build_graph("loyalty", include_external_packages=True, cache_dir=None)
    foreign = graph.modules - graph.find_descendants("loyalty") - {"loyalty"} - sys.stdlib_module_names
    assert foreign == set()


def test_the_server_knows_of_sync_only_what_both_ends_say() -> None:
    graph = grimp.build_graph("server", "sync", "loyalty", cache_dir=None)
    known = {name for name in graph.find_upstream_modules("server", as_package=True) if name.split(".")[0] == "sync"}
    assert known <= BOTH_ENDS


def test_our_package_names_are_ours() -> None:
    """A foreign `ui` or `sync` in the environment would be imported instead of ours where ours is installed."""
    owners = {name: set(packages_distributions().get(name, [])) - {"orion-terminal"} for name in PACKAGES}
    assert {name: owner for name, owner in owners.items() if owner} == {}
