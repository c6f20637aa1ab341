"""Transactions as view rows: a card's history, this till's recent transactions, a receipt's earnings."""

import sys
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from loyalty.judge import Note, Word
from loyalty.phrases import note as note_text
from loyalty.phrases import refusal as refusal_text
from loyalty.refusals import Reason, Refusal, Why
from loyalty.slip_numbers import ids_of_slip
from loyalty.transactions import (
    NO_EFFECT,
    Effect,
    Kind,
    PointsEarned,
    PointsRedeemed,
    StampEarned,
    StampRedeemed,
    Transaction,
)
from loyalty.voids import GIVEN, Original, voided_whole
from sync.protocol.entries import TRANSACTION_KINDS, ByCard, Entry, transaction_body
from sync.protocol.rows import TransactionRow, VerdictRow, transaction_of
from terminal.counter.ask_context import AskContext
from terminal.counter.card_lookup import InFront, by_code
from terminal.counter.effective_card import EffectiveCard
from terminal.counter.void_originals import context_of, find_original
from terminal.counter.voids import may_void_new, needs_manager
from terminal.interface.asks import Find
from terminal.interface.case_asks import Case, Cases
from terminal.interface.report_asks import Decided, Open, Report, Served
from terminal.interface.views import HistoryRow
from terminal.storage.journal import Written, card_key

ROWS_MAX = 200
SERVED = timedelta(days=7)
_STORE_ROWS_MAX = 1000
PURCHASES = (Kind.STAMP_EARNED, Kind.POINTS_EARNED)
_VOIDABLE = (StampEarned, StampRedeemed, PointsEarned, PointsRedeemed)
_WAITING = "waiting"

# The source of a row: this till's journal, this store's recent transactions, or a consequence of a waiting entry.
_Source = Written | TransactionRow | Transaction


class Purchases(NamedTuple):
    """Purchases to choose from, newest first, and the card they are of, if one was named."""

    rows: tuple[HistoryRow, ...]
    card: InFront | None = None


def history(
    context: AskContext, front: InFront, limit: int, before: UUID | None, kinds: Collection[str] | None = None
) -> tuple[HistoryRow, ...]:
    """The card's transactions known here, newest first: this till's own, and this store's recent ones."""
    effective = context.effective(front)
    if effective is None:
        return ()
    sources: dict[UUID, _Source] = {one.entry.id: one for one in context.journal.of_card(effective.keys, 0)}
    if (known := effective.known) is not None:
        for row in context.snapshot.transactions_of(known, _STORE_ROWS_MAX):
            if row.kind in set(Kind):
                sources.setdefault(row.id, row)
        for one in effective.waiting.values():
            sources.setdefault(one.id, one)
    if kinds is not None:
        sources = {each: one for each, one in sources.items() if _kind(one) in kinds}
    ordered = sorted(sources, key=lambda one: _place(sources[one]), reverse=True)
    start = ordered.index(before) + 1 if before in sources else 0
    shown = ordered[start : start + max(0, min(limit, ROWS_MAX))]
    return tuple(_row(context, sources[one], effective) for one in shown)


def between(context: AskContext, effective: EffectiveCard, since: datetime, until: datetime) -> tuple[HistoryRow, ...]:
    """What is known here of a card's transactions between two moments, oldest first."""
    known = effective.known
    sources: dict[UUID, _Source] = {one.entry.id: one for one in context.journal.of_card(effective.keys, 0)}
    for row in () if known is None else context.snapshot.transactions_of(known, _STORE_ROWS_MAX):
        if row.kind in set(Kind):
            sources.setdefault(row.id, row)
    found = [one for one in sources.values() if since <= _place(one)[0] <= until]
    return tuple(_row(context, one, effective) for one in sorted(found, key=_place))


def recent(context: AskContext, limit: int) -> tuple[HistoryRow, ...]:
    """This till's latest transactions on all cards."""
    rows = []
    for written in context.journal.of_kinds(sorted(TRANSACTION_KINDS), limit=max(0, min(limit, ROWS_MAX))):
        if (effective := _card_of(context, written)) is not None:
            rows.append(_row(context, written, effective))
    return tuple(rows)


def just_written(context: AskContext, front: InFront, entries: Sequence[Written]) -> tuple[HistoryRow, ...]:
    """The rows of entries just written, in order. Reads nothing from disk, as a tap waits for it."""
    effective = context.effective(front)
    if effective is None:
        return ()
    waiting = [done for written in entries if (done := effective.waiting.get(written.entry.id)) is not None]
    return tuple(_view(context, done, effective, state=_WAITING, own=True, new=True) for done in waiting)


def decided(context: AskContext, limit: int, skip: int) -> tuple[HistoryRow, ...]:
    """This till's transactions that the company adjusted, rejected or holds, newest first."""
    rows = []
    for entry_id in context.snapshot.differing_ids(max(0, min(limit, ROWS_MAX)), max(0, skip)):
        written = context.journal.with_id(entry_id)
        if written is None or written.entry.kind not in TRANSACTION_KINDS:
            continue
        if (effective := _card_of(context, written)) is not None:
            rows.append(_row(context, written, effective))
    return tuple(rows)


def served(context: AskContext, limit: int, skip: int) -> tuple[HistoryRow, ...]:
    """The cards of the last 7 days, each with its last transaction at this till, newest first."""
    last: dict[bytes, Written] = {}
    for written in context.journal.since(context.now - SERVED, sorted(TRANSACTION_KINDS)):
        if written.entry.card is not None:
            last.pop(card_key(written.entry.card), None)
            last[card_key(written.entry.card)] = written
    newest = list(reversed(last.values()))[max(0, skip) :][: max(0, min(limit, ROWS_MAX))]
    return tuple(_row(context, one, card) for one in newest if (card := _card_of(context, one)) is not None)


def with_receipt(context: AskContext, receipt: str) -> tuple[HistoryRow, ...]:
    """The earnings of this store with this receipt, newest first."""
    return _listed(
        context, context.journal.with_receipt(receipt), context.snapshot.transactions_with_receipt(receipt), set(Kind)
    )


def purchases(context: AskContext, ask: Find) -> Purchases | Refusal:
    """What a receipt, a slip's number, or else a card names."""
    if ask.receipt is not None:
        return Purchases(with_receipt(context, ask.receipt.strip()))
    text = (ask.purchase or "").strip()
    rows = with_receipt(context, text)
    if (ids := ids_of_slip(text, context.now)) is not None:
        of_slip = _listed(context, context.journal.between(*ids), context.snapshot.transactions_between(*ids), GIVEN)
        rows += tuple(row for row in of_slip if row.entry not in {each.entry for each in rows})
    if rows:
        return Purchases(rows)
    redeem = context.essentials.settings.old_codes_redeem
    card = by_code(text, context.snapshot, context.journal, context.keys.lookup, old_codes_redeem=redeem)
    if isinstance(card, Refusal):
        return Purchases(()) if card.reason is Reason.FOREIGN_CODE else card
    return Purchases(history(context, card, ask.limit, ask.before, PURCHASES), card)


def may_read(context: AskContext, ask: Decided | Served | Open | Report | Cases | Case) -> Refusal | None:
    """Why the person may not read a list; lists of customers and past days are for managers, today's for everyone."""
    someone = context.someone()
    if isinstance(someone, Refusal):
        return someone
    if isinstance(ask, Decided) or (isinstance(ask, Report) and ask.days <= 1):
        return None
    manager = context.desk.manager(None, Why.MANAGERS_ONLY)
    return manager if isinstance(manager, Refusal) else None


def _listed(
    context: AskContext, written: Sequence[Written], rows: Sequence[TransactionRow], kinds: Collection[str]
) -> tuple[HistoryRow, ...]:
    """The transactions of *kinds* among this till's entries and this store's rows, newest first."""
    sources: dict[UUID, Written | TransactionRow] = {one.entry.id: one for one in written}
    for row in rows:
        sources.setdefault(row.id, row)
    wanted = [one for one in sources.values() if _kind(one) in kinds]
    found = [_row(context, one, card) for one in wanted if (card := _card_of(context, one)) is not None]
    return tuple(sorted(found, key=lambda row: row.occurred_at, reverse=True))


def _kind(source: _Source) -> str:
    return source.entry.kind if isinstance(source, Written) else source.kind


def _place(source: _Source) -> tuple[datetime, int]:
    """The sort key of a row: its time, then the journal's order, with consequences after their entry."""
    match source:
        case Written(seq=seq, entry=entry):
            return entry.occurred_at, seq
        case TransactionRow(occurred_at=occurred_at):
            return occurred_at, 0
        case Transaction(context=context):
            return context.occurred_at, sys.maxsize


def _card_of(context: AskContext, source: Written | TransactionRow) -> EffectiveCard | None:
    if isinstance(source, TransactionRow):
        return context.effective(context.with_key(source.card.bytes, known=True))
    reference = source.entry.card
    if reference is None:
        return None
    return context.effective(context.with_key(card_key(reference), known=isinstance(reference, ByCard)))


def _row(context: AskContext, source: _Source, effective: EffectiveCard) -> HistoryRow:
    match source:
        case Written(entry=entry):
            if (waits := effective.waiting.get(entry.id)) is not None:
                return _view(context, waits, effective, state=_WAITING, own=True)
            verdict = context.snapshot.verdict(entry.id)
            transaction = _transaction(context, entry, verdict, effective)
            state = _WAITING if verdict is None else verdict.word
            return _view(context, transaction, effective, state=state, own=True, note=_note(context, verdict))
        case TransactionRow():
            return _view(context, transaction_of(source), effective, state=Word.ACCEPTED, own=False)
        case Transaction():
            return _view(context, source, effective, state=_WAITING, own=True)


def _transaction(
    context: AskContext, entry: Entry, verdict: VerdictRow | None, effective: EffectiveCard
) -> Transaction:
    body = transaction_body(entry)
    effect = NO_EFFECT if verdict is None else Effect(verdict.stamps, verdict.points, verdict.shortfall)
    if isinstance(body, StampEarned) and verdict is not None and verdict.word == Word.HELD:
        effect = Effect(stamps=body.count)  # what it will give; a purchase's points are not known before its card is
    return Transaction(
        id=entry.id,
        card_id=effective.card.id,
        body=body,
        effect=effect,
        context=context_of(entry, context.identity.store_id, context.identity.terminal_id),
    )


def _note(context: AskContext, verdict: VerdictRow | None) -> str:
    if verdict is None:
        return ""
    sentences = [note_text(Note(one), context.words) for one in verdict.notes if one in set(Note)]
    if verdict.reason in set(Reason):
        sentences.append(refusal_text(Refusal(Reason(verdict.reason)), context.words))
    return " ".join(sentences)


def _view(
    context: AskContext,
    done: Transaction,
    effective: EffectiveCard,
    *,
    state: str,
    own: bool,
    note: str = "",
    new: bool = False,
) -> HistoryRow:
    """The view of a transaction; a *new* one, just written, cannot be voided yet, which saves a look-up."""
    known, body, person = effective.known, done.body, context.desk.on_shift
    voidable = isinstance(body, _VOIDABLE) and state in (_WAITING, Word.ACCEPTED, Word.ADJUSTED)
    original = _original(context, done, effective) if voidable and not new else None
    voided = original is not None and voided_whole(original)
    can_void = voidable and not voided
    if can_void:
        can_void = may_void_new(done, person) if new else needs_manager(context, done, person) is None
    return HistoryRow(
        entry=done.id,
        kind=done.kind,
        occurred_at=done.context.occurred_at,
        stamps=done.effect.stamps,
        points=done.effect.points,
        state=str(state),
        note=note,
        amount_minor=getattr(body, "amount_minor", None),
        receipt=getattr(body, "receipt", None),
        reward=reward_name(context, body, done.context.program_version),
        voided=voided,
        returned_minor=0 if original is None else original.returned_minor,
        can_void=can_void,
        own=own,
        card_id=None if known is None else known.row.id,
        card=context.personal(effective).name or ("" if known is None else known.row.number_end),
        staff=context.desk.name_of(done.context.staff_id),
        manager=context.desk.name_of(done.context.override_id),
    )


def _original(context: AskContext, done: Transaction, effective: EffectiveCard) -> Original | None:
    return find_original(
        done.id, context.journal, context.snapshot, context.identity.store_id, effective.waiting
    ).original


def reward_name(context: AskContext, body: object, program_version: int) -> str | None:
    """The name of the reward that *body* gives, in the program of then; None if it gives none."""
    program = context.essentials.programs.numbered(program_version)
    match body:
        case StampRedeemed() if program is not None:
            return program.stamp_reward.name
        case PointsRedeemed(reward=reward_id):
            offered = None if program is None else program.reward(reward_id)
            return reward_id if offered is None else offered.name
        case _:
            return None
