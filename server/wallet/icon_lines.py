"""The bundled icons as lines of points, for pictures that are drawn without a browser."""

import math
import re
from collections.abc import Iterator
from functools import cache
from xml.etree import ElementTree

import resources

FIELD = 24  # an icon is so wide and high, and its lines are 2 wide
Point = tuple[float, float]
Line = tuple[Point, ...]
_STEPS = 12  # of a curve, or of a quarter of an arc
_TOKENS = re.compile(r"([MmLlHhVvCcSsAaZz])([^MmLlHhVvCcSsAaZz]*)")
_NUMBER = re.compile(r"[+-]?(?:\d*\.\d+|\d+\.?)(?:e[+-]?\d+)?")
_ARC = re.compile(  # its two flags may stand against what follows
    r"\s*".join([r",?\s*([+-]?(?:\d*\.\d+|\d+))"] * 3 + [r",?\s*([01])"] * 2 + [r",?\s*([+-]?(?:\d*\.\d+|\d+))"] * 2)
)
_COUNTS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Z": 0}


@cache
def lines(name: str) -> tuple[Line, ...]:
    """The lines of an icon."""
    root = ElementTree.parse(resources.path(f"icons/{name}.svg")).getroot()  # noqa: S314 - a file of our own
    return tuple(line for part in root for line in _lines(part))


def _lines(part: ElementTree.Element) -> Iterator[Line]:
    kind = part.tag.rpartition("}")[2]
    number = {key: float(value) for key, value in part.attrib.items() if _NUMBER.fullmatch(value)}
    match kind:
        case "path":
            yield from _path(part.attrib["d"])
        case "circle":
            yield _round(number["cx"], number["cy"], number["r"])
        case "rect":
            left, top = number.get("x", 0), number.get("y", 0)
            right, bottom = left + number["width"], top + number["height"]
            yield ((left, top), (right, top), (right, bottom), (left, bottom), (left, top))
        case "line":
            yield ((number["x1"], number["y1"]), (number["x2"], number["y2"]))
        case _:
            raise AssertionError(f"icons have no {kind}")


def _round(x: float, y: float, radius: float) -> Line:
    turns = (2 * math.pi * step / (4 * _STEPS) for step in range(4 * _STEPS + 1))
    return tuple((x + radius * math.cos(turn), y + radius * math.sin(turn)) for turn in turns)


def _path(text: str) -> Iterator[Line]:
    """The lines of a path, whose curves are flattened."""
    here: Point = (0.0, 0.0)
    control: Point | None = None  # of the curve before
    line: list[Point] = []
    for letter, given in _TOKENS.findall(text):
        kind, is_relative = letter.upper(), letter.islower()
        for values in _groups(kind, given):
            base = here if is_relative else (0.0, 0.0)
            ends = [(base[0] + x, base[1] + y) for x, y in zip(values[::2], values[1::2], strict=False)]
            last_control, control = control, None
            match kind:
                case "M":
                    if line:
                        yield tuple(line)
                    line = [ends[0]]
                    kind = "L"  # more points after it are lines
                case "L":
                    line.append(ends[0])
                case "H":
                    line.append((base[0] + values[0], here[1]))
                case "V":
                    line.append((here[0], base[1] + values[0]))
                case "C":
                    control = ends[1]
                    line += _curve(here, *ends)
                case "S":
                    back = last_control or here
                    control = ends[0]
                    line += _curve(here, (2 * here[0] - back[0], 2 * here[1] - back[1]), *ends)
                case "A":
                    end = (base[0] + values[5], base[1] + values[6])
                    line += _arc(here, end, values)
                case "Z":
                    line.append(line[0])
            here = line[-1]
    if line:
        yield tuple(line)


def _groups(kind: str, given: str) -> Iterator[list[float]]:
    """The numbers of a command, as many at a time as it takes."""
    if kind == "A":
        yield from ([float(one) for one in found.groups()] for found in _ARC.finditer(given))
        return
    numbers, count = [float(one) for one in _NUMBER.findall(given)], _COUNTS[kind]
    if not count:
        yield []
    for start in range(0, len(numbers) if count else 0, count or 1):
        yield numbers[start : start + count]


def _curve(start: Point, first: Point, second: Point, end: Point) -> Iterator[Point]:
    for step in range(1, _STEPS + 1):
        t = step / _STEPS
        weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
        points = (start, first, second, end)
        yield (
            sum(weight * point[0] for weight, point in zip(weights, points, strict=True)),
            sum(weight * point[1] for weight, point in zip(weights, points, strict=True)),
        )


def _arc(start: Point, end: Point, values: list[float]) -> Iterator[Point]:
    """An arc of an ellipse that is not turned, as the standard for SVG describes it (B.2.4)."""
    rx, ry, _turned, is_large, is_clockwise = values[:5]
    x, y = (start[0] - end[0]) / 2, (start[1] - end[1]) / 2
    too_small = math.sqrt((x / rx) ** 2 + (y / ry) ** 2)
    if too_small > 1:
        rx, ry = rx * too_small, ry * too_small
    square = (rx * ry) ** 2 - (rx * y) ** 2 - (ry * x) ** 2
    factor = math.sqrt(max(0.0, square) / ((rx * y) ** 2 + (ry * x) ** 2))
    if is_large == is_clockwise:
        factor = -factor
    middle = (factor * rx * y / ry, -factor * ry * x / rx)
    centre = (middle[0] + (start[0] + end[0]) / 2, middle[1] + (start[1] + end[1]) / 2)
    begin = math.atan2((y - middle[1]) / ry, (x - middle[0]) / rx)
    turn = math.atan2((-y - middle[1]) / ry, (-x - middle[0]) / rx) - begin
    if is_clockwise and turn < 0:
        turn += 2 * math.pi
    elif not is_clockwise and turn > 0:
        turn -= 2 * math.pi
    steps = max(2, math.ceil(abs(turn) / (math.pi / 2) * _STEPS))
    for step in range(1, steps + 1):
        at = begin + turn * step / steps
        yield (centre[0] + rx * math.cos(at), centre[1] + ry * math.sin(at))
