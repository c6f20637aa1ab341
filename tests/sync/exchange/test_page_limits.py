"""The size of journal pages in an exchange."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.exchange import page_limits
from sync.exchange.page_limits import FULL, PageLimits, alone, doubled, fill, halved, sent_bytes
from sync.protocol import messages
from sync.protocol.entries import ENTRY_BYTES_MAX
from sync.protocol.messages import PageEntry

entries = st.lists(st.tuples(st.integers(0, 3_000), st.none() | st.integers(0, 3_000)), max_size=30).map(
    lambda sizes: [
        PageEntry(seq=seq, hash=bytes(32), entry=bytes(size), side=None if side is None else bytes(side))
        for seq, (size, side) in enumerate(sizes, start=1)
    ]
)


@pytest.mark.slow
@given(entries, st.integers(1, 40), st.integers(0, 40_000))
def test_a_page_is_the_longest_beginning_that_fits_and_never_empty(
    rows: list[PageEntry], entries_max: int, bytes_max: int
) -> None:
    page = fill(rows, entries_max, bytes_max)
    assert list(page) == rows[: len(page)]
    assert bool(page) == bool(rows)
    if len(page) > 1:
        assert len(page) <= entries_max and sum(map(sent_bytes, page)) <= bytes_max
    if page and len(page) < len(rows):
        assert len(page) == entries_max or sum(map(sent_bytes, rows[: len(page) + 1])) > bytes_max


@pytest.mark.slow
@given(entries)
def test_an_entrys_size_is_what_it_takes_in_a_request(rows: list[PageEntry]) -> None:
    for row in rows:
        assert abs(len(messages.encode(row)) - sent_bytes(row)) <= 40


def test_the_largest_page_fits_into_a_request() -> None:
    largest = PageEntry(seq=2**53, hash=bytes(32), entry=bytes(ENTRY_BYTES_MAX), side=bytes(ENTRY_BYTES_MAX))
    assert page_limits.FULL.bytes + sent_bytes(largest) < messages.REQUEST_BYTES_MAX


@given(st.integers(1, 1_000))
def test_halving_comes_down_to_one_entry_within_ten_exchanges(sent: int) -> None:
    limits, times = FULL, 0
    while sent > 1:
        limits, times = halved(limits, sent), times + 1
        assert limits.entries < sent
        sent = limits.entries
    assert times <= 9
    assert limits.bytes >= ENTRY_BYTES_MAX


def test_pages_grow_to_their_ceiling_and_no_further() -> None:
    ceiling = PageLimits(entries=5, bytes=64_000)
    limits = alone(FULL)
    grown = [limits := doubled(limits, ceiling) for _ in range(4)]
    assert [page.entries for page in grown] == [2, 4, 5, 5]
    assert grown[-1].bytes == ceiling.bytes
