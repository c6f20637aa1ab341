"""The terminals of all companies, the worst first: who is silent, since when, and what may wait there."""

from typing import Annotated, Literal

from pydantic import Field

from server.accounts.rights import Right
from server.companies.companies import Company
from server.edge import lists
from server.edge.asks import Ask
from server.edge.lists import PageQuery
from server.edge.routes import Page, Route
from server.pages.admin.company import formats
from server.terminals import contacts
from server.terminals.contacts import Standing, State

_PATH = "/admin/terminals"


class Filter(PageQuery):
    """Which terminals: by a part of their name, store or company, and whether somebody should look after them."""

    q: Annotated[str, Field(max_length=80)] = ""
    needs: Literal["", "attention"] = ""


def listed(ask: Ask) -> Page:
    query: Filter = ask.query
    found = contacts.everywhere(ask.conn, ask.now)
    wanted = [pair for pair in found if _is_wanted(query, *pair)]
    rows = wanted[query.offset : query.offset + lists.ROWS]
    values = {
        "rows": [(company, till, formats(ask, company)) for company, till in rows],
        "place": lists.paging(query, len(rows), len(wanted)),
        "count": len(found),
        "companies": len({company.id for company, _till in found}),
        "in_touch": sum(till.state is State.IN_TOUCH for _company, till in found),
        "attention": sum(till.needs_attention for _company, till in found),
        "query": {"q": query.q, "needs": query.needs},
    }
    return Page("admin/terminals.html", values)


def _is_wanted(query: Filter, company: Company, till: Standing) -> bool:
    text = query.q.strip().casefold()
    if text and not any(text in name.casefold() for name in (till.name, till.store, company.name, company.slug)):
        return False
    return not query.needs or till.needs_attention


ROUTES = (
    Route(
        method="GET", path=_PATH, right=Right.PLATFORM, handler=listed, title="Terminals", query=Filter, is_live=True
    ),
)
