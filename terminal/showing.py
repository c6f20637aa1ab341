"""What a turn knows, as views: the card in front, its history, this till's last transactions, the till's own state."""

from uuid import UUID

from loyalty import expiry, stamps
from loyalty.judge import Note, Word
from loyalty.phrases import note as note_text
from loyalty.phrases import refusal as refusal_text
from loyalty.program import Program
from loyalty.refusals import Reason, Refusal
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
from loyalty.voids import Original, voided_whole
from sync.entries import TRANSACTION_KINDS, ByCard, Entry, transaction_body
from sync.rows import VerdictRow, transaction_of
from terminal.giving import STAMP_REWARD, redemption_effect
from terminal.journal import Written
from terminal.lookup import InFront
from terminal.originals import context_of, find_original
from terminal.phrases import refused
from terminal.reckoning import Reckoned
from terminal.turn import Turn, own
from terminal.views import CardView, HistoryRow, PointsView, RewardView, StampsView
from terminal.voiding import needs_manager

_VOIDABLE = (StampEarned, StampRedeemed, PointsEarned, PointsRedeemed)


def card_view(turn: Turn, front: InFront) -> CardView | None:
    """The card in front, as far as it is known."""
    reckoned = turn.reckoned(front)
    if reckoned is None:
        return None
    program, known, card = turn.program, reckoned.known, reckoned.card
    zone = turn.essentials.settings.zone
    next_stamp: Refusal | None = None
    if program is not None and program.gives_stamps:
        answer = stamps.earn_stamps(card, program, zone, turn.now)
        next_stamp = answer if isinstance(answer, Refusal) else None
    if card.is_blank:
        next_stamp = Refusal(Reason.CARD_BLANK)
    return CardView(
        id=None if known is None else known.row.id,
        known=known is not None,
        number_end="" if known is None else known.row.number_end,
        name=turn.name(reckoned),
        active=card.is_active,
        blank=card.is_blank,
        by_code=front.by_code,
        stamps=_stamps(reckoned, program),
        points=_points(reckoned, program),
        confirmed_at=None if known is None else turn.state.confirmed_at,
        rewards=_rewards(turn, front, reckoned, program),
        next_stamp=None if next_stamp is None else refused(next_stamp, turn.words),
        expires_on=None if program is None else expiry.expires_on(card, program, zone),
        held=reckoned.held,
    )


def _stamps(reckoned: Reckoned, program: Program | None) -> StampsView | None:
    if program is None or not program.gives_stamps:
        return None
    count, confirmed = reckoned.card.stamp_count, reckoned.confirmed.stamp_count
    return StampsView(
        count=count,
        target=program.stamps_target,
        confirmed=confirmed,
        waiting=count - confirmed,
        until_reward=stamps.stamps_until_reward(reckoned.card, program),
        reward=program.stamp_reward.name,
    )


def _points(reckoned: Reckoned, program: Program | None) -> PointsView | None:
    if program is None or not program.gives_points:
        return None
    balance, confirmed = reckoned.card.points_balance, reckoned.confirmed.points_balance
    return PointsView(balance=balance, confirmed=confirmed, waiting=balance - confirmed)


def _rewards(turn: Turn, front: InFront, reckoned: Reckoned, program: Program | None) -> tuple[RewardView, ...]:
    if program is None:
        return ()
    offered: list[tuple[str, str, int | None]] = []
    if program.gives_stamps:
        offered.append((STAMP_REWARD, program.stamp_reward.name, None))
    if program.gives_points:
        offered += [(reward.id, reward.name, reward.cost) for reward in program.rewards if reward.active]
    offline = turn.offline_refusal(front, reckoned, manager_agrees=False)
    views = []
    for reward_id, name, cost in offered:
        answer = redemption_effect(reckoned.card, program, reward_id)
        no = answer if isinstance(answer, Refusal) and reckoned.known is not None else offline
        views.append(RewardView(reward_id, name, cost, None if no is None else refused(no, turn.words)))
    return tuple(views)


def history(turn: Turn, front: InFront, limit: int, before: UUID | None) -> tuple[HistoryRow, ...]:
    """The card's transactions known here, newest first: this till's own, and this store's recent ones."""
    reckoned = turn.reckoned(front)
    if reckoned is None:
        return ()
    keys = [front.card_key]
    if (known := reckoned.known) is not None:
        keys = [known.row.id.bytes, known.row.token, *known.row.old_tokens]
    own_entries = turn.journal.of_card(keys, 0)
    rows = {written.entry.id: _own_row(turn, written, reckoned) for written in own_entries}
    if known is not None:
        for row in turn.look.transactions_of(known.row.id, 1000):
            if row.id not in rows and row.kind in set(Kind):
                rows[row.id] = _row(turn, transaction_of(row), reckoned, state=Word.ACCEPTED, own_entry=False)
        for follow in reckoned.waiting:
            if follow.follows is not None and follow.id not in rows:
                rows[follow.id] = _row(turn, follow, reckoned, state="waiting", own_entry=True)
    ordered = sorted(rows.values(), key=lambda row: (row.occurred_at, row.entry.int), reverse=True)
    ids = [row.entry for row in ordered]
    start = ids.index(before) + 1 if before in ids else 0
    return tuple(ordered[start : start + max(0, limit)])


def recent(turn: Turn, limit: int) -> tuple[HistoryRow, ...]:
    """This till's last transactions, whichever card."""
    cards: dict[bytes, Reckoned | None] = {}
    rows = []
    for written in turn.journal.of_kinds(sorted(TRANSACTION_KINDS), limit=max(0, min(limit, 200))):
        reference = written.entry.card
        if reference is None:
            continue
        key = reference.id.bytes if isinstance(reference, ByCard) else getattr(reference, "hash", b"")
        if key not in cards:
            cards[key] = turn.reckoned(InFront(key, known=isinstance(reference, ByCard), by_code=False))
        if (reckoned := cards[key]) is not None:
            rows.append(_own_row(turn, written, reckoned))
    return tuple(rows)


def receipt_rows(turn: Turn, receipt: str) -> tuple[HistoryRow, ...]:
    """The earnings of this store with this receipt, newest first."""
    rows: dict[UUID, HistoryRow] = {}
    for written in turn.journal.with_receipt(receipt):
        reference = written.entry.card
        if isinstance(reference, ByCard):
            reckoned = turn.reckoned(InFront(reference.id.bytes, known=True, by_code=False))
            if reckoned is not None:
                rows[written.entry.id] = _own_row(turn, written, reckoned)
    for row in turn.look.transactions_with_receipt(receipt):
        reckoned = turn.reckoned(InFront(row.card.bytes, known=True, by_code=False))
        if row.id not in rows and reckoned is not None and row.kind in set(Kind):
            rows[row.id] = _row(turn, transaction_of(row), reckoned, state=Word.ACCEPTED, own_entry=False)
    return tuple(sorted(rows.values(), key=lambda one: one.occurred_at, reverse=True))


def _own_row(turn: Turn, written: Written, reckoned: Reckoned) -> HistoryRow:
    verdict = turn.look.verdict(written.entry.id)
    waiting = own(reckoned, written.entry.id)
    if waiting is not None:
        return _row(turn, waiting, reckoned, state="waiting", own_entry=True)
    state = "waiting" if verdict is None else verdict.word
    done = _told(turn, written.entry, verdict, reckoned)
    return _row(turn, done, reckoned, state=state, own_entry=True, note=_note(turn, verdict))


def _told(turn: Turn, entry: Entry, verdict: VerdictRow | None, reckoned: Reckoned) -> Transaction:
    effect = NO_EFFECT if verdict is None else Effect(verdict.stamps, verdict.points, verdict.shortfall)
    return Transaction(
        id=entry.id,
        card_id=reckoned.card.id,
        body=transaction_body(entry),
        effect=effect,
        context=context_of(entry, turn.identity.store_id, turn.identity.terminal_id),
    )


def _note(turn: Turn, verdict: VerdictRow | None) -> str:
    if verdict is None:
        return ""
    said = [note_text(Note(one), turn.words) for one in verdict.notes if one in set(Note)]
    if verdict.reason in set(Reason):
        said.append(refusal_text(Refusal(Reason(verdict.reason)), turn.words))
    return " ".join(said)


def _row(
    turn: Turn, done: Transaction, reckoned: Reckoned, *, state: str, own_entry: bool, note: str = ""
) -> HistoryRow:
    body = done.body
    voids = _voids_of(turn, done, reckoned)
    voided = voided_whole(Original(done, voids))
    counts = state in ("waiting", Word.ACCEPTED, Word.ADJUSTED)
    can_void = isinstance(body, _VOIDABLE) and counts and not voided
    reward = body.reward if isinstance(body, PointsRedeemed) else None
    program = turn.essentials.programs.numbered(done.context.program_version)
    if reward is not None and program is not None and (offered := program.reward(reward)) is not None:
        reward = offered.name
    if isinstance(body, StampRedeemed) and program is not None:
        reward = program.stamp_reward.name
    known = reckoned.known
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
        reward=reward,
        voided=voided,
        can_void=can_void and needs_manager(turn, done, turn.desk.on_shift) is None,
        own=own_entry,
        card_id=None if known is None else known.row.id,
        card=turn.name(reckoned) or ("" if known is None else known.row.number_end),
        staff=turn.desk.name_of(done.context.staff_id),
    )


def _voids_of(turn: Turn, done: Transaction, reckoned: Reckoned) -> tuple[Transaction, ...]:
    if not isinstance(done.body, _VOIDABLE):
        return ()
    waiting = {one.id: one for one in reckoned.waiting}
    found = find_original(done.id, turn.journal, turn.look, turn.identity.store_id, waiting)
    return () if found.original is None else found.original.voids
