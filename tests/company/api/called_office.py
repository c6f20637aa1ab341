"""A filled company whose office is called in process, with a new thing for a name in a path whenever one is asked for.

Its clock moves only when a test moves it.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from fastapi import FastAPI
from sqlalchemy import delete, select

from loyalty.staff import Role as StaffRole
from server import bootstrap
from server.accounts import accounts, invitations, links, sessions
from server.accounts.audit import BY_COMMAND
from server.accounts.rights import TABLE, Right, Role, Scope
from server.bootstrap import Server
from server.cards import blanks
from server.cards.paper import sheets
from server.cards.paper.sheets import Order, Paper
from server.companies import companies, logos, looks, programs, staff, stores
from server.customers import one_time_codes, unsubscribe
from server.customers.unsubscribe import Subscriber
from server.db.account_tables import attempts
from server.db.tables import customers
from server.demo.filling import fill
from server.edge.routes import Route
from server.pages.storefront import own_code
from server.terminals import pairing
from tests.support import transfers
from tests.support.companies import Office, a_new_till
from tests.support.office_cases import a_case, an_unreadable_case
from tests.support.office_web import Caller, confirmed, signed_in, signed_in_admin, signed_in_again
from tests.support.signed_in_customers import a_card, a_customer

CUSTOMERS, BLANKS = 8, 4
LOGO = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SPARE = "spare"  # another company, which admins suspend and hand over


@dataclass
class CalledOffice:
    """The office of a filled company, its people, and its clock."""

    server: Server
    app: FastAPI
    slug: str
    company_id: UUID
    store_id: UUID
    people: dict[Role, str]  # e-mail addresses
    moment: list[datetime]
    numbers: "count[int]" = field(default_factory=lambda: count(1))
    held: str = ""  # the id of the card whose code the latest customer has opened, and which belongs to nobody
    waiting: dict[str, Caller] = field(default_factory=dict)  # who has to send a request that was made for them

    def passes(self, **time: float) -> None:
        """Moves the clock, and forgets how often anything was tried."""
        self.moment[0] += timedelta(**time)
        with self.server.units.platform_write() as conn:
            conn.execute(delete(attempts))

    def may(self, route: Route) -> list[Role]:
        """The roles that may use a route; who proves that a card is theirs is nobody of them."""
        if route.asks_proof:
            return [Role.NOBODY]
        return [role for role in self.people if TABLE[route.right][role] is not Scope.NO]

    def caller(self, role: Role) -> Caller:
        """Somebody of this role in a new session, as if their password had just been asked for again."""
        if role is Role.NOBODY:
            return Caller(self.app)
        token = signed_in_again(self.server, self.people[role])
        return confirmed(self.server, Caller(self.app, token))

    def person(self, route: Route, role: Role | None = None) -> Caller:
        """Somebody who may use a route, of one of these roles if it asks for one."""
        if route.name in self.waiting:
            return self.waiting.pop(route.name)
        return self.customer() if route.asks_proof else self.caller(role or self.may(route)[0])

    def customer(self) -> Caller:
        """A customer who has just entered a one-time code, and has opened the code of another card."""
        own = a_customer(self.server, self.company_id, self.store_id, self.email())
        held, code = a_card(self.server, self.company_id, self.store_id)
        self.held = str(held)
        return Caller(self.app, own.token, headers={"cookie": f"card-{self.slug}={code}"}, cookie=f"me-{self.slug}")

    def owner(self) -> Caller:
        """The owner, in a new session."""
        return self.caller(Role.OWNER)

    def key(self) -> str:
        """A key for a request that books."""
        return str(uuid4())

    def name(self, what: str) -> str:
        """A name that nothing has yet."""
        return f"{what} {next(self.numbers)}"

    def email(self) -> str:
        """An address that nobody has yet."""
        return f"somebody.{next(self.numbers)}@example.com"

    def thing(self, name: str, route: Route) -> str:
        """What stands in a hole of a path: new, so that no other request has changed it."""
        if name == "company_id" and route.right is Right.PLATFORM:
            return str(self.server.company(SPARE).id)
        if name == "token" and route.path == unsubscribe.PATH:
            return _notice_token(self)
        if name == "token" and route.path == own_code.PATH:
            return str(new_card(self)["qr_code"])
        return THINGS[name](self)


def _card(office: CalledOffice) -> str:
    return str(new_card(office)["card"]["id"])


def new_card(office: CalledOffice) -> dict[str, Any]:
    """What the counter answers when it hands out a card for a phone, after a purchase of 500.00 and ten stamps."""
    owner, path = office.caller(Role.OWNER), f"/api/store/v1/{office.slug}/counter/"
    store = {"store": str(office.store_id)}
    made: dict[str, Any] = owner.post(path + "enrol", store, idempotency_key=str(uuid4())).json()
    on = store | {"card": made["card"]["id"], "by": made["card"]["by"]}
    bought = owner.post(path + "earn", on | {"amount_minor": 500_00, "receipt": ""}, idempotency_key=str(uuid4()))
    return made | {"on": on, "purchase": bought.json()["transactions"][0]["id"]}


def give_logo(office: CalledOffice) -> None:
    """The company has a logo from now on."""
    with office.server.units.write(office.company_id) as conn:
        look = looks.of_company(conn, office.company_id)
        looks.set_logo(conn, office.company_id, logos.decoded(LOGO), version=look.version, now=office.server.now())


def blank_code(office: CalledOffice) -> str:
    """The code of a printed card that nobody has."""
    server = office.server
    with server.units.write(office.company_id) as conn:
        drawn = blanks.random_blanks()
        (blank,) = blanks.issue(conn, office.company_id, server.keys, drawn, count=1, now=server.now())
    return blank.token


def new_till(office: CalledOffice) -> tuple[str, str]:
    """The id and name of a till that was just paired."""
    server, new, code, name = office.server, a_new_till(), pairing.PairingCode.random(), office.name("Till")
    with server.units.write(office.company_id) as conn:
        store, now = stores.by_id(conn, office.company_id, office.store_id), server.now()
        pairing.open_code(conn, office.company_id, store, name, code, platform=server.keys.platform, now=now)
        return str(new.paired(conn, office.company_id, code.text, server.keys, now).terminal_id), name


def _offer(office: CalledOffice) -> str:
    here, name = office.server, office.name("Till")
    made, _text = pairing.offer(
        here.units, here.keys, office.company_id, office.store_id, name, now=here.now(), noted=lambda _conn, _id: None
    )
    return str(made.id)


def _colleague(office: CalledOffice) -> str:
    server = office.server
    newcomer = staff.without_pin(office.name("Ana"), StaffRole.CASHIER, server.keys.company(office.company_id).pepper)
    with server.units.write(office.company_id) as conn:
        staff.create(conn, office.company_id, newcomer, [office.store_id], server.now())
    return str(newcomer.id)


def _store(office: CalledOffice) -> str:
    with office.server.units.write(office.company_id) as conn:
        return str(stores.create(conn, office.company_id, office.name("Store"), office.server.now()).id)


def _scheduled(office: CalledOffice) -> str:
    now, number = office.server.now(), next(office.numbers)
    with office.server.units.write(office.company_id) as conn:
        program = replace(programs.in_force(conn, office.company_id, now), stamps_target=10 + number % 20)
        return str(programs.put(conn, office.company_id, program, now + timedelta(days=number), now).version)


def _sheet(office: CalledOffice) -> str:
    server = office.server
    with server.units.write(office.company_id) as conn:
        order = Order(office.store_id, 1, Paper.SINGLE, ("fr", "de"))
        return str(sheets.make(conn, office.company_id, server.keys, uuid4(), order, server.now()).id)


def _token(office: CalledOffice) -> str:
    """Of a link that sets the password of an account of its own."""
    server, email = office.server, office.email()
    with server.units.platform_write() as conn:
        account = accounts.create(conn, email, "no password has this hash", is_admin=False, now=server.now())
        return links.make(conn, links.reset(email, account.id, server.now()), server.now())


def _notice_token(office: CalledOffice) -> str:
    """Of the link in a customer's notice."""
    new_card(office)
    with office.server.units.read() as conn:
        wanted = select(customers.c.customer_id).where(customers.c.company_id == office.company_id).limit(1)
        customer_id = conn.execute(wanted).scalar_one()
    whom = Subscriber(office.company_id, customer_id)
    return unsubscribe.link(office.server.keys, "", whom).rpartition("/")[2]


def _link_id(office: CalledOffice) -> str:
    server, email = office.server, office.email()
    with server.units.write(office.company_id) as conn:
        name = office.name("Owner")
        invitations.invite_owner(conn, office.company_id, BY_COMMAND, email=email, name=name, now=server.now())
        found = links.invitations(conn, office.company_id, server.now())
    return next(link.id for link in found if link.email == email)


def _session(office: CalledOffice) -> str:
    with office.server.units.platform_write() as conn:
        account = accounts.by_email(conn, office.people[Role.ACCOUNT])
        assert account is not None
        now = office.server.now()
        return str(sessions.begin(conn, account.id, device="", address="", now=now).session.id)


def _admin(office: CalledOffice) -> str:
    server = office.server
    with server.units.platform_write() as conn:
        email = office.email()
        return str(accounts.create(conn, email, "no password has this hash", is_admin=True, now=server.now()).id)


def _import(office: CalledOffice) -> str:
    return str(transfers.a_planned_import(office.server, office.company_id))


def _export(office: CalledOffice) -> str:
    return str(transfers.an_export(office.server, office.company_id))


def _case(office: CalledOffice) -> str:
    return str(an_unreadable_case(office.server, office.company_id, office.name("Till")))


def _group(office: CalledOffice) -> str:
    group_id = uuid4()
    a_case(office.server, office.company_id, UUID(_card(office)), office.store_id, group_id)
    return str(group_id)


THINGS: dict[str, Callable[[CalledOffice], str]] = {
    "slug": lambda office: office.slug,
    "challenge": lambda _office: one_time_codes.pretended(),
    "card_id": _card,
    "case_id": _case,
    "group_id": _group,
    "terminal_id": lambda office: new_till(office)[0],
    "offer_id": _offer,
    "staff_id": _colleague,
    "store_id": _store,
    "number": _scheduled,
    "sheet_id": _sheet,
    "import_id": _import,
    "export_id": _export,
    "token": _token,
    "link_id": _link_id,
    "session_id": _session,
    "account_id": _admin,
}


def called_office(office: Office) -> CalledOffice:
    """Fills the migrated, empty database of *office*, and gives each role somebody."""
    server = office.server()
    moment = [server.now()]
    server = replace(server, now=lambda: moment[0])
    company = fill(server, CUSTOMERS, BLANKS).company
    bootstrap.runner(server).round()  # lists and figures are there from the start
    with server.units.write(company.id) as conn:
        companies.set_settings(conn, company.id, {"self_enrolment": "true"}, server.now())
    with server.units.platform_write() as conn:
        spare = uuid4()
        companies.create(conn, spare, name="Spare", slug=SPARE, choices={}, now=server.now())
        server.keys.add_company(spare)
    people = {role: f"{role.value}@example.com" for role in (Role.OWNER, Role.MANAGER, Role.CASHIER)}
    for role, email in people.items():
        signed_in(server, company.slug, StaffRole(role.value), email=email)
    signed_in_admin(server, "admin@example.com")
    people |= {Role.ADMIN: "admin@example.com", Role.ACCOUNT: "account@example.com", Role.NOBODY: ""}
    signed_in(server, company.slug, StaffRole.MANAGER, email=people[Role.ACCOUNT])
    with server.units.read() as conn:
        store = stores.listed(conn, company.id)[0]
    return CalledOffice(server, bootstrap.build_app(server), company.slug, company.id, store.id, people, moment)
