"""The list of cases: those of a group are one line. Open ones come in the order they opened, others latest first."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, Select, Subquery, and_, func, or_, select

from loyalty.cases import CaseKind
from server.db.work_tables import cases
from server.ledger.rows.cases import State

Place = tuple[int | datetime, int]  # what a list is sorted by, and a case's number


class Sort(StrEnum):
    """What open cases are sorted by."""

    OLDEST = "oldest"
    STAKE = "stake"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilters:
    """Which cases are listed; None does not filter."""

    state: State = State.OPEN
    kind: CaseKind | None = None
    stores: frozenset[UUID] | None = None  # and those that have no store
    group: UUID | None = None  # its cases one by one
    cards: tuple[UUID, ...] | None = None  # the cases about them, one by one
    sort: Sort = Sort.OLDEST


@dataclass(frozen=True, slots=True)
class Line:
    """A case in the list, or a group by its first one."""

    row: Row[Any]
    count: int  # cases in it
    stake_minor: int | None  # of all whose value is known
    place: Place  # for going on after it

    @property
    def is_group(self) -> bool:
        """True if it stands for several."""
        return self.count > 1


@dataclass(frozen=True, slots=True)
class Waiting:
    """What there is to decide."""

    cases: int
    stake_minor: int  # of those whose value is known
    unknown: int  # cases whose value is not


def listed(
    conn: Connection, company_id: UUID, filters: CaseFilters, *, limit: int, offset: int = 0, after: Place | None = None
) -> Sequence[Line]:
    """The lines after a place or a number of lines."""
    lines = _lines(company_id, filters)
    query = select(cases, lines.c.number.label("first"), lines.c.many, lines.c.stake, lines.c.sorted)
    query = query.join(lines, cases.c.number == lines.c.number).where(cases.c.company_id == company_id)
    is_rising = filters.state is State.OPEN and filters.sort is Sort.OLDEST
    if after is not None:
        by, number = after
        same = and_(lines.c.sorted == by, lines.c.number > number if is_rising else lines.c.number < number)
        query = query.where(or_(lines.c.sorted > by if is_rising else lines.c.sorted < by, same))
    order = (lines.c.sorted, lines.c.number) if is_rising else (lines.c.sorted.desc(), lines.c.number.desc())
    rows = conn.execute(query.order_by(*order).limit(limit).offset(offset)).all()
    return [Line(row, row.many, None if row.stake is None else int(row.stake), (row.sorted, row.first)) for row in rows]


def each(conn: Connection, company_id: UUID, filters: CaseFilters, after: int, limit: int) -> Sequence[Row[Any]]:
    """The cases themselves, whatever their groups, in the order they opened: those after a number."""
    query = select(cases).where(*_conditions(company_id, filters), cases.c.number > after)
    return conn.execute(query.order_by(cases.c.number).limit(limit)).all()


def count(conn: Connection, company_id: UUID, filters: CaseFilters, most: int) -> int:
    """How many lines there are, counted up to one more than *most*."""
    lines = select(_lines(company_id, filters).c.number).limit(most + 1).subquery()
    return conn.execute(select(func.count()).select_from(lines)).scalar_one()


def waiting(conn: Connection, company_id: UUID, stores: frozenset[UUID] | None) -> Waiting:
    """What waits for a decision in these stores."""
    conditions = _conditions(company_id, CaseFilters(stores=stores))
    query = select(func.count(), func.coalesce(func.sum(cases.c.stake_minor), 0), func.count(cases.c.stake_minor))
    number, stake, known = conn.execute(query.where(*conditions)).one()
    return Waiting(number, int(stake), number - known)


def waiting_lines(conn: Connection, company_id: UUID, stores: frozenset[UUID] | None, most: int) -> int:
    """How many lines wait for a decision, told up to *most*."""
    lines = func.coalesce(cases.c.group_id, cases.c.case_id).distinct()
    query = select(func.count(lines)).where(*_conditions(company_id, CaseFilters(stores=stores)))
    return min(most, conn.execute(query).scalar_one())


def by_number(conn: Connection, company_id: UUID, number: int) -> Row[Any] | None:
    """The case with this number."""
    return conn.execute(select(cases).where(cases.c.company_id == company_id, cases.c.number == number)).one_or_none()


def of_customer(conn: Connection, company_id: UUID, card_ids: Collection[UUID], since: datetime) -> int:
    """How many cases a customer's cards have had since a moment."""
    of_card = (cases.c.company_id == company_id, cases.c.card_id.in_(card_ids), cases.c.created_at >= since)
    return conn.execute(select(func.count()).select_from(cases).where(*of_card)).scalar_one()


def _lines(company_id: UUID, filters: CaseFilters) -> Subquery:
    stake = func.sum(cases.c.stake_minor)
    if filters.state is not State.OPEN:
        by: ColumnElement[Any] = func.max(cases.c.updated_at)
    elif filters.sort is Sort.STAKE:
        by = func.coalesce(stake, -1)
    else:
        by = func.min(cases.c.number)
    query: Select[Any] = select(
        func.min(cases.c.number).label("number"), func.count().label("many"), stake.label("stake"), by.label("sorted")
    ).where(*_conditions(company_id, filters))
    is_each = filters.group is not None or filters.cards is not None
    line = cases.c.case_id if is_each else func.coalesce(cases.c.group_id, cases.c.case_id)
    return query.group_by(line).subquery("lines")


def _conditions(company_id: UUID, filters: CaseFilters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [cases.c.company_id == company_id, cases.c.state == str(filters.state)]
    if filters.kind is not None:
        found.append(cases.c.kind == str(filters.kind))
    if filters.stores is not None:
        found.append(or_(cases.c.store_id.is_(None), cases.c.store_id.in_(filters.stores)))
    if filters.group is not None:
        found.append(cases.c.group_id == filters.group)
    if filters.cards is not None:
        found.append(or_(cases.c.card_id.in_(filters.cards), cases.c.other_card_id.in_(filters.cards)))
    return found
