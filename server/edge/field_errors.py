"""Values of requests checked against a model, and the sentence for each field that is refused."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import NoneType
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from loyalty.phrases import Words
from server.edge import bodies
from server.edge.asks import Ask
from server.edge.problem_json import FieldError, HttpProblem
from server.edge.public_url import chosen_store


def _(message: str) -> str:
    """Marks a sentence for the catalogues; it is translated when used."""
    return message


_SENTENCES = {
    "missing": _("Please fill this in."),
    "extra_forbidden": _("There is no such field."),
    "string_too_short": _("At least {min_length} characters."),
    "string_too_long": _("At most {max_length} characters."),
    "greater_than": _("More than {gt}."),
    "greater_than_equal": _("At least {ge}."),
    "less_than": _("Less than {lt}."),
    "less_than_equal": _("At most {le}."),
    "too_short": _("At least {min_length}."),
    "too_long": _("At most {max_length}."),
    "int_parsing": _("Please type a whole number."),
    "int_type": _("Please type a whole number."),
    "int_from_float": _("Please type a whole number."),
    "decimal_parsing": _("Please type a number."),
    "uuid_parsing": _("This is not known here."),
    "enum": _("Please choose one of the list."),
    "literal_error": _("Please choose one of the list."),
    "bool_parsing": _("Please say yes or no."),
    "date_from_datetime_parsing": _("Please type a date as 2026-11-30."),
    "date_parsing": _("Please type a date as 2026-11-30."),
    "datetime_parsing": _("Please type a date and time."),
    "datetime_from_date_parsing": _("Please type a date and time."),
    "string_pattern_mismatch": _("This does not have the right form."),
}
_OTHER = _("This value cannot be used.")
_REASONS = {"extra_forbidden": "unknown_field", "missing": "missing"}
_LIMITS = ("max_length", "min_length", "le", "ge", "lt", "gt")


class _NoQuery(BaseModel):
    """Of routes that take none; links may carry anything."""


def parsed(ask: Ask, query: dict[str, Any], sent: Any, body: bytes) -> Ask:
    """The request with query and body as the route's types; a form that is wrong goes to its handler as typed.

    What a program sends has the types of its description: "3" is no number, and 1 does not mean yes.
    """
    route = ask.route
    store_id, query = chosen_store(route, query)
    ask = replace(ask, store_id=store_id)
    query_type = route.query or _NoQuery
    try:
        taken = from_query(query_type, query) if route.is_api else from_form(query_type, query)
        values = query_type.model_validate(taken)
    except ValidationError as error:
        raise HttpProblem("invalid", errors=field_errors(error, ask.words)) from None
    ask = replace(ask, query=values)
    if not route.changes:
        return ask
    if not route.is_api:
        typed = {name: value for name, value in sent.items() if not name.startswith("_")}
        ask = replace(ask, form={name: one for name, one in sent.items() if not bodies.has_file(one)})
        sent = typed if route.body is None else from_form(route.body, typed)
    if route.body is None:
        return ask
    try:
        if route.is_api:
            return replace(ask, body=route.body.model_validate_json(body, strict=True))
        return replace(ask, body=route.body.model_validate(sent))
    except ValidationError as error:
        found = field_errors(error, ask.words)
        if route.is_api or any(one.reason == "unknown_field" for one in found):
            raise HttpProblem("invalid", errors=found) from None
        return replace(ask, errors={one.field: one.detail for one in found})


def field_errors(error: ValidationError, words: Words) -> list[FieldError]:
    """A sentence for each field; a model's own sentences are raised as `PydanticCustomError`."""
    return [_field_error(one, words) for one in error.errors(include_url=False, include_input=False)]


def from_form(model: type[BaseModel], typed: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a form as its model takes them.

    A browser sends no empty list and no unticked box, one value instead of a list of one, and an empty text for what is
    left open.
    """
    return dict(_taken(model, typed))


def from_query(model: type[BaseModel], given: Mapping[str, Any]) -> dict[str, Any]:
    """The query of a program as its model takes it: one value instead of a list of one; an empty text is one."""
    fields = model.model_fields
    return {
        name: [value] if name in fields and _is_list(fields[name]) and not isinstance(value, list) else value
        for name, value in given.items()
    }


def _taken(model: type[BaseModel], typed: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in typed.items():
        field = model.model_fields.get(name)
        if field is not None and _is_list(field):
            yield name, value if isinstance(value, list) else [value]
        elif value == "" and field is not None and not field.is_required():
            continue
        elif value == "" and field is not None and field.annotation is not str:
            continue  # missing, not a number that cannot be read
        else:
            yield name, value
    for name, field in model.model_fields.items():
        if name not in typed and _is_list(field):
            yield name, []
        elif name not in typed and field.annotation is bool:
            yield name, False


def _is_list(field: FieldInfo) -> bool:
    kinds = [field.annotation, *(one for one in get_args(field.annotation) if one is not NoneType)]
    return any(get_origin(kind) in (list, tuple, set, frozenset) for kind in kinds)


def _field_error(error: ErrorDetails, words: Words) -> FieldError:
    context = error.get("ctx", {})
    kind = error["type"]
    field = ".".join(str(part) for part in error["loc"])
    if kind in _SENTENCES:
        sentence = words.gettext(_SENTENCES[kind])
    else:
        template = context.get("sentence")
        sentence = words.gettext(template) if isinstance(template, str) else words.gettext(_OTHER)
    limit = next((context[name] for name in _LIMITS if name in context), None)
    return FieldError(field, _REASONS.get(kind, kind), sentence.format(**context), limit)
