"""A company on a real database, created by the server's functions, with a simulated clock."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Table, insert, select

from loyalty.program import Program
from loyalty.staff import Role
from loyalty.transactions import Body, Context, Effect, PointsExpired, Transaction
from server.bootstrap import Server
from server.cards import blanks as blank_cards
from server.cards.blanks import Blank
from server.companies import companies, programs, staff, stores
from server.companies.stores import Store
from server.db.tables import cards, platform, transactions
from server.db.units import Units
from server.db.work_tables import cases
from server.exchange.exchange import Exchanges
from server.keys import Keys
from server.ledger.judging import grants, program_changes
from server.ledger.judging.ledger_writes import WriteSet
from server.ledger.rows import cards as card_rows
from server.terminals import pairing
from sync.protocol.rows import CardRow
from sync.protocol.sealing import token_hash
from tests.support import cheap_secrets
from tests.support.builders import a_program
from tests.support.companies import a_new_till, a_pairing_code
from tests.support.paper_till import PaperTill

OPENING = datetime(2026, 3, 2, 8, tzinfo=UTC)


class PaperShop:
    """A company with stores, staff, blanks and tills. Time moves only when a test moves it."""

    def __init__(self, units: Units, folder: Path, program: Program | None = None, **settings: str) -> None:
        settings = {"pin_required": "never"} | settings  # a till on paper asks nobody
        self._asks_for_pins = settings["pin_required"] != "never"
        self.units = units
        self.keys = Keys.create(folder / "keys")
        self.now = OPENING
        self.exchanges = Exchanges(units, self.keys, lambda: self.now)
        self.company_id = uuid4()
        with units.platform_write() as conn:
            times = {"created_at": self.now, "updated_at": self.now}
            conn.execute(insert(platform), {"id": 1, "epoch": 1, "keys_id": self.keys.id, "limits": {}, **times})
            companies.create(conn, self.company_id, name="Bean Scene", slug=None, choices=settings, now=self.now)
            self.keys.add_company(self.company_id)
        self.manager = self._hire_manager()
        if program is not None:
            self.set_program(program)
        self._stores: dict[str, Store] = {}
        self._codes = 0  # pairing codes made

    @property
    def server(self) -> Server:
        """The server as used by commands and web."""
        return Server(self.units, self.keys, lambda: self.now)

    def passes(self, **time: float) -> None:
        """Advances the time."""
        self.now += timedelta(**time)

    def set_program(self, program: Program) -> None:
        """Publishes a new version of the program, and gives cards what it would have taken."""
        with self.units.write(self.company_id) as conn:
            program_changes.publish(conn, self.company_id, program, self.keys, self.now)
            for change in grants.begun(conn, self.company_id, self.now):
                found = grants.candidates(conn, self.company_id, change, None, 1000)
                grants.give(conn, self.company_id, change, found, self.now)
                grants.finish(conn, self.company_id, change, self.now)

    def set(self, **settings: str) -> None:
        with self.units.write(self.company_id) as conn:
            companies.set_settings(conn, self.company_id, settings, self.now)

    def blanks(self, count: int = 1) -> list[Blank]:
        """Issues random blanks."""
        return self.issue(*(next(blank_cards.random_blanks()) for _ in range(count)))

    def issue(self, *printed: Blank) -> list[Blank]:
        """Issues given blanks."""
        with self.units.write(self.company_id) as conn:
            return blank_cards.issue(conn, self.company_id, self.keys, iter(printed), count=len(printed), now=self.now)

    def person(self, name: str, role: Role = Role.CASHIER, *places_named: str) -> UUID:
        """Somebody who works in the stores named, or in all."""
        staff_id = uuid4()
        verifier = cheap_secrets.verifier("4711", staff_id, self.keys.company(self.company_id).pepper)
        with self.units.write(self.company_id) as conn:
            places = [self.store(conn, name).id for name in places_named]
            staff.create(conn, self.company_id, staff.Newcomer(staff_id, name, role, verifier), places, self.now)
        return staff_id

    def _hire_manager(self) -> UUID:
        """Who answers for what only a manager does, where a test is not about that; nobody knows their PIN."""
        mia = staff.Newcomer(uuid4(), "Mia", Role.MANAGER, cheap_secrets.NOBODYS)
        with self.units.write(self.company_id) as conn:
            staff.create(conn, self.company_id, mia, (), self.now)
        return mia.id

    def dismiss(self, name: str) -> None:
        with self.units.write(self.company_id) as conn:
            staff.dismiss(conn, self.company_id, name, self.now)

    def till(self, name: str = "Till 1", store: str = "Gare", *, synced: bool = True) -> PaperTill:
        """A newly paired till that has read the feed; without *synced*, it has not exchanged yet."""
        new = a_new_till()
        code = self.pairing_code(name, store)
        with self.units.write(self.company_id) as conn:
            paired = new.paired(conn, self.company_id, code, self.keys, self.now)
        till = PaperTill(self.exchanges, lambda: self.now, new.signing, paired)
        till.sealing, till.manager = new.sealing, self.manager
        till.staff = self.manager if self._asks_for_pins else None
        if synced:
            till.sync()
        return till

    def pairing_code(self, name: str, store: str = "Gare") -> str:
        """A pairing code for a new till; creates the store if needed."""
        self._codes += 1
        code, platform = a_pairing_code(self._codes), self.keys.platform
        with self.units.write(self.company_id) as conn:
            place = self.store(conn, store)
            pairing.open_code(conn, self.company_id, place, name, code, platform=platform, now=self.now)
        return code.text

    def store(self, conn: Connection, name: str) -> Store:
        """The store of this name, which is made when it is not there yet."""
        if name not in self._stores:
            self._stores[name] = stores.create(conn, self.company_id, name, self.now)
        return self._stores[name]

    def enrolled(self, till: PaperTill, **person: str) -> UUID:
        """A customer's card, enrolled at *till* and known to it."""
        (blank,) = self.blanks()
        till.enrol(blank.id, **person)
        till.sync()
        return blank.id

    def book(self, card_id: UUID, body: Body, effect: Effect) -> None:
        """Books a transaction of the server's own, like a job or a manager's page."""
        with self.units.write(self.company_id) as conn:
            (opened,) = card_rows.load(conn, self.company_id, [card_id]).values()
            book = WriteSet(conn, self.company_id, self.now)
            version = programs.in_force(conn, self.company_id, self.now).version
            assert opened.card.enrolled_at_store is not None, "a blank has no ledger"
            context = Context(occurred_at=self.now, program_version=version, store_id=opened.card.enrolled_at_store)
            book.book(opened, Transaction(id=uuid4(), card_id=card_id, body=body, effect=effect, context=context))
            book.write()

    def expire(self, card_id: UUID) -> None:
        """Expires the card's points, like the daily run."""
        self.book(card_id, PointsExpired(), Effect(points=-self.card(card_id).points_balance))

    def rows(self, table: Table, **where: object) -> list[Any]:
        """Rows of the company in the database."""
        conditions = [table.c[name] == value for name, value in where.items()]
        with self.units.read() as conn:
            return list(conn.execute(select(table).where(table.c.company_id == self.company_id, *conditions)))

    def card(self, card_id: UUID) -> Any:
        """The card's row."""
        (row,) = self.rows(cards, card_id=card_id)
        return row

    def said(self, card_id: UUID) -> CardRow:
        """The card as tills receive it."""
        return card_rows.row_in(self.card(card_id))

    def ledger(self, card_id: UUID) -> list[Any]:
        """The card's transactions, oldest first."""
        return sorted(self.rows(transactions, card_id=card_id), key=lambda row: row.version)

    def kinds(self, card_id: UUID) -> list[str]:
        return [row.kind for row in self.ledger(card_id)]

    def cases(self) -> list[str]:
        """The kinds of the open cases; those of a group are one."""
        found = {row.group_id or row.case_id: row.kind for row in self.rows(cases, state="open")}
        return sorted(found.values())


def a_coffee_program(**changes: Any) -> Program:
    """A program with stamps and points without limits, except those named."""
    return replace(a_program(), **changes)


def token_of(blank: Blank) -> bytes:
    """The token hash of a blank."""
    return token_hash(blank.token)
