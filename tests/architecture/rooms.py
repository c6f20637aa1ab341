"""The rooms of the project: folders with their modules, and the imports between them."""

import ast
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import grimp

from tests.support.tree import PACKAGES, ROOT, python_files

MEASURED = (*PACKAGES, "benchmarks")
MODULES_MAX = 15
LINES_MAX = 400
PUBLIC_METHODS_MAX = 20

ROOMS_ALLOWED = {
    "loyalty": "the rules are one subject, shared by both ends, and each module is one rule of the shop",
}
CLASSES_ALLOWED: dict[str, str] = {}


@dataclass(frozen=True)
class Room:
    """A folder with modules of its own; `up` are imports against the layers, `circles` groups of modules that import
    each other."""

    name: str
    modules: int
    lines: int
    up: tuple[str, ...]
    circles: tuple[tuple[str, ...], ...]

    def line(self) -> str:
        return (
            f"{self.name:<28} modules={self.modules:<3} lines={self.lines:<5} "
            f"up={len(self.up)} circles={len(self.circles)}"
        )


@cache
def rooms() -> tuple[Room, ...]:
    """All rooms of the packages, by name."""
    graph = grimp.build_graph(*MEASURED, cache_dir=None)
    arrows = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    files: dict[str, list[Path]] = {}
    for file in python_files(*MEASURED):
        if file.stem not in ("__init__", "__main__") and "migrations" not in file.parts:
            files.setdefault(room_of(file), []).append(file)
    up = list(_imports_up(arrows))
    circles = [circle for circle in _circles(arrows) if len(circle) > 1]
    return tuple(
        Room(
            name,
            len(within),
            sum(len(file.read_text("utf-8").splitlines()) for file in within),
            tuple(f"{a} → {b}" for a, b in up if _in(a, name)),
            tuple(circle for circle in circles if _in(circle[0], name)),
        )
        for name, within in sorted(files.items())
    )


def room_of(file: Path) -> str:
    """The dotted name of the folder that a module lies in."""
    return ".".join(file.parent.relative_to(ROOT).parts)


@cache
def public_methods() -> dict[str, int]:
    """The number of public methods of each class, including properties, by module and class name."""
    found = {}
    for file in python_files(*MEASURED):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                own = [each.name for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)]
                found[f"{room_of(file)}.{file.stem}.{node.name}"] = sum(name[0] != "_" for name in set(own))
    return found


def _in(module: str, room: str) -> bool:
    return module.rpartition(".")[0] == room


def layers() -> list[list[set[str]]]:
    """The layers of each contract in pyproject.toml, highest first; siblings form one set."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    return [
        [{name.strip(" ()") for name in layer.split("|")} for layer in contract["layers"]]
        for contract in contracts
        if contract["type"] == "layers"
    ]


def _imports_up(arrows: dict[str, set[str]]) -> Iterator[tuple[str, str]]:
    """Imports from a lower layer to a higher one, or between siblings."""
    for contract in layers():
        height = {name: (index, name) for index, layer in enumerate(contract) for name in layer}

        def place(module: str, height: dict[str, tuple[int, str]] = height) -> tuple[int, str] | None:
            return next((height[name] for name in height if module == name or module.startswith(f"{name}.")), None)

        for module, imported in arrows.items():
            if (own := place(module)) is None:
                continue
            for other in imported:
                there = place(other)
                if there is not None and there[1] != own[1] and there[0] <= own[0]:
                    yield module, other


def _circles(arrows: dict[str, set[str]]) -> Iterator[tuple[str, ...]]:
    """Groups of modules that import each other, directly or through others."""
    left = {module: imported & arrows.keys() for module, imported in arrows.items()}
    while leaves := {module for module, imported in left.items() if not imported & left.keys()}:
        for module in leaves:
            del left[module]
    seen: set[str] = set()
    for module in sorted(left):
        if module not in seen:
            circle = {other for other in _reached(module, left) if module in _reached(other, left)}
            seen |= circle
            if circle:
                yield tuple(sorted(circle))


def _reached(module: str, arrows: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [module]
    while waiting:
        for other in arrows.get(waiting.pop(), set()) & arrows.keys():
            if other not in found:
                found.add(other)
                waiting.append(other)
    return found


def too_large() -> list[str]:
    """Everything that exceeds a limit without a named exception."""
    sizes = {room.name: room.modules for room in rooms()}
    lines = {str(file.relative_to(ROOT)): len(file.read_text("utf-8").splitlines()) for file in python_files(*MEASURED)}
    over = Counter({name: count for name, count in sizes.items() if count > MODULES_MAX and name not in ROOMS_ALLOWED})
    over += Counter({name: count for name, count in lines.items() if count > LINES_MAX})
    methods = public_methods()
    over += Counter(
        {name: count for name, count in methods.items() if count > PUBLIC_METHODS_MAX and name not in CLASSES_ALLOWED}
    )
    return [f"{name}: {count}" for name, count in over.items()]
