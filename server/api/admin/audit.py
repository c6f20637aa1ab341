"""`/api/admin/v1/audit`: the audit log, the newest first."""

from server.accounts.rights import Right
from server.api import audit_list
from server.api.audit_list import AuditLine
from server.edge.asks import Ask
from server.edge.lists import Listed, ListQuery
from server.edge.routes import Example, Route


def listed(ask: Ask) -> Listed[AuditLine]:
    return audit_list.part(ask, None)


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
)
