"""What a company's cards are and hold, noted once a day: how many there are and are used, and what is owed for them.

A gauge belongs to the day on which it was counted, which is in its first hour unless the server did not run then. A
day without one is a gap.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection, Insert, select
from sqlalchemy.dialects import postgresql, sqlite

from loyalty import unit_value
from loyalty.program import Program
from server.companies import programs
from server.db.batches import Batch
from server.db.work_tables import gauges
from server.figures import card_counts
from server.figures.card_counts import CardCounts


@dataclass(frozen=True, slots=True)
class Owed:
    """What a company would owe if everything that its cards hold were taken today; None where it is not known."""

    stamps_minor: int | None
    points_minor: int | None

    @property
    def all_minor(self) -> int | None:
        """Both together."""
        if self.stamps_minor is None or self.points_minor is None:
            return None
        return self.stamps_minor + self.points_minor


@dataclass(frozen=True, slots=True)
class Gauge:
    """A company's cards at one moment: those handed out, those of them in use, and what all hold."""

    cards: int
    active: int
    stamps: int
    points: int
    owed: Owed


def owed(program: Program | None, cards: CardCounts) -> Owed:
    """What is owed by this version of the program; nothing without one."""
    if program is None:
        return Owed(0, 0)
    stamps = unit_value.owed_for_stamps(program, cards.stamps)
    return Owed(stamps, unit_value.owed_for_points(program, cards.points))


def present(conn: Connection, company_id: UUID, now: datetime) -> Gauge:
    """The gauge of this moment, as far as the list of cards has followed."""
    cards = card_counts.of_company(conn, company_id, now)
    of_cards = owed(programs.versions(conn, company_id).at(now), cards)
    return Gauge(cards.cards, cards.active, cards.stamps, cards.points, of_cards)


def write(conn: Connection, company_id: UUID, day: date, gauge: Gauge, now: datetime) -> None:
    """Notes the gauge of a day, in place of an earlier one."""
    row = {
        "company_id": company_id,
        "day": day.isoformat(),
        "cards": gauge.cards,
        "active": gauge.active,
        "stamps": gauge.stamps,
        "points": gauge.points,
        "stamps_minor": gauge.owed.stamps_minor,
        "points_minor": gauge.owed.points_minor,
        "created_at": now,
        "updated_at": now,
    }
    _WRITE[conn.dialect.name].run(conn, [row])


def differing(conn: Connection, company_id: UUID) -> list[date]:
    """The days whose gauge cannot be: parts of it contradict each other, or what is owed follows from no program."""
    # Which version held is not asked: the server's clock may have been set back since.
    known = (None, *programs.versions(conn, company_id).versions)
    found = []
    for day, gauge in by_day(conn, company_id, date.min, date.max).items():
        cards = CardCounts(gauge.cards, gauge.active, 0, gauge.stamps, gauge.points)
        is_sound = 0 <= gauge.active <= gauge.cards and gauge.stamps >= 0 and gauge.points >= 0
        if not is_sound or gauge.owed not in (owed(program, cards) for program in known):
            found.append(day)
    return found


def by_day(conn: Connection, company_id: UUID, first: date, last: date) -> dict[date, Gauge]:
    """The gauges of these days, as far as they were noted."""
    days = gauges.c.day.between(first.isoformat(), last.isoformat())
    query = select(gauges).where(gauges.c.company_id == company_id, days).order_by(gauges.c.day)
    return {
        date.fromisoformat(row.day): Gauge(
            row.cards, row.active, row.stamps, row.points, Owed(row.stamps_minor, row.points_minor)
        )
        for row in conn.execute(query)
    }


def _written(statement: sqlite.Insert | postgresql.Insert) -> Insert:
    kept = {"company_id", "day", "created_at"}
    changed = {column.name: statement.excluded[column.name] for column in gauges.c if column.name not in kept}
    return statement.on_conflict_do_update(index_elements=list(gauges.primary_key), set_=changed)


_WRITE = {
    "sqlite": Batch(_written(sqlite.insert(gauges))),
    "postgresql": Batch(_written(postgresql.insert(gauges))),
}
