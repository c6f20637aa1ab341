"""For every route of the API a request that it accepts, made of its example and of things that exist."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from server.accounts.rights import Role
from server.customers.joining import form_tokens
from server.edge.fields import WHOLE_MAX
from server.edge.routes import Route
from server.mail import outbox
from server.mail.letters import LetterKind
from tests.company.api.called_office import CalledOffice, blank_code, give_logo, new_card, new_till
from tests.support import transfers
from tests.support.office_web import PASSWORD, Caller
from tests.support.signed_in_customers import a_customer


@dataclass(frozen=True)
class Accepted:
    """The path, query and body of a request."""

    path: Mapping[str, str]
    query: Mapping[str, Any]
    body: dict[str, Any] | None
    file: bytes | None = None

    def address(self, route: Route) -> str:
        """Where a request for the route is sent to, with its query."""
        return route.at(**self.path) + (f"?{urlencode(self.query, doseq=True)}" if self.query else "")


Change = Callable[[CalledOffice, Mapping[str, str], dict[str, Any]], dict[str, Any]]


def request_of(office: CalledOffice, route: Route) -> Accepted:
    """A new request, which no other has made impossible."""
    path = {name: office.thing(name, route) for name in route.holes}
    if "/look/logo" in route.path:
        give_logo(office)
    body = None
    if route.body is not None:
        body = _filled(office, dict(route.example.body or {}))
        path, body = _as_needed(office, route, path, body)
    file = None if route.takes_file is None else transfers.FILE
    query = dict(route.example.query)
    if "merged" in query:
        query["merged"] = new_card(office)["card"]["id"]
    return Accepted(path, query, body, file)


def _filled(office: CalledOffice, example: dict[str, Any]) -> dict[str, Any]:
    """The example with what exists instead of what it names."""
    found: dict[str, Callable[[], Any]] = {
        "store": lambda: str(office.store_id),
        "store_id": lambda: str(office.store_id),
        "store_ids": lambda: [str(office.store_id)],
        "email": office.email,
        "name": lambda: office.name("Somebody"),
        "owner": lambda: office.name("Owner"),
        "terminal_id": lambda: new_till(office)[0],
    }
    return {name: found[name]() if name in found else value for name, value in example.items()}


def _as_needed(
    office: CalledOffice, route: Route, path: dict[str, str], body: dict[str, Any]
) -> tuple[dict[str, str], dict[str, Any]]:
    name = route.path.rpartition("/")[2]
    if route.path.startswith("/api/auth/"):
        return path, body | _of_account(office, name)
    if name == "enrolments":
        shown_at = office.server.now() - 2 * form_tokens.GOOD_FROM
        return path, body | {"form": form_tokens.make(office.server.keys, office.company_id, shown_at)}
    if name == "codes":
        return path, {"contact": office.email()}
    if name == "{challenge}":
        email, codes = office.email(), route.path.removesuffix("/{challenge}")
        a_customer(office.server, office.company_id, office.store_id, email)
        kept = office.caller(Role.NOBODY).post(codes.format(slug=office.slug), {"contact": email}).json()["challenge"]
        return path | {"challenge": kept}, {"code": latest_code(office)}
    if route.asks_proof:
        return path, body | _of_customer(office, route)
    if "/counter/" in route.path:
        return path, body | _at_the_counter(office, name)
    if "transaction" in body:
        card = new_card(office)
        return path | {"card_id": card["card"]["id"]}, body | {"transaction": card["purchase"]}
    match name:
        case "reactivate":
            switch = f"/api/store/v1/{office.slug}/cards/{path['card_id']}/deactivate"
            office.caller(Role.OWNER).post(switch, {}, idempotency_key=str(uuid4()))
        case "replace":
            body |= {"code": blank_code(office)}
        case "merge":
            body |= {"merged": new_card(office)["card"]["id"]}
        case "customer":
            body |= {"phone": ""}
        case "decision" if "case_id" in path:
            body |= {"choice": "set_aside"}
        case "program" | "preview":
            body |= {"holds_from": (office.server.now() + timedelta(days=400)).isoformat()}
        case "revoke":
            terminal_id, till = new_till(office)
            return path | {"terminal_id": terminal_id}, {"name": till}
        case "jobs":
            body |= {"name": "clean"}
        case "companies":
            body |= {"slug": f"company-{next(office.numbers)}"}
        case _:
            pass
    return path, body


def _of_account(office: CalledOffice, name: str) -> dict[str, Any]:
    match name:
        case "sign-in":
            return {"email": office.people[Role.ACCOUNT], "password": PASSWORD}
        case "confirm":
            return {"password": PASSWORD}
        case "password":
            return {"password": PASSWORD, "new": PASSWORD}
        case _:
            return {}


def _of_customer(office: CalledOffice, route: Route) -> dict[str, Any]:
    match route.path.rpartition("/")[2]:
        case "contact":
            return {"contact": office.email()}
        case "merges":
            return {"card": new_card(office)["qr_code"]}
        case "proof":
            person, asked, email = office.customer(), f"/api/customer/v1/{office.slug}/codes", office.email()
            a_customer(office.server, office.company_id, office.store_id, email)
            kept = person.post(asked, {"contact": email}).json()["challenge"]
            office.waiting[route.name] = person
            return {"challenge": kept, "code": latest_code(office)}
        case "code":
            person = office.customer()
            asked = route.at(slug=office.slug).removesuffix("/code")
            kept = person.post(asked, {"contact": office.email()}).json()["challenge"]
            office.waiting[route.name] = person
            return {"challenge": kept, "code": latest_code(office)}
        case _:
            return {}


def latest_code(office: CalledOffice) -> str:
    """The one-time code of the latest mail."""
    with office.server.units.read() as conn:
        sent = outbox.listed(conn, office.server.keys, office.company_id)
    codes = (one for one in sent if one.kind == LetterKind.ONE_TIME_CODE and one.body is not None)
    body = max(codes, key=lambda one: one.created_at).body
    assert body is not None
    return body.subject.partition(" ")[0]


def _at_the_counter(office: CalledOffice, name: str) -> dict[str, Any]:
    card = new_card(office)
    on: dict[str, Any] = card["on"]
    match name:
        case "look-up":
            return {"code": card["qr_code"]}
        case "enrol":
            return {}
        case "void":
            return {"original": card["purchase"]}
        case "earn":
            return on | {"receipt": office.name("A")}
        case _:
            return on


def present_version(person: Caller, method: str, path: str, body: dict[str, Any]) -> int:
    """The version that an edit has to name, as told to one that names another."""
    told = person.send(method, path, json=body | {"version": WHOLE_MAX}).json()
    return int(told["present"]["version"])
