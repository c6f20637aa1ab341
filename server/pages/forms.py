"""Forms as they are shown: the values typed or stored, and the sentence under each field that is wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from server.companies.stores import Store
from server.edge import problem_json
from server.edge.asks import Ask
from server.refusals import Refused

TOP = ""  # the key of a sentence that belongs to no field


@dataclass(frozen=True, slots=True)
class Form:
    """The values and errors of a form, by field."""

    values: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    def value(self, name: str) -> Any:
        """What stands in a field."""
        return self.values.get(name, "")

    def error(self, name: str) -> str:
        """What is wrong with it; empty if nothing is."""
        return self.errors.get(name, "")

    @property
    def status(self) -> int:
        """The status of a page that shows this form."""
        return 422 if self.errors else 200


def stored(**values: Any) -> Form:
    """A form that shows what is stored."""
    return Form({name: "" if value is None else value for name, value in values.items()})


def typed(ask: Ask) -> Form:
    """The form as it was sent, with what is wrong; a password is not sent back."""
    values = {name: value for name, value in (ask.form or {}).items() if not is_secret(name)}
    return Form(values, ask.errors or {})


def is_secret(name: str) -> bool:
    """True for the fields of passwords and PINs, which no page repeats."""
    return "password" in name or "pin" in name


def store_options(ask: Ask, stores: Sequence[Store]) -> list[tuple[UUID | str, str]]:
    """Open stores to choose from. Several begin with an empty option, as the first of them is nobody's choice."""
    named: list[tuple[UUID | str, str]] = [(one.id, one.name) for one in stores if not one.is_closed]
    return named if len(named) < 2 else [("", ask.words.gettext("Choose a store")), *named]


def store_name(ask: Ask, store: Store) -> str:
    """A store's name in a list of all; a closed one says so."""
    return ask.words.gettext("{store} (closed)").format(store=store.name) if store.is_closed else store.name


def refused(ask: Ask, refusal: Refused) -> Form:
    """The form as it was sent, with a subject's refusal under its field, or at the top."""
    problem = problem_json.of_refused(refusal, ask.words)
    if problem.status in (403, 404):  # nothing that another value would change
        raise refusal
    errors = {one.field: one.detail for one in problem.errors} or {TOP: problem.detail(ask.words)}
    return Form(typed(ask).values, errors)
