"""A customer's browser that takes cards on the storefront of an office in process, and what is booked by it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import httpx
from sqlalchemy import delete, func, select

from server.db.account_tables import attempts, code_challenges, customer_sessions, joins
from server.db.tables import cards, transactions
from server.db.work_tables import mails
from server.mail import outbox
from server.mail.outbox import MailState
from server.settings import Smtp
from tests.support.card_office import SLUG, CardOffice, card_office
from tests.support.office_web import ORIGIN, Caller
from tests.support.paper_shop import a_coffee_program

BONUS = 20


@contextmanager
def joining_office(file: Path, folder: Path) -> Iterator[CardOffice]:
    """An office with a mail server, whose customers may take cards by themselves and get a welcome."""
    with card_office(file, folder, Smtp("localhost", 25, "cafe@example.org")) as office:
        office.cards.shop.set(self_enrolment="true")
        office.cards.shop.set_program(a_coffee_program(welcome_bonus=BONUS))
        yield office


def untried(office: CardOffice) -> CardOffice:
    """The office as if nobody had tried anything yet."""
    with office.server.units.platform_write() as conn:
        for table in (attempts, code_challenges, customer_sessions, mails):
            conn.execute(delete(table))
    office.cards.shop.passes(days=2)
    return office


@dataclass
class Browser:
    """Keeps the cookies that it is given, unless the answer is lost."""

    office: CardOffice
    address: str = "203.0.113.9"
    cookies: dict[str, str] = field(default_factory=dict)

    def _caller(self) -> Caller:
        said = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"accept-language": "en", "origin": ORIGIN, "sec-fetch-site": "same-origin", "cookie": said}
        return Caller(self.office.app, None, False, headers, self.address)

    def _kept(self, answer: httpx.Response) -> httpx.Response:
        for one in answer.headers.get_list("set-cookie"):
            name, _, value = one.partition(";")[0].partition("=")
            self.cookies[name] = value.strip('"')
        return answer

    def get(self, page: str) -> httpx.Response:
        return self._kept(self._caller().get(page if page.startswith("/c/") else f"/{SLUG}/{page}"))

    def send(self, page: str, **fields: object) -> httpx.Response:
        """Sends a form, whose answer is lost."""
        return self._caller().form(f"/{SLUG}/{page}", **fields)

    def form(self, page: str, **fields: object) -> httpx.Response:
        return self._kept(self.send(page, **fields))

    def filled_in(self, page: str = "join", **fields: object) -> dict[str, object]:
        """The fields of the form for a card, as a person takes their time to fill them in."""
        shown = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', self.get(page).text))
        self.office.cards.shop.passes(seconds=5)
        return shown | fields

    def joins(self, page: str = "join", **fields: object) -> httpx.Response:
        return self.form("join", **self.filled_in(page, **fields))

    @property
    def code(self) -> str:
        return self.cookies.get(f"card-{SLUG}", "")


def mailed(office: CardOffice) -> list[str]:
    """The codes that were sent, the last one last."""
    with office.server.units.read() as conn:
        listed = outbox.listed(conn, office.server.keys, office.cards.shop.company_id)
    sent = sorted((one for one in listed if one.state is MailState.QUEUED), key=lambda one: one.created_at)
    return [found[0] for one in sent if one.body and (found := re.match(r"\d{6}", one.body.subject))]


def count(office: CardOffice, table: object) -> int:
    with office.server.units.read() as conn:
        return int(conn.execute(select(func.count()).select_from(table)).scalar_one())  # type: ignore[arg-type]


def booked(office: CardOffice, card_id: UUID) -> list[str]:
    with office.server.units.read() as conn:
        rows = conn.execute(select(transactions.c.kind).where(transactions.c.card_id == card_id))
        return sorted(rows.scalars())


def newest(office: CardOffice) -> UUID:
    """The card that was taken last."""
    with office.server.units.read() as conn:
        found: UUID = conn.execute(select(joins.c.card_id).order_by(joins.c.created_at.desc()).limit(1)).scalar_one()
    return found


def points_of(office: CardOffice, card_id: UUID) -> int:
    with office.server.units.read() as conn:
        return int(conn.execute(select(cards.c.points_balance).where(cards.c.card_id == card_id)).scalar_one())
