"""Plots: what is drawn stays in its field, and says what it shows."""

import re

import pytest

from server.pages.plots import shapes
from server.pages.plots.shapes import Series

DAYS = [f"{day} Nov" for day in range(1, 31)]


def shares(drawn: str, *names: str) -> list[float]:
    return [float(one) for name in names for one in re.findall(rf' {name}="([\d.-]+)%"', drawn)]


@pytest.mark.parametrize("count", [1, 2, 7, 30])
@pytest.mark.parametrize("highest", [0, 1, 7, 4_999, 5_001])
def test_bars_stand_in_their_field(count: int, highest: int) -> None:
    values = [highest * (place + 1) // count for place in range(count)]
    series = [Series(values, "one"), Series([value // 2 for value in values], "two")]
    drawn = shapes.bars(series, Series(values, "before"), DAYS[:count], str, "Days", pale=1)
    assert all(0 <= one <= 100 for one in shares(drawn, "x", "y", "width", "height"))
    tops = shares(drawn, "y")
    assert min(tops, default=0) >= 0
    assert drawn.count("pale") == (2 if values[-1] > 1 else 1 if values[-1] else 0)
    assert 'role="img" aria-label="Days"' in drawn
    assert not re.search(r"(?:fill|stroke|style)=", drawn), "colours are of the style sheet"


def test_missing_values_are_a_gap() -> None:
    drawn = shapes.lines([Series([None, 0.5, 0.6, None, 0.7], "one")], DAYS[:5], str, "Rate", top=1)
    assert len(re.findall(r'class="plot-line one" d="M', drawn)) == 2
    assert ">0.7<" in drawn, "the last value is written at the line"
    unended = shapes.lines([Series([0.5, None], "one")], DAYS[:2], str, "Rate", top=1)
    assert "plot-end" not in unended
    area = shapes.areas([Series([1, None, 3, 4], "one"), Series([1, 2, 3, 4], "two")], DAYS[:4], str, "Owed")
    assert area.count('class="plot-one"') == area.count('class="plot-two"') == 2


def test_the_strongest_colour_is_the_highest_and_none_is_nothing() -> None:
    assert [shapes.heat_step(value, 10) for value in (0, 0.1, 2, 5, 9.9, 10)] == [0, 1, 2, 3, 5, 5]
    drawn = shapes.heat({(0, 8): 10.0, (1, 9): 1.0}, ["Mon", "Tue"], range(8, 10), 10, "Hours")
    assert [re.findall(r"heat-(\d)", drawn)] == [["5", "0", "0", "1"]]


def test_words_are_escaped() -> None:
    assert "<b>" not in shapes.bars([], None, ["<b>"], lambda _value: "<b>", "<b>")


def test_a_long_last_label_has_the_room_of_the_one_before_it() -> None:
    days = [f"{day} Nov" for day in range(1, 31)]
    assert ">22 Nov<" in shapes.bars([Series([1] * 30, "one")], None, [*days[:-1], "today"], str, "x")
    assert ">22 Nov<" not in shapes.bars([Series([1] * 30, "one")], None, [*days[:-1], "aujourdhui"], str, "x")
