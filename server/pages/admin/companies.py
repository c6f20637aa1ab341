"""The platform's companies."""

from server.accounts.rights import Right
from server.companies import companies, stores
from server.edge.asks import Ask
from server.edge.routes import Page, Route


def listed(ask: Ask) -> Page:
    rows = [(one, len(stores.listed(ask.conn, one.id))) for one in companies.listed(ask.conn)]
    return Page("admin/companies.html", {"rows": rows})


ROUTES = (Route(method="GET", path="/admin/companies", right=Right.PLATFORM, handler=listed, title="Companies"),)
