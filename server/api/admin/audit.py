"""`/api/admin/v1/audit` and that of a company: what was done, the newest first."""

from server.accounts.rights import Right
from server.api import audit_list
from server.api.audit_list import AuditLine
from server.companies import companies
from server.edge.asks import Ask
from server.edge.lists import Listed, ListQuery
from server.edge.routes import Example, Route


def listed(ask: Ask) -> Listed[AuditLine]:
    return audit_list.part(ask, None)


def of_company(ask: Ask) -> Listed[AuditLine]:
    return audit_list.part(ask, companies.by_id(ask.conn, ask.company_id).id)


ROUTES = (
    Route(
        method="GET",
        path="/api/admin/v1/audit",
        right=Right.PLATFORM,
        handler=listed,
        title="Lists what was done to companies, limits and accounts.",
        query=ListQuery,
        answer=Listed[AuditLine],
        example=Example(answer=audit_list.EXAMPLE),
    ),
    Route(
        method="GET",
        path="/api/admin/v1/companies/{company_id}/audit",
        right=Right.PLATFORM,
        handler=of_company,
        title="Lists what was done in a company.",
        query=ListQuery,
        answer=Listed[AuditLine],
        example=Example(answer=audit_list.EXAMPLE),
    ),
)
