"""Rows of an audit log as pages show them: who, what in words, and which values became which."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from server.accounts import audit
from server.accounts.audit import Line
from server.companies import setting_words
from server.edge import audit_words, lists
from server.edge.asks import Ask
from server.edge.lists import Paging

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
}
_HIDDEN = frozenset({"stores", "until", "former", "former_owners"})


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
    return [_shown(ask, line) for line in lines], lists.paging(ask.query, len(lines), number)


def _shown(ask: Ask, line: Line) -> Shown:
    words = ask.words
    role = words.gettext(_ROLES[line.role]) if _ROLES.get(line.role) else ""
    who = line.who or (words.gettext(_("Somebody deleted")) if line.account_id else role)
    changes = _changes(ask, line.before or {}, line.after or {})
    if line.subject == "page" and line.subject_id:
        changes = [("", "", line.subject_id)]
    return Shown(line, who, role if role != who else "", audit_words.action(line.action, words), changes)


def _changes(ask: Ask, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    names = [name for name in {**before, **after} if name not in _HIDDEN and before.get(name) != after.get(name)]
    return [
        (_label(ask, name), _value(ask, name, before.get(name)), _value(ask, name, after.get(name)))
        for name in names[:_SHOWN_MAX]
    ]


def _label(ask: Ask, name: str) -> str:
    return ask.words.gettext(_FIELDS[name]) if name in _FIELDS else setting_words.label(name, ask.words)


def _value(ask: Ask, name: str, value: Any) -> str:
    if value is None:
        return ""
    if name == "role" and _ROLES.get(str(value)):
        return ask.words.gettext(_ROLES[str(value)])
    said = setting_words.choice(name, str(value), ask.words)
    return said if len(said) <= _CHARS_MAX else f"{said[:_CHARS_MAX]}…"
