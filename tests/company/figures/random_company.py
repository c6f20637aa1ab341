"""A company with a random history: late entries, voids, expiries, other versions of the program, and changes of clocks.

Transactions are what the rules make of random claims, written as exchanges write them.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import update

from loyalty import expiry
from loyalty.judge import Present, Word, judge
from loyalty.program import Reward, StampReward
from loyalty.transactions import (
    Body,
    CardCreated,
    CardDeactivated,
    CardReactivated,
    Claim,
    Context,
    ExpiryReversed,
    PointsAdjusted,
    PointsEarned,
    PointsExpired,
    PointsRedeemed,
    PointsVoided,
    RedemptionVoided,
    StampEarned,
    StampRedeemed,
    StampsAdjusted,
    StampVoided,
    Transaction,
    corrected,
)
from loyalty.voids import Original
from server.companies import companies, programs
from server.db.tables import transactions
from server.db.work_tables import gauges, tallies
from server.figures import tallies as tally
from server.jobs.schedule import JOBS
from server.ledger.judging.ledger_writes import WriteSet
from server.ledger.rows import cards as card_rows
from server.ledger.rows.cards import OpenCard
from tests.company.figures import brute_force
from tests.company.jobs.workers import PaperClock, a_worker
from tests.support.paper_shop import PaperShop, a_coffee_program

ZONES = ("Europe/Luxembourg", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia")  # whole, half and quarter hours
COFFEE, LUNCH = StampReward(name="Coffee", value_minor=350), StampReward(name="Lunch")
TEA = Reward(id="tea", name="Tea", cost=40)
CAKE = Reward(id="cake", name="Cake", cost=90, value_minor=410)
BEANS = Reward(id="beans", name="Beans", cost=200, value_minor=899)
VERSIONS: tuple[dict[str, Any], ...] = (
    {"stamp_reward": COFFEE, "rewards": (CAKE, BEANS), "welcome_bonus": 30},
    {"stamps_target": 7, "stamp_reward": COFFEE, "rewards": (TEA, CAKE), "points_expire_after_days": 6},
    {"kind": "points", "rewards": (CAKE, BEANS, replace(TEA, active=False)), "points_expire_after_days": 9},
    {"stamps_target": 12, "stamp_reward": LUNCH, "rewards": (TEA,), "welcome_bonus": 100},
)
_AT_ONCE = 200  # transactions a unit of work
_SPAN = timedelta(days=420)


@dataclass
class Differences:
    """Sums and gauges that differ from what was counted, and how many there were."""

    sums: list[object]
    gauges: list[object]
    cells: int
    days: int
    transactions: int


class RandomCompany:
    """Lives until it has booked so many transactions; the jobs that fill the figures run now and then."""

    def __init__(self, shop: PaperShop, seed: int, transactions: int) -> None:
        self.shop, self.wanted = shop, transactions
        self._chance = random.Random(f"figures {seed}")
        shop.set(time_zone=self._chance.choice(ZONES))
        self.clock = PaperClock(shop.now)
        self._workers = [
            a_worker(shop, self.clock, *(job for job in JOBS if job.name in names))
            for names in (("lists", "tally"), ("gauges",))
        ]
        self._step = _SPAN / (transactions * 1.2)
        self._cards: dict[UUID, OpenCard] = {}
        self._order: list[UUID] = []
        self._facts: dict[UUID, Transaction] = {}
        self._of_card: dict[UUID, list[Transaction]] = {}
        self._voids: dict[UUID, list[Transaction]] = {}
        self._expiries: dict[UUID, Transaction] = {}
        with shop.units.write(shop.company_id) as conn:
            self._stores = [shop.store(conn, name).id for name in ("Gare", "Belval", "Kirchberg")]
        self._staff = [None, *(UUID(int=number) for number in range(1, 5))]
        self._receipts = 0

    def live(self) -> Differences:
        """Books everything, and compares what the jobs have summed with what the ledger says."""
        cards = max(4, self.wanted // 40)
        blanks = iter([blank for _ in range(0, cards, 200) for blank in self.shop.blanks(min(200, cards))])
        versions = len(VERSIONS)
        for number, version in enumerate(VERSIONS):
            if number == 2:
                self._age()
            self.shop.set_program(a_coffee_program(**version))
            self._reload()
            while len(self._facts) < self.wanted * (number + 1) // versions:
                self._some([blank.id for blank, _ in zip(blanks, range(max(1, cards // 40)), strict=False)])
                if self._chance.random() < 0.5:
                    self._follow()
        self._follow()
        return self._compared()

    def _reload(self) -> None:
        with self.shop.units.read() as conn:
            self._cards |= card_rows.load(conn, self.shop.company_id, list(self._cards))

    def _age(self) -> None:
        """Makes all transactions so far ones of an older program, as its migration leaves them."""
        company_id = self.shop.company_id
        with self.shop.units.write_unlocked() as conn:
            bare = update(transactions).where(transactions.c.company_id == company_id)
            conn.execute(bare.values(reached=None, taken=None, waited_days=None))
            tally.forget(conn, company_id)

    def _some(self, blanks: list[UUID]) -> None:
        """A unit of work: new cards are handed out, and old ones used."""
        with self.shop.units.write(self.shop.company_id) as conn:
            company = companies.by_id(conn, self.shop.company_id)
            history = programs.versions(conn, self.shop.company_id)
            book = WriteSet(conn, self.shop.company_id, self.shop.now)
            present = Present(programs=history, settings=company.settings, now=self.shop.now)
            fresh = card_rows.load(conn, self.shop.company_id, blanks)
            self._cards |= fresh
            self._order += fresh
            for opened in fresh.values():
                self._ask(book, opened, CardCreated(), present)
            for _ in range(min(_AT_ONCE, self.wanted // 60)):
                first = len(self._order) // 2  # cards that were handed out long ago are no longer used
                opened = self._cards[self._order[self._chance.randrange(first, len(self._order))]]
                self._lapse(book, opened, present)
                for body in self._wish(opened):
                    self._ask(book, opened, body, present)
                self.shop.now += self._step * self._chance.uniform(0, 2)
            book.write()

    def _wish(self, opened: OpenCard) -> Iterator[Body]:
        what, chance = self._chance.random(), self._chance
        if what < 0.3:
            yield StampEarned(count=chance.choice([1, 1, 2, 5]))
        elif what < 0.6:
            self._receipts += 1
            yield PointsEarned(amount_minor=chance.randint(50, 9_000), receipt=f"R-{self._receipts}")
        elif what < 0.7:
            yield StampRedeemed()
        elif what < 0.8:
            yield PointsRedeemed(reward=chance.choice([TEA, CAKE, BEANS]).id)
        elif what < 0.94:
            yield from self._void(opened)
        elif what < 0.97:
            many = chance.randint(-40, 60)
            of_points, of_stamps = PointsAdjusted(points=many, reason="tip"), StampsAdjusted(stamps=many, reason="tip")
            yield of_points if chance.random() < 0.5 else of_stamps
        else:
            yield CardDeactivated() if opened.card.is_active else CardReactivated()

    def _void(self, opened: OpenCard) -> Iterator[Body]:
        for fact in self._chance.sample(done := self._of_card.get(opened.card.id, [])[-12:], min(1, len(done))):
            match fact.body:
                case StampEarned():
                    yield StampVoided(corrects=fact.id)
                case PointsEarned():
                    yield PointsVoided(corrects=fact.id, amount_minor=self._chance.choice([None, 50, 700]))
                case StampRedeemed() | PointsRedeemed():
                    yield RedemptionVoided(corrects=fact.id)

    def _ask(self, book: WriteSet, opened: OpenCard, body: Body, present: Present) -> None:
        late = timedelta(hours=self._chance.choice([0, 0, 0, 1, 30, 100])) if not opened.card.is_blank else timedelta()
        context = Context(
            occurred_at=self.shop.now - late,
            program_version=present.programs.versions[-1].version,
            store_id=self._chance.choice(self._stores),
            staff_id=self._chance.choice(self._staff),
        )
        claim = Claim(UUID(int=self._chance.getrandbits(128), version=4), body, context)
        name = corrected(body)
        original = None if name is None else self._facts[name]
        judgement = judge(
            opened.card,
            claim,
            present._replace(
                now=self.shop.now,
                original=None if original is None else Original(original, tuple(self._voids.get(original.id, ()))),
                last_expiry=self._expiries.get(opened.card.id),
            ),
        )
        if judgement.word not in (Word.ACCEPTED, Word.ADJUSTED):
            return
        for fact in judgement.transactions:
            self._book(book, opened, fact)

    def _lapse(self, book: WriteSet, opened: OpenCard, present: Present) -> None:
        program = present.programs.versions[-1]
        lapse = expiry.lapsed(opened.card, program, present.settings.zone, self.shop.now)
        if lapse is not None and opened.card.enrolled_at_store is not None:
            context = Context(self.shop.now, program.version, opened.card.enrolled_at_store)
            fact_id = UUID(int=self._chance.getrandbits(128), version=4)
            self._book(book, opened, Transaction(fact_id, opened.card.id, PointsExpired(), lapse, context))

    def _book(self, book: WriteSet, opened: OpenCard, fact: Transaction) -> None:
        book.book(opened, fact)
        self._facts[fact.id] = fact
        self._of_card.setdefault(fact.card_id, []).append(fact)
        if isinstance(fact.body, PointsExpired):
            self._expiries[opened.card.id] = fact
        elif isinstance(fact.body, ExpiryReversed):
            self._expiries.pop(opened.card.id, None)
        elif (name := corrected(fact.body)) is not None:
            self._voids.setdefault(name, []).append(fact)

    def _follow(self) -> None:
        self.clock.now = self.shop.now
        for worker in self._workers:
            worker.round()
        self.shop.passes(seconds=1)  # what comes now is recorded after the gauge

    def _compared(self) -> Differences:
        shop = self.shop
        ledger = sorted(shop.rows(transactions), key=lambda row: row.version)
        with shop.units.read() as conn:
            history = programs.versions(conn, shop.company_id)
            zone = companies.by_id(conn, shop.company_id).settings.zone
        counted = brute_force.sums(ledger, {one.version: one for one in history.versions}, zone)
        stored = brute_force.stored(shop.rows(tallies))
        wrong_sums: list[object] = [
            (key, stored.get(key), counted.get(key))
            for key in sorted(stored.keys() | counted.keys())
            if stored.get(key) != counted.get(key)
        ]
        wrong_gauges: list[object] = []
        noted = sorted(shop.rows(gauges), key=lambda row: row.updated_at)
        moments = [(row.updated_at, history.at(row.updated_at) or history.versions[0]) for row in noted]
        for row, expected in zip(noted, brute_force.gauges(ledger, moments), strict=True):
            found = (row.cards, row.active, row.stamps, row.points, row.stamps_minor, row.points_minor)
            if found != expected or row.day != f"{row.updated_at.astimezone(zone):%Y-%m-%d}":
                wrong_gauges.append((row.day, found, expected))
        return Differences(wrong_sums, wrong_gauges, len(counted), len(noted), len(ledger))
