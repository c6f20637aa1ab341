"""The picture of packages and rooms in docs/architecture.md, drawn from the imports as Mermaid."""

import re
from functools import cache
from pathlib import Path

import grimp

from tests.support.tree import PACKAGES, ROOT

PAGE = ROOT / "docs" / "architecture.md"
WITH_ROOMS = ("ui", "terminal", "sync", "server")
_BLOCK = re.compile(r"<!-- picture: (\w+) -->\n```mermaid\n.*?```\n", re.DOTALL)


def drawn(page: str) -> str:
    """*page* with all its pictures redrawn."""
    return _BLOCK.sub(lambda found: _block(found[1]), page)


def names(page: str) -> list[str]:
    """The names of the pictures in *page*."""
    return [found[1] for found in _BLOCK.finditer(page)]


def _block(name: str) -> str:
    arrows = _packages() if name == "packages" else _rooms(name)
    lines = [f"    {node}" for node in sorted(arrows)]
    lines += [f"    {node} --> {other}" for node in sorted(arrows) for other in sorted(arrows[node])]
    return "\n".join([f"<!-- picture: {name} -->", "```mermaid", "flowchart TD", *lines, "```", ""])


def _packages() -> dict[str, set[str]]:
    return _reduced(_arrows({name: name for name in PACKAGES}))


def _rooms(package: str) -> dict[str, set[str]]:
    """The imports between a package's folders, without its own modules at the top."""
    folders = sorted(file.parent.name for file in (ROOT / package).glob("*/__init__.py"))
    return _reduced(_arrows({folder: f"{package}.{folder}" for folder in folders}))


def _arrows(modules: dict[str, str]) -> dict[str, set[str]]:
    graph = _graph()
    return {
        name: {other for other, imported in modules.items() if other != name and _direct(graph, module, imported)}
        for name, module in modules.items()
    }


@cache
def _graph() -> grimp.ImportGraph:
    return grimp.build_graph(*PACKAGES, cache_dir=None)


def _direct(graph: grimp.ImportGraph, module: str, imported: str) -> bool:
    """True if a module of one package imports one of the other without a third in between."""
    own = {module} | graph.find_descendants(module)
    others = {imported} | graph.find_descendants(imported)
    return any(graph.find_modules_directly_imported_by(one) & others for one in own)


def _reduced(arrows: dict[str, set[str]]) -> dict[str, set[str]]:
    """The graph without edges that a longer path implies."""

    def reaches(start: str, end: str) -> bool:
        return any(other == end or reaches(other, end) for other in arrows[start])

    return {
        node: {end for end in ends if not any(reaches(other, end) for other in ends - {end})}
        for node, ends in arrows.items()
    }


def renew(page: Path = PAGE) -> None:
    """Redraws the pictures of *page*."""
    page.write_text(drawn(page.read_text("utf-8")), "utf-8")
