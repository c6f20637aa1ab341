"""Addresses: the one that browsers reach this server at, by setting and never by the `Host` that a caller writes, and
those of a company's pages, in which the store stands that is chosen in its bar.

Every page of a company takes `store`. What is by store shows that one alone; the others just pass it on.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from server.edge.problem_json import HttpProblem
from server.edge.routes import Route

STORE = "store"  # the field in the query
_OFFICE = re.compile(r"/office/([a-z0-9-]+)(?:[/?]|\Z)")


@dataclass(frozen=True, slots=True)
class Place:
    """The address that browsers and links in mails use; `settings` has checked it."""

    url: str  # scheme, host and port, without a slash at the end

    @property
    def is_https(self) -> bool:
        return self.url.startswith("https://")

    @property
    def may_set_cookies(self) -> bool:
        """True if a session's cookie cannot be read on the way: over TLS, or without leaving this machine."""
        return self.is_https or _is_loopback(urlsplit(self.url).hostname or "")

    @property
    def cookie(self) -> str:
        """The name of the session's cookie; browsers keep `__Host-` ones to this host and to TLS."""
        return "__Host-orion" if self.is_https else "orion"


def caller(address: str) -> str:
    """The address of a request's sender, or nothing if a proxy handed on what is none."""
    return address if _is_address(address) else ""


def chosen_store(route: Route, query: Mapping[str, Any]) -> tuple[UUID | None, dict[str, Any]]:
    """The store chosen, and the rest of the query; a route with a field of that name keeps it."""
    rest = dict(query)
    is_own = route.query is not None and STORE in route.query.model_fields
    if not route.of_company or STORE not in rest or (route.is_api and not is_own):
        return None, rest
    text = rest[STORE] if is_own else rest.pop(STORE)
    if not isinstance(text, str) or not text:
        return None, rest  # several stores may be asked for, where a list is filtered
    try:
        return UUID(text), rest
    except ValueError:
        if is_own:
            return None, rest  # its type says what is wrong
        raise HttpProblem("unknown") from None


def slug_in(address: str) -> str | None:
    """The company whose office an address belongs to, whether or not there is a page."""
    found = _OFFICE.match(address)
    return None if found is None else found[1]


def with_store(address: str, slug: str, store_id: UUID, *, ampersand: str = "&") -> str:
    """An address of this company's office with the store, unless it names one."""
    path, mark, fragment = address.partition("#")
    bare, question, query = path.partition("?")
    is_ours = bare == f"/office/{slug}" or bare.startswith(f"/office/{slug}/")
    if not is_ours or re.search(rf"(^|[&;]){STORE}=", query):
        return address
    joint = ampersand if query else "" if question else "?"
    return f"{path}{joint}{STORE}={store_id}{mark}{fragment}"


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    return host == "localhost" or (_is_address(host) and ip_address(host).is_loopback)
