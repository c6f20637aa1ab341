"""Rows of an audit log as pages show them: who, what in words, and which values became which."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from server.accounts import audit
from server.accounts.audit import Line
from server.companies import setting_words, stores
from server.edge import audit_words, lists
from server.edge.asks import Ask
from server.edge.lists import Paging
from server.figures.program_drafts import Change
from server.pages import program_words, render

_SHOWN_MAX = 6
_CHARS_MAX = 120


def _(message: str) -> str:
    """Marks a word for the catalogues; it is translated when used."""
    return message


_ROLES = {
    "admin": _("Admin"),
    "owner": _("Owner"),
    "manager": _("Manager"),
    "cashier": _("Cashier"),
    "support": _("Support view"),
    "command": _("Command line"),
    "account": "",
}
_FIELDS = {
    "name": _("Name"),
    "reason": _("Reason"),
    "role": _("Role"),
    "slug": _("Short name"),
    "currency": _("Currency"),
    "store": _("Store"),
    "cards": _("Cards"),
    "count": _("Cards"),
    "paper": _("Paper"),
    "colour": _("Colour"),
    "holds_from": _("When it holds"),
    "backup_of": _("Backup of"),
}
_HIDDEN = frozenset({"stores", "until", "former", "former_owners", "transaction", "logo", "grant"})
_PAPERS = {"a4": "A4", "letter": "Letter"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A row in words; *changes* are triples of label, value before, and after."""

    line: Line
    who: str
    role: str
    what: str
    changes: list[tuple[str, str, str]]


def page_of(ask: Ask, company_id: UUID | None) -> tuple[list[Shown], Paging]:
    """One page of a company's log, or of the platform's."""
    lines = audit.listed(ask.conn, company_id, limit=lists.ROWS, offset=ask.query.offset)
    number = audit.counted(ask.conn, company_id, lists.COUNT_MAX + 1)
    names = {} if company_id is None else {str(one.id): one.name for one in stores.listed(ask.conn, company_id)}
    return [_shown(ask, line, names) for line in lines], lists.paging(ask.query, len(lines), number)


def _shown(ask: Ask, line: Line, names: Mapping[str, str]) -> Shown:
    words = ask.words
    role = words.gettext(_ROLES[line.role]) if _ROLES.get(line.role) else ""
    who = line.who or (words.gettext(_("Somebody deleted")) if line.account_id else role)
    before, after = dict(line.before or {}), dict(line.after or {})
    of_program = _of_program(ask, after.pop("changes", {}))
    changes = (_changes(ask, before, after, names) + of_program)[:_SHOWN_MAX]
    if line.subject in ("page", "job") and line.subject_id:
        changes = [("", "", line.subject_id)]
    return Shown(line, who, role if role != who else "", audit_words.action(line.action, words), changes)


def _changes(
    ask: Ask, before: Mapping[str, Any], after: Mapping[str, Any], stores_by_id: Mapping[str, str]
) -> list[tuple[str, str, str]]:
    names = [name for name in {**before, **after} if name not in _HIDDEN and before.get(name) != after.get(name)]

    def said(name: str, values: Mapping[str, Any]) -> str:
        value = values.get(name)
        return stores_by_id.get(str(value), str(value)) if name == "store" and value else _value(ask, name, value)

    return [(_label(ask, name), said(name, before), said(name, after)) for name in names]


def _of_program(ask: Ask, changes: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What differs from the program's version before, each value under its name."""
    f = render.formats(ask)
    found = []
    for key, (before, after) in changes.items():
        field, _space, name = key.partition(" ")  # a reward's name follows the field
        said = program_words.said(ask.words, f, Change(field, before, after, name=name))
        found.append((said.label, said.before, said.after))
    return found


def _label(ask: Ask, name: str) -> str:
    return ask.words.gettext(_FIELDS[name]) if name in _FIELDS else setting_words.label(name, ask.words)


def _value(ask: Ask, name: str, value: Any) -> str:
    if value is None or value == "None":  # a moment that was kept as text
        return ""
    if name == "role" and _ROLES.get(str(value)):
        return ask.words.gettext(_ROLES[str(value)])
    if name in ("holds_from", "backup_of"):
        return render.formats(ask).full(datetime.fromisoformat(str(value))).striptags()
    if name == "paper":
        return _PAPERS.get(str(value), str(value))
    said = setting_words.choice(name, str(value), ask.words)
    return said if len(said) <= _CHARS_MAX else f"{said[:_CHARS_MAX]}…"
