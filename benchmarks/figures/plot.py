"""An SVG plot of cost by number of cards, as a multiple of the cost with the fewest."""

from collections.abc import Mapping
from itertools import pairwise
from math import log10

Curve = tuple[tuple[int, float], ...]  # cards, seconds

WIDTH, HEIGHT = 760, 400
LEFT, RIGHT, TOP, BOTTOM = 56, 210, 44, 52  # room at the right for the names of the curves
COLOURS = ("#0b6e4f", "#b5521b", "#3b4f9e", "#7a3b69", "#5c5c5c")
LABEL = 18  # height


def growth(curves: Mapping[str, Curve], goal: float) -> str:
    """All curves in one plot, with the goal as a dashed line."""
    most = max([2.0, goal, *(seconds / curve[0][1] for curve in curves.values() for _, seconds in curve)])
    fewest = min(cards for curve in curves.values() for cards, _ in curve)
    largest = max(cards for curve in curves.values() for cards, _ in curve)
    span = log10(largest / fewest) or 1.0

    def x(cards: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * log10(cards / fewest) / span

    def y(multiple: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * multiple / most

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif"'
        f' font-size="13" role="img" aria-label="Cost by number of cards">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        _text(LEFT, 22, f"Cost by number of cards, as a multiple of the cost at {fewest:,}", "start", "#222222"),
    ]
    for multiple in (step / 2 for step in range(int(most * 2) + 1)):
        parts.append(_line(x(fewest), y(multiple), x(largest), y(multiple), "#dddddd"))
        parts.append(_text(LEFT - 8, y(multiple) + 4, f"{multiple:g}x", "end"))
    for cards in sorted({cards for curve in curves.values() for cards, _ in curve}):
        parts.append(_line(x(cards), y(0), x(cards), y(0) + 5, "#888888"))
        parts.append(_text(x(cards), y(0) + 20, f"{cards:,}", "middle"))
    parts.append(_text((x(fewest) + x(largest)) / 2, HEIGHT - 10, "cards", "middle"))
    parts.append(_line(x(fewest), y(goal), x(largest), y(goal), "#c02020", dashed=True))
    parts.append(_text(x(fewest) + 6, y(goal) - 6, f"goal: at most {goal:g}x", "start", "#c02020"))
    ends = _apart([y(curve[-1][1] / curve[0][1]) for curve in curves.values()])
    for (name, curve), end, colour in zip(curves.items(), ends, _colours(len(curves)), strict=True):
        points = " ".join(f"{x(cards):.1f},{y(seconds / curve[0][1]):.1f}" for cards, seconds in curve)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        for cards, seconds in curve:
            parts.append(f'<circle cx="{x(cards):.1f}" cy="{y(seconds / curve[0][1]):.1f}" r="3.5" fill="{colour}"/>')
        words = f"{name}: {curve[0][1] * 1000:.2f} → {curve[-1][1] * 1000:.2f} ms"
        parts.append(_text(x(largest) + 12, end + 4, words, "start", colour))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _apart(ends: list[float]) -> list[float]:
    """Vertical positions of the names, without overlaps."""
    placed = list(ends)
    order = sorted(range(len(ends)), key=lambda index: ends[index])
    for before, after in pairwise(order):
        placed[after] = max(placed[after], placed[before] + LABEL)
    return placed


def _colours(count: int) -> list[str]:
    return [COLOURS[index % len(COLOURS)] for index in range(count)]


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, *, dashed: bool = False) -> str:
    dash = ' stroke-dasharray="6 5"' if dashed else ""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"{dash}/>'


def _text(x: float, y: float, words: str, anchor: str, colour: str = "#444444") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{words}</text>'
