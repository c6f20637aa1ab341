"""The visits of the demo chain's last months and what customers ask for, generated from a seed.

It decides only what people do; the rules and the ledger decide what that does to cards.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from loyalty.card import Card
from loyalty.points import redeem_points
from loyalty.program import Program
from loyalty.refusals import Refusal
from loyalty.stamps import redeem_stamps
from loyalty.transactions import Body, PointsRedeemed, StampRedeemed
from server.demo import cafes
from server.demo.codes import SEED

DAYS = 120
CLOSES = time(19)
_OPENS = time(7)
_OPEN_FOR_S = 11 * 3600


@dataclass(frozen=True, slots=True)
class Visit:
    """A customer's visit to a store; the first one enrols them."""

    customer: int
    is_first: bool
    at: datetime
    store: int
    amount_minor: int
    takes_reward: bool


@dataclass(frozen=True, slots=True)
class _Habit:
    customer: int
    home: int
    first_day: int
    days_between: float
    spends_minor: int
    visits_max: int = DAYS
    is_face: bool = False  # visits at fixed intervals and redeems nothing


def days(customers: int, last_day: date, zone: ZoneInfo) -> Iterator[tuple[date, list[Visit]]]:
    """The days with their visits, oldest first, up to *last_day*; no customer comes twice on a day."""
    chance = random.Random(f"{SEED}|visits")  # noqa: S311 - reproducible data, not a secret
    calendar: list[list[Visit]] = [[] for _ in range(DAYS)]
    for number in range(1, customers + 1):
        habit = _habit(number, chance)
        for visit_number, day in enumerate(_days_of(habit, chance)):
            date_of = last_day - timedelta(days=DAYS - 1 - day)
            calendar[day].append(_visit(habit, visit_number == 0, date_of, zone, chance))
    for index, visits in enumerate(calendar):
        yield last_day - timedelta(days=DAYS - 1 - index), sorted(visits, key=lambda visit: visit.at)


def reward_for(card: Card, program: Program) -> Body | None:
    """The reward a customer takes: a full row of stamps first, else the dearest reward they have points for."""
    if not isinstance(redeem_stamps(card, program), Refusal):
        return StampRedeemed()
    for reward in sorted(program.rewards, key=lambda one: one.cost, reverse=True):
        if not isinstance(redeem_points(card, program, reward.id), Refusal):
            return PointsRedeemed(reward=reward.id)
    return None


def _habit(number: int, chance: random.Random) -> _Habit:
    """A customer's visiting habits: a few come every few days, most every week or two, some only once."""
    if number <= len(cafes.FACES):
        face = cafes.FACES[number - 1]
        return _Habit(number, number % len(cafes.STORES), 55, 5, face.spends_minor, face.visits, is_face=True)
    return _Habit(
        customer=number,
        home=chance.choices(range(len(cafes.STORES)), (5, 3, 2))[0],
        first_day=int(DAYS * chance.random() ** 1.5),
        days_between=chance.choice((4, 7, 10, 14, 14, 21, 30, 45, 60, 400)),
        spends_minor=chance.choice((280, 350, 420, 480, 650, 890, 1240)),
    )


def _days_of(habit: _Habit, chance: random.Random) -> Iterator[int]:
    day = float(habit.first_day)
    for _ in range(habit.visits_max):
        if day >= DAYS:
            return
        yield int(day)
        day += habit.days_between if habit.is_face else 1 + chance.expovariate(1 / habit.days_between)


def _visit(habit: _Habit, is_first: bool, day: date, zone: ZoneInfo, chance: random.Random) -> Visit:
    wanders = not habit.is_face and chance.random() < 0.15
    varies = 0 if habit.is_face else 10 * chance.randrange(-8, 30)
    return Visit(
        customer=habit.customer,
        is_first=is_first,
        at=datetime.combine(day, _OPENS, zone) + timedelta(seconds=int(chance.triangular(0, _OPEN_FOR_S, 5400))),
        store=chance.randrange(len(cafes.STORES)) if wanders else habit.home,
        amount_minor=habit.spends_minor + varies,
        takes_reward=not habit.is_face and chance.random() < 0.4,
    )
