"""The till's version and list of components agree with pyproject.toml."""

import re
import tomllib
from importlib.metadata import metadata

from sync.protocol.version import VERSION
from tests.support.tree import ROOT
from ui.screens.settings.licences import LICENCES

NOT_PYTHON = {"Inter", "Lucide"}  # their licences are in resources


def test_the_version_is_the_distributions() -> None:
    assert f'version = "{VERSION}"' in (ROOT / "pyproject.toml").read_text("utf-8")


def test_every_part_that_the_till_is_built_on_is_named_with_its_licence() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    needs = [*project["dependencies"], *project["optional-dependencies"]["terminal"]]
    named = dict(LICENCES)
    assert set(named) - NOT_PYTHON == {re.split(r"[\[<>=]", need)[0] for need in needs}
    said = {}
    for name in named.keys() - NOT_PYTHON:
        papers = metadata(name)
        keys = ("License-Expression", "License", "Classifier")
        words = " ".join(str(word) for key in keys for word in papers.get_all(key, []))
        said[name] = named[name].split("-")[0].split(" ")[0] in words
    assert [name for name, is_said in said.items() if not is_said] == []
