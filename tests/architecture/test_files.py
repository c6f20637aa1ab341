"""Tracked files contain nothing of the machine they were written on, and no registry addresses."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.tree import ROOT, project_files, shown

LOCKS = {"requirements.lock", "package-lock.json", "npm-shrinkwrap.json", ".npmrc"}
# Standard folders of Linux may be named, but not the folder of this checkout.
EVERYWHERE = {"bin", "dev", "etc", "lib", "media", "mnt", "opt", "proc", "run", "srv", "sys", "tmp", "usr", "var"}


def texts() -> Iterator[tuple[Path, str]]:
    for file in project_files():
        try:
            yield file, file.read_text("utf-8")
        except UnicodeDecodeError:
            continue  # binary files


@pytest.mark.slow
def test_lock_files_name_no_address() -> None:
    """Everyone installs from their own configured index."""
    locks = [(file, text) for file, text in texts() if file.name in LOCKS]
    assert [shown(file) for file, text in locks if "://" in text] == []
    assert "requirements.lock" in {file.name for file, _ in locks}


def test_every_locked_package_has_its_hashes() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    packages = re.split(r"\n(?=[a-z])", lock.strip())
    assert len(packages) > 50
    assert [package for package in packages if "--hash=sha256:" not in package] == []


@pytest.mark.slow
def test_no_file_names_a_folder_of_the_machine_it_was_written_on() -> None:
    own = {"home", "root", "Users", ROOT.parts[1]} - EVERYWHERE
    path = re.compile(rf"(?<![\w.~}}])/(?:{'|'.join(sorted(own))})/\w")
    assert [f"{shown(file)}: {found.group()}" for file, text in texts() for found in path.finditer(text)] == []


def test_every_link_between_our_pages_leads_somewhere() -> None:
    links = [
        (file, target)
        for file in project_files()
        if file.suffix == ".md"
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", file.read_text("utf-8"))
    ]
    assert len(links) > 10
    assert [f"{shown(file)}: {target}" for file, target in links if not (file.parent / target).exists()] == []
