"""Plots drawn on the server as SVG, with classes in place of colours; beside each stands a table of the same numbers.

Lengths are shares of the plot's field, which is as wide as its panel, so that letters keep their size on any screen.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

_LINES = 6  # across the field, at most
_LABELS = 5  # below it
_LETTERS = 8  # of a label, from one to the next on a narrow screen
_HEATS = 6
_WEEK = 7
_STEPS = (1, 2, 2.5, 5, 10)
Word = Callable[[float], str]

_RECT = Markup('<rect class="{}" x="{}%" y="{}%" width="{}%" height="{}%" rx="{}"/>')
_TEXT = Markup('<text class="{}" x="{}%" y="{}%" dx="{}" dy="{}" text-anchor="{}">{}</text>')
_PATHS = Markup(
    '<svg class="plot-paths" viewBox="0 0 100 100" width="100%" height="100%" preserveAspectRatio="none">{}</svg>'
)
_SHARE = Markup(
    '<svg class="plot-share" aria-hidden="true"><rect class="plot-rest" width="100%" height="100%" rx="3"/>'
    '<rect class="plot-one" width="{}%" height="100%" rx="3"/></svg>'
)


@dataclass(frozen=True, slots=True)
class Series:
    """Values in their order; None is a gap."""

    values: Sequence[float | None]
    kind: str  # its class: one, two, before


def bars(  # noqa: PLR0917 - what is drawn, and the words beside it
    stacks: Sequence[Series], line: Series | None, names: Sequence[str], word: Word, label: str, pale: int = 0
) -> Markup:
    """Stacked bars, above which a dashed line may run; the last *pale* ones are not over yet."""
    count = len(names)
    sums = [sum(series.values[place] or 0 for series in stacks) for place in range(count)]
    step, top = _scale(max([0, *sums, *(value or 0 for value in (line.values if line else ()))]))
    drawn, width = [_field(step, top, word), _below(names, centred=True)], 100 / count
    bases = [0.0] * count
    for series in stacks:
        for place, value in enumerate(series.values):
            if not value or value < 0:
                continue
            bases[place] += value
            x, y, kind = (place + 0.14) * width, 100 - bases[place] / top * 100, series.kind
            faint = " pale" if place >= count - pale else ""
            drawn.append(_rect(x, y, width * 0.72, value / top * 100, f"plot-{kind}{faint}"))
    if line is not None:
        drawn.append(_stretched(_paths(line, top, "plot-line", at=lambda place: (place + 0.5) * width)))
    return _drawing(drawn, label)


def lines(series: Sequence[Series], names: Sequence[str], word: Word, label: str, top: float | None = None) -> Markup:
    """Lines from the first name to the last; the end of the first one is marked and named."""
    highest = max([0.0, *(value for one in series for value in one.values if value is not None)])
    step, top = _scale(highest) if top is None else (top / 4, top)
    drawn = [_field(step, top, word), _below(names, centred=False)]
    drawn += [_stretched(_paths(one, top, "plot-line", _along(len(names)))) for one in reversed(series)]
    last = series[0].values[-1] if series and series[0].values else None
    if last is not None:
        y = 100 - last / top * 100
        drawn.append(Markup('<circle class="plot-end" cx="100%" cy="{}%" r="4"/>').format(_n(y)))
        drawn.append(_text(100, y, word(last), "plot-value", dy=-9 if y > 12 else 20, anchor="end"))
    return _drawing(drawn, label)


def areas(stacks: Sequence[Series], names: Sequence[str], word: Word, label: str) -> Markup:
    """Areas on top of each other; a gap in one is a gap in all."""
    count = len(names)
    known = [all(series.values[place] is not None for series in stacks) for place in range(count)]
    sums = [sum(series.values[place] or 0 for series in stacks) for place in range(count)]
    step, top = _scale(max([0, *(total for total, is_known in zip(sums, known, strict=True) if is_known)]))
    drawn = [_field(step, top, word), _below(names, centred=False)]
    bases, at = [0.0] * count, _along(count)
    for series in stacks:
        before = list(bases)
        bases = [base + (value or 0) for base, value in zip(bases, series.values, strict=True)]
        for run in _runs(known):
            points = [(at(place), bases[place]) for place in run]
            points += [(at(place), before[place]) for place in reversed(run)]
            if len(run) == 1:  # a single day is as wide as a day
                (x, upper), (_x, lower), half = *points, 50 / max(1, count - 1)
                points = [(x - half, upper), (x + half, upper), (x + half, lower), (x - half, lower)]
            path = "L".join(f"{_n(x)} {_n(100 - y / top * 100)}" for x, y in points)
            drawn.append(_stretched(Markup('<path class="plot-{}" d="M{}Z"/>').format(series.kind, path)))
    return _drawing(drawn, label)


def heat(
    values: Mapping[tuple[int, int], float], rows: Sequence[str], columns: Sequence[int], highest: float, label: str
) -> Markup:
    """A field for each row and column in six steps of one colour, the highest the strongest."""
    width, height = 100 / len(columns), 100 / len(rows)
    drawn = []
    for row, name in enumerate(rows):
        drawn.append(_text(0, (row + 0.5) * height, name, "plot-word", dx=-10, dy=4, anchor="end"))
        for place, column in enumerate(columns):
            kind = f"heat-{heat_step(values.get((row, column), 0), highest)}"
            drawn.append(_rect(place * width, row * height, width, height, kind, round=5))
    for place, column in enumerate(columns):
        if place % 2 == 0:
            drawn.append(_text((place + 0.5) * width, 100, f"{column:02}", "plot-word", dy=18))
    return _drawing(drawn, label, "heat")


def heat_step(value: float, highest: float) -> int:
    """Which of the six steps a value has: 0 for nothing."""
    return 0 if value <= 0 or highest <= 0 else min(_HEATS - 1, 1 + int(value / highest * (_HEATS - 1)))


def share(value: float, highest: float) -> Markup:
    """A bar as long as its share of the highest one; its number stands beside it."""
    part = 0 if highest <= 0 else max(0.0, value / highest * 100)
    return _SHARE.format(_n(part))


def _scale(highest: float) -> tuple[float, float]:
    """The distance between two lines and the value of the uppermost, both round."""
    highest = max(highest, 4)
    size = 10 ** (len(str(int(highest))) - 1)
    for factor in (size / 10, size):
        for each in _STEPS:
            step = each * factor
            if step >= 1 and step * (_LINES - 1) >= highest and step == int(step):
                return step, step * -(-highest // step)
    return 10 * size, 10 * size * (_LINES - 1)


def _field(step: float, top: float, word: Word) -> Markup:
    """The lines across, with their values."""
    drawn = []
    for place in range(round(top / step) + 1):
        y, kind = 100 - place * step / top * 100, "plot-ground" if place == 0 else "plot-rule"
        drawn.append(Markup('<line class="{}" x1="0" x2="100%" y1="{y}%" y2="{y}%"/>').format(kind, y=_n(y)))
        drawn.append(_text(0, y, word(place * step), "plot-word", dx=-8, dy=4, anchor="end"))
    return Markup().join(drawn)


def _below(names: Sequence[str], *, centred: bool) -> Markup:
    """Some of the names below, the first and the last among them."""
    last = len(names) - 1
    each = max(1, -(-last // (_LABELS - 1)))
    each = each if each < _WEEK else each // _WEEK * _WEEK  # the same weekday, where they are days
    room = each * max(0.7, len(names[last]) / _LETTERS)  # the last one stands to the left of its place
    places = [place for place in range(0, last, each) if last - place >= room] + [last]
    drawn = []
    for place in places:
        x = (place + 0.5) / len(names) * 100 if centred else _along(len(names))(place)
        anchor = "middle" if 0 < place < last else "start" if place == 0 and last else "end"
        drawn.append(_text(x, 100, names[place], "plot-word", dy=20, anchor="middle" if last == 0 else anchor))
    return Markup().join(drawn)


def _paths(series: Series, top: float, kind: str, at: Callable[[int], float]) -> Markup:
    known = [value is not None for value in series.values]
    drawn = []
    for run in _runs(known):
        points = [(at(place), 100 - (series.values[place] or 0) / top * 100) for place in run]
        if len(points) == 1:
            points.append((points[0][0] + 0.01, points[0][1]))  # a point, as the ends of lines are round
        path = "L".join(f"{_n(x)} {_n(y)}" for x, y in points)
        drawn.append(Markup('<path class="{} {}" d="M{}"/>').format(kind, series.kind, path))
    return Markup().join(drawn)


def _along(count: int) -> Callable[[int], float]:
    return lambda place: 100.0 if count < 2 else place / (count - 1) * 100


def _runs(known: Sequence[bool]) -> Iterable[list[int]]:
    """The places without gaps between them."""
    edges = [place for place in range(len(known)) if known[place]]
    cuts = [0, *(here + 1 for here, (one, other) in enumerate(pairwise(edges)) if other > one + 1), len(edges)]
    return [edges[start:end] for start, end in pairwise(cuts) if end > start]


def _stretched(drawn: Markup) -> Markup:
    """Paths have no shares, so they are drawn in a field of 100 that is stretched; their lines keep their width."""
    return _PATHS.format(drawn)


def _rect(x: float, y: float, width: float, height: float, kind: str, round: int = 1) -> Markup:  # noqa: PLR0917
    return _RECT.format(kind, _n(x), _n(y), _n(width), _n(height), round)


def _text(  # noqa: PLR0917 - a place and a word
    x: float, y: float, word: str, kind: str, dx: int = 0, dy: int = 0, anchor: str = "middle"
) -> Markup:
    return _TEXT.format(kind, _n(x), _n(y), dx, dy, anchor, word)


def _drawing(drawn: Iterable[Markup], label: str, kind: str = "") -> Markup:
    frame = Markup('<div class="plot {}"><svg role="img" aria-label="{}">{}</svg></div>')
    return frame.format(kind, label, Markup().join(drawn))


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
