"""The effective card: the server's row plus this till's entries that it does not contain yet.

A row contains entries up to its `as_of_seq`. A verdict counts once the row has the version with its effect; until then
the entry is shown as before, so that balances never jump.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import UUID

from loyalty.card import Card
from loyalty.judge import Present, Word, judge
from loyalty.receipts import receipt_key
from loyalty.transactions import Body, CardReplaced, Claim, PointsEarned, Transaction, corrected
from sync.protocol.entries import Entry, transaction_body
from sync.protocol.rows import VerdictRow, card_of
from terminal.counter.void_originals import context_of, find_original, returned_minor
from terminal.storage.journal import Journal
from terminal.storage.replica_reader import ConfirmedCard, Essentials, ReplicaSnapshot

# The starting point of a card that is not known here yet; it counts as having always existed.
_UNKNOWN = Card(id=UUID(int=0), created_at=datetime(1970, 1, 1, tzinfo=UTC))


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectiveCard:
    """A card as this till knows it."""

    known: ConfirmedCard | None
    keys: tuple[bytes, ...]  # keys of its entries in the journal
    confirmed: Card
    card: Card
    waiting: Mapping[UUID, Transaction] = field(default_factory=dict)  # this till's, with consequences, oldest first
    held: int = 0
    sides: tuple[int, ...] = ()  # seqs of entries with personal fields that the row may lack, oldest first
    waiting_sides: tuple[int, ...] = ()  # those that the row certainly lacks
    up_to: int = 0  # seq of the last entry included

    @property
    def is_erased(self) -> bool:
        """True if its customer was erased, as far as is known here."""
        return self.known is not None and self.known.row.erased

    @property
    def version(self) -> int | None:
        return None if self.known is None else self.known.version


class EffectiveCards:
    """Computes effective cards on one snapshot of the replica."""

    def __init__(
        self, journal: Journal, snapshot: ReplicaSnapshot, essentials: Essentials, store_id: UUID, now: datetime
    ) -> None:
        self._journal = journal
        self._snapshot = snapshot
        self._essentials = essentials
        self._store_id = store_id
        self._now = now

    def known(self, known: ConfirmedCard) -> EffectiveCard:
        """The effective card of a card from the server."""
        row, confirmed = known.row, card_of(known.row)
        keys = (row.id.bytes, row.token, *row.old_tokens, *self._merged_keys(known))
        held = self._held(keys, known)
        base = EffectiveCard(
            known=known, keys=keys, confirmed=confirmed, card=confirmed, held=held, up_to=known.as_of_seq
        )
        return self.extend(base)

    def unknown(self, token_hash: bytes) -> EffectiveCard:
        """The effective card of a code of our format that the server has not sent yet."""
        keys = (token_hash,)
        return self.extend(
            EffectiveCard(known=None, keys=keys, confirmed=_UNKNOWN, card=_UNKNOWN, held=self._held(keys, None))
        )

    def extend(self, so_far: EffectiveCard) -> EffectiveCard:
        """Adds newer entries to a card that was computed on the same state of the replica."""
        head = self._journal.head().seq
        if so_far.up_to == head:
            return so_far
        entries = self._journal.of_card(so_far.keys, so_far.up_to)
        verdicts = self._snapshot.verdicts([written.entry.id for written in entries])
        card, waiting = so_far.card, dict(so_far.waiting)
        sides, waiting_sides = so_far.sides, so_far.waiting_sides
        for written in entries:
            verdict = verdicts.get(written.entry.id)
            if written.entry.side is not None:
                sides = (*sides, written.seq)
                if verdict is None or not _counts(verdict, so_far.known):
                    waiting_sides = (*waiting_sides, written.seq)
            if verdict is not None and (verdict.word == Word.HELD or _counts(verdict, so_far.known)):
                continue
            claim = Claim(
                id=written.entry.id,
                body=transaction_body(written.entry),
                context=context_of(written.entry, self._store_id),
            )
            present = self._present(written.entry, claim.body, waiting)._replace(is_erased=so_far.is_erased)
            judged = judge(card, claim, present)
            card = judged.card
            waiting |= {transaction.id: transaction for transaction in judged.transactions}
        return replace(so_far, card=card, waiting=waiting, sides=sides, waiting_sides=waiting_sides, up_to=head)

    def _merged_keys(self, known: ConfirmedCard) -> Iterable[bytes]:
        """Keys of this till's entries on cards that were merged into this one."""
        for card_id in known.row.merged:
            yield card_id.bytes
            if (other := self._snapshot.card(card_id)) is not None:
                yield from (other.row.token, *other.row.old_tokens)

    def _present(self, entry: Entry, body: Body, waiting: dict[UUID, Transaction]) -> Present:
        present = Present(programs=self._essentials.programs, settings=self._essentials.settings, now=self._now)
        if (original_id := corrected(body)) is not None:
            found = find_original(original_id, self._journal, self._snapshot, self._store_id, waiting)
            return present._replace(original=found.original, original_rejected=found.rejected)
        if isinstance(body, PointsEarned) and body.receipt is not None:
            return present._replace(receipt_used=self.receipt_used(body.receipt, entry.occurred_at, but=entry.id))
        if isinstance(body, CardReplaced):
            blank = self._snapshot.card(body.blank)
            return present._replace(blank=None if blank is None else card_of(blank.row))
        return present

    def receipt_used(self, receipt: str, at: datetime, but: UUID | None = None) -> bool:
        """True if another earning of this store, not fully voided, has this receipt, as far as is known here."""
        settings = self._essentials.settings
        key = receipt_key(receipt, at, settings)
        for row in self._snapshot.transactions_with_receipt(receipt):
            if receipt_key(row.receipt or "", row.occurred_at, settings) != key:
                continue
            if row.id != but and row.points > 0 and not self._returned(row.id, row.amount_minor or 0):
                return True
        for written in self._journal.with_receipt(receipt):
            body = transaction_body(written.entry)
            if not isinstance(body, PointsEarned) or body.receipt is None:
                continue
            if receipt_key(body.receipt, written.entry.occurred_at, settings) != key:
                continue
            if written.entry.id == but:
                return False  # this one was first
            verdict = self._snapshot.verdict(written.entry.id)
            gave = verdict is None or verdict.word == Word.HELD or verdict.points > 0
            if gave and not self._returned(written.entry.id, body.amount_minor):
                return True
        return False

    def _returned(self, earning: UUID, amount_minor: int) -> bool:
        return returned_minor(earning, amount_minor, self._journal, self._snapshot) >= amount_minor

    def _held(self, keys: tuple[bytes, ...], known: ConfirmedCard | None) -> int:
        held = set(self._snapshot.held_ids())
        if known is not None:  # decided, but shown as held until the card's row arrives
            ahead = self._snapshot.ahead_of_card(known.row.id, known.version)
            held |= {verdict.id for verdict in ahead if verdict.seq <= known.as_of_seq}
        return len(held & self._journal.ids_of_card(keys)) if held else 0


def _counts(verdict: VerdictRow, known: ConfirmedCard | None) -> bool:
    if verdict.card is None:
        return True
    if known is None:
        return False
    if verdict.card in known.row.merged:
        return True  # whatever was judged on that card came before the merge, which the row has
    return known.row.id == verdict.card and known.version >= verdict.card_version
