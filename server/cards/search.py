"""The company's list of cards: filtered, sorted, by pages, and searched by number, code, contact or name.

It reads `card_list`, and opens names and contacts of the page it returns only. No query of it scans cards.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Connection, Row, Select, bindparam, exists, false, not_, or_, select
from sqlalchemy.sql.expression import UnaryExpression
from sqlalchemy.sql.operators import custom_op

from loyalty.texts import clean
from server.cards import card_record, card_words
from server.cards.decrypted_texts import codes_of, contact_of, masked, name_of
from server.companies.companies import Company
from server.db import paging
from server.db.lookups import Lookup
from server.db.paging import COUNTED_MAX, PAGE_ROWS, Count, Order
from server.db.tables import cards, customers, transactions
from server.db.work_tables import card_list
from server.db.work_tables import card_words as word_rows
from server.keys import CompanyKeys, Keys
from server.ledger.rows import cards as card_rows
from server.refusals import Refused
from sync.protocol import sealing

OPENED_MAX = 1_000  # names that one search opens
ALIKE_UP_TO = PAGE_ROWS  # with more cards that have the very words, those whose words only begin so are left out


class Sort(StrEnum):
    """What the list can be sorted by."""

    ACTIVITY = "last_activity"
    ENROLLED = "enrolled"
    STAMPS = "stamps"
    POINTS = "points"


@dataclass(frozen=True, slots=True)
class Filters:
    """Which cards are listed; None does not filter."""

    stores: tuple[UUID, ...] | None = None  # that enrolled the card
    active_days: int | None = None
    is_active: bool | None = None
    reached: tuple[int | None, int | None] | None = None  # at least so many stamps, or at least so many points
    stamps_min: int | None = None
    points_min: int | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of cards: its search, filters and order."""

    query: str = ""
    filters: Filters = Filters()
    sort: Sort = Sort.ACTIVITY
    descending: bool = True


@dataclass(frozen=True, slots=True)
class ListedCard:
    """A card as the list shows it, with number, name and contacts in clear."""

    id: UUID
    number: str | None  # None: not to be read
    number_end: str
    name: str | None
    email: str | None
    phone: str | None
    is_verified: bool
    enrolled_at: datetime
    enrolled_store_id: UUID | None
    last_activity_at: datetime
    last_store_id: UUID | None  # of that activity
    last_terminal_id: UUID | None
    is_active: bool
    stamps: int
    points: int

    def masked(self) -> "ListedCard":
        """The card for who may read neither its number nor contacts."""
        return replace(self, number=None, email=masked(self.email), phone=masked(self.phone))


@dataclass(frozen=True, slots=True)
class CardPage:
    """A page of the list; *next* is the cursor of the following one."""

    cards: tuple[ListedCard, ...]
    count: Count
    next: str | None


def page_at(
    conn: Connection, company: Company, keys: Keys, listing: Listing, *, number: int, now: datetime
) -> CardPage:
    """The page with this *number*, from 1, of 25 cards; pages end where counting does."""
    first = (max(number, 1) - 1) * PAGE_ROWS
    found = _Found.of(conn, company, keys, listing, now)
    rows = found.rows(first, PAGE_ROWS + 1) if first < COUNTED_MAX else []
    return found.page(rows, PAGE_ROWS)


def page_after(
    conn: Connection, company: Company, keys: Keys, listing: Listing, *, cursor: str | None, limit: int, now: datetime
) -> CardPage:
    """Up to *limit* cards after a cursor, or the first ones; raises `CursorInvalid`."""
    found = _Found.of(conn, company, keys, listing, now)
    return found.page(found.rows(0, limit + 1, cursor), limit)


def matching(
    conn: Connection, company: Company, keys: Keys, listing: Listing, now: datetime
) -> Iterable[list[ListedCard]]:
    """All cards of the list in its order, in parts, for a file."""
    found, cursor = _Found.of(conn, company, keys, listing, now), None
    while True:
        page = found.page(found.rows(0, _PART + 1, cursor), _PART, counted=False)
        yield list(page.cards)
        cursor = page.next
        if cursor is None:
            return


def count(conn: Connection, company: Company, keys: Keys, listing: Listing, now: datetime) -> Count:
    """How many cards the list has."""
    return _Found.of(conn, company, keys, listing, now).count


_PART = 500


@dataclass(frozen=True)
class _Found:
    """The rows of a listing, found by SQL alone or, for a search, among a few candidates."""

    conn: Connection
    company: Company
    keys: CompanyKeys
    listing: Listing
    now: datetime
    conditions: tuple[ColumnElement[bool], ...]
    order: Order
    searched: list[Row[Any]] | None  # all rows of a search, in order
    is_cut: bool  # the search had more candidates than it may open

    @staticmethod
    def of(conn: Connection, company: Company, keys: Keys, listing: Listing, now: datetime) -> "_Found":
        """Searches, if the listing has a query."""
        order = Order((_SORTED[listing.sort], card_list.c.card_id), listing.descending)
        conditions = tuple(_conditions(company.id, listing.filters, now))
        own = keys.company(company.id)
        text = clean(listing.query)
        if not text:
            return _Found(conn, company, own, listing, now, conditions, order, None, False)
        ids, is_cut = _candidates(conn, company, keys, own, text)
        wanted = _LISTED.rows(conn, ids, company=company.id)
        kept = [row for row in wanted if _is_wanted(row, listing.filters, now)]
        kept.sort(key=lambda row: (getattr(row, order.columns[0].name), row.card_id), reverse=listing.descending)
        return _Found(conn, company, own, listing, now, conditions, order, kept, is_cut)

    def rows(self, first: int, limit: int, cursor: str | None = None) -> Sequence[Row[Any]]:
        """Rows from a position, after a cursor."""
        after = None if cursor is None else paging.values_in(cursor, _TYPES[self.listing.sort], *self._named)
        if self.searched is not None:
            left = self.searched if after is None else [row for row in self.searched if self._follows(row, after)]
            return left[first : first + limit]
        query = select(*_SHOWN).where(*self._conditions_of_page)
        query = query if after is None else query.where(self.order.after(after))
        return self.conn.execute(self.order.sorted(query).offset(first).limit(limit)).all()

    def page(self, rows: Sequence[Row[Any]], limit: int, *, counted: bool = True) -> CardPage:
        """A page of the first *limit* of the rows; one row more says that another page follows."""
        shown = rows[:limit]
        more = paging.cursor_of(self._values(shown[-1]), *self._named) if len(rows) > limit else None
        number = self.count if counted else Count(0, True)
        return CardPage(tuple(_opened(self.conn, self.company.id, self.keys, shown)), number, more)

    @property
    def _conditions_of_page(self) -> tuple[ColumnElement[bool], ...]:
        """The conditions, so that many matches are walked in the list's order, and few are found and sorted."""
        filters = self.listing.filters
        narrow = {column for column, _ in (*_least(filters), *_reached(filters))} - set(self.order.columns)
        if not narrow or not self.count.is_least:
            return self.conditions
        return tuple(_conditions(self.company.id, self.listing.filters, self.now, unindexed=narrow))

    @property
    def _named(self) -> tuple[object, ...]:
        return ("cards", self.company.id, self.listing)

    def _values(self, row: Row[Any]) -> tuple[object, ...]:
        return tuple(getattr(row, column.name) for column in self.order.columns)

    def _follows(self, row: Row[Any], after: tuple[Any, ...]) -> bool:
        values = self._values(row)
        return values < after if self.listing.descending else values > after

    @cached_property
    def count(self) -> Count:
        """How many rows there are in all."""
        if self.searched is not None:
            return Count(len(self.searched), self.is_cut)
        return paging.count(self.conn, select(card_list).where(*self.conditions))


def _least(filters: Filters) -> Iterable[tuple[Column[int], int]]:
    """The columns of which the filters want a least value."""
    for column, least in ((card_list.c.stamps, filters.stamps_min), (card_list.c.points, filters.points_min)):
        if least is not None:
            yield column, least


def _reached(filters: Filters) -> list[tuple[Column[int], int]]:
    """The columns of which one must have a least value."""
    bounds = zip((card_list.c.stamps, card_list.c.points), filters.reached or (), strict=False)
    return [(column, least) for column, least in bounds if least is not None]


def _conditions(
    company_id: UUID, filters: Filters, now: datetime, unindexed: Collection[Column[int]] = ()
) -> Iterable[ColumnElement[bool]]:
    """The filters as SQL; a plus sign before a column keeps the planners from its index."""
    yield card_list.c.company_id == company_id
    if filters.stores is not None:
        yield card_list.c.enrolled_store_id.in_(filters.stores)
    if filters.active_days is not None:
        yield card_list.c.last_activity_at >= now - timedelta(days=filters.active_days)
    if filters.is_active is not None:
        yield card_list.c.is_active if filters.is_active else not_(card_list.c.is_active)

    def at_least(column: Column[int], least: int) -> ColumnElement[bool]:
        return (UnaryExpression(column, operator=_PLUS) if column in unindexed else column) >= least

    if filters.reached is not None:
        yield or_(false(), *(at_least(*bound) for bound in _reached(filters)))
    for bound in _least(filters):
        yield at_least(*bound)


def _is_wanted(row: Row[Any], filters: Filters, now: datetime) -> bool:
    """The same as `_conditions`, for a row at hand."""
    since = None if filters.active_days is None else now - timedelta(days=filters.active_days)
    bounds = zip((row.stamps, row.points), filters.reached or (), strict=False)
    return (
        (filters.stores is None or row.enrolled_store_id in filters.stores)
        and (since is None or row.last_activity_at >= since)
        and (filters.is_active is None or row.is_active == filters.is_active)
        and (filters.reached is None or any(least is not None and has >= least for has, least in bounds))
        and (filters.stamps_min is None or row.stamps >= filters.stamps_min)
        and (filters.points_min is None or row.points >= filters.points_min)
    )


def _candidates(conn: Connection, company: Company, keys: Keys, own: CompanyKeys, text: str) -> tuple[list[UUID], bool]:
    """The cards that a query means, and whether there may be more: by code, by contact, else by name."""
    try:
        return [card_record.find(conn, company.id, text, keys.platform, own)], False
    except Refused:
        pass  # no card's code
    hashed = sealing.email_hmac(own.lookup, text)
    if hashed is not None:
        return _with_contact(conn, company.id, customers.c.email_hmac == hashed), False
    if any(map(str.isdigit, text)) and not any(map(str.isalpha, text)):
        hashed = sealing.phone_hmac(own.lookup, text, company.settings.country)
        return _with_contact(conn, company.id, customers.c.phone_hmac == hashed) if hashed else [], False
    return _named(conn, company.id, own, card_words.words_of(text))


def _with_contact(conn: Connection, company_id: UUID, whose: ColumnElement[bool]) -> list[UUID]:
    """The cards of the customers with a contact. A join would tempt the planner to read all cards."""
    theirs = select(customers.c.customer_id).where(customers.c.company_id == company_id, whose).limit(OPENED_MAX)
    people = list(conn.execute(theirs).scalars())
    return [row.card_id for row in _CARDS_OF.rows(conn, people, company=company_id)]


def _named(conn: Connection, company_id: UUID, keys: CompanyKeys, wanted: tuple[str, ...]) -> tuple[list[UUID], bool]:
    """The cards whose names have words that begin as wanted. Whole words come first."""
    if not wanted:
        return [], False
    longest_first = sorted(wanted, key=len, reverse=True)
    begin_alike = [card_words.beginning(word) for word in longest_first]
    found = _having(conn, company_id, keys, longest_first)  # a word, or three letters that a word begins with
    if begin_alike == longest_first or len(found) > ALIKE_UP_TO:
        return list(found), begin_alike != longest_first or len(found) >= OPENED_MAX
    others = _having(conn, company_id, keys, begin_alike)
    rows = map(card_rows.row_in, _CARDS.rows(conn, others.keys() - found.keys(), company=company_id))
    also = [card.id for card in rows if card_words.is_named(name_of(card, keys), wanted)]
    return [*found, *also], len(others) >= OPENED_MAX


def _having(conn: Connection, company_id: UUID, keys: CompanyKeys, words: list[str]) -> dict[UUID, None]:
    """The cards that have all these words among their look-up hashes, up to the most that may be opened."""
    hashes = [card_words.word_hash(keys.lookup, word) for word in words]
    return dict.fromkeys(conn.execute(_with_words(company_id, hashes)).scalars())


def _with_words(company_id: UUID, hashes: list[bytes]) -> Select[Any]:
    """The cards that have all these words, up to the most that may be opened: each card of the first is looked up."""
    first, *others = [word_rows.alias(f"word_{number}") for number in range(len(hashes))]
    query = select(first.c.card_id).where(first.c.company_id == company_id, first.c.word == hashes[0])
    for other, hashed in zip(others, hashes[1:], strict=True):
        also = (other.c.company_id == company_id, other.c.word == hashed, other.c.card_id == first.c.card_id)
        query = query.where(exists().where(*also))
    return query.limit(OPENED_MAX)


def _opened(conn: Connection, company_id: UUID, keys: CompanyKeys, rows: Sequence[Row[Any]]) -> Iterable[ListedCard]:
    """The rows with numbers, names and contacts in clear."""
    ids = [row.card_id for row in rows]
    found = {row.card_id: row for row in _CARDS.rows(conn, ids, company=company_id)}
    people = [row.customer_id for row in found.values() if row.customer_id is not None]
    contacts = {row.customer_id: row for row in _CUSTOMERS.rows(conn, dict.fromkeys(people), company=company_id)}
    places = {row.card_id: row for row in _LAST_PLACES.rows(conn, ids, company=company_id)}
    for row in rows:
        card, place = found.get(row.card_id), places.get(row.card_id)
        if card is None:  # gone since it was listed
            continue
        customer = contacts.get(card.customer_id)
        codes = codes_of(row.card_id, card.codes, card.codes_key, keys)
        yield ListedCard(
            id=row.card_id,
            number=None if codes is None else codes.number,
            number_end=row.number_end,
            name=name_of(card_rows.row_in(card), keys),
            email=None if customer is None else contact_of(customer.customer_id, customer.email, keys),
            phone=None if customer is None else contact_of(customer.customer_id, customer.phone, keys),
            is_verified=customer is not None and customer.verified_at is not None,
            enrolled_at=row.enrolled_at,
            enrolled_store_id=row.enrolled_store_id,
            last_activity_at=row.last_activity_at,
            last_store_id=None if place is None else place.store_id,
            last_terminal_id=None if place is None else place.terminal_id,
            is_active=row.is_active,
            stamps=row.stamps,
            points=row.points,
        )


def _at_last(column: Column[Any]) -> ColumnElement[Any]:
    """A column of a card's transaction at its last activity, the newest one if there are several."""
    then = (
        transactions.c.company_id == card_list.c.company_id,
        transactions.c.card_id == card_list.c.card_id,
        transactions.c.occurred_at == card_list.c.last_activity_at,
    )
    newest = select(column).where(*then).order_by(transactions.c.version.desc()).limit(1)
    return newest.correlate(card_list).scalar_subquery().label(column.name)


_PLUS = custom_op[Any]("+")
_SORTED = {
    Sort.ACTIVITY: card_list.c.last_activity_at,
    Sort.ENROLLED: card_list.c.enrolled_at,
    Sort.STAMPS: card_list.c.stamps,
    Sort.POINTS: card_list.c.points,
}
_TYPES = {
    Sort.ACTIVITY: tuple[datetime, UUID],
    Sort.ENROLLED: tuple[datetime, UUID],
    Sort.STAMPS: tuple[int, UUID],
    Sort.POINTS: tuple[int, UUID],
}
_COMPANY: Any = bindparam("company")
_CARDS = Lookup(
    card_rows.of_company(_COMPANY).add_columns(cards.c.customer_id, cards.c.codes, cards.c.codes_key), cards.c.card_id
)
_LAST_PLACES = Lookup(
    select(
        card_list.c.card_id,
        card_list.c.number_end,  # which no index has: with all of them in one, SQLite would read that of every card
        _at_last(transactions.c.store_id),
        _at_last(transactions.c.terminal_id),
    ).where(card_list.c.company_id == _COMPANY),
    card_list.c.card_id,
)
_CARDS_OF = Lookup(select(cards.c.card_id).where(cards.c.company_id == _COMPANY), cards.c.customer_id)
_CUSTOMERS = Lookup(select(customers).where(customers.c.company_id == _COMPANY), customers.c.customer_id)
_SHOWN = (
    *(card_list.c.card_id, card_list.c.number_end, card_list.c.enrolled_at, card_list.c.enrolled_store_id),
    *(card_list.c.last_activity_at, card_list.c.is_active, card_list.c.stamps, card_list.c.points),
)
_LISTED = Lookup(select(*_SHOWN).where(card_list.c.company_id == _COMPANY), card_list.c.card_id)
