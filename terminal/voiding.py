"""Taking a transaction back: by the one who gave it a moment ago, or by a manager."""

from datetime import timedelta
from uuid import UUID

from loyalty import voids
from loyalty.judge import Word
from loyalty.refusals import Reason, Refusal, Why
from loyalty.transactions import Effect, Kind, Transaction
from sync.entries import ByCard
from terminal.journal import Written, card_key
from terminal.lookup import InFront
from terminal.originals import find_original
from terminal.staff import Person
from terminal.turn import Turn
from terminal.views import Void

# A void is a transaction, too: whoever has taken their last one back does not go on to the one before.
_KINDS: list[str] = [
    Kind.STAMP_EARNED,
    Kind.STAMP_REDEEMED,
    Kind.POINTS_EARNED,
    Kind.POINTS_REDEEMED,
    Kind.STAMP_VOIDED,
    Kind.POINTS_VOIDED,
    Kind.REDEMPTION_VOIDED,
]


def void(turn: Turn, ask: Void) -> tuple[Written, Effect, InFront] | Refusal:
    """Takes back what *ask* names, on whichever card it was; the card in front stays where it is."""
    staff = turn.someone()
    if isinstance(staff, Refusal):
        return staff
    if not turn.essentials.settings.void_allowed:
        return Refusal(Reason.VOID_OFF)
    front = _card_of(turn, ask.entry)
    reckoned = None if front is None else turn.reckoned(front)
    if front is None or reckoned is None:
        return Refusal(Reason.NOTHING_TO_VOID)
    found = find_original(ask.entry, turn.journal, turn.look, turn.identity.store_id, reckoned.waiting)
    if found.original is None:
        return Refusal(Reason.NOTHING_TO_VOID)
    body = voids.void_body(found.original.transaction, ask.amount_minor)
    if body is None:
        return Refusal(Reason.NOT_VOIDABLE)
    effect = voids.take_back(reckoned.card, body, found.original)
    if isinstance(effect, Refusal):
        return effect
    manager: Person | None = None
    if (why := needs_manager(turn, found.original.transaction, staff)) is not None or ask.amount_minor is not None:
        answer = turn.desk.manager(ask.override, why or Why.MANAGERS_ONLY)
        if isinstance(answer, Refusal):
            return answer
        manager = answer
    written = turn.write(body, reckoned, front, staff=staff, override=manager)
    return written, effect, front


def needs_manager(turn: Turn, done: Transaction, staff: Person | None) -> Why | None:
    """Why taking *done* back asks for a manager; None when the one on shift may do it alone."""
    if staff is not None and staff.role.manages:
        return None
    if turn.journal.last_of(None if staff is None else staff.id, _KINDS) != done.id:
        return Why.NOT_OWN_VOID
    window = timedelta(minutes=turn.essentials.settings.self_void_minutes)
    return Why.TOO_LATE_TO_VOID if turn.now - done.context.occurred_at > window else None


def _card_of(turn: Turn, entry_id: UUID) -> InFront | None:
    """The card that a transaction of this till or of this store belongs to."""
    written = turn.journal.with_id(entry_id)
    verdict = None if written is None else turn.look.verdict(entry_id)
    if verdict is not None and verdict.card is not None and verdict.word != Word.HELD:
        return turn.with_key(verdict.card.bytes, known=True)
    if written is not None and written.entry.card is not None:
        reference = written.entry.card
        return turn.with_key(card_key(reference), known=isinstance(reference, ByCard))
    row = turn.look.transaction(entry_id)
    return None if row is None else turn.with_key(row.card.bytes, known=True)
