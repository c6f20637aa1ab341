"""The page docs/benchmarks.md: what each benchmark measures, its result lines, and whether its goal was reached.

The page's lines are the only stored data; benchmarks that are not run again keep theirs.
"""

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

_BENCHMARKS = Path(__file__).parent.parent
NOTES = _BENCHMARKS / "notes"
HEAD = """# Benchmarks

This page is written by `python -m benchmarks --report [NAME …]`, which runs the named benchmarks, or all of them, and
renews their sections. Each ends in lines of one form: what the goal is about as `ratio`, the goal, a `floor` that
nothing on this machine can be faster than, a `peer` of the same run, and the median of a raw `fdatasync` of 4 KiB on
the same disk in the same minute, since a disk's waits differ by a factor of ten between minutes.

Our till and our server wait for the disk at every commit (`synchronous=FULL`). PouchDB, the peer of several lines,
waits for no disk: what it has confirmed can be gone after a power cut. Its figures are taken on the same disk.

The peer is installed from its lock file by the benchmark itself and needs Node.js and npm.
"""
GROWTH = "growth"  # the section with the plot
PLOT = "pictures/growth.svg"
_LINE = re.compile(r"(?P<name>\S+) ratio=(?P<ratio>[\d.-]+) goal=(?P<sign>[≥≤])(?P<goal>[\d.]+) .*reached=(yes|no)")


@dataclass(frozen=True, slots=True)
class Section:
    """A benchmark's result lines and the machine they were measured on."""

    machine: str
    lines: tuple[str, ...]


def read(page: str) -> dict[str, Section]:
    """The sections of a page written by `written`."""
    sections = {}
    for part in page.split("\n## ")[2:]:  # without the head and the summary
        name = part.partition("\n")[0].strip()
        lines = re.search(r"^```text\n(.+?)^```", part, re.DOTALL | re.MULTILINE)
        machine = re.search(r"^Measured .*$", part, re.MULTILINE)
        if lines is not None and machine is not None:
            sections[name] = Section(machine.group(), tuple(lines.group(1).splitlines()))
    return sections


def written(names: Iterable[str], sections: Mapping[str, Section]) -> str:
    """The whole page, with sections in the order of *names*."""
    names = tuple(names)
    rows = [_row(line) for name in names if name in sections for line in sections[name].lines]
    summary = "\n".join(["| line | goal | measured | |", "|---|---|---|---|", *rows])
    return "\n".join([HEAD, f"## All of them\n\n{summary}\n", *(_section(name, sections.get(name)) for name in names)])


def judged(line: str) -> str:
    """The judgement of a result line: goal reached, or by how much it was missed."""
    found = _LINE.match(line)
    assert found is not None, f"not a result line: {line}"
    ratio, goal = float(found["ratio"]), float(found["goal"])
    if found[5] == "yes":
        return "reached"
    return f"missed by {abs(ratio - goal) / goal:.0%}"


def _row(line: str) -> str:
    found = _LINE.match(line)
    assert found is not None, f"not a result line: {line}"
    return f"| {found['name']} | {found['sign']} {found['goal']} | {found['ratio']} | {judged(line)} |"


def _section(name: str, section: Section | None) -> str:
    description = ast.get_docstring(ast.parse((_BENCHMARKS / f"{name}.py").read_text("utf-8"))) or ""
    description = description.removeprefix(f"`{name}`: ")
    parts = [f"## {name}", description[:1].upper() + description[1:]]
    if section is None:
        parts.append("Not measured yet.")
    else:
        parts += ["```text\n" + "\n".join(section.lines) + "\n```", section.machine]
    if (note := NOTES / f"{name}.md").exists():
        parts.append(note.read_text("utf-8").strip())
    if name == GROWTH and section is not None:
        parts.append(f"![How the costs grow with the number of cards]({PLOT})")
    return "\n\n".join(parts) + "\n"
