"""Stamps: what a visit earns and a full row gives. Functions return an effect or a refusal."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from loyalty.card import Card
from loyalty.money import COUNTED_MAX, STAMPS_MAX
from loyalty.program import STAMPS_PER_VISIT_MAX, Program
from loyalty.refusals import Reason, Refusal, correction_refusal
from loyalty.transactions import Effect


def earn_stamps(card: Card, program: Program, zone: ZoneInfo, at: datetime, count: int = 1) -> Effect | Refusal:
    """The stamps a visit at *at* earns, or why it earns none. Days begin in the company's time *zone*."""
    if not card.is_active:
        return Refusal(Reason.CARD_INACTIVE)
    if count < 1:
        return Refusal(Reason.COUNT_NOT_POSITIVE)
    if not program.gives_stamps:
        return Refusal(Reason.NO_STAMPS)
    limit = program.max_stamps_per_visit or STAMPS_PER_VISIT_MAX
    if count > limit:
        return Refusal(Reason.STAMPS_PER_VISIT, limit=limit)
    wait = cooldown_left(card, program, at)
    if wait > timedelta(0):
        return Refusal(Reason.COOLDOWN, minutes=ceil_minutes(wait))  # rounded up, so that "1 min" does not mean "now"
    if program.max_stamps_per_day and stamps_on_day(card, zone, at) + count > program.max_stamps_per_day:
        return Refusal(Reason.STAMPS_PER_DAY, limit=program.max_stamps_per_day)
    return Refusal(Reason.BALANCE_FULL) if overfills(card, count) else Effect(stamps=count)


def overfills(card: Card, count: int) -> bool:
    """True if *count* more stamps exceed the limit of a card."""
    return card.stamp_count + count > STAMPS_MAX or card.total_stamps_earned + count > COUNTED_MAX


def stamps_possible(card: Card, program: Program, zone: ZoneInfo, at: datetime) -> int:
    """The most stamps that one visit at *at* can earn; 0 if one is refused."""
    if isinstance(earn_stamps(card, program, zone, at), Refusal):
        return 0
    visit = program.max_stamps_per_visit or STAMPS_PER_VISIT_MAX
    day = program.max_stamps_per_day
    return min(visit, day - stamps_on_day(card, zone, at)) if day else visit


def redeem_stamps(card: Card, program: Program) -> Effect | Refusal:
    """Redeems one full row; surplus stamps stay."""
    if not card.is_active:
        return Refusal(Reason.CARD_INACTIVE)
    if not program.gives_stamps:
        return Refusal(Reason.NO_STAMPS)
    if missing := stamps_until_reward(card, program):
        return Refusal(Reason.STAMPS_MISSING, missing=missing)
    return Effect(stamps=-program.stamps_target)


def adjust_stamps(card: Card, stamps: int, reason: str) -> Effect | Refusal:
    """A manager's correction of stamps."""
    return correction_refusal(card.stamp_count, stamps, reason, most=STAMPS_MAX) or Effect(stamps=stamps)


def cooldown_left(card: Card, program: Program, at: datetime) -> timedelta:
    """The time until the next stamp is allowed. Later marks count too, so that setting a clock back is of no use."""
    ends = (mark.occurred_at + program.cooldown for mark in card.marks if abs(at - mark.occurred_at) < program.cooldown)
    return max((end - at for end in ends), default=timedelta(0))


def stamps_on_day(card: Card, zone: ZoneInfo, at: datetime) -> int:
    """The unvoided stamps earned on the company's calendar day of *at*."""
    day = at.astimezone(zone).date()
    return sum(mark.count for mark in card.marks if mark.occurred_at.astimezone(zone).date() == day)


def stamps_until_reward(card: Card, program: Program) -> int:
    """The number of stamps missing for a reward; 0 if it can be taken."""
    return max(0, program.stamps_target - card.stamp_count)


def completes_reward(before: int, earned: int, target: int) -> bool:
    """True if this earning filled a row, including a second row from surplus stamps."""
    return earned > 0 and (before + earned) // target > before // target


def stamps_granted_from(old: Program, new: Program) -> int | None:
    """The fewest stamps with which a card can need a grant; None if the new version asks for no more."""
    is_dearer = old.gives_stamps and new.gives_stamps and new.stamps_target > old.stamps_target
    return old.stamps_target if is_dearer else None


def stamps_granted(card: Card, old: Program, new: Program) -> int:
    """The stamps a card needs so that a new program version takes no reward it has already reached."""
    if not (old.gives_stamps and new.gives_stamps) or card.is_blank:
        return 0
    rows = max(0, card.stamp_count) // old.stamps_target  # each full row is a reward reached
    reached = min(rows * new.stamps_target, STAMPS_MAX)
    return max(0, reached - card.stamp_count) if rows else 0


def ceil_minutes(wait: timedelta) -> int:
    """Whole minutes, rounded up."""
    return -(-wait // timedelta(minutes=1))
