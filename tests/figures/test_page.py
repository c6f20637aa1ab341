"""The page of figures: a section for every benchmark, and the judgement of each line."""

import re

import pytest

from benchmarks.__main__ import DOCS, NAMES, PAGE
from benchmarks.figures import page, plot
from benchmarks.figures.outcome import Outcome


def an_outcome(*, name: str = "tap", ratio: float, goal: float = 2, higher_is_better: bool = False) -> Outcome:
    return Outcome(
        name=name,
        ratio=ratio,
        goal=goal,
        higher_is_better=higher_is_better,
        floor="0.20ms",
        peer="none:0ms",
        fdatasync_s=0.0002,
    )


def test_the_page_has_a_section_for_every_benchmark_and_no_other() -> None:
    """If this fails, `python -m benchmarks --report NAME` adds the missing section."""
    headings = re.findall(r"^## (.*)$", (DOCS / PAGE).read_text("utf-8"), re.MULTILINE)
    assert headings == ["All of them", *NAMES]


@pytest.mark.parametrize(
    ("outcome", "judgement"),
    [
        (an_outcome(ratio=1.5), "reached"),
        (an_outcome(ratio=3), "missed by 50%"),
        (an_outcome(ratio=-0.5), "reached"),
        (an_outcome(ratio=12, goal=10, higher_is_better=True), "reached"),
        (an_outcome(ratio=5, goal=10, higher_is_better=True), "missed by 50%"),
    ],
)
def test_a_goal_is_reached_or_missed_by_so_much(outcome: Outcome, judgement: str) -> None:
    assert page.judged(outcome.line()) == judgement


def test_a_benchmark_that_did_not_run_again_keeps_its_figures() -> None:
    old = page.Section("Measured long ago.", (an_outcome(ratio=3).line(), an_outcome(name="tap-p99", ratio=1).line()))
    first = page.written(["tap", "drain"], {"tap": old})
    assert "Not measured yet." in first
    assert page.read(first) == {"tap": old}
    new = page.Section("Measured today.", (an_outcome(name="drain", ratio=1).line(),))
    second = page.written(["tap", "drain"], page.read(first) | {"drain": new})
    assert page.read(second) == {"tap": old, "drain": new}
    assert "| tap | ≤ 2 | 3.00 | missed by 50% |" in second
    assert "Not measured yet." not in second


def test_a_curve_ends_where_its_cost_has_grown_to() -> None:
    flat, doubled = ((10, 0.001), (1000, 0.001)), ((10, 0.002), (1000, 0.004))
    drawn = plot.growth({"look-up": flat, "exchange": doubled}, goal=1.3)
    ends = [line.split('"')[1].split()[-1].split(",") for line in drawn.splitlines() if line.startswith("<polyline")]
    (flat_x, flat_y), (doubled_x, doubled_y) = ends
    assert flat_x == doubled_x
    assert float(doubled_y) == plot.TOP  # the top of the plot
    assert float(flat_y) == plot.TOP + (plot.HEIGHT - plot.TOP - plot.BOTTOM) / 2
    assert "look-up: 1.00 → 1.00 ms" in drawn
    assert "goal: at most 1.3x" in drawn
