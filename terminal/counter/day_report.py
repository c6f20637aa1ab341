"""A till's daily figures: stamps, points, rewards, new cards, time offline, and the number of today's transactions.

Counted from the journal. Waiting entries count by this till's own calculation; held and rejected ones do not count. A
reversal is subtracted on its own day.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from loyalty.judge import Word
from loyalty.transactions import (
    NO_EFFECT,
    Body,
    CardCreated,
    Effect,
    Kind,
    PointsEarned,
    PointsVoided,
    RedemptionVoided,
    Transaction,
)
from sync.protocol.entries import TRANSACTION_KINDS, ByCard, Entry, transaction_body
from terminal.counter.ask_context import AskContext
from terminal.counter.history import reward_name
from terminal.counter.till_status import ONLINE_S
from terminal.counter.void_originals import find_original
from terminal.interface.report_views import DayView, RewardCount, Tally
from terminal.storage.journal import Written, card_key

DAYS_MAX = 92
_REDEMPTIONS = (Kind.STAMP_REDEEMED, Kind.POINTS_REDEEMED)
_VOIDS = (Kind.STAMP_VOIDED, Kind.POINTS_VOIDED, Kind.REDEMPTION_VOIDED)
_WORK = sorted(TRANSACTION_KINDS - set(_VOIDS))  # what takes something back is no more work
_GIVEN = (Kind.STAMP_EARNED, Kind.POINTS_EARNED, Kind.STAMP_VOIDED, Kind.POINTS_VOIDED)


class Today:
    """The number of transactions made today, without those that take one back: read once, then counted."""

    def __init__(self) -> None:
        self._day: date | None = None
        self._seq = self._count = 0

    def count(self, context: AskContext) -> int:
        """The count of a day of the company's calendar; starts again with each day."""
        zone, head = context.essentials.settings.zone, context.journal.head().seq
        day = context.now.astimezone(zone).date()
        if day != self._day:
            self._day = day
            self._count = len(context.journal.since(datetime.combine(day, time.min, zone), _WORK))
        elif head > self._seq:
            self._count += len(context.journal.seqs_of_kinds(_WORK, self._seq))
        self._seq = head
        return self._count


@dataclass(slots=True)
class _Count:
    stamps: int = 0
    points: int = 0
    amount_minor: int = 0
    rewards: int = 0
    new_cards: int = 0
    taken_back: int = 0

    def seal(self) -> Tally:
        return Tally(**{one.name: getattr(self, one.name) for one in fields(self)})


@dataclass(slots=True)
class _Days:
    days: dict[date, _Count] = field(default_factory=dict)
    hours: list[_Count] = field(default_factory=lambda: [_Count() for _ in range(24)])
    rewards: Counter[str] = field(default_factory=Counter)


class Figures(NamedTuple):
    """Days, the hours of the last one, and the rewards of all of them by name."""

    days: tuple[DayView, ...]
    hours: tuple[Tally, ...]
    rewards: tuple[RewardCount, ...]


def of_days(context: AskContext, days: int) -> Figures:
    """The figures of the last *days* days, ending today, and of today's hours, in the company's time zone."""
    zone = context.essentials.settings.zone
    today = context.now.astimezone(zone).date()
    shown = [today - timedelta(days=back) for back in range(max(1, min(days, DAYS_MAX)) - 1, -1, -1)]
    entries = context.journal.since(datetime.combine(shown[0], time.min, zone))
    counts = _Days({day: _Count() for day in shown})
    done = [written for written in entries if written.entry.kind in TRANSACTION_KINDS]
    effects = _effects(context, done)
    for written in done:
        here = written.entry.occurred_at.astimezone(zone)
        effect = effects.get(written.seq)
        if effect is None or here.date() not in counts.days:
            continue
        returned = _returned_minor(context, written)
        _add(counts.days[here.date()], written.entry, effect, returned)
        if here.date() == today:
            _add(counts.hours[here.hour], written.entry, effect, returned)
        _add_reward(context, counts.rewards, written.entry)
    offline = offline_by_day([written.entry for written in entries], zone)
    views = tuple(DayView(day, counts.days[day].seal(), offline.get(day, 0)) for day in shown)
    rewards = tuple(RewardCount(name, count) for name, count in counts.rewards.most_common() if count > 0)
    return Figures(views, tuple(hour.seal() for hour in counts.hours), rewards)


def offline_by_day(entries: Iterable[Entry], zone: ZoneInfo) -> dict[date, int]:
    """Minutes offline by day. Outages during which nothing was written are not known."""
    spans = sorted(
        (entry.anchored_at, entry.occurred_at)
        for entry in entries
        if entry.anchored_at is not None and (entry.occurred_at - entry.anchored_at).total_seconds() > ONLINE_S
    )
    seconds: dict[date, float] = {}
    reached: datetime | None = None
    for begun, ended in spans:
        at = begun if reached is None else max(begun, reached)
        while at < ended:
            here = at.astimezone(zone)
            midnight = datetime.combine(here.date() + timedelta(days=1), time.min, zone).astimezone(UTC)
            until = min(ended, midnight)
            seconds[here.date()] = seconds.get(here.date(), 0.0) + (until - at).total_seconds()
            at = until
        reached = ended if reached is None else max(reached, ended)
    return {day: round(count / 60) for day, count in seconds.items()}


def _effects(context: AskContext, done: list[Written]) -> dict[int, Effect]:
    """The effect of each entry that counts, by its seq."""
    verdicts = context.snapshot.verdicts([written.entry.id for written in done])
    found: dict[int, Effect] = {}
    waiting: dict[tuple[bytes, bool], Mapping[UUID, Transaction]] = {}  # by card, since a card is reckoned as a whole
    for written in done:
        verdict, reference = verdicts.get(written.entry.id), written.entry.card
        if verdict is not None:
            if verdict.word in (Word.ACCEPTED, Word.ADJUSTED):
                found[written.seq] = Effect(verdict.stamps, verdict.points)
        elif reference is not None:
            named = card_key(reference), isinstance(reference, ByCard)
            if named not in waiting:
                card = context.effective(context.with_key(named[0], known=named[1]))
                waiting[named] = {} if card is None else card.waiting
            one = waiting[named].get(written.entry.id)
            found[written.seq] = NO_EFFECT if one is None else one.effect
        else:
            found[written.seq] = NO_EFFECT
    return found


def _returned_minor(context: AskContext, written: Written) -> int:
    """The part of its purchase's amount that a return took back: what it names, or what was left of the purchase."""
    body = transaction_body(written.entry)
    if not isinstance(body, PointsVoided):
        return 0
    if body.amount_minor is not None:
        return body.amount_minor
    original = _original(context, body.corrects)
    if original is None or not isinstance(done := original.body, PointsEarned):
        return 0
    parts = [transaction_body(one.entry) for one in context.journal.naming(body.corrects) if one.seq < written.seq]
    before = sum(part.amount_minor or 0 for part in parts if isinstance(part, PointsVoided))
    return max(0, done.amount_minor - before)


class _Original(NamedTuple):
    body: Body
    program: int


def _original(context: AskContext, wanted: UUID) -> _Original | None:
    """A transaction of this till, or of another one of the store."""
    written = context.journal.with_id(wanted)
    if written is not None:
        return _Original(transaction_body(written.entry), written.entry.program)
    found = find_original(wanted, context.journal, context.snapshot, context.identity.store_id, {}).original
    return None if found is None else _Original(found.transaction.body, found.transaction.context.program_version)


def _add_reward(context: AskContext, rewards: Counter[str], entry: Entry) -> None:
    """Counts the reward that was given, or that came back."""
    body, program, step = transaction_body(entry), entry.program, 1
    if isinstance(body, RedemptionVoided):
        original = _original(context, body.corrects)
        if original is None:
            return
        body, program, step = original.body, original.program, -1
    name = reward_name(context, body, program)
    if name is not None:
        rewards[name] += step


def _add(count: _Count, entry: Entry, effect: Effect, returned_minor: int) -> None:
    kind, body = entry.kind, transaction_body(entry)
    if kind in _GIVEN:  # what a reward costs is counted as a reward
        count.stamps += effect.stamps
        count.points += effect.points
    if isinstance(body, PointsEarned):
        count.amount_minor += body.amount_minor
    count.amount_minor -= returned_minor
    count.rewards += (kind in _REDEMPTIONS) - (kind == Kind.REDEMPTION_VOIDED)
    count.new_cards += isinstance(body, CardCreated)
    count.taken_back += kind in _VOIDS
