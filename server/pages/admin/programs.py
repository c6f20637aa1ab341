"""All companies beside each other: their programs, figures of 30 days, tills and cases; the most active first."""

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import Field

from loyalty.program import ProgramKind
from server.accounts.rights import Right
from server.companies import companies
from server.edge import lists
from server.edge.asks import Ask
from server.edge.lists import PageQuery
from server.edge.routes import Page, Route
from server.figures import overview, stats
from server.figures.overview import Concern, Overview
from server.pages.admin.company import formats
from server.pages.plots import sparklines
from server.terminals import contacts

_PATH = "/admin/programs"


class Filter(PageQuery):
    """Which companies: by a part of their name, the program's kind, and whether something is not well."""

    q: Annotated[str, Field(max_length=80)] = ""
    kind: ProgramKind | None = None
    needs: Literal["", "attention"] = ""


def shown(ask: Ask) -> Page:
    query: Filter = ask.query
    known = companies.listed(ask.conn)
    found = overview.of_all(ask.conn, known, contacts.states(ask.conn, known, ask.now), ask.now)
    wanted = sorted(filter(_filter(query), found), key=lambda one: (-one.last.transactions, one.company.name))
    rows = wanted[query.offset : query.offset + lists.ROWS]
    counted = [one.counted_until for one in found]
    values = {
        "rows": [(one, formats(ask, one.company), sparklines.of_days(one.by_day, ask.words)) for one in rows],
        "place": lists.paging(query, len(rows), len(wanted)),
        "count": len(found),
        "stores": sum(one.stores for one in found),
        "uncounted": counted.count(None),
        "as_of": min((one for one in counted if one is not None), default=None),
        "last": stats.together(one.last for one in found),
        "before": stats.together(one.before for one in found),
        "growth": overview.growth(found),
        "cards": sum(one.cards.active for one in found),
        "new_cards": sum(one.cards.new for one in found),
        "rate": stats.together(one.quarter for one in found).redemption_rate,
        "owed": _owed(ask, found),
        "in_touch": sum(one.tills.in_touch for one in found),
        "tills": sum(one.tills.all for one in found),
        "silent": sum(one.tills.silent for one in found),
        "query": {"q": query.q, "kind": query.kind, "needs": query.needs},
        "attention": sum(one.concern is not Concern.NONE for one in found),
    }
    return Page("admin/programs.html", values)


def _owed(ask: Ask, found: list[Overview]) -> tuple[str, int]:
    """What all companies owe as far as it is known, and of how many it is not; nothing to say in several currencies."""
    known = {one.company.settings.currency: formats(ask, one.company) for one in found}
    amounts = [one.owed.all_minor for one in found]
    if len(known) != 1:
        return "", amounts.count(None)
    (f,) = known.values()
    return f.figure(sum(one for one in amounts if one is not None)), amounts.count(None)


def _filter(query: Filter) -> Callable[[Overview], bool]:
    """Whether a company is among those asked for."""
    text = query.q.strip().casefold()

    def is_wanted(one: Overview) -> bool:
        if text and text not in one.company.name.casefold() and text not in one.company.slug:
            return False
        if query.kind is not None and (one.program is None or one.program.kind is not query.kind):
            return False
        return not query.needs or one.concern is not Concern.NONE

    return is_wanted


ROUTES = (
    Route(method="GET", path=_PATH, right=Right.PLATFORM, handler=shown, title="Programs", query=Filter, is_live=True),
)
