"""How much of the journal one exchange carries: a page within its limits, halved, shrunk to one entry, grown again.

Functions of values; which limits hold when is the engine's affair.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sync.protocol.entries import ENTRY_BYTES_MAX
from sync.protocol.messages import PAGE_BYTES_MAX, PAGE_ENTRIES_MAX, PageEntry

# What an entry costs beside its own bytes: names of the fields, seq, the hash in base64.
ENVELOPE_BYTES = 112


@dataclass(frozen=True, slots=True)
class PageLimits:
    """At most so many entries, in at most so many bytes as sent; yet one entry always fits."""

    entries: int
    bytes: int


FULL = PageLimits(PAGE_ENTRIES_MAX, PAGE_BYTES_MAX)


def halved(limits: PageLimits, entries_sent: int) -> PageLimits:
    """The limits after a page of so many entries was too large."""
    entries = max(1, min(limits.entries, entries_sent) // 2)
    return PageLimits(entries, max(ENTRY_BYTES_MAX, limits.bytes // 2))


def alone(limits: PageLimits) -> PageLimits:
    """One entry a page: whichever fails then is the one."""
    return PageLimits(1, limits.bytes)


def doubled(limits: PageLimits, ceiling: PageLimits) -> PageLimits:
    """Twice as many entries after a page that passed, never above the ceiling."""
    return PageLimits(min(limits.entries * 2, ceiling.entries), ceiling.bytes)


def sent_bytes(entry: PageEntry) -> int:
    """What an entry takes in a request, within a few bytes."""
    return ENVELOPE_BYTES + _base64(entry.entry) + (_base64(entry.side) if entry.side is not None else 0)


def fill(entries: Iterable[PageEntry], entries_max: int, bytes_max: int) -> tuple[PageEntry, ...]:
    """The first of *entries* that go into one page: within the limits, but never none while there are some."""
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
