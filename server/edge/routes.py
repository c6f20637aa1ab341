"""Pages and routes of the API as data: tests, OpenAPI and the dispatcher walk the same table.

Each names the right it needs. Another company's things are unknown to it, and who lacks the right is refused before the
handler is called.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from server.accounts.rights import Right
from server.edge.bodies import BYTES_MAX

CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_HOLES = re.compile(r"{(\w+)}")


class Unit(StrEnum):
    """The unit of work a handler is called in; its connection is `Ask.conn`."""

    READ = "read"
    COMPANY = "company"  # a write that holds the company's lock
    PLATFORM = "platform"  # a write of accounts and companies
    OWN = "own"  # none: the handler begins its own, as it hashes a password first


class Visit(StrEnum):
    """What a visitor of a company's storefront has to prove."""

    ANYBODY = "anybody"
    HOLDER = "holder"  # to have a card's code
    OWNER = "owner"  # to have entered a one-time code that was sent to the card's contact
    PROVEN = "proven"  # the same within the last ten minutes


class Body(BaseModel):
    """The body of a request; fields that it does not name are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Page:
    """A page to show: its template and the values in it. One that says what is wrong is a refusal, so nothing that its
    handler wrote is committed."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    is_still: bool = False  # a form is open on it, so that even a page that is live stays as it is

    def __post_init__(self) -> None:
        is_wrong = any(getattr(value, "errors", None) for value in self.values.values())
        assert self.status >= 400 or not is_wrong, "a page that says what is wrong is answered with 4xx"


@dataclass(frozen=True, slots=True)
class Redirect:
    """Sends the browser on after a form was carried out."""

    to: str
    token: str | None = None  # of a session that has begun or got a new one; empty: it has ended


@dataclass(frozen=True, slots=True)
class Example:
    """A request that can be sent to the filled company of the tests and the documentation, and what it answers."""

    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    answer: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A page or a route of the API. What starts with `/api/` answers programs, everything else browsers."""

    method: str
    path: str
    right: Right
    handler: Callable[[Any], Any]  # of an `Ask`
    title: str  # of the page in English, or what the route does in a few words
    body: type[BaseModel] | None = None  # of JSON, or of a form
    query: type[BaseModel] | None = None
    answer: Any = None  # the type of a route's answer; None: 204
    media_type: str | None = None  # of an answer that is not JSON
    example: Example = Example()
    status: int = 200
    unit: Unit | None = None
    ahead: Callable[[Any], Any] | None = None  # called before the unit of work begins, for what takes long
    books: bool = False  # carried out once for each key
    confirms: bool = False  # asks for the password again
    is_one_click: bool = False  # mail programs send it too, as their body says: no page of ours is needed
    visit: Visit | None = None  # of a storefront's pages and routes
    while_suspended: bool = False  # also in a suspended company
    is_live: bool = False  # a page that is asked for again while it is looked at
    body_max: int = BYTES_MAX
    takes_file: str | None = None  # a file as it arrives, of this type: a route's whole body, or the field of a form

    @property
    def is_api(self) -> bool:
        return self.path.startswith("/api/")

    @property
    def changes(self) -> bool:
        return self.method in CHANGING

    @property
    def asks_proof(self) -> bool:
        """True if a visitor has to prove that a card is theirs."""
        return self.visit not in {None, Visit.ANYBODY}

    @property
    def of_company(self) -> bool:
        """True if the path names a company."""
        return "{slug}" in self.path

    @property
    def begins(self) -> Unit:
        """The unit of work that is begun for it."""
        if self.unit is not None:
            return self.unit
        if not self.changes:
            return Unit.READ
        return Unit.COMPANY if self.of_company else Unit.PLATFORM

    @property
    def name(self) -> str:
        """A unique name: method and path as one word, as OpenAPI wants it."""
        words = [self.method.lower(), *re.split(r"\W+", self.path)]
        return "_".join(word for word in words if word)

    @property
    def holes(self) -> Sequence[str]:
        """The names in the path that a request fills in."""
        return _HOLES.findall(self.path)

    def at(self, **values: str) -> str:
        """The path with its names filled in."""
        return self.path.format(**values)


def table(*parts: Sequence[Route]) -> tuple[Route, ...]:
    """All routes in one table; the same method and path twice is a mistake of ours."""
    routes = tuple(route for part in parts for route in part)
    keys = [(route.method, _HOLES.sub("{}", route.path)) for route in routes]
    doubled = {key for key in keys if keys.count(key) > 1}
    if doubled:
        raise AssertionError(f"routes that are in the table twice: {sorted(doubled)}")
    return routes
