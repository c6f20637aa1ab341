"""Expiry of points, and its reversal when an earlier activity arrives late."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from loyalty.card import Card
from loyalty.program import Program
from loyalty.transactions import Effect, Transaction


def expires_on(card: Card, program: Program, zone: ZoneInfo) -> date | None:
    """The day, in the company's time zone, on which the balance expires; None if it does not."""
    if not program.points_expire_after_days or card.last_activity_at is None or card.points_balance <= 0:
        return None
    return _day_of_lapse(card.last_activity_at, program, zone)


def lapsed(card: Card, program: Program, zone: ZoneInfo, now: datetime) -> Effect | None:
    """What an expiry run *now* takes from the card; None if nothing."""
    day = expires_on(card, program, zone)
    if day is None or now.astimezone(zone).date() < day:
        return None
    return Effect(points=-card.points_balance)


def last_active_before(program: Program, zone: ZoneInfo, day: date) -> datetime | None:
    """Before this moment lies the last activity of every card whose points have lapsed on *day*; None if none lapse."""
    if not program.points_expire_after_days:
        return None
    first_kept = day - timedelta(days=program.points_expire_after_days - 1)
    return datetime.combine(first_kept, time.min, zone).astimezone(UTC)


def undone_by(expiry: Transaction, activity_at: datetime, program: Program, zone: ZoneInfo) -> bool:
    """True if a late-arriving activity proves that *expiry* should not have happened."""
    if not program.points_expire_after_days or activity_at >= expiry.context.occurred_at:
        return False
    return expiry.context.occurred_at.astimezone(zone).date() < _day_of_lapse(activity_at, program, zone)


def _day_of_lapse(activity_at: datetime, program: Program, zone: ZoneInfo) -> date:
    return activity_at.astimezone(zone).date() + timedelta(days=program.points_expire_after_days)
