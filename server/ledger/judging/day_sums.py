"""What a day gave a card, and what a person gave out in it: above the company's review sums a manager is asked to look.

Stamps are measured by the rewards that they fill: as many as fill the rewards a day may have are allowed beside those.
A card's earlier transactions of a day are read only where it may have some; a person's sums are kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from loyalty.card import Card
from loyalty.cases import CaseKind, Unit
from loyalty.program import Programs
from loyalty.settings import Settings
from loyalty.transactions import (
    Body,
    Kind,
    PointsAdjusted,
    PointsEarned,
    PointsRedeemed,
    StampEarned,
    StampRedeemed,
    StampsAdjusted,
    Transaction,
)
from server.db.batches import Batch
from server.db.columns import Moment
from server.db.lookups import Lookup
from server.db.tables import staff_days, transactions
from server.ledger.rows import cases
from server.ledger.rows.cases import Question

_GIVING = frozenset[type[Body]]((PointsEarned, PointsAdjusted))
_STAMPING = frozenset[type[Body]]((StampEarned, StampsAdjusted))
_REDEEMING = frozenset[type[Body]]((StampRedeemed, PointsRedeemed))
_CORRECTING = frozenset[type[Body]]((PointsAdjusted, StampsAdjusted))
_COUNTED = _GIVING | _STAMPING | _REDEEMING

_EARLIER = Lookup(
    select(
        transactions.c.card_id,
        transactions.c.kind,
        transactions.c.points,
        transactions.c.stamps,
        transactions.c.occurred_at,
    ).where(
        transactions.c.company_id == bindparam("company"),
        transactions.c.occurred_at >= bindparam("since", type_=Moment),
    ),
    transactions.c.card_id,
)
_KEPT = Lookup(
    select(
        staff_days.c.staff_id, staff_days.c.day, staff_days.c.points, staff_days.c.stamps, staff_days.c.rewards
    ).where(
        staff_days.c.company_id == bindparam("company"),
        staff_days.c.day.between(bindparam("first"), bindparam("last")),
    ),
    staff_days.c.staff_id,
)


@dataclass(slots=True)
class _Given:
    """Points, stamps and rewards of a day, and the transaction that was the last of them."""

    subject: UUID  # a card or a person
    day: date
    points: int = 0
    stamps: int = 0
    rewards: int = 0
    last: Transaction | None = None

    def add(self, fact: Transaction) -> None:
        kind = type(fact.body)
        if kind in _GIVING:
            self.points += max(0, fact.effect.points)
        elif kind in _STAMPING:
            self.stamps += max(0, fact.effect.stamps)
        elif kind in _REDEEMING:
            self.rewards += 1
        self.last = fact

    def passes(self, most: "_Most") -> bool:
        """True if the day is above one of these sums."""
        return self.points > most.points or self.stamps > most.stamps or self.rewards > most.rewards


class _Most(NamedTuple):
    """What a day may have until somebody is asked to look."""

    points: int
    stamps: int
    rewards: int


_Days = dict[tuple[int, date], _Given]  # by card or person, as a number: a UUID computes its own hash in Python


@dataclass(slots=True)
class DaySums:
    """Those of one unit of work. Days are the company's, of when things happened."""

    company_id: UUID
    settings: Settings
    programs: Programs
    now: datetime
    _zone: ZoneInfo = field(init=False)
    _cards: _Days = field(default_factory=dict)
    _people: _Days = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._zone = self.settings.zone

    def take(self, fact: Transaction) -> None:
        """Counts a transaction that somebody has asked for."""
        if type(fact.body) not in _COUNTED:
            return
        context = fact.context
        day = self._day_of(context.occurred_at)
        _given(self._cards, fact.card_id, day).add(fact)
        person = context.staff_id
        if context.override_id is not None and type(fact.body) in _CORRECTING:
            person = context.override_id
        if person is not None:
            _given(self._people, person, day).add(fact)

    def cases(self, conn: Connection, before: Mapping[UUID, Card]) -> list[dict[str, Any]]:
        """The cases of days that are above the review sums, before this unit's transactions are written; *before* are
        the cards as they were read."""
        found = self._of_cards(conn, before)
        return [*found, *self._of_people(conn)]

    def _of_cards(self, conn: Connection, before: Mapping[UUID, Card]) -> list[dict[str, Any]]:
        most = self._most(0)
        days = self._cards.values()
        asked = {one.subject for one in days if self._may_pass(before.get(one.subject), one, most)}
        if asked:
            since = min(one.day for one in days if one.subject in asked) - timedelta(days=1)
            begins = datetime(since.year, since.month, since.day, tzinfo=self._zone)
            of = {one: card_id for card_id in asked for one in (card_id, *before[card_id].merged)}
            for row in _EARLIER.rows(conn, of, company=self.company_id, since=begins):
                one = self._cards.get((of[row.card_id].int, self._day_of(row.occurred_at)))
                if one is not None:
                    one.points += max(0, row.points) if row.kind in (Kind.POINTS_EARNED, Kind.POINTS_ADJUSTED) else 0
                    one.stamps += max(0, row.stamps) if row.kind in (Kind.STAMP_EARNED, Kind.STAMPS_ADJUSTED) else 0
                    one.rewards += row.kind in (Kind.STAMP_REDEEMED, Kind.POINTS_REDEEMED)
        return [self._case(one, card_id=one.subject) for one in days if one.passes(most)]

    def _most(self, place: int) -> _Most:
        """For a card (0) or a person (1)."""
        rewards = self.settings.review_rewards_per_day[place]
        program = self.programs.at(self.now)
        target = program.stamps_target if program is not None else 1
        return _Most(self.settings.review_points_per_day[place], rewards * target, rewards)

    def _may_pass(self, card: Card | None, one: _Given, most: _Most) -> bool:
        """Whether earlier transactions of that day can take the card above its sums: as a rule there are none, and what
        it has had in its life tells for most of the others."""
        if card is None:
            return False
        had = card.total_points_earned + max(0, card.points_balance)
        points = one.points > 0 and had + one.points > most.points
        stamps = one.stamps > 0 and card.total_stamps_earned + card.stamp_count + one.stamps > most.stamps
        return (
            (points and self._is_since(card.last_points_at, one.day))
            or (stamps and self._is_since(card.last_stamp_at, one.day))
            or (one.rewards > 0 and self._is_since(card.last_redemption_at, one.day))
        )

    def _is_since(self, moment: datetime | None, day: date) -> bool:
        return moment is not None and self._day_of(moment) >= day

    def _day_of(self, moment: datetime) -> date:
        return moment.astimezone(self._zone).date()

    def _of_people(self, conn: Connection) -> list[dict[str, Any]]:
        if not self._people:
            return []
        most, days = self._most(1), self._people.values()
        spelled = [one.day.isoformat() for one in days]
        people = {one.subject for one in days}
        found_rows = _KEPT.rows(conn, people, company=self.company_id, first=min(spelled), last=max(spelled))
        kept = {(row.staff_id, row.day): row for row in found_rows}
        rows, found = [], []
        for one in days:
            row = kept.get((one.subject, one.day.isoformat()))
            if row is not None:
                one.points, one.stamps = one.points + row.points, one.stamps + row.stamps
                one.rewards += row.rewards
            rows.append(
                {
                    "company_id": self.company_id,
                    "staff_id": one.subject,
                    "day": one.day.isoformat(),
                    "points": one.points,
                    "stamps": one.stamps,
                    "rewards": one.rewards,
                    "created_at": self.now,
                    "updated_at": self.now,
                }
            )
            if one.passes(most):
                found.append(self._case(one))
        _SAVE[conn.dialect.name].run(conn, rows)
        return found

    def _case(self, one: _Given, card_id: UUID | None = None) -> dict[str, Any]:
        last = one.last
        assert last is not None, "a day has a transaction"
        program = self.programs.numbered(last.context.program_version)
        if one.points or one.stamps:
            unit = Unit.POINTS if one.points else Unit.STAMPS
            asked = Question.about(unit, one.points or one.stamps, program)
        else:
            asked = Question(amount=one.rewards)
        return cases.values(
            self.company_id,
            CaseKind.UNUSUAL,
            case_id=cases.unusual_id(one.subject, one.day),
            entry_id=last.id,
            terminal_id=last.context.terminal_id,
            store_id=last.context.store_id,
            staff_id=last.context.staff_id if card_id is not None else one.subject,
            card_id=card_id,
            asked=asked,
            occurred_at=last.context.occurred_at,
            now=self.now,
        )


def _given(days: _Days, subject: UUID, day: date) -> _Given:
    key = subject.int, day
    found = days.get(key)
    if found is None:
        found = days[key] = _Given(subject, day)
    return found


def _saving(statement: sqlite.Insert | postgresql.Insert) -> Batch:
    new = statement.excluded
    changed = {name: new[name] for name in ("points", "stamps", "rewards", "updated_at")}
    return Batch(statement.on_conflict_do_update(index_elements=list(staff_days.primary_key), set_=changed))


_SAVE = {"sqlite": _saving(sqlite.insert(staff_days)), "postgresql": _saving(postgresql.insert(staff_days))}
