"""What a till tells beyond the card in front: what is unusual, how it stands, its day. Frozen values."""

from datetime import date
from uuid import UUID

from msgspec import Struct

from terminal.ask import Ask


class Decided(Ask, frozen=True, tag="decided"):
    """What the company adjusted, rejected or holds of this till's entries, newest first."""

    limit: int = 20
    skip: int = 0


class Served(Ask, frozen=True, tag="served"):
    """The cards served by this till in the last 7 days, each with its last transaction here. For managers."""

    limit: int = 20
    skip: int = 0


class Open(Ask, frozen=True, tag="open"):
    """Puts a card of that list in front, without its code. For managers."""

    card: UUID


class Report(Ask, frozen=True, tag="report"):
    """What this till did today; of more days for managers."""

    days: int = 1


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
