"""Modules have docstrings, are small and have meaningful names."""

import ast
import re
import sys

import pytest

from tests.support.tree import PACKAGES, ROOT, python_files, shown

LINES_MAX = 400
OPENING = re.compile(r'"""[^"\s]')
SAYS_NOTHING = {"utils", "util", "helpers", "helper", "manager", "base", "common", "misc"}


@pytest.mark.slow
def test_every_module_opens_with_a_docstring() -> None:
    assert [shown(file) for file in python_files() if not OPENING.match(file.read_text("utf-8"))] == []


@pytest.mark.slow
def test_no_module_is_longer_than_400_lines() -> None:
    lengths = {shown(file): len(file.read_text("utf-8").splitlines()) for file in python_files()}
    assert {name: length for name, length in lengths.items() if length > LINES_MAX} == {}


def test_no_module_is_named_like_one_of_the_standard_library() -> None:
    """Such a name breaks programs that are started from within the folder."""
    shadowing = [shown(file) for file in python_files(*PACKAGES) if file.stem in sys.stdlib_module_names]
    assert shadowing == []


def test_no_module_or_folder_has_a_name_that_says_nothing() -> None:
    parts = {shown(file): {*file.relative_to(ROOT).with_suffix("").parts} for file in python_files()}
    assert [name for name, names in parts.items() if names & SAYS_NOTHING] == []


def test_a_package_file_holds_nothing_but_a_docstring() -> None:
    """`resources` is the exception: it contains one function."""
    files = [file for file in python_files() if file.name == "__init__.py" and file.parent.name != "resources"]
    assert [shown(file) for file in files if len(ast.parse(file.read_text("utf-8")).body) != 1] == []


def test_every_folder_with_python_is_a_package() -> None:
    """Without `__init__.py`, tests of the same name in two folders would hide each other."""
    folders = {file.parent for file in python_files(*PACKAGES, "tests")}
    assert [shown(folder) for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []
