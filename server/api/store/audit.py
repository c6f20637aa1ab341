"""`/api/store/v1/{slug}/audit`: the audit log, the newest first."""

from server.accounts.rights import Right
from server.api import audit_list
from server.api.audit_list import AuditLine
from server.edge.asks import Ask
from server.edge.lists import Listed, ListQuery
from server.edge.routes import Example, Route


def listed(ask: Ask) -> Listed[AuditLine]:
    return audit_list.part(ask, ask.company_id)


ROUTES = (
    Route(
        method="GET",
        path="/api/store/v1/{slug}/audit",
        right=Right.AUDIT_READ,
        handler=listed,
        title="Lists what was done in the company.",
        query=ListQuery,
        answer=Listed[AuditLine],
        example=Example(answer=audit_list.EXAMPLE),
    ),
)
