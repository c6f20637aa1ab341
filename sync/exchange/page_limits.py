"""The size of journal pages: limits that are halved, reduced to one entry, and doubled again. Pure functions."""

from collections.abc import Iterable
from dataclasses import dataclass

from sync.protocol.entries import ENTRY_BYTES_MAX
from sync.protocol.messages import PAGE_BYTES_MAX, PAGE_ENTRIES_MAX, PageEntry

# The overhead of an entry: field names, seq, and the hash in base64.
ENVELOPE_BYTES = 112


@dataclass(frozen=True, slots=True)
class PageLimits:
    """The most entries and bytes of a page; one entry always fits."""

    entries: int
    bytes: int


FULL = PageLimits(PAGE_ENTRIES_MAX, PAGE_BYTES_MAX)


def halved(limits: PageLimits, entries_sent: int) -> PageLimits:
    """The limits after a page of *entries_sent* entries was too large."""
    entries = max(1, min(limits.entries, entries_sent) // 2)
    return PageLimits(entries, max(ENTRY_BYTES_MAX, limits.bytes // 2))


def alone(limits: PageLimits) -> PageLimits:
    """Limits of one entry for each page, to find the one that fails."""
    return PageLimits(1, limits.bytes)


def doubled(limits: PageLimits, ceiling: PageLimits) -> PageLimits:
    """The limits after a successful page: twice the entries, up to the ceiling."""
    return PageLimits(min(limits.entries * 2, ceiling.entries), ceiling.bytes)


def sent_bytes(entry: PageEntry) -> int:
    """The approximate size of an entry in a request."""
    return ENVELOPE_BYTES + _base64(entry.entry) + (_base64(entry.side) if entry.side is not None else 0)


def fill(entries: Iterable[PageEntry], entries_max: int, bytes_max: int) -> tuple[PageEntry, ...]:
    """The first entries that fit a page, and at least one if there are any."""
    page: list[PageEntry] = []
    size = 0
    for entry in entries:
        size += sent_bytes(entry)
        if page and (size > bytes_max or len(page) == entries_max):
            break
        page.append(entry)
    return tuple(page)


def _base64(data: bytes) -> int:
    return (len(data) + 2) // 3 * 4
