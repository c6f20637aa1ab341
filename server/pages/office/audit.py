"""A company's audit log, as its owners read it."""

from server.accounts.rights import Right
from server.edge.asks import Ask
from server.edge.lists import PageQuery
from server.edge.routes import Page, Route
from server.pages import audit_lines


def listed(ask: Ask) -> Page:
    rows, place = audit_lines.page_of(ask, ask.company_id)
    return Page("office/audit.html", {"rows": rows, "place": place})


ROUTES = (
    Route(
        method="GET",
        path="/office/{slug}/audit",
        right=Right.AUDIT_READ,
        handler=listed,
        title="Audit log",
        query=PageQuery,
    ),
)
