"""The API's own description, OpenAPI 3.1, made from the table of routes."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import models_json_schema

from server.accounts.rights import Right
from server.edge import bodies, problem_json
from server.edge.routes import Route

_REF = "#/components/schemas/{model}"
_ID = {"type": "string", "format": "uuid"}
_HOLES: dict[str, Any] = {
    "slug": {"type": "string"},
    "challenge": {"type": "string", "pattern": "^[0-9a-f]{32}\\.[A-Za-z0-9_-]{43}$"},
    "token": {"type": "string"},
    "number": {"type": "integer"},
    "link_id": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
} | dict.fromkeys(
    (
        "account_id",
        "card_id",
        "case_id",
        "company_id",
        "export_id",
        "group_id",
        "import_id",
        "offer_id",
        "session_id",
        "sheet_id",
        "staff_id",
        "store_id",
        "terminal_id",
    ),
    _ID,
)
_PROBLEM = {
    "type": "object",
    "required": ["status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "reason": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "reason", "detail"],
                "properties": {
                    "field": {"type": "string"},
                    "reason": {"type": "string"},
                    "detail": {"type": "string"},
                    "limit": {},
                },
            },
        },
        "refusal": {"type": "object"},
        "present": {"type": "object"},
        "log_id": {"type": "string"},
    },
}


def document(routes: Iterable[Route]) -> dict[str, Any]:
    """The document of all routes of the API; pages are left out."""
    served = [route for route in routes if route.is_api]
    models = [(model, mode) for route in served for model, mode in _models(route)]
    schemas, definitions = models_json_schema(models, ref_template=_REF)  # type: ignore[arg-type]
    paths: dict[str, dict[str, Any]] = {}
    for route in served:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
    components = {"schemas": definitions.get("$defs", {}) | {"Problem": _PROBLEM}}
    security = {
        "bearer": {"type": "http", "scheme": "bearer"},
        "cookie": {"type": "apiKey", "in": "cookie", "name": "__Host-orion"},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Orion company server", "version": "1"},
        "paths": paths,
        "components": components | {"securitySchemes": security},
    }


def _models(route: Route) -> list[tuple[type[BaseModel], str]]:
    found: list[tuple[type[BaseModel], str]] = []
    if route.body is not None:
        found.append((route.body, "validation"))
    if route.query is not None:
        found.append((route.query, "validation"))
    if _is_model(route.answer):
        found.append((route.answer, "serialization"))
    return found


def _operation(route: Route, schemas: Mapping[Any, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.title,
        "description": _needed(route),
        "parameters": [*_path_parameters(route), *_query_parameters(route, schemas)],
        "responses": _responses(route, schemas),
    }
    if route.right is not Right.ANYBODY:
        operation["security"] = [{"bearer": []}, {"cookie": []}]
    if route.books:
        key = {"name": "Idempotency-Key", "in": "header", "required": True}
        operation["parameters"].append(key | {"schema": {"type": "string", "format": "uuid"}})
    if route.takes_file is not None:
        file: dict[str, Any] = {"schema": {}}  # any bytes are looked at
        operation["requestBody"] = {"required": True, "content": {route.takes_file: file}}
    if route.body is not None:
        content: dict[str, Any] = {"schema": schemas[(route.body, "validation")]}
        if route.example.body is not None:
            content["example"] = route.example.body
        operation["requestBody"] = {"required": True, "content": {bodies.JSON: content}}
    return operation


def _needed(route: Route) -> str:
    """What who asks has to have."""
    said = f"Needs the right `{route.right.value}`."
    return f"{said} The session has to be that of a customer: `{route.visit.value}`." if route.visit else said


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    return [{"name": name, "in": "path", "required": True, "schema": _HOLES[name]} for name in route.holes]


def _query_parameters(route: Route, schemas: Mapping[Any, Any]) -> list[dict[str, Any]]:
    if route.query is None:
        return []
    schema = route.query.model_json_schema(ref_template=_REF)
    required = set(schema.get("required", ()))
    return [
        {"name": name, "in": "query", "required": name in required, "schema": kind}
        for name, kind in schema.get("properties", {}).items()
    ]


def _responses(route: Route, schemas: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(status): answer for status, answer in (_answer(route, schemas), *_refusals(route))}


def _refusals(route: Route) -> Iterator[tuple[int, dict[str, Any]]]:
    """What a route may be refused for; a rule's own reasons come as 409, or as 422 with their field."""
    statuses = {404, 422, 429, 500, 503}
    if route.right is not Right.ANYBODY:
        statuses |= {401, 403}
    if route.changes:
        statuses |= {401, 403, 408, 409, 413}  # also who signs in may be unknown, or come from another site
    if route.books:
        statuses |= {400}
    if route.body is not None or route.takes_file is not None:
        statuses |= {400, 415}
    if "{token}" in route.path:
        statuses |= {409}
    for status in sorted(statuses):
        reasons = ", ".join(f"`{reason}`" for reason, (of, _said) in problem_json.REASONS.items() if of == status)
        content = {problem_json.MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="Problem")}}}
        yield status, {"description": f"Refused: {reasons}.", "content": content}


def _answer(route: Route, schemas: Mapping[Any, Any]) -> tuple[int, dict[str, Any]]:
    """What a route answers, and its status."""
    if route.media_type is not None:
        return route.status, {"description": route.title, "content": {route.media_type: {"schema": {"type": "string"}}}}
    if route.answer is None:
        return 204, {"description": "Done."}
    schema = (
        schemas[(route.answer, "serialization")]
        if _is_model(route.answer)
        else TypeAdapter(route.answer).json_schema(mode="serialization", ref_template=_REF)
    )
    content: dict[str, Any] = {"schema": schema}
    if route.example.answer is not None:
        content["example"] = route.example.answer
    return route.status, {"description": route.title, "content": {bodies.JSON: content}}


def _is_model(answer: Any) -> bool:
    return isinstance(answer, type) and issubclass(answer, BaseModel)
