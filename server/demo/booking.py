"""Books the demo chain's visits day by day with the server's rules and ledger, as exchanges would."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

from sqlalchemy import Connection

from loyalty.judge import Present, Word, judge
from loyalty.program import Program, Programs
from loyalty.receipts import receipt_key
from loyalty.transactions import Body, CardCreated, Claim, Context, PointsEarned, StampEarned
from server.companies.companies import Company
from server.demo import cafes, visits
from server.demo.codes import SEED
from server.demo.visits import Visit
from server.figures import gauges
from server.figures.card_counts import CardCounts
from server.figures.gauges import Gauge
from server.keys import CompanyKeys
from server.ledger.judging.ledger_writes import WriteSet
from server.ledger.rows import cards as card_rows
from server.ledger.rows.cards import Contacts, OpenCard
from server.ledger.rows.enrolments import Enrolment, Opener, customer_id_of
from sync.protocol.entries import Side
from sync.protocol.sealing import SealingKey, email_hmac, encrypt

_AT_ONCE = 10_000  # cards per query


@dataclass(frozen=True, slots=True)
class Place:
    """A store and its staff."""

    id: UUID
    staff: tuple[UUID, ...]


class History:
    """Books the chain's history, oldest day first."""

    def __init__(self, company: Company, keys: CompanyKeys, sealing: SealingKey, places: list[Place]) -> None:
        self._company = company
        self._keys = keys
        self._opener = Opener(sealing, keys, company.settings.country)
        self._places = places
        self._cards: dict[UUID, OpenCard] = {}
        self._chance = random.Random(f"{SEED}|history")  # noqa: S311 - reproducible data, not a secret
        self.transactions = 0

    def take(self, conn: Connection, customers: int) -> None:
        """Loads the customers' cards, which are still blank."""
        ids = [cafes.card(number).id for number in range(1, customers + 1)]
        for first in range(0, customers, _AT_ONCE):
            self._cards |= card_rows.load(conn, self._company.id, ids[first : first + _AT_ONCE])

    def book(self, conn: Connection, program: Program, coming: list[Visit], closes: datetime) -> None:
        """Books the visits of one day, as received by closing time."""
        writes = WriteSet(conn, self._company.id, closes)
        present = Present(programs=Programs((program,)), settings=self._company.settings, now=closes)
        receipts = [0] * len(self._places)
        for visit in coming:
            receipts[visit.store] += 1
            receipt = f"{visit.at:%y%m%d}-{receipts[visit.store]:04}"
            opened = self._cards[cafes.card(visit.customer).id]
            place = self._places[visit.store]
            counter = _Counter(writes, opened, present, visit, place.id, self._chance.choice(place.staff))
            if visit.is_first:
                self._enrol(writes, opened, counter, closes)
            counter.ask(StampEarned())
            counter.ask(PointsEarned(amount_minor=visit.amount_minor, receipt=receipt))
            wish = visits.reward_for(opened.card, program) if visit.takes_reward else None
            if wish is not None:
                counter.ask(wish)
            self.transactions += counter.booked
        writes.write()

    def gauge(self, program: Program) -> Gauge:
        """What the cards are and hold at the end of the day before; all have been used within a year."""
        cards = [one.card for one in self._cards.values() if not one.card.is_blank]
        stamps, points = sum(card.stamp_count for card in cards), sum(card.points_balance for card in cards)
        owed = gauges.owed(program, CardCounts(len(cards), len(cards), 0, stamps, points))
        return Gauge(len(cards), len(cards), stamps, points, owed)

    def _enrol(self, writes: WriteSet, opened: OpenCard, counter: "_Counter", now: datetime) -> None:
        number = counter.visit.customer
        email = cafes.email_of(number)
        contacts = Contacts(None if email is None else email_hmac(self._keys.lookup, email), None)
        side = Side(
            salt=b"",
            name=encrypt(self._keys.data, opened.card.id, cafes.name_of(number)),
            name_key=self._keys.data.id,
            language=self._chance.choice(self._company.settings.languages),
            consent=self._chance.random() < 0.7,
        )
        enrolment = Enrolment(side, email, None, contacts, is_torn=False)
        entry_id = counter.ask(CardCreated())
        writes.enrol(self._opener.customer(self._company.id, entry_id, enrolment, now))
        opened.customer_id, opened.contacts, opened.name = customer_id_of(entry_id), contacts, enrolment.name


@dataclass(slots=True)
class _Counter:
    """One visit at the counter: judges and books its requests, a few seconds apart."""

    _writes: WriteSet
    _opened: OpenCard
    _present: Present
    visit: Visit
    _store_id: UUID
    _staff_id: UUID
    _asked: int = 0
    booked: int = 0

    def ask(self, body: Body) -> UUID:
        """Judges and books a request; returns the claim's id."""
        at = self.visit.at.astimezone(UTC) + timedelta(seconds=11 * self._asked)
        context = Context(occurred_at=at, program_version=1, store_id=self._store_id, staff_id=self._staff_id)
        claim = Claim(id=uuid5(self._opened.card.id, f"{at.timestamp()}"), body=body, context=context)
        judgement = judge(self._opened.card, claim, self._present)
        assert judgement.word is Word.ACCEPTED, f"the demo's requests must all be accepted: {judgement}"
        for fact in judgement.transactions:
            receipt = body.receipt if isinstance(body, PointsEarned) else None
            key = None if receipt is None else receipt_key(receipt, at, self._present.settings)
            self._writes.book(self._opened, fact, receipt_key=key)
        self._asked += 1
        self.booked += len(judgement.transactions)
        return claim.id
