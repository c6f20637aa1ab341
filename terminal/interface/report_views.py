"""Views of how the till stands and of its days: frozen values."""

from datetime import date

from msgspec import Struct


class UnusualView(Struct, frozen=True):
    """An amount that somebody should look at twice. `why`: above_usual (of this till) or above_limit (of any till)."""

    why: str
    limit_minor: int
    text: str


class Cursor(Struct, frozen=True):
    """How far each stream of the feed has been read."""

    essentials: int
    bulk: int


class Readiness(Struct, frozen=True):
    """How long the till could go on without contact."""

    serve_days: int
    blanks: int
    data_age_s: int | None


class Progress(Struct, frozen=True):
    """How far the first load has come. `of` is None until the server has said."""

    rows: int
    of: int | None


class Tally(Struct, frozen=True):
    """What was done in an hour or on a day, less what was taken back in it."""

    stamps: int = 0
    points: int = 0
    amount_minor: int = 0
    rewards: int = 0
    new_cards: int = 0
    taken_back: int = 0


class DayView(Struct, frozen=True):
    """One day of the company's calendar."""

    day: date
    done: Tally
    offline_minutes: int = 0


class ReportView(Struct, frozen=True):
    """This till's days, oldest first, the last one being today, and today's 24 hours."""

    days: tuple[DayView, ...]
    hours: tuple[Tally, ...]
    blanks: int
    waiting: int
    serve_days: int
