"""A server process with a filled company, somebody of each role, and an id for every name in a path."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from PIL import Image, ImageDraw
from playwright.sync_api import Browser, BrowserContext
from sqlalchemy import func, select, update

from loyalty.staff import Role as StaffRole
from server import bootstrap, settings
from server.accounts import links
from server.accounts.rights import TABLE, Role, Scope
from server.bootstrap import Server
from server.cards.decrypted_texts import codes_of
from server.cards.paper import sheets
from server.cards.paper.sheets import Order, Paper
from server.companies import companies, logos, looks, programs, staff, stores
from server.customers import customer_sessions, unsubscribe
from server.customers.unsubscribe import Subscriber
from server.db.tables import customers, terminals, transactions
from server.demo.filling import fill
from server.edge.routes import Route, Visit
from server.ledger.judging import program_changes
from server.ledger.rows import cards as card_rows
from server.pages.storefront import own_code
from server.route_table import ROUTES
from server.terminals import contact_log, pairing
from server.terminals.contact_log import Contact
from server.wallet import telling
from server.wallet.card_content import Reader
from server.wallet.makers import MakerName
from sync.protocol.version import VERSION
from tests.browser import chromium
from tests.support import transfers
from tests.support.child_process import started
from tests.support.companies import a_new_till
from tests.support.office_cases import make_cases
from tests.support.office_web import signed_in, signed_in_admin
from tests.support.wallets import certificates
from tests.support.wallets.google import ISSUER, FakeGoogle

CUSTOMERS, BLANKS = 60, 20
Find = Callable[[Server, UUID], str]


def _store(server: Server, company_id: UUID) -> str:
    with server.units.read() as conn:
        return str(stores.listed(conn, company_id)[0].id)


def _link(server: Server, _company_id: UUID) -> str:
    with server.units.platform_write() as conn:
        return links.make(conn, links.reset("luc@example.com", None, server.now()), server.now())


def _card(server: Server, company_id: UUID) -> str:
    """The card on which most has happened."""
    count = func.count(transactions.c.transaction_id).desc()
    of_company = select(transactions.c.card_id).where(transactions.c.company_id == company_id)
    with server.units.read() as conn:
        return str(conn.execute(of_company.group_by(transactions.c.card_id).order_by(count)).scalars().first())


def _terminal(server: Server, company_id: UUID) -> str:
    """A till that was paired, beside the code of one that was not yet."""
    code, new = pairing.PairingCode.random(), a_new_till()
    with server.units.write(company_id) as conn:
        store, now = stores.listed(conn, company_id)[0], server.now()
        pairing.open_code(conn, company_id, store, "Till 1", code, platform=server.keys.platform, now=now)
        return str(new.paired(conn, company_id, code.text, server.keys, now).terminal_id)


def _tills(server: Server, company_id: UUID) -> None:
    """Tills in every state, as an office finds them after some weeks."""
    now = server.now()
    with server.units.write(company_id) as conn:
        gare, *others = stores.listed(conn, company_id)
        for name, store, silent, waiting, version in (
            ("Till 2", others[0], timedelta(days=4, hours=3), 14, "0.0.9"),
            ("Till 3", others[0], timedelta(days=3), 0, "0.0.9"),
            ("Till 4", gare, timedelta(hours=2), 3, VERSION),
            ("Till 5", gare, timedelta(minutes=1), 0, VERSION),
        ):
            code, new = pairing.PairingCode.random(), a_new_till()
            pairing.open_code(conn, company_id, store, name, code, platform=server.keys.platform, now=now)
            paired = new.paired(conn, company_id, code.text, server.keys, now - timedelta(days=9))
            heard = [now - timedelta(days=8), now - timedelta(days=7), now - silent]
            told = {"last_seen_at": heard[-1], "said_seq": 214 + waiting, "acked_seq": 214, "program_version": version}
            mine = (terminals.c.company_id == company_id, terminals.c.terminal_id == paired.terminal_id)
            conn.execute(update(terminals).where(*mine).values(told))
            for place, at in enumerate(heard):
                contact = Contact(company_id, paired.terminal_id, None, 100 * place + 14, 100 * place + 14)
                contact_log.note(conn, [contact], at)


def _offer(server: Server, company_id: UUID) -> str:
    with server.units.read() as conn:
        store = stores.listed(conn, company_id)[0]
    now = server.now()
    made, _text = pairing.offer(
        server.units, server.keys, company_id, store.id, "Till 9", now=now, noted=lambda _conn, _id: None
    )
    return str(made.id)


def _colleague(server: Server, company_id: UUID) -> str:
    with server.units.read() as conn:
        people = staff.listed(conn, company_id)
    return str(next(one.id for one in people if one.role is StaffRole.CASHIER))


def _scheduled(server: Server, company_id: UUID) -> str:
    """A version of the program that has not begun."""
    now = server.now()
    with server.units.write(company_id) as conn:
        program = replace(programs.in_force(conn, company_id, now), stamps_target=12)
        begins = now + timedelta(days=40)
        return str(program_changes.publish(conn, company_id, program, server.keys, now, begins).version)


def _set_logo(server: Server, company_id: UUID) -> None:
    """Gives the company a logo."""
    drawn = Image.new("RGBA", (300, 300))
    ImageDraw.Draw(drawn).ellipse((10, 10, 290, 290), fill="#0E4754", outline="#F5B93F", width=24)
    file = BytesIO()
    drawn.save(file, "PNG")
    logo, now = logos.decoded(file.getvalue()), server.now()
    with server.units.write(company_id) as conn:
        version = looks.of_company(conn, company_id).version
        looks.set_logo(conn, company_id, logo, version=version, now=now)


def _sheet(server: Server, company_id: UUID) -> str:
    """A sheet of blank cards."""
    now, sheet_id = server.now(), uuid4()
    with server.units.write(company_id) as conn:
        order = Order(stores.listed(conn, company_id)[0].id, 50, Paper.A4, ("fr", "de"))
        return str(sheets.make(conn, company_id, server.keys, sheet_id, order, now).id)


def _notice(server: Server, company_id: UUID) -> str:
    """What names a customer in the link that stops notices."""
    with server.units.read() as conn:
        wanted = select(customers.c.customer_id).where(customers.c.company_id == company_id).limit(1)
        whom = Subscriber(company_id, conn.execute(wanted).scalar_one())
    return unsubscribe.link(server.keys, "", whom).rpartition("/")[2]


def _session(server: Server, company_id: UUID, card_id: UUID) -> str:
    """A session of a card's owner."""
    with server.units.platform_write() as conn:
        customer_id = card_rows.load(conn, company_id, [card_id])[card_id].customer_id
        assert customer_id is not None
        return customer_sessions.begin(conn, company_id, customer_id, device="Firefox", now=server.now())


def _code(server: Server, company_id: UUID, card_id: UUID) -> str:
    """The code of a card."""
    with server.units.read() as conn:
        opened = card_rows.load(conn, company_id, [card_id])[card_id]
    codes = codes_of(card_id, opened.codes.sealed, opened.codes.sealed_key, server.keys.company(company_id))
    assert codes is not None
    return codes.token


def _import(server: Server, company_id: UUID) -> str:
    """A file after its dry run, with rows of each kind."""
    return str(transfers.a_planned_import(server, company_id))


# What stands in the holes of paths, in the filled company.
HOLES: dict[str, Find] = {
    "company_id": lambda _server, company_id: str(company_id),
    "store_id": _store,
    "token": _link,
    "card_id": _card,
    "terminal_id": _terminal,
    "offer_id": _offer,
    "staff_id": _colleague,
    "number": _scheduled,
    "sheet_id": _sheet,
    "import_id": _import,
}
NOTICE, CODE = "notice", "code"  # tokens in paths that other kinds of links lead to
SESSION = "session"  # of a customer


@dataclass(frozen=True)
class FilledOffice:
    """The office of a filled company, at *url*."""

    url: str
    server: Server
    slug: str
    tokens: dict[Role, str | None]
    holes: dict[str, str]
    google: FakeGoogle

    def viewer(self, route: Route) -> Role:
        """Who may see a page: the first of those who are usually there."""
        return next(role for role in self.tokens if TABLE[route.right][role] is not Scope.NO)

    @contextmanager
    def window(self, browser: Browser, route: Route, **looks: Any) -> Iterator[BrowserContext]:
        """A window of who may see a page: signed in, or with a card that was opened by its code."""
        with chromium.window(browser, self.url, self.tokens[self.viewer(route)], **looks) as context:
            if route.visit is Visit.HOLDER:
                with closing(context.new_page()) as page:
                    page.goto(self.url + own_code.PATH.format(token=self.holes[CODE]))
            if route.visit is Visit.OWNER:
                context.add_cookies([{"name": f"me-{self.slug}", "value": self.holes[SESSION], "url": self.url}])
            if route.visit is Visit.PROVEN:  # a code that was entered just now
                company = self.server.company(self.slug)
                token = _session(self.server, company.id, UUID(self.holes["card_id"]))
                context.add_cookies([{"name": f"me-{self.slug}", "value": token, "url": self.url}])
            yield context

    def path(self, route: Route) -> str:
        """The path with what stands in its holes; each name needs an entry in `HOLES`."""
        tokens = {unsubscribe.PATH: NOTICE, own_code.PATH: CODE}
        holes = self.holes | {"token": self.holes[tokens.get(route.path, "token")]}
        return route.at(**{name: holes[name] for name in route.holes})


def _offer_pass(server: Server, company_id: UUID, card_id: UUID) -> None:
    """The card has a pass for Apple Wallet."""
    with server.units.write_unlocked() as conn:
        reader = Reader(conn, company_id, server.keys, server.url, server.now())
        telling.offer(reader, card_id, MakerName.APPLE, "en")


def pages() -> list[Route]:
    """All pages of the route table; files are none."""
    return [route for route in ROUTES if route.method == "GET" and not route.is_api and route.media_type is None]


@contextmanager
def serving(folder: Path) -> Iterator[FilledOffice]:
    """Fills a company in *folder* and serves its office in a process of its own."""
    environment = {"ORION_DATABASE": f"sqlite:///{folder / 'server.db'}"}
    server = bootstrap.open_server(settings.read(environment), create=True)
    company = fill(server, CUSTOMERS, BLANKS).company
    _tills(server, company.id)
    with server.units.write(company.id) as conn:  # one setting stands at its limit
        companies.set_settings(conn, company.id, {"retention_years": "10", "self_enrolment": "true"}, server.now())
    _set_logo(server, company.id)
    make_cases(server, company.id)
    bootstrap.runner(server).round()  # lists and figures are there from the start
    tokens: dict[Role, str | None] = {
        Role.NOBODY: None,
        Role.OWNER: signed_in(server, company.slug, StaffRole.OWNER, email="luc.wagner@example.com"),
        Role.ADMIN: signed_in_admin(server, "mara.thill@example.com"),
        Role.MANAGER: signed_in(server, company.slug, StaffRole.MANAGER, email="sofie.klein@example.com"),
        Role.CASHIER: signed_in(server, company.slug, StaffRole.CASHIER, email="ana.costa@example.com"),
    }
    tokens[Role.ACCOUNT] = tokens[Role.OWNER]
    holes = {name: find(server, company.id) for name, find in HOLES.items()} | {"slug": company.slug}
    holes[NOTICE] = _notice(server, company.id)
    holes[SESSION] = _session(server, company.id, UUID(holes["card_id"]))
    holes[CODE] = _code(server, company.id, UUID(holes["card_id"]))
    _offer_pass(server, company.id, UUID(holes["card_id"]))
    words = [sys.executable, "-c", "from server.cli import main; main()", "serve", "--port", "0", "--json"]
    with FakeGoogle(server.now, lambda _address: True) as google:
        key = google.key_file(folder)
        environment |= {"ORION_GOOGLE_ISSUER": ISSUER, "ORION_GOOGLE_KEY": str(key), "ORION_GOOGLE_API": google.url}
        environment |= certificates.environment(certificates.settings_in(folder))
        with started(words, stdout=subprocess.PIPE, env=os.environ | environment) as process:
            assert process.stdout is not None
            url = json.loads(process.stdout.readline())["listening"]
            yield FilledOffice(url, replace(server, url=url), company.slug, tokens, holes, google)
