"""A company's settings as its owner chooses them: each with its value, its default and the platform's limit.

They are read from the definitions in `loyalty.settings`, so that a new one is listed and changed like the others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import get_type_hints
from uuid import UUID

from sqlalchemy import Connection, select

from loyalty.settings import (
    BOUNDS,
    LANGUAGES,
    NOT_YET,
    PAIR_BOUNDS,
    Limits,
    Settings,
    clamped,
    names,
    spelled,
)
from server.companies.companies import platform_limits, set_settings, settings_from
from server.db.tables import companies
from server.refusals import ChangedMeanwhile, SettingsRefused


class Kind(StrEnum):
    """How a setting is chosen."""

    SWITCH = "switch"  # true or false
    NUMBER = "number"
    PAIR = "pair"  # two numbers: of a card, and of a person
    CHOICE = "choice"  # one of a list
    SOME = "some"  # one or more of a list
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting with its value in force, in the spelling of `loyalty.settings.with_value`."""

    name: str
    kind: Kind
    value: str
    default: str
    lowest: int | None = None  # of numbers
    highest: int | None = None  # within the platform's limit
    is_limited: bool = False  # the platform allows less than the setting itself
    choices: tuple[str, ...] = ()
    not_yet: tuple[str, ...] = ()  # choices that the program does not carry out yet

    @property
    def is_at_limit(self) -> bool:
        """True if the value is the highest that the platform allows."""
        return self.highest is not None and self.kind is Kind.NUMBER and int(self.value) >= self.highest

    @property
    def is_default(self) -> bool:
        return self.value == self.default


@dataclass(frozen=True, slots=True)
class Choices:
    """All settings of a company, and the version that an edit names."""

    settings: tuple[Setting, ...]
    version: int
    changed_at: datetime

    def values(self) -> dict[str, str]:
        return {one.name: one.value for one in self.settings}


def of_company(conn: Connection, company_id: UUID) -> Choices:
    """The settings in force."""
    columns = (companies.c.settings, companies.c.version, companies.c.updated_at)
    row = conn.execute(select(*columns).where(companies.c.company_id == company_id)).one()
    limits = platform_limits(conn)
    values, defaults = spelled(clamped(settings_from(row.settings), limits)), spelled(Settings())
    found = tuple(_setting(name, values[name], defaults[name], limits) for name in names())
    return Choices(found, row.version, row.updated_at)


def change(
    conn: Connection, company_id: UUID, chosen: Mapping[str, str], *, version: int, now: datetime
) -> tuple[dict[str, str], dict[str, str]]:
    """Sets what differs from the present values, all of it or nothing; returns those values before and after.

    Refuses an edit of an older *version*.
    """
    present = of_company(conn, company_id)
    values = present.values()
    if present.version != version:
        raise ChangedMeanwhile({"version": present.version, "values": values})
    unknown = dict.fromkeys(chosen.keys() - values.keys(), "")
    if unknown:
        raise SettingsRefused(unknown, platform_limits(conn))
    changed = {name: text for name, text in chosen.items() if text != values[name]}
    if not changed:
        return {}, {}
    set_settings(conn, company_id, changed, now)
    return {name: values[name] for name in changed}, changed


def _setting(name: str, value: str, default: str, limits: Limits) -> Setting:
    kind = get_type_hints(Settings)[name]
    if kind is bool:
        return Setting(name, Kind.SWITCH, value, default, choices=("true", "false"))
    if name in BOUNDS:
        low, high = limits.bounds(name)
        return Setting(name, Kind.NUMBER, value, default, low, high, is_limited=high < BOUNDS[name][1])
    if name in PAIR_BOUNDS:
        low, high = PAIR_BOUNDS[name]
        return Setting(name, Kind.PAIR, value, default, low, high)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        later = NOT_YET.get(name, frozenset())
        words = tuple(str(word) for word in kind)
        not_yet = tuple(word for word in words if word in later)
        return Setting(name, Kind.CHOICE, value, default, choices=words, not_yet=not_yet)
    if kind == tuple[str, ...]:
        return Setting(name, Kind.SOME, value, default, choices=LANGUAGES)
    return Setting(name, Kind.TEXT, value, default)
