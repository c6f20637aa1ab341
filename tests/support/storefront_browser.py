"""A customer's browser on the storefront of an office in process, and the codes that were sent to customers."""

import re
from dataclasses import dataclass, field

import httpx

from server.edge.idempotency import KEY_FIELD, new_key
from server.mail import outbox
from server.mail.outbox import MailState
from tests.support.card_office import SLUG, CardOffice, text
from tests.support.office_web import ORIGIN, Caller

MARIE = "marie@example.org"


@dataclass
class Browser:
    """Keeps the cookies that it is given."""

    office: CardOffice
    cookies: dict[str, str] = field(default_factory=dict)

    def _caller(self) -> Caller:
        said = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"accept-language": "en", "origin": ORIGIN, "sec-fetch-site": "same-origin", "cookie": said}
        return Caller(self.office.app, None, False, headers, "203.0.113.9")

    def _kept(self, answer: httpx.Response) -> httpx.Response:
        for one in answer.headers.get_list("set-cookie"):
            name, _, value = one.partition(";")[0].partition("=")
            self.cookies[name] = value.strip('"')
        return answer

    def get(self, page: str) -> httpx.Response:
        return self._kept(self._caller().get(f"/{SLUG}/{page}"))

    def form(self, page: str, **fields: object) -> httpx.Response:
        return self._kept(self._caller().form(f"/{SLUG}/{page}", **fields))

    def signs_in(self, email: str = MARIE) -> httpx.Response:
        """Signs in by the code of a mail, half a minute after whatever was asked for before."""
        self.office.cards.shop.passes(seconds=31)
        self.form("sign-in", email=email)
        return self.form("code", code=mailed(self.office)[-1])

    def program(self) -> Caller:
        """A program that has the session of this browser."""
        return Caller(self.office.app, self.cookies[f"me-{SLUG}"])

    def presses(self, page: str, **fields: object) -> httpx.Response:
        """Sends a form that books, once."""
        return self.form(page, **fields, **{KEY_FIELD: new_key()})

    def page(self, page: str) -> str:
        """A page's words."""
        answer = self.get(page)
        assert answer.status_code == 200, answer.headers.get("location")
        return text(answer.text)


def mailed(office: CardOffice) -> list[str]:
    """The codes that were sent, the last one last."""
    with office.server.units.read() as conn:
        company_id = office.cards.shop.company_id
        sent = [one for one in outbox.listed(conn, office.server.keys, company_id) if one.state is MailState.QUEUED]
    bodies = [one.body for one in sorted(sent, key=lambda one: one.created_at) if one.body is not None]
    return [found[0] for body in bodies if (found := re.match(r"\d{6}", body.subject))]


def letters_to(office: CardOffice, address: str) -> list[str]:
    """The subjects of the mails to an address, the last one last."""
    with office.server.units.read() as conn:
        sent = outbox.listed(conn, office.server.keys, office.cards.shop.company_id)
    theirs = [one for one in sent if one.address == address and one.body is not None]
    return [one.body.subject for one in sorted(theirs, key=lambda one: one.created_at) if one.body is not None]
