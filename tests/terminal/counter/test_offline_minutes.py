"""Minutes without contact are real minutes, on days of 23 and 25 hours too."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from terminal.counter.day_report import offline_by_day

ZONE = ZoneInfo("Europe/Luxembourg")


@dataclass
class Moment:
    """What the report reads of an entry."""

    anchored_at: datetime
    occurred_at: datetime


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)])
@pytest.mark.parametrize("pieces", [1, 7])
def test_a_day_without_contact_has_as_many_minutes_as_the_day(day: date, hours: int, pieces: int) -> None:
    begins = datetime.combine(day - timedelta(days=1), time(12), ZONE).astimezone(UTC)
    ends = datetime.combine(day + timedelta(days=1), time(12), ZONE).astimezone(UTC)
    step = (ends - begins) / pieces
    entries: list[Any] = [Moment(begins, begins + step * (place + 1)) for place in range(pieces)]
    minutes = offline_by_day(entries, ZONE)
    assert minutes[day] == hours * 60
    assert sum(minutes.values()) == round((ends - begins).total_seconds() / 60)
