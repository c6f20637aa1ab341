"""One ask being answered: a snapshot of the replica, the time, and the card in front. What acts and views work from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from loyalty.offline import redemption_refusal
from loyalty.program import Program
from loyalty.refusals import Reason, Refusal
from loyalty.settings import PinRequired
from loyalty.transactions import Body
from sync.protocol.entries import ByCard, ByToken, CardReference, Side
from sync.protocol.personal_text import Personal, parted
from sync.protocol.sealing import Unopenable, decrypt
from terminal.counter.card_lookup import InFront
from terminal.counter.effective_card import EffectiveCard, EffectiveCards
from terminal.interface.phrases import Speech
from terminal.keys.identity import Identity
from terminal.keys.vault import TillKeys
from terminal.staff.staff_desk import Person, StaffDesk
from terminal.storage.blank_pool import BlankPool
from terminal.storage.journal import Journal, Written
from terminal.storage.recorder import EntryContext, Recorder
from terminal.storage.replica_reader import Essentials, ReplicaSnapshot, ReplicaState


@dataclass(frozen=True, slots=True, kw_only=True)
class AskContext:
    """Everything one ask may look at."""

    identity: Identity
    keys: TillKeys
    journal: Journal
    recorder: Recorder
    desk: StaffDesk
    snapshot: ReplicaSnapshot
    state: ReplicaState
    essentials: Essentials
    words: Speech
    now: datetime
    front: InFront | None
    pool: BlankPool
    kept: dict[bytes, EffectiveCard]  # by earlier asks, as long as the replica stays what it was

    @property
    def effective_cards(self) -> EffectiveCards:
        return EffectiveCards(self.journal, self.snapshot, self.essentials, self.identity.store_id, self.now)

    @property
    def program(self) -> Program | None:
        """The rules that hold now."""
        return self.essentials.programs.at(self.now)

    @property
    def blanks(self) -> int:
        """How many new customers could have a card: the printed blanks, and those that this till shows."""
        return self.snapshot.blanks() + len(self.pool.unused)

    @property
    def staleness(self) -> timedelta:
        """How old the company's last complete word is."""
        since = self.state.confirmed_at or datetime.fromisoformat(self.identity.paired_at)
        return max(timedelta(0), self.now - since)

    def effective(self, front: InFront) -> EffectiveCard | None:
        """The card as this till knows it; None when its row has gone."""
        so_far = self.kept.get(front.card_key)
        effective = self._begun(front) if so_far is None else self.effective_cards.onward(so_far)
        if effective is not None:
            self.kept[front.card_key] = effective
        return effective

    def _begun(self, front: InFront) -> EffectiveCard | None:
        if not front.known:
            found = self.snapshot.card_by_code(front.card_key)  # it may have come meanwhile
            return (
                self.effective_cards.unknown(front.card_key) if found is None else self.effective_cards.known(found[0])
            )
        known = self.snapshot.card(UUID(bytes=front.card_key))
        return None if known is None else self.effective_cards.known(known)

    def with_key(self, key: bytes, *, known: bool) -> InFront:
        """A card that nobody has just shown, unless it is the one in front."""
        if self.front is not None and self.front.card_key == key:
            return self.front
        return InFront(key, known=known, by_code=False)

    def in_front(self) -> tuple[InFront, EffectiveCard] | Refusal:
        """The card in front, or the refusal that there is none."""
        if self.front is None:
            return Refusal(Reason.NO_CARD)
        effective = self.effective(self.front)
        return Refusal(Reason.UNKNOWN_CARD) if effective is None else (self.front, effective)

    def someone(self) -> Person | Refusal | None:
        """Who works now; None where the company asks for no PIN."""
        person = self.desk.on_shift
        if person is not None or self.essentials.settings.pin_required is PinRequired.NEVER:
            return person
        return Refusal(Reason.NOBODY_ON_SHIFT)

    def offline_refusal(self, front: InFront, effective: EffectiveCard, *, manager_agrees: bool) -> Refusal | None:
        """Why nothing may be redeemed now, whatever the balance."""
        if effective.known is None:
            return Refusal(Reason.CARD_WAITING)
        return redemption_refusal(
            effective.card,
            self.essentials.settings,
            staleness=self.staleness,
            by_code=front.by_code,
            manager_agrees=manager_agrees,
            store_id=self.identity.store_id,
        )

    def about(
        self,
        front: InFront,
        effective: EffectiveCard,
        *,
        staff: Person | None,
        override: Person | None = None,
        side: Side | None = None,
    ) -> EntryContext:
        """What a transaction on this card says beside its body; *override* answers for it where *staff* may not."""
        program = self.program
        return EntryContext(
            card=reference(effective, front),
            card_version=effective.version,
            program=program.version if program else 0,
            staff=staff.id if staff else None,
            override=override.id if override and override is not staff else None,
            side=side,
        )

    def write(self, body: Body, about: EntryContext) -> Written:
        """Journals a transaction; on return it is on disk."""
        written = self.recorder.write(body, about)
        self.desk.written()
        return written

    def write_step(self, bodies: Sequence[Body], about: EntryContext) -> list[Written]:
        """Journals what one tap did to a card; on return all of it is on disk, or nothing."""
        written = self.recorder.write_step(bodies, about)
        self.desk.written()
        return written

    def personal(self, effective: EffectiveCard) -> Personal:
        """The customer's name and note as far as they are known: from waiting entries first, then from the row."""
        known = effective.known
        if known is None:
            return Personal()
        for seq in reversed(effective.waiting_sides):
            if (found := self._in_side(known.row.id, seq)) is not None:
                return found
        if known.row.name is not None and self.keys.data_with(known.row.name_key) is not None:
            return self._opened(known.row.id, known.row.name, known.row.name_key)
        for seq in reversed(effective.sides):  # the row is under a key that has not come yet
            if (found := self._in_side(known.row.id, seq)) is not None:
                return found
        return Personal()

    def _in_side(self, card_id: UUID, seq: int) -> Personal | None:
        """What one entry's side row says of name and note; None if it says nothing."""
        side = self.journal.side_of(seq)
        return None if side is None or side.name is None else self._opened(card_id, side.name, side.name_key)

    def _opened(self, card_id: UUID, box: bytes, key_id: int) -> Personal:
        key = self.keys.data_with(key_id)
        try:
            return Personal() if key is None else parted(decrypt(key, card_id, box))
        except Unopenable:
            return Personal()  # another key's, or torn: nameless is better than not served


def reference(effective: EffectiveCard, front: InFront) -> CardReference:
    """How an entry names the card."""
    return ByToken(front.card_key) if effective.known is None else ByCard(effective.known.row.id)
