"""The project's files and modules, except those ignored by .gitignore."""

import os
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("loyalty", "sync", "terminal", "ui", "server", "demo", "resources")


def project_files() -> Iterator[Path]:
    """All files that are or would be under version control."""
    ignored = [".git", *(line.strip("/") for line in (ROOT / ".gitignore").read_text().split())]

    def kept(names: list[str]) -> list[str]:
        return sorted(name for name in names if not any(fnmatch(name, pattern) for pattern in ignored))

    for folder, folders, files in os.walk(ROOT):
        folders[:] = kept(folders)
        yield from (Path(folder, name) for name in kept(files))


def python_files(*folders: str) -> list[Path]:
    """The Python files in the named folders, or all."""
    files = [file.relative_to(ROOT) for file in project_files() if file.suffix == ".py"]
    return [ROOT / file for file in files if not folders or file.parts[0] in folders]


def shown(file: Path) -> str:
    return str(file.relative_to(ROOT))
