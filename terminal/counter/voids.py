"""Voids of transactions: by the person who made them moments ago, or by a manager."""

from dataclasses import dataclass
from uuid import UUID

from loyalty import authority, voids
from loyalty.judge import Word
from loyalty.refusals import Reason, Refusal, Why
from loyalty.transactions import Body, Effect, Kind, Transaction
from sync.protocol.entries import ByCard
from terminal.counter.ask_context import AskContext
from terminal.counter.card_lookup import InFront
from terminal.counter.effective_card import EffectiveCard
from terminal.counter.transactions import Done
from terminal.counter.void_originals import find_original
from terminal.interface.asks import QuoteVoid, Void
from terminal.staff.staff_desk import Person
from terminal.storage.journal import card_key

# Voids are included, so that after voiding one's last transaction one cannot void the one before it alone.
_KINDS: list[str] = [
    Kind.STAMP_EARNED,
    Kind.STAMP_REDEEMED,
    Kind.POINTS_EARNED,
    Kind.POINTS_REDEEMED,
    Kind.STAMP_VOIDED,
    Kind.POINTS_VOIDED,
    Kind.REDEMPTION_VOIDED,
]


def void(context: AskContext, ask: Void) -> tuple[Done, InFront] | Refusal:
    """Voids the transaction that *ask* names, on any card, without changing the card in front."""
    staff = context.someone()
    if isinstance(staff, Refusal):
        return staff
    if not context.essentials.settings.void_allowed:
        return Refusal(Reason.VOID_OFF)
    if ask.also is not None and not _one_step(context, ask.also, ask.entry):
        return Refusal(Reason.NOTHING_TO_VOID)
    taken: list[_Void] = []
    for entry_id, amount_minor in _to_void(ask):
        one = _prepare(context, entry_id, amount_minor)
        if isinstance(one, Refusal):
            return one
        taken.append(one)
    first = taken[0]
    manager: Person | None = None
    why = next((no for one in taken if (no := needs_manager(context, one.original, staff)) is not None), None)
    if why is not None or ask.amount_minor is not None:
        answer = context.desk.manager(ask.override, why or Why.MANAGERS_ONLY)
        if isinstance(answer, Refusal):
            return answer
        manager = answer
    bodies = [one.body for one in taken]
    written = context.write_step(bodies, context.about(first.front, first.effective, staff=staff, override=manager))
    return tuple(zip(written, [one.effect for one in taken], strict=True)), first.front


def quote(context: AskContext, ask: QuoteVoid) -> Effect | Refusal:
    """What a void would take from the card."""
    staff = context.someone()
    if isinstance(staff, Refusal):
        return staff
    taken = _prepare(context, ask.entry, ask.amount_minor)
    return taken if isinstance(taken, Refusal) else taken.effect


@dataclass(frozen=True, slots=True)
class _Void:
    """The result of voiding one transaction."""

    original: Transaction
    body: Body
    effect: Effect
    front: InFront
    effective: EffectiveCard


def _to_void(ask: Void) -> list[tuple[UUID, int | None]]:
    named: list[tuple[UUID, int | None]] = [(ask.entry, ask.amount_minor)]
    return named if ask.also is None else [*named, (ask.also, None)]


def _prepare(context: AskContext, entry_id: UUID, amount_minor: int | None) -> _Void | Refusal:
    front = _card_of(context, entry_id)
    effective = None if front is None else context.effective(front)
    if front is None or effective is None:
        return Refusal(Reason.NOTHING_TO_VOID)
    found = find_original(entry_id, context.journal, context.snapshot, context.identity.store_id, effective.waiting)
    if found.original is None:
        return Refusal(Reason.NOTHING_TO_VOID)
    body = voids.void_body(found.original.transaction, amount_minor)
    if body is None:
        return Refusal(Reason.NOT_VOIDABLE)
    effect = voids.take_back(effective.card, body, found.original)
    if isinstance(effect, Refusal):
        return effect
    return _Void(found.original.transaction, body, effect, front, effective)


def needs_manager(context: AskContext, done: Transaction, staff: Person | None) -> Why | None:
    """Why voiding *done* needs a manager; None if the person on shift may do it alone."""
    if staff is not None and staff.role.manages:
        return None
    last = context.journal.last_of(None if staff is None else staff.id, _KINDS)
    if last != done.id and (last is None or not _one_step(context, last, done.id)):
        return Why.NOT_OWN_VOID
    too_late = authority.too_late_to_void(done, context.now, context.essentials.settings)
    return Why.TOO_LATE_TO_VOID if too_late else None


def may_void_new(done: Transaction, staff: Person | None) -> bool:
    """`needs_manager` for a transaction just written, which is its author's last one."""
    if staff is None:
        return done.context.staff_id is None
    return staff.role.manages or done.context.staff_id == staff.id


def _one_step(context: AskContext, one_id: UUID, other_id: UUID) -> bool:
    """True if a purchase and its stamps were given by one tap: written together at the same time."""
    one, other = context.journal.with_id(one_id), context.journal.with_id(other_id)
    if one is None or other is None or abs(one.seq - other.seq) != 1:
        return False
    bought, stamped = sorted((one, other), key=lambda written: written.seq)
    this, that = bought.entry, stamped.entry
    return (this.kind, that.kind) == (Kind.POINTS_EARNED, Kind.STAMP_EARNED) and (
        (this.occurred_at, this.card, this.staff) == (that.occurred_at, that.card, that.staff)
    )


def _card_of(context: AskContext, entry_id: UUID) -> InFront | None:
    """The card of a transaction of this till or store."""
    written = context.journal.with_id(entry_id)
    verdict = None if written is None else context.snapshot.verdict(entry_id)
    if verdict is not None and verdict.card is not None and verdict.word != Word.HELD:
        return context.with_key(verdict.card.bytes, known=True)
    if written is not None and written.entry.card is not None:
        reference = written.entry.card
        return context.with_key(card_key(reference), known=isinstance(reference, ByCard))
    row = context.snapshot.transaction(entry_id)
    return None if row is None else context.with_key(row.card.bytes, known=True)
