"""Checks of imports beyond the contracts that import-linter checks."""

import sys
from importlib.metadata import packages_distributions

import grimp
import pytest

from tests.support.tree import PACKAGES


def test_the_rules_use_only_the_standard_library() -> None:
    graph = grimp.build_graph("loyalty", include_external_packages=True, cache_dir=None)
    foreign = graph.modules - graph.find_descendants("loyalty") - {"loyalty"} - sys.stdlib_module_names
    assert foreign == set()


@pytest.mark.slow
def test_our_package_names_are_ours() -> None:
    """A foreign `ui` or `sync` in the environment would be imported instead of ours."""
    owners = {name: set(packages_distributions().get(name, [])) - {"orion-terminal"} for name in PACKAGES}
    assert {name: owner for name, owner in owners.items() if owner} == {}
