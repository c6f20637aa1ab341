"""Fills an empty database with the demo chain. Card states result from transactions booked as the server books them.

It is one unit of work, so a failed filling leaves the database empty.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID, uuid4

from sqlalchemy import Connection, select

from server.bootstrap import Server
from server.cards import blanks as blank_cards
from server.companies import companies, looks, programs, staff, stores
from server.companies.companies import Company
from server.db.tables import companies as company_rows
from server.demo import cafes, visits
from server.demo.booking import History, Place
from server.figures import gauges
from server.keys import CompanyKeys, Keys
from server.refusals import No, Refused

CUSTOMERS = 2_000
BLANKS = 200
_ISSUED_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Demo:
    """The numbers of a filled demo database."""

    company: Company
    customers: int
    blanks: int
    transactions: int


def fill(server: Server, customers: int = CUSTOMERS, blanks: int = BLANKS) -> Demo:
    """Creates the chain with *customers* who have months of history, and *blanks* for new ones."""
    now = server.now()
    with server.units.platform_write() as conn:
        if conn.execute(select(company_rows.c.company_id).limit(1)).first() is not None:
            raise Refused(No.NOT_EMPTY)
        company_id, began = uuid4(), now - timedelta(days=visits.DAYS + 1)
        company = companies.create(conn, company_id, name=cafes.COMPANY, slug=None, choices=cafes.CHOICES, now=began)
        keys = server.keys.add_company(company_id)
        program = programs.put(conn, company_id, cafes.PROGRAM, began, began)
        looks.change(conn, company_id, cafes.LOOK, version=0, now=began)
        places = _places(conn, company, keys, began)
        for first, count in ((1, customers), (cafes.BLANKS_FROM, blanks)):
            _issue(conn, company_id, server.keys, first, count=count, now=began)
        history = History(company, keys, server.keys.sealing, places)
        history.take(conn, customers)
        last_day = now.astimezone(company.settings.zone).date() - timedelta(days=1)
        for day, coming in visits.days(customers, last_day, company.settings.zone):
            gauges.write(
                conn, company_id, day, history.gauge(program), datetime.combine(day, time(), company.settings.zone)
            )
            history.book(conn, program, coming, datetime.combine(day, visits.CLOSES, company.settings.zone))
    return Demo(company, customers, blanks, history.transactions)


def _places(conn: Connection, company: Company, keys: CompanyKeys, now: datetime) -> list[Place]:
    made = {name: stores.create(conn, company.id, name, now).id for name in cafes.STORES}
    serving: dict[str, list[UUID]] = {name: [] for name in cafes.STORES}
    for one in cafes.STAFF:
        person = staff.newcomer(one.name, one.role, one.pin, company.settings, keys.pepper)
        staff.create(conn, company.id, person, [] if one.store is None else [made[one.store]], now)
        for name in cafes.STORES if one.store is None else [one.store]:
            serving[name].append(person.id)
    return [Place(made[name], tuple(serving[name])) for name in cafes.STORES]


def _issue(conn: Connection, company_id: UUID, keys: Keys, first: int, *, count: int, now: datetime) -> None:
    source = cafes.cards(first)
    for done in range(0, count, _ISSUED_AT_ONCE):
        part = min(_ISSUED_AT_ONCE, count - done)
        blank_cards.issue(conn, company_id, keys, source, count=part, now=now)
