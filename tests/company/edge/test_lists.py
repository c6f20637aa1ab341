"""Cursors and pages of lists, and the choice of a language."""

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from server.edge import lists
from server.edge.lists import COUNT_MAX, ListQuery, PageQuery
from server.edge.problem_json import HttpProblem
from server.translations import chosen


class Filtered(ListQuery):
    store: str | None = None


def a_part(query: Filtered, rows: list[int]) -> Any:
    after = lists.after(query, (int,))
    following = [row for row in rows if after is None or row > after[0]]
    return lists.listed(query, following[: query.limit + 1], len(rows), lambda row: row, lambda row: (row,))


@pytest.mark.parametrize("count", [0, 1, 4, 5, 6, 10, 23])
def test_every_row_comes_once_and_no_part_is_empty(count: int) -> None:
    rows, found, cursor = list(range(count)), [], None
    while True:
        part = a_part(Filtered(limit=5, cursor=cursor), rows)
        assert part.items or not rows
        found += part.items
        cursor = part.next
        if cursor is None:
            break
    assert found == rows


@pytest.mark.parametrize("cursor", ["", "x", "AAAA", "kZaQ", "x" * 2000])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(HttpProblem, match="invalid"):
        lists.after(Filtered(cursor=cursor), (int,))


@pytest.mark.parametrize(
    ("kind", "value"),
    [(int, 1 << 53), (int, "9" * 40), (int, -(1 << 63)), (datetime, "2026-03-02T12:00:00"), (UUID, "x")],
)
def test_a_cursor_that_no_database_compares_is_refused(kind: type, value: Any) -> None:
    query = Filtered()
    forged = Filtered(cursor=lists.cursor(query.filters(), [value]))
    with pytest.raises(HttpProblem, match="invalid"):
        lists.after(forged, (kind,))


def test_a_cursor_is_for_the_same_filters_only() -> None:
    cursor = a_part(Filtered(limit=1, store="a"), [1, 2]).next
    assert lists.after(Filtered(limit=9, store="a", cursor=cursor), (int,)) == (1,)
    with pytest.raises(HttpProblem, match="invalid"):
        lists.after(Filtered(limit=1, store="b", cursor=cursor), (int,))


def test_counting_stops_and_says_so() -> None:
    assert lists.counted(COUNT_MAX) == (COUNT_MAX, False)
    assert lists.counted(COUNT_MAX + 1) == (COUNT_MAX, True)


def test_a_page_knows_its_neighbours() -> None:
    first = lists.paging(PageQuery(), 25, 60)
    assert (first.first, first.last, first.previous, first.next) == (1, 25, None, 2)
    last = lists.paging(PageQuery(page=3), 10, 60)
    assert (last.first, last.last, last.previous, last.next) == (51, 60, 2, None)
    empty = lists.paging(PageQuery(), 0, 0)
    assert (empty.first, empty.last, empty.next) == (0, 0, None)


@pytest.mark.parametrize(
    ("accepted", "preferred", "wanted"),
    [
        (None, None, "en"),
        ("pt-BR, de;q=0.5, fr;q=0.9", None, "fr"),
        ("de-LU", "lb", "lb"),
        ("de;q=0", None, "en"),
        ("xx," * 100_000, "zz", "en"),
    ],
)
def test_the_language_is_the_persons_then_the_browsers(accepted: str, preferred: str | None, wanted: str) -> None:
    assert chosen(accepted, preferred) == wanted
