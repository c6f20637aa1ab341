"""The cards of a large company and what happened on them, reckoned from a card's number: the same in every run.

What happens on a card is one of a few lives, whose steps are judged once by the rules. Its dates, places and people are
its own.
"""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from hashlib import blake2b
from uuid import UUID

from benchmarks.setups.shop import PROGRAM
from loyalty.card import MARKS_KEPT, Card, StampMark
from loyalty.codes import TOKEN_BYTES, make_token
from loyalty.fold import fold
from loyalty.judge import Present, judge
from loyalty.program import Programs
from loyalty.reach import Reach, reach_of, steps_of
from loyalty.settings import Settings
from loyalty.transactions import (
    NO_EFFECT,
    Body,
    CardCreated,
    CardDeactivated,
    Claim,
    Context,
    PointsEarned,
    PointsRedeemed,
    StampEarned,
    Transaction,
)
from server.db.columns import microseconds, moment_of
from server.demo import visits
from server.keys import CompanyKeys
from sync.protocol.card_packing import packed
from sync.protocol.rows import CardRow
from sync.protocol.sealing import email_hmac, encrypt, number_hmac, phone_hmac, token_hash

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)  # when the pages are looked at
DAYS = 1_095
BEGAN = NOW.replace(hour=0) - timedelta(days=DAYS)
LONG = 400  # steps of the life of one card in so many:
LONG_EACH = 10_000
OFF_EACH = 256  # cards, of which one is switched off
COUNTRY = "LU"
VERSIONS_EACH = 3  # versions that a transaction takes

Row = tuple[object, ...]

# Steps of 32 lives, five on average.
_LENGTHS = (*[1] * 6, *[2] * 6, *[3] * 5, *[4] * 3, *[5] * 3, 6, 6, 8, 8, 10, 10, 14, 18, 20)
_DAYS_BETWEEN = (1, 3, 7, 7, 10, 14, 14, 21, 30, 45, 60)
_AMOUNTS = (280, 650, 1240, 2490, 4800)
_OPENS_S, _OPEN_S = 6 * 3600, 11 * 3600
_DAY_S = 86_400
_STEP_BITS, _CARD_BITS = 10, 20
_NOBODY = UUID(int=0)
_ENTRY, _VERDICT, _ACCEPTED = bytes(150), bytes(40), "accepted"  # as long as they are
_APART = timedelta(days=10)  # of a life's steps, longer than a card keeps its marks
_FIRST_NAMES = tuple("Alice Ana Ben Bruno Carla Chiara David Elena Emma Félix Hugo Ines Jean Joao Jonas Klara".split())  # noqa: SIM905
_PARTS = tuple("al ber da el fer go hal in jo ker li mo na or pe ri sto tan ve wil".split())  # noqa: SIM905
_LAST_NAMES = len(_PARTS) ** 3


@dataclass(frozen=True, slots=True)
class Places:
    """The stores with their tills and people."""

    stores: Sequence[UUID]
    tills: Sequence[Sequence[UUID]]
    people: Sequence[Sequence[UUID]]


@dataclass(frozen=True, slots=True)
class _Step:
    kind: str
    stamps: int
    points: int
    amount_minor: int | None
    reward: str | None
    at_a_till: bool
    reach: Reach


@dataclass(frozen=True, slots=True)
class _Life:
    steps: tuple[_Step, ...]
    ended: Card  # whose times say which step they are
    stamped: tuple[tuple[int, int], ...]  # steps that gave stamps, the newest first, and how many

    def step_at(self, moment: datetime | None) -> int | None:
        return None if moment is None else (moment - BEGAN) // _APART


def card_id(number: int) -> UUID:
    """The id of a card."""
    return UUID(bytes=_hash(number, b"card"))


def token(number: int) -> str:
    """The token of a card."""
    return make_token(blake2b(number.to_bytes(8), digest_size=TOKEN_BYTES, person=b"token").digest())


def digits(number: int) -> str:
    """The number on a card."""
    return f"{(number * 700_000_001 + 13) % 10**12:012d}"


def name_of(number: int) -> str:
    """The customer's name. As among people, a few last names are common and most are rare."""
    mixed = _mixed(number)
    place = int(_LAST_NAMES ** ((mixed >> 8) / (1 << 24))) - 1
    parts = (_PARTS[place // 400 % 20], _PARTS[place // 20 % 20], _PARTS[place % 20])
    return f"{_FIRST_NAMES[mixed % len(_FIRST_NAMES)]} {''.join(parts).capitalize()}"


def email_of(number: int) -> str | None:
    """The e-mail address of every second customer."""
    return None if number % 2 else f"{name_of(number).replace(' ', '.').lower().replace('é', 'e')}.{number}@example.org"


def phone_of(number: int) -> str | None:
    """The telephone number of every third customer."""
    return None if number % 3 else f"+352621{number % 1_000_000:06d}"


class Crowd:
    """The rows of so many cards, as SQLite's driver takes them."""

    def __init__(self, cards: int, company_id: UUID, places: Places, keys: CompanyKeys) -> None:
        self.count = cards
        self._company_id = company_id
        self._places = places
        self._keys = keys
        self._versions = array("Q", bytes(8 * cards))
        self._lives = [_life(length) for length in _LENGTHS]
        self._long, self._off = _life(LONG), _life(3, is_off=True)

    def entries(self, first_version: int) -> Iterator[Row]:
        """What tills wrote, by time; the company agreed with all of it."""
        company, began, hashed = self._company_id.bytes, microseconds(BEGAN), bytes(32)
        tills = [[one.bytes for one in several] for several in self._places.tills]
        written: dict[bytes, int] = {}
        version = first_version
        for place in self._by_time:
            number, step = _card_and_step(place)
            if self._life_of(number).steps[step].at_a_till:
                here = tills[self._store_of(number, step)]
                till = here[(number + step) % len(here)]
                seq = written[till] = written.get(till, 0) + 1
                at = began + (place >> _STEP_BITS + _CARD_BITS) * 1_000_000
                entry_id = _hash(number << _STEP_BITS | step, b"fact")
                yield (
                    *(company, till, till, seq, entry_id, hashed, _ENTRY, None, at, _ACCEPTED, _VERDICT),
                    *(None, None, None, version + 2, at, at),
                )
            version += VERSIONS_EACH

    def transactions(self, first_version: int) -> Iterator[Row]:
        """The transactions by time; each has a version, and so have the card and the entry's verdict after it."""
        company, recorded = self._company_id.bytes, timedelta(seconds=2) // timedelta(microseconds=1)
        stores = [one.bytes for one in self._places.stores]
        tills = [[one.bytes for one in several] for several in self._places.tills]
        people = [[one.bytes for one in several] for several in self._places.people]
        began, version = microseconds(BEGAN), first_version
        for place in self._by_time:
            number, step = _card_and_step(place)
            at = began + (place >> _STEP_BITS + _CARD_BITS) * 1_000_000
            what, store = self._life_of(number).steps[step], self._store_of(number, step)
            receipt = f"{number:x}-{step}" if what.amount_minor is not None else None
            yield (
                company,
                _hash(number << _STEP_BITS | step, b"fact"),
                _hash(number, b"card"),
                what.kind,
                stores[store],
                tills[store][(number + step) % len(tills[store])] if what.at_a_till else None,
                people[store][(number + 3 * step) % len(people[store])],
                None,  # override
                1,  # program
                at,
                at + recorded,
                what.stamps,
                what.points,
                0,  # shortfall
                None,  # corrects
                None,  # follows
                what.amount_minor,
                receipt,
                receipt,
                what.reward,
                None,  # reason
                None,  # case
                None,  # its choice
                *what.reach,
                version,
                at + recorded,
                at + recorded,
            )
            self._versions[number] = version + 1
            version += VERSIONS_EACH

    def customers(self) -> Iterator[Row]:
        """Everybody has a name, and a card."""
        company, lookup, data = self._company_id.bytes, self._keys.lookup, self._keys.data
        for number in range(self.count):
            customer, email, phone = UUID(bytes=_hash(number, b"customer")), email_of(number), phone_of(number)
            at = microseconds(self._at(number, 0))
            yield (
                company,
                customer.bytes,
                encrypt(data, card_id(number), name_of(number)),
                data.id,
                None if email is None else encrypt(data, customer, email),
                None if email is None else email_hmac(lookup, email),
                None if phone is None else encrypt(data, customer, phone),
                None if phone is None else phone_hmac(lookup, phone, COUNTRY),
                at if number % 5 == 0 else None,  # verified
                "fr",
                number % 3 > 0,  # consent
                None,
                False,  # wants no notices
                None,
                at,
                at,
            )

    def cards(self) -> Iterator[Row]:
        """The cards as their transactions have left them, which are to be read before."""
        company, now = self._company_id.bytes, microseconds(NOW)
        for number in range(self.count):
            row = self._sent(number)
            yield (
                company,
                row.id.bytes,
                _hash(number, b"customer"),
                row.token,
                row.number,
                row.email,
                row.phone,
                encrypt(self._keys.data, row.id, f"{token(number)} {digits(number)}"),
                self._keys.data.id,
                False,  # blank
                False,  # retired
                False,  # replaced
                None,
                row.stamp_count,
                row.points_balance,
                packed(row),
                0,  # the row's part of the sums that tills compare
                self._versions[number],
                microseconds(self._at(number, 0)),
                now,
            )

    def steps(self, number: int) -> int:
        """How many transactions a card has."""
        return len(self._life_of(number).steps)

    def _sent(self, number: int) -> CardRow:
        life, own, lookup = self._life_of(number), card_id(number), self._keys.lookup
        email, phone, ended = email_of(number), phone_of(number), life.ended

        def at(moment: datetime | None) -> datetime | None:
            step = life.step_at(moment)
            return None if step is None else self._at(number, step)

        created, stamped = self._at(number, 0), [(self._at(number, step), step, n) for step, n in life.stamped[:16]]
        marks = [one for one in reversed(stamped) if one[0] >= stamped[0][0] - MARKS_KEPT]
        return CardRow(
            id=own,
            token=token_hash(token(number)),
            number=number_hmac(lookup, digits(number)),
            number_key=lookup.id,
            number_end=digits(number)[-4:],
            name=encrypt(self._keys.data, own, name_of(number)),
            name_key=self._keys.data.id,
            email=None if email is None else email_hmac(lookup, email),
            phone=None if phone is None else phone_hmac(lookup, phone, COUNTRY),
            created_at=created,
            is_active=ended.is_active,
            stamp_count=ended.stamp_count,
            total_stamps_earned=ended.total_stamps_earned,
            stamps_redeemed=ended.stamps_redeemed,
            points_balance=ended.points_balance,
            total_points_earned=ended.total_points_earned,
            points_redeemed=ended.points_redeemed,
            welcome_given=ended.welcome_given,
            last_points_at=at(ended.last_points_at),
            last_redemption_at=at(ended.last_redemption_at),
            last_activity_at=at(ended.last_activity_at),
            enrolled_at_store=self._places.stores[self._store_of(number, 0)],
            marks=tuple(
                StampMark(UUID(bytes=_hash(number << _STEP_BITS | step, b"fact")), when, count)
                for when, step, count in marks
            ),
        )

    def _life_of(self, number: int) -> _Life:
        if number % LONG_EACH == 0:
            return self._long
        if number % OFF_EACH == 7:
            return self._off
        return self._lives[_mixed(number) >> 3 & 31]

    def _store_of(self, number: int, step: int) -> int:
        """Most visits are to one store, a seventh to another."""
        stores = len(self._places.stores)
        home = int(stores * (_mixed(number) >> 5 & 1023) ** 2 / (1 << 20))
        return (home + step) % stores if (number * 31 + step * 17) % 7 == 6 and step else home

    def _at(self, number: int, step: int) -> datetime:
        return moment_of(microseconds(BEGAN) + self._second(number, step) * 1_000_000)

    def _second(self, number: int, step: int) -> int:
        """When a step happened, in seconds since the company began; the lower a card's number, the older it is."""
        steps = len(self._life_of(number).steps)
        enrolled = min(int((DAYS - 1) * (number / self.count) ** 0.7), DAYS - 1 - steps)
        between = max(1, min(_DAYS_BETWEEN[number % len(_DAYS_BETWEEN)], (DAYS - 1 - enrolled) // steps))
        return (enrolled + step * between) * _DAY_S + _OPENS_S + (number * 7_919 + step * 104_729) % _OPEN_S

    @cached_property
    def _by_time(self) -> list[int]:
        """Second, card and step of every transaction as one number."""
        found = [
            (self._second(number, step) << _CARD_BITS | number) << _STEP_BITS | step
            for number in range(self.count)
            for step in range(self.steps(number))
        ]
        found.sort()
        return found


def _life(length: int, *, is_off: bool = False) -> _Life:
    """A life of so many steps: stamps and points in turn, and rewards when they are reached."""
    card, steps = Card(id=_NOBODY), []
    program = replace(PROGRAM, version=1, holds_from=BEGAN)
    present = Present(Programs((program,)), Settings(), now=BEGAN + _APART * (length + 1))
    for step in range(length):
        context = Context(occurred_at=BEGAN + _APART * step, program_version=1, store_id=_NOBODY)
        if is_off and step == length - 1:
            fact = Transaction(_NOBODY, _NOBODY, CardDeactivated(), NO_EFFECT, context)
        else:
            judged = judge(card, Claim(UUID(int=step), _wish(card, step), context), present)
            (fact,) = judged.transactions
        reach = reach_of(card, fact, steps_of(program))
        card, body = fold(card, fact), fact.body
        steps.append(
            _Step(
                kind=str(fact.kind),
                stamps=fact.effect.stamps,
                points=fact.effect.points,
                amount_minor=body.amount_minor if isinstance(body, PointsEarned) else None,
                reward=body.reward if isinstance(body, PointsRedeemed) else None,
                at_a_till=not isinstance(body, CardDeactivated),
                reach=reach,
            )
        )
    stamped = [(number, step.stamps) for number, step in enumerate(steps) if step.stamps > 0]
    return _Life(tuple(steps), card, tuple(reversed(stamped)))


def _wish(card: Card, step: int) -> Body:
    if step == 0:
        return CardCreated()
    reward = visits.reward_for(card, PROGRAM) if step % 3 == 0 else None
    if reward is not None:
        return reward
    return StampEarned() if step % 2 else PointsEarned(amount_minor=_AMOUNTS[step % 5], receipt="")


def _card_and_step(place: int) -> tuple[int, int]:
    return place >> _STEP_BITS & (1 << _CARD_BITS) - 1, place & (1 << _STEP_BITS) - 1


def _mixed(number: int) -> int:
    """A number of 32 bits that looks as if drawn."""
    number = (number ^ number >> 16) * 0x45D9F3B & 0xFFFFFFFF
    return (number ^ number >> 16) * 0x45D9F3B & 0xFFFFFFFF


def _hash(number: int, what: bytes) -> bytes:
    return blake2b(number.to_bytes(8), digest_size=16, person=what).digest()
