"""Whether a statement is bound to one company: every company's table in it is compared by `company_id`.

Statements are read as the database gets them, so whatever builds them is covered.
"""

import re
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from sqlalchemy import Dialect, Engine, event

from tests.support import partitions
from tests.support.tree import ROOT

COMPANY_TABLES = frozenset(table.name for table in partitions.COMPANY_TABLES)
_GROUP = re.compile(r"\(([^()]*)\)")
_TEXT = re.compile(r"'[^']*'")
_TABLE = re.compile(r'(?:\bFROM|\bJOIN|,|^\s*UPDATE)\s+(?:books\.)?"?(\w+)"?(?:\s+AS\s+"?(\w+)"?)?')
_NAMED = re.compile(r"%(?:\(\w+\))?s(?:::\w+)?")
_BOUND = re.compile(r"(\w+)\.company_id = \?|\? = (\w+)\.company_id")
_BOUND_ALONE = re.compile(r"(?:WHERE|AND) company_id = \?")
_SAME = re.compile(r"(\w+)\.company_id = (\w+)\.company_id")


def unbound(statement: str) -> list[str]:
    """The company's tables in *statement* whose rows may be another company's."""
    return [name for scope in _scopes(statement) for name in _unbound_in(scope)]


def _scopes(statement: str) -> Iterator[str]:
    """The statement and every query inside it, each without the ones inside."""
    text, count = " ".join(_TEXT.sub("''", _NAMED.sub("?", statement)).split()), 1
    while count:
        for inner in _GROUP.findall(text):
            if "SELECT " in inner:
                yield inner
        text, count = _GROUP.subn(lambda found: f" [{_shown(found[1])}] ", text)
    yield text


def _shown(group: str) -> str:
    """What stays of a group: tables that are joined in it, but no conditions, since they may be one side of an OR."""
    return "" if "SELECT " in group or " JOIN " not in group else group


def _unbound_in(scope: str) -> list[str]:
    if re.match(r"\s*INSERT\b(?!.*\bSELECT\b)", scope):
        return []  # its rows name their company
    names: dict[str, str] = {}
    for table, alias in _TABLE.findall(_tables_of(scope)):
        if table in COMPANY_TABLES:
            names[alias or table] = table
    if not names:
        return []
    conditions = scope if " OR " not in scope else ""
    bound = {one or other for one, other in _BOUND.findall(conditions)}
    if len(names) == 1 and _BOUND_ALONE.search(conditions):
        return []
    same = [set(pair) for pair in _SAME.findall(conditions)]
    outer = {name for pair in same for name in pair if name not in names}
    bound |= outer  # the query around this one, which is looked at by itself
    while more := [pair for pair in same if pair & bound and not pair <= bound]:
        bound |= set().union(*more)
    return [names[name] for name in names if name not in bound]


def _tables_of(scope: str) -> str:
    """The part of a scope that names its tables."""
    start = re.search(r"\bFROM\b|^\s*UPDATE\b", scope)
    if start is None:
        return ""
    rest = scope[start.start() :]
    end = re.search(r"\bWHERE\b|\bORDER BY\b|\bGROUP BY\b|\bRETURNING\b|\bSET\b", rest)
    return rest if end is None else rest[: end.start()]


# What the server asks of all companies: a token, a code or a name says which company somebody comes to, a card's code
# is unique on the platform, admins see all companies beside each other, and the server itself goes through them, also
# to tell admins whether any changed.
OF_ALL = frozenset(
    {
        "server/terminals/terminals.py: by_token",
        "server/terminals/pairing.py: company_of",
        "server/companies/companies.py: by_slug",
        "server/companies/companies.py: listed",
        "server/companies/platform_limits.py: _chosen",
        "server/companies/programs.py: versions_of_all",
        "server/companies/stores.py: counts",
        "server/accounts/ownership.py: owners_of",
        "server/terminals/contacts.py: states",
        "server/terminals/contacts.py: everywhere",
        "server/terminals/contacts.py: waiting_everywhere",
        "server/figures/card_counts.py: counts",
        "server/figures/overview.py: _seen",
        "server/figures/overview.py: counted_until",
        "server/figures/stats.py: by_company_and_day",
        "server/cards/blanks.py: _unheard_of",
        "server/ledger/feed/recount.py: recount_all",
        "server/snapshots/keeping.py: Snapshots.prepare",
        "server/demo/filling.py: fill",
        "server/db/job_queue.py: due",
        "server/db/job_queue.py: late",
        "server/db/job_queue.py: clock_went_back",
        "server/mail/outbox.py: waiting",
        "server/wallet/state.py: behind",
        "server/db/job_queue.py: enter",
        "server/db/job_queue.py: is_entered",
        "server/db/job_queue.py: listed",
        "server/figures/watermarks.py: of_all",
        "server/operations/check.py: _of_installation",
        "server/operations/manifest.py: counted",
    }
)
_BETWEEN = ("/sqlalchemy/", "/sync/replica/raw_sql.py", "/server/db/lookups.py", "/server/db/batches.py", __file__)


class Watch:
    """The statements that the server gives SQLite databases, as long as it is installed."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._sound: set[str] = set()

    def install(self) -> None:
        event.listen(Engine, "do_connect", self._connecting)

    def remove(self) -> None:
        event.remove(Engine, "do_connect", self._connecting)

    def _connecting(self, dialect: Dialect, _record: object, words: list[Any], named: dict[str, Any]) -> None:
        if dialect.name == "sqlite" and Path(words[0]).name == "server.db":
            named["factory"] = self._watched()

    def _watched(self) -> type[sqlite3.Connection]:
        take = self.take

        class Cursor(sqlite3.Cursor):
            def execute(self, statement: str, *values: Any) -> Any:
                take(statement)
                return super().execute(statement, *values)

            def executemany(self, statement: str, *values: Any) -> Any:
                take(statement)
                return super().executemany(statement, *values)

        class Connection(sqlite3.Connection):
            def cursor(self, _factory: Any = None) -> Any:
                return super().cursor(Cursor)

            def execute(self, *words: Any) -> Any:
                return self.cursor().execute(*words)  # the original takes a cursor of its own

            def executemany(self, *words: Any) -> Any:
                return self.cursor().executemany(*words)

        return Connection

    def take(self, statement: str) -> None:
        if statement in self._sound:
            return
        tables = unbound(statement)
        if not tables:
            self._sound.add(statement)
            return
        asks = _asking()
        if asks.startswith("server/") and asks not in OF_ALL and not asks.startswith("server/db/migrations/"):
            self.found.append(f"{asks} reaches {tables} of every company: {statement}")


def _asking() -> str:
    """Who gives the statement."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith(str(ROOT)) and not any(part in file for part in _BETWEEN):
            return f"{Path(file).relative_to(ROOT)}: {frame.f_code.co_qualname}"
        frame = frame.f_back
    return ""
