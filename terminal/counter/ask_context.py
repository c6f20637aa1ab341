"""The context of one request: a snapshot of the replica, the time, and the card in front. Used by actions and views."""

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
from sync.protocol.rows import CardRow
from sync.protocol.sealing import Unopenable, decrypt
from terminal.counter.card_lookup import InFront
from terminal.counter.effective_card import EffectiveCard, EffectiveCards
from terminal.interface.phrases import CompanySpeech
from terminal.keys.identity import Identity
from terminal.keys.vault import TillKeys
from terminal.staff.staff_desk import Person, StaffDesk
from terminal.storage.blank_pool import BlankPool
from terminal.storage.journal import Journal, Written
from terminal.storage.recorder import EntryContext, Recorder
from terminal.storage.replica_reader import Essentials, ReplicaSnapshot, ReplicaState


@dataclass(frozen=True, slots=True, kw_only=True)
class AskContext:
    """Everything that answering one request may use."""

    identity: Identity
    keys: TillKeys
    journal: Journal
    recorder: Recorder
    desk: StaffDesk
    snapshot: ReplicaSnapshot
    state: ReplicaState
    essentials: Essentials
    words: CompanySpeech
    now: datetime
    now_at_least: datetime  # without what only the wall clock claims
    front: InFront | None
    pool: BlankPool
    kept: dict[bytes, EffectiveCard]  # computed by earlier requests; valid while the replica is unchanged

    @property
    def effective_cards(self) -> EffectiveCards:
        return EffectiveCards(self.journal, self.snapshot, self.essentials, self.identity.store_id, self.now)

    @property
    def program(self) -> Program | None:
        """The program in force now."""
        return self.essentials.programs.at(self.now)

    @property
    def blanks(self) -> int:
        """The number of customers who can still get a card: printed blanks, and those this till can show."""
        return self.snapshot.blanks() + len(self.pool.unused)

    @property
    def staleness(self) -> timedelta:
        """The age of the company's last complete data."""
        since = self.state.confirmed_at or datetime.fromisoformat(self.identity.paired_at)
        return max(timedelta(0), self.now_at_least - since)

    def effective(self, front: InFront) -> EffectiveCard | None:
        """The card as this till knows it; None if its row is gone."""
        so_far = self.kept.get(front.card_key)
        effective = self._compute(front) if so_far is None else self.effective_cards.extend(so_far)
        if effective is not None:
            self.kept[front.card_key] = effective
        return effective

    def _compute(self, front: InFront) -> EffectiveCard | None:
        if not front.known:
            found = self.snapshot.card_by_code(front.card_key)  # it may have arrived meanwhile
            return (
                self.effective_cards.unknown(front.card_key) if found is None else self.effective_cards.known(found[0])
            )
        known = self.snapshot.card(UUID(bytes=front.card_key))
        leading = None if known is None else self.snapshot.leading(known)
        return None if leading is None else self.effective_cards.known(leading)

    def with_key(self, key: bytes, *, known: bool) -> InFront:
        """The card with this key as found without its code, unless it is the one in front."""
        if self.front is not None and self.front.card_key == key:
            return self.front
        return InFront(key, known=known, by_code=False)

    def in_front(self) -> tuple[InFront, EffectiveCard] | Refusal:
        """The card in front, or a refusal if there is none."""
        if self.front is None:
            return Refusal(Reason.NO_CARD)
        effective = self.effective(self.front)
        return Refusal(Reason.UNKNOWN_CARD) if effective is None else (self.front, effective)

    def someone(self) -> Person | Refusal | None:
        """The person on shift, or a refusal; None if the company requires no PIN."""
        person = self.desk.on_shift
        if person is not None or self.essentials.settings.pin_required is PinRequired.NEVER:
            return person
        return Refusal(Reason.NOBODY_ON_SHIFT)

    def offline_refusal(self, front: InFront, effective: EffectiveCard, *, manager_agrees: bool) -> Refusal | None:
        """Why no redemption is allowed now, whatever the balance, or None."""
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
        """The context of a transaction on this card; *override* is the manager who approves it, if needed."""
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
        """Journals a transaction; durable on return."""
        written = self.recorder.write(body, about)
        self.desk.written()
        return written

    def write_step(self, bodies: Sequence[Body], about: EntryContext) -> list[Written]:
        """Journals the transactions of one tap, all or none; durable on return."""
        written = self.recorder.write_step(bodies, about)
        self.desk.written()
        return written

    def personal(self, effective: EffectiveCard) -> Personal:
        """The customer's known name and note: from waiting entries first, then from the row."""
        known = effective.known
        if known is None:
            return Personal()
        for seq in reversed(effective.waiting_sides):
            if (found := self._in_side(known.row, seq)) is not None:
                return found
        if known.row.name is not None and self.keys.data_with(known.row.name_key) is not None:
            return self._opened(known.row.id, known.row.name, known.row.name_key)
        for seq in reversed(effective.sides):  # the row's key has not arrived yet
            if (found := self._in_side(known.row, seq)) is not None:
                return found
        return Personal()

    def _in_side(self, row: CardRow, seq: int) -> Personal | None:
        """The name and note in the side row of an entry on the card, or on one merged into it; None if it has none."""
        side = self.journal.side_of(seq)
        if side is None or side.name is None:
            return None
        opened = (self._opened(card_id, side.name, side.name_key) for card_id in (row.id, *row.merged))
        return next(filter(any, opened), Personal())

    def _opened(self, card_id: UUID, box: bytes, key_id: int) -> Personal:
        key = self.keys.data_with(key_id)
        try:
            return Personal() if key is None else parted(decrypt(key, card_id, box))
        except Unopenable:
            return Personal()  # another key or damaged: serve the customer without a name


def reference(effective: EffectiveCard, front: InFront) -> CardReference:
    """The reference by which an entry names the card."""
    return ByToken(front.card_key) if effective.known is None else ByCard(effective.known.row.id)
