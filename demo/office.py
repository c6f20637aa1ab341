"""The demo's office: accounts of its owner and of an admin, and a link for each that signs them in, once.

The links are answered by a route that stands in the demo's own application alone; the server as it is installed has no
such route. Their secrets are kept in memory and printed to whoever has started the demo.
"""

import secrets
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from demo.letterbox import Letterbox
from loyalty.staff import Role
from server.accounts import accounts, members, passwords, sessions
from server.bootstrap import Server
from server.companies import staff
from server.companies.companies import Company
from server.demo import cafes
from server.edge import signed_in
from server.edge.public_url import Place
from server.pages.storefront import own_code

ADMIN, OWNER = "mara.thill@orion.example", "daniel.kim@cafe-aurora.example"
LINK_BYTES = 24
_LETTERS = "abcdefghjkmnpqrstuvwxyz"  # without those that look like digits
_PATH = "/demo/{secret}"
_HERE = "127.0.0.0"  # the network of the address, which is this machine's own


@dataclass(frozen=True, slots=True)
class _Entry:
    """Who a link signs in, and the page it leads to."""

    email: str
    page: str


class Office:
    """The office of the demo's company."""

    def __init__(self, server: Server, letterbox: Letterbox) -> None:
        """The password's hash is made while the company is filled, as it takes a while by design."""
        self.password = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))
        self.url = server.url  # of the company's pages, once it is open
        self._server, self._letterbox = server, letterbox
        self._entries: dict[str, _Entry] = {}
        hashing = ThreadPoolExecutor(1)
        self._hash: Future[str] = hashing.submit(passwords.hashed, self.password)
        hashing.shutdown(wait=False)

    def open(self, company: Company, app: FastAPI) -> None:
        """Opens it on *app*: gives owner and admin their accounts, and answers their links."""
        server, now = self._server, self._server.now()
        name = next(one.name for one in cafes.STAFF if one.role is Role.OWNER)
        with server.units.write(company.id) as conn:
            owner = accounts.create(conn, OWNER, self._hash.result(), is_admin=False, now=now)
            accounts.create(conn, ADMIN, self._hash.result(), is_admin=True, now=now)
            staff_id, _ = staff.named(conn, company.id, name)
            members.join(conn, company.id, staff_id, owner.id, now)
        app.router.routes[:0] = [self._letterbox.route(), Route(_PATH, self._enter)]
        self.url = f"{server.url}/office/{company.slug}"

    def owners_link(self) -> str:
        """A new link that signs the owner in."""
        return self._link(_Entry(OWNER, f"{self.url}/cards"))

    def admins_link(self) -> str:
        """A new link that signs the admin in."""
        return self._link(_Entry(ADMIN, "/admin/programs"))

    def card_page(self, token: str) -> str:
        """The page of the card with this code, as its holder's phone opens it."""
        return self._server.url + own_code.PATH.format(token=token)

    def words(self, token: str) -> str:
        """How to get in, and to the page of the card with this code, for whoever has started the demo."""
        lines = [
            f"The office is at {self._server.url}. Each link signs in once; a browser is one person at a time:",
            f"    the owner, {OWNER}: {self.owners_link()}",
            f"    an admin, {ADMIN}: {self.admins_link()}",
            f"    mails to anybody end up here: {self._server.url}{self._letterbox.path}",
            f"Their password is {self.password}. Keep a card's page open while you stamp it at the till.",
            f"A customer's own card, best in a narrow window: {self.card_page(token)}",
        ]
        return "\n".join(lines)

    def _link(self, entry: _Entry) -> str:
        secret = secrets.token_urlsafe(LINK_BYTES)
        self._entries[secret] = entry
        return self._server.url + _PATH.format(secret=secret)

    def _enter(self, request: Request) -> Response:
        """Signs in whoever has a link that was not used yet; everybody else may type the password."""
        entry = self._entries.pop(request.path_params["secret"], None)
        if entry is None:
            return RedirectResponse("/account/sign-in", 303)
        server, now = self._server, self._server.now()
        device = request.headers.get("user-agent", "")
        with server.units.platform_write() as conn:
            account = accounts.by_email(conn, entry.email)
            assert account is not None, "made when the office was opened"
            began = sessions.begin(conn, account.id, device=device, address=_HERE, now=now)
        answer = RedirectResponse(entry.page, 303, {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"})
        signed_in.set_cookie(answer, began.token, Place(server.url))
        return answer
