"""People who are signed in to the office, and their requests to the server's app without a socket."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID, uuid4

import httpx
from sqlalchemy import select

from loyalty.staff import Role
from server.accounts import accounts, members, sessions
from server.bootstrap import Server
from server.companies import companies, staff, stores
from server.db.tables import staff as staff_table
from tests.support import cheap_secrets
from tests.support.asgi import asked

ORIGIN = "http://127.0.0.1:8400"
PIN = "4711"
PASSWORD = "three words apart"  # everybody's


def signed_in(server: Server, slug: str, role: Role, *stores_named: str, email: str | None = None) -> str:
    """The token of a new member of staff, who works in the stores named, or in all."""
    with server.units.read() as conn:
        company = companies.by_slug(conn, slug)
    name = (email or f"{role.value}-{slug}").partition("@")[0]
    staff_id = uuid4()
    verifier = cheap_secrets.verifier(PIN, staff_id, server.keys.company(company.id).pepper)
    now = server.now()
    with server.units.write(company.id) as conn:
        places = [stores.by_name(conn, company.id, one).id for one in stores_named]
        staff.create(conn, company.id, staff.Newcomer(staff_id, name, role, verifier), places, now)
    account_id, token = _account(server, email or f"{name}@example.com", now, is_admin=False)
    with server.units.write(company.id) as conn:
        members.join(conn, company.id, staff_id, account_id, now)
    return token


def signed_in_admin(server: Server, email: str = "admin@example.com") -> str:
    """The token of a new admin."""
    return _account(server, email, server.now(), is_admin=True)[1]


def dismissed(server: Server, slug: str, name: str) -> None:
    """Ends somebody's work."""
    company = server.company(slug)
    with server.units.write(company.id) as conn:
        staff.dismiss(conn, company.id, name, server.now())


def staff_id(server: Server, slug: str, name: str) -> UUID:
    company = server.company(slug)
    with server.units.read() as conn:
        query = select(staff_table.c.staff_id).where(staff_table.c.company_id == company.id, staff_table.c.name == name)
        found: UUID = conn.execute(query).scalar_one()
    return found


@cache
def _hash() -> str:
    return cheap_secrets.password_hash(PASSWORD)


def _account(server: Server, email: str, now: datetime, *, is_admin: bool) -> tuple[UUID, str]:
    with server.units.platform_write() as conn:
        account = accounts.create(conn, email, _hash(), is_admin=is_admin, now=now)
        began = sessions.begin(conn, account.id, device="tests", address="127.0.0.0", now=now)
    return account.id, began.token


@dataclass(frozen=True)
class Caller:
    """Sends requests as a browser or a program would; *token* is nobody's without one."""

    app: Any  # an ASGI application
    token: str | None = None
    is_program: bool = True  # with a bearer token, instead of a cookie
    headers: dict[str, str] = field(default_factory=dict)
    address: str = "127.0.0.1"
    cookie: str = "orion"  # in which a browser keeps the token

    def browser(self, **headers: str) -> "Caller":
        """The same person in a browser on our own pages."""
        said = {"sec-fetch-site": "same-origin"} | self.headers | headers
        return replace(self, is_program=False, headers=said)

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.send("GET", path, **headers)

    def post(self, path: str, json: Any = None, **headers: str) -> httpx.Response:
        return self.send("POST", path, json=json, **headers)

    def patch(self, path: str, json: Any = None, **headers: str) -> httpx.Response:
        return self.send("PATCH", path, json=json, **headers)

    def form(self, path: str, **fields: Any) -> httpx.Response:
        """Sends a form."""
        return self.send("POST", path, data=fields)

    def upload(self, path: str, name: str, file: bytes, **fields: Any) -> httpx.Response:
        """Sends a form with a file in its field *name*."""
        return self.send("POST", path, data=fields, files={name: ("picture", file)})

    def send(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        data: Any = None,
        content: Any = None,
        files: Any = None,
        **headers: str,
    ) -> httpx.Response:
        said = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token is not None:
            kept = "; ".join(filter(None, (f"{self.cookie}={self.token}", said.get("cookie"))))
            said |= {"authorization": f"Bearer {self.token}"} if self.is_program else {"cookie": kept}
        sent = {"json": json, "data": data, "content": content, "files": files, "headers": said}
        return asked(self.app, self.address, ORIGIN, method, path, **sent)


def signed_in_again(server: Server, email: str) -> str:
    """The token of another session of somebody who has an account."""
    with server.units.platform_write() as conn:
        account = accounts.by_email(conn, email)
        assert account is not None
        return sessions.begin(conn, account.id, device="tests", address="127.0.0.0", now=server.now()).token


def confirmed(server: Server, person: Caller) -> Caller:
    """The same person, as if their password had just been asked for again."""
    now = server.now()
    with server.units.platform_write() as conn:
        session = sessions.find(conn, person.token or "", now)
        assert session is not None
        sessions.confirm(conn, session, now)
    return person


def reason(answer: httpx.Response) -> tuple[int, str]:
    """The status and reason of a refusal."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["reason"]
