"""Views of the till's status and days: frozen values."""

from datetime import date

from msgspec import Struct


class UnusualView(Struct, frozen=True):
    """A warning of an unusual amount. `why`: above_usual (for this till) or above_limit (for any till)."""

    why: str
    limit_minor: int
    text: str


class Cursor(Struct, frozen=True):
    """The read position in each stream of the feed."""

    essentials: int
    bulk: int


class Readiness(Struct, frozen=True):
    """How long the till can work offline."""

    serve_days: int
    blanks: int
    data_age_s: int | None


class Progress(Struct, frozen=True):
    """Progress of the first load. `of` is None until the server has sent it."""

    rows: int
    of: int | None


class Tally(Struct, frozen=True):
    """Totals of an hour or a day, less the voids made in it."""

    stamps: int = 0
    points: int = 0
    amount_minor: int = 0
    rewards: int = 0
    new_cards: int = 0
    taken_back: int = 0


class DayView(Struct, frozen=True):
    """A day of the company's calendar."""

    day: date
    done: Tally
    offline_minutes: int = 0


class RewardCount(Struct, frozen=True):
    """How often a reward was given in the days shown, less what was taken back."""

    name: str
    count: int


class ReportView(Struct, frozen=True):
    """This till's days, oldest first and ending today, and today's 24 hours."""

    days: tuple[DayView, ...]
    hours: tuple[Tally, ...]
    blanks: int
    waiting: int
    serve_days: int
    rewards: tuple[RewardCount, ...] = ()  # by name, the most frequent first
