"""Calls every operation of the API's description as it allows and as it does not, and holds the answers against it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import uuid4

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core import NOT_SET
from schemathesis.core.failures import FailureGroup
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from server.accounts.rights import Right, Role
from server.edge.routes import Route
from server.route_table import ROUTES
from tests.company.api.accepted import present_version, request_of
from tests.company.api.called_office import CalledOffice
from tests.support.asgi import asked
from tests.support.office_web import ORIGIN, Caller

Operation = APIOperation[Any, Any, Any, Any]
Called = Case[Any]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
BOTH = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
SEED = 20261130
_CREDENTIALS = {"authorization", "cookie"}
_BY_NAME = {route.name: route for route in ROUTES if route.is_api}
_LAST = {Right.SETUP_CHANGE, Right.PLATFORM}  # what they change, such as the program, the others are called with


@dataclass
class Found:
    """How the operations answered."""

    succeeded: dict[str, bool] = field(default_factory=dict)  # by operation
    requests: Counter[int] = field(default_factory=Counter)  # by status
    failures: list[str] = field(default_factory=list)

    @property
    def server_errors(self) -> int:
        return sum(times for status, times in self.requests.items() if status >= 500)

    @property
    def unused(self) -> list[str]:
        """The operations that no request succeeded with."""
        return [name for name, has in self.succeeded.items() if not has]

    def line(self) -> str:
        said = "each succeeded at least once" if not self.unused else f"never succeeded: {', '.join(self.unused)}"
        failed = f"failures={len(self.failures)} server_errors={self.server_errors}"
        return f"operations={len(self.succeeded)} {said}, requests={self.requests.total()} {failed}"


def described(office: CalledOffice) -> list[tuple[Operation, Route]]:
    """The operations of the document that the office answers with, each with its route."""
    document = schemathesis.openapi.from_dict(office.caller(Role.NOBODY).get("/api/openapi.json").json())
    found = [result.ok() for result in document.get_all_operations() if isinstance(result, Ok)]
    pairs = [(one, _BY_NAME[one.definition.raw["operationId"]]) for one in found]
    assert len(pairs) == len(_BY_NAME), "an operation cannot be read"
    return sorted(pairs, key=lambda pair: pair[1].right in _LAST and pair[1].changes)


def accepted(office: CalledOffice, found: Found) -> None:
    """Calls each operation as somebody of each role that may use it, with what exists: one of them must succeed."""
    for operation, route in described(office):
        office.passes(minutes=2)
        answers = [_accepted(office, operation, route, role, found) for role in office.may(route)]
        found.succeeded[route.name] = any(answer.is_success for answer in answers)


def any_other(office: CalledOffice, found: Found, examples: int) -> None:
    """Calls each operation with the bounds of its schema, what misses them, and so many examples of either kind."""
    for operation, route in described(office):
        office.passes(minutes=2)
        calls = Calls(office, operation, route, found)
        for case in operation.schema.iter_coverage_cases(
            operation,
            generation_modes=BOTH,
            generation_config=operation.schema.config.generation_for(operation=operation),
        ):
            calls.send(case)
        for mode in BOTH if examples else ():
            _drawn(calls, mode, examples)


def _drawn(calls: "Calls", mode: GenerationMode, examples: int) -> None:
    @seed(SEED)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(calls.operation.as_strategy(generation_mode=mode))
    def sent(case: Called) -> None:
        calls.send(case)

    try:
        sent()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE, "only what takes nothing cannot be asked wrongly"


class Calls:
    """Calls of one operation, by all roles in turn that may use it."""

    def __init__(self, office: CalledOffice, operation: Operation, route: Route, found: Found) -> None:
        self.operation = operation
        self._office, self._route, self._found = office, route, found
        self._path = dict(request_of(office, route).path)
        self._roles = office.may(route)
        self._number = count()
        self._people: dict[Role, Caller] = {}

    def send(self, case: Called) -> None:
        """Sends a case, and notes what is wrong with the answer."""
        number = next(self._number)
        if number % 200 == 199:
            self._office.passes(minutes=2)
        assert case.meta is not None
        is_wrong_path = case.meta.generation.mode.is_negative and _place(case) in (None, ParameterLocation.PATH)
        if not is_wrong_path:
            case.path_parameters = dict(self._path)
        role = self._roles[number % len(self._roles)]
        answer = _sent(self._person(role), case)
        if self._route.asks_proof and answer.is_success:
            del self._people[role]  # what has succeeded may have used their card up
        self._found.requests[answer.status_code] += 1
        _hold(case, answer, self._found)

    def _person(self, role: Role) -> Caller:
        """Somebody of a role, in a new session if what is called may end one."""
        if role not in self._people or self._route.right in {Right.OWN_ACCOUNT, Right.PLATFORM}:
            self._people[role] = self._office.person(self._route, role)
        return self._people[role]


def _place(case: Called) -> ParameterLocation | None:
    """Where the value lies that a case is about."""
    found: ParameterLocation | None = getattr(case.meta.phase.data, "parameter_location", None) if case.meta else None
    return found


def _accepted(office: CalledOffice, operation: Operation, route: Route, role: Role, found: Found) -> httpx.Response:
    wanted, person = request_of(office, route), office.person(route, role)
    path, body = route.at(**wanted.path), wanted.body
    if body is not None and "version" in body:
        body |= {"version": present_version(person, route.method, path, body)}
    case = operation.Case(
        path_parameters=dict(wanted.path),
        query=dict(wanted.query),
        headers={"Idempotency-Key": str(uuid4())} if route.books else {},
        body=wanted.file or (NOT_SET if body is None else body),
        media_type=route.takes_file or (None if body is None else "application/json"),
    )
    answer = _sent(person, case)
    found.requests[answer.status_code] += 1
    _hold(case, answer, found)
    return answer


def _hold(case: Called, answer: httpx.Response, found: Found) -> None:
    try:
        case.validate_response(answer, checks=CHECKS)
    except FailureGroup as group:
        said = "; ".join(str(one).replace("\n", " ")[:300] for one in group.exceptions)
        sent = f"{case.method} {answer.request.url} {str(case.body)[:200]}"
        found.failures.append(f"{sent}: {answer.status_code} {answer.text[:200]}: {said}")


def _sent(person: Caller, case: Called) -> httpx.Response:
    sent: Mapping[str, Any] = case.as_transport_kwargs(base_url=ORIGIN)
    given = {name.lower(): value for name, value in (sent.get("headers") or {}).items()}
    headers = {name: value for name, value in given.items() if name not in _CREDENTIALS}
    if person.token is not None:
        headers["authorization"] = f"Bearer {person.token}"
    return asked(
        person.app,
        "127.0.0.1",
        ORIGIN,
        sent["method"],
        sent["url"],
        params=sent.get("params"),
        json=sent.get("json"),
        content=sent.get("data"),
        headers=headers,
    )
