"""The platform's audit log, and a company's as admins read it."""

from server.accounts.rights import Right
from server.companies import companies
from server.edge.asks import Ask
from server.edge.lists import PageQuery
from server.edge.routes import Page, Route
from server.pages import audit_lines
from server.pages.admin.company import PATH as COMPANY
from server.pages.admin.company import framed


def of_platform(ask: Ask) -> Page:
    rows, place = audit_lines.page_of(ask, None)
    return Page("admin/audit.html", {"rows": rows, "place": place})


def of_company(ask: Ask) -> Page:
    company = companies.by_id(ask.conn, ask.company_id)
    rows, place = audit_lines.page_of(ask, company.id)
    return Page("admin/company_audit.html", framed(ask, company) | {"rows": rows, "place": place})


ROUTES = (
    Route(
        method="GET", path="/admin/audit", right=Right.PLATFORM, handler=of_platform, title="Audit log", query=PageQuery
    ),
    Route(
        method="GET",
        path=COMPANY + "/audit",
        right=Right.PLATFORM,
        handler=of_company,
        title="Audit log of a company",
        query=PageQuery,
    ),
)
