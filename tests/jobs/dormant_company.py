"""A company on SQLite with many cards that nobody has used for long, written in bulk with their ledger and sums."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, Protocol
from uuid import UUID

import msgspec
from sqlalchemy import Engine, insert, select, update
from sqlalchemy import Table as DatabaseTable

from benchmarks.setups import bulk
from loyalty.program import Program, ProgramKind
from server.companies import companies as company_values
from server.db.columns import day_of, microseconds
from server.db.tables import cards, companies, transactions
from server.db.units import Units
from server.db.work_tables import card_days, card_list, card_stores
from server.ledger.rows.sums import Sums
from sync.protocol.card_packing import packed
from sync.protocol.digests import card_bucket, day_bucket, row_hash
from sync.protocol.rows import CardRow, Table, TransactionRow

Row = dict[str, object]  # columns that are not named are null
KEPT_DAYS = 365
PROGRAM = Program(kind=ProgramKind.POINTS, points_expire_after_days=KEPT_DAYS)
_ZERO, _IN_USE = 8, 9  # of each ten cards: one has no points, one is in use, the points of the others lapse
_TRANSACTIONS = 2  # of a card that has points
_NUMBER_KEY = 1


class Owner(Protocol):
    """Whose cards they are."""

    @property
    def company_id(self) -> UUID: ...

    @property
    def units(self) -> Units: ...


@dataclass(frozen=True)
class Dormant:
    """So many cards of a company, as of a moment."""

    shop: Owner
    count: int
    at: datetime
    store_id: UUID

    @property
    def lapsing(self) -> int:
        """How many cards have points that have lapsed."""
        return sum(_is_lapsing(number) for number in range(self.count))

    def in_use(self) -> list[UUID]:
        """Some cards whose points do not lapse."""
        return [_id(number, b"card") for number in range(min(self.count, 1000)) if number % 10 == _IN_USE]

    def fill(self, engine: Engine) -> None:
        """Writes cards, ledger and list into the company's tables."""
        company_id = self.shop.company_id
        with self.shop.units.read() as conn:
            first = company_values.version(conn, company_id) + 1
        sums = Sums(company_id)
        tables = (cards, transactions, card_list)
        with bulk.without_indexes(engine, tables):
            bulk.add(engine, cards, _in_order(cards, self._cards(first, sums)))
            bulk.add(engine, transactions, _in_order(transactions, self._transactions(first, sums)))
            bulk.add(engine, card_list, _in_order(card_list, self._listed()))
        with self.shop.units.platform_write() as conn:
            sums.write(conn, self.at)
            clock = first + (_TRANSACTIONS + 1) * self.count
            conn.execute(update(companies).where(companies.c.company_id == company_id).values(clock=clock))
            times = {"company_id": company_id, "created_at": self.at, "updated_at": self.at}
            held: Counter[int] = Counter()
            counted: Counter[int] = Counter()
            for number in range(self.count):
                day = day_of(self._active_at(number))
                counted[day] += 1
                held[day] += _points(number)
            days = [
                {"day": day, "is_active": True, "cards": n, "stamps": 0, "points": held[day], **times}
                for day, n in counted.items()
            ]
            present = set(conn.execute(select(card_days.c.day).where(card_days.c.company_id == company_id)).scalars())
            assert not present, "the company is new"
            conn.execute(insert(card_days), days)
            conn.execute(insert(card_stores), {"store_id": self.store_id, "cards": self.count, **times})

    def _enrolled_at(self, number: int) -> datetime:
        return self._active_at(number) - timedelta(hours=1 if _has_points(number) else 0)

    def _active_at(self, number: int) -> datetime:
        """Of cards in use within the last hundred days, of others 400 to 1,100 days ago; neighbours lie far apart."""
        mixed = number * 2_654_435_761 % 2**32
        days = 1 + mixed % 100 if number % 10 == _IN_USE else 400 + mixed % 700
        return self.at - timedelta(days=days, seconds=mixed % 40_000)

    def _sent(self, number: int) -> CardRow:
        has, active = _has_points(number), self._active_at(number)
        return CardRow(
            id=_id(number, b"card"),
            token=_hash(number, b"token"),
            number=_hash(number, b"number"),
            number_key=_NUMBER_KEY,
            number_end=f"{number % 10_000:04}",
            created_at=self._enrolled_at(number),
            points_balance=_points(number),
            total_points_earned=_points(number),
            last_points_at=active if has else None,
            last_activity_at=active,
            enrolled_at_store=self.store_id,
        )

    def _cards(self, first: int, sums: Sums) -> Iterator[Row]:
        company_id, at = self.shop.company_id, microseconds(self.at)
        for number in range(self.count):
            row, version = self._sent(number), first + (_TRANSACTIONS + 1) * number + _TRANSACTIONS
            hashed = row_hash(Table.CARD, row.id.bytes, version, _encode(row))
            sums.put(Table.CARD, company_id, card_bucket(row.token), hashed)
            yield {
                "company_id": company_id.bytes,
                "card_id": row.id.bytes,
                "token_hash": row.token,
                "number_hmac": row.number,
                "codes": b"-",
                "codes_key": 1,
                "is_blank": False,
                "is_retired": False,
                "was_replaced": False,
                "stamp_count": 0,
                "points_balance": row.points_balance,
                "packed": packed(row),
                "row_hash": hashed,
                "version": version,
                "created_at": at,
                "updated_at": at,
            }

    def _transactions(self, first: int, sums: Sums) -> Iterator[Row]:
        company = self.shop.company_id.bytes
        for number in range(self.count):
            for place, one in enumerate(self._facts(number)):
                version, recorded = first + (_TRANSACTIONS + 1) * number + place, microseconds(one.recorded_at)
                hashed = row_hash(Table.TRANSACTION, one.id.bytes, version, _encode(one))
                sums.put(Table.TRANSACTION, one.store, day_bucket(one.recorded_at), hashed)
                yield {
                    "company_id": company,
                    "transaction_id": one.id.bytes,
                    "card_id": one.card.bytes,
                    "kind": one.kind,
                    "store_id": one.store.bytes,
                    "program_number": 1,
                    "occurred_at": microseconds(one.occurred_at),
                    "recorded_at": recorded,
                    "stamps": 0,
                    "points": one.points,
                    "shortfall": 0,
                    "amount_minor": one.amount_minor,
                    "version": version,
                    "created_at": recorded,
                    "updated_at": recorded,
                }

    def _facts(self, number: int) -> Iterator[TransactionRow]:
        def fact(kind: str, at: datetime, points: int, amount_minor: int | None) -> TransactionRow:
            return TransactionRow(
                id=_id(number, kind.encode()),
                card=_id(number, b"card"),
                kind=kind,
                occurred_at=at,
                recorded_at=at,
                store=self.store_id,
                program_version=1,
                stamps=0,
                points=points,
                shortfall=0,
                amount_minor=amount_minor,
            )

        yield fact("card_created", self._enrolled_at(number), 0, None)
        if _has_points(number):
            yield fact("points_earned", self._active_at(number), _points(number), 100 * _points(number))

    def _listed(self) -> Iterator[Row]:
        company, store, at = self.shop.company_id.bytes, self.store_id.bytes, microseconds(self.at)
        for number in range(self.count):
            enrolled, active = microseconds(self._enrolled_at(number)), microseconds(self._active_at(number))
            yield {
                "company_id": company,
                "card_id": _id(number, b"card").bytes,
                "number_end": f"{number % 10_000:04}",
                "enrolled_at": enrolled,
                "enrolled_store_id": store,
                "last_activity_at": active,
                "is_active": True,
                "stamps": 0,
                "points": _points(number),
                "words": b"",
                "created_at": at,
                "updated_at": at,
            }


def _in_order(table: DatabaseTable, rows: Iterator[Row]) -> Iterator[tuple[object, ...]]:
    """The rows as SQLite's driver takes them."""
    names = [column.name for column in table.columns]
    return (tuple(map(row.get, names)) for row in rows)


def _has_points(number: int) -> bool:
    return number % 10 != _ZERO


def _is_lapsing(number: int) -> bool:
    return number % 10 not in {_ZERO, _IN_USE}


def _points(number: int) -> int:
    return 1 + number % 90 if _has_points(number) else 0


def _hash(number: int, of: bytes) -> bytes:
    return blake2b(number.to_bytes(8), digest_size=32, person=of).digest()


def _id(number: int, of: bytes) -> UUID:
    return UUID(bytes=_hash(number, of)[:16])


_encode: Any = msgspec.json.Encoder().encode
