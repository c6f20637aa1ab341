"""Erases what this till has of customers whom the company has erased: side rows of its journals.

The replica's part comes with the feed. The company is told by an entry, written in the commit that deletes.
"""

from collections import defaultdict

from sync.protocol.entries import ByCard, SideErased, TillKind, till_body
from sync.protocol.rows import ErasedRow
from terminal.storage import former_journals
from terminal.storage.journal import Journal
from terminal.storage.recorder import Recorder


class ErasedCustomers:
    """Follows the company's erasures."""

    def __init__(self) -> None:
        self._followed: object = ()
        self._has_waiting = False  # side rows that the company has not got yet: they are part of what it will judge

    def follow(self, recorder: Recorder, journal: Journal, erased: tuple[ErasedRow, ...], acked_seq: int) -> None:
        """Deletes side rows that are new among those to be erased."""
        seen = erased, acked_seq if self._has_waiting else None
        if seen == self._followed:
            return
        cards = {row.id for row in erased}
        card_of = {entry_id: row.id for row in erased for entry_id in row.entries}
        found: defaultdict[object, list[int]] = defaultdict(list)
        self._has_waiting = False
        for seq, entry in ((one.seq, one.entry) for one in journal.with_sides()) if erased else ():
            named = entry.card.id if isinstance(entry.card, ByCard) else None
            card_id = card_of.get(entry.id, named if named in cards else None)
            if card_id is None:
                continue
            if seq > acked_seq:
                self._has_waiting = True
            else:
                found[card_id].append(seq)
        said = {_card_in(one.entry) for one in journal.of_kinds([TillKind.SIDE_ERASED])} if erased else set()
        for row in erased:
            seqs = found.get(row.id, [])
            if row.id not in said and (seqs or any(journal.with_id(one) is not None for one in row.entries)):
                recorder.write_erasure(SideErased(row.id), seqs)
            elif seqs:
                journal.forget_sides(seqs)
        if erased:
            former_journals.forget_sides(journal.folder, cards, card_of)
        self._followed = erased, acked_seq if self._has_waiting else None


def _card_in(entry: object) -> object:
    body = till_body(entry)  # type: ignore[arg-type]
    return body.card if isinstance(body, SideErased) else None
