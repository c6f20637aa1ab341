"""`/api/admin/v1/mails`: the outbox, with masked addresses and without what the mails say."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from server.accounts.rights import Right
from server.companies import companies
from server.edge.asks import Ask
from server.edge.routes import Example, Route
from server.mail import outbox
from server.mail.outbox import MailState


class Mail(BaseModel):
    """A mail; `to` is masked, and null once it is wiped."""

    id: UUID
    kind: str
    state: MailState
    to: str | None
    tries: int
    error: str | None
    written_at: datetime


class Whose(BaseModel):
    """The company whose mails are listed; without one the platform's own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    company: UUID | None = None


def listed(ask: Ask) -> list[Mail]:
    company_id = ask.query.company
    if company_id is not None:
        companies.by_id(ask.conn, company_id)  # refuses one that does not exist
    return [
        Mail(
            id=one.id,
            kind=one.kind,
            state=one.state,
            to=outbox.masked(one.address),
            tries=one.tries,
            error=one.error,
            written_at=one.created_at,
        )
        for one in outbox.listed(ask.conn, ask.installation.keys, company_id)
    ]


ROUTES = (
    Route(
        method="GET",
        path="/api/admin/v1/mails",
        right=Right.PLATFORM,
        handler=listed,
        title="Lists the newest 200 mails.",
        query=Whose,
        answer=list[Mail],
        example=Example(
            answer=[
                {
                    "id": "4f0a2c1e-0c39-4d2b-8f57-2f9d2b1c6a10",
                    "kind": "invitation",
                    "state": "sent",
                    "to": "l…@example.com",
                    "tries": 1,
                    "error": None,
                    "written_at": "2026-11-30T12:00:00Z",
                }
            ]
        ),
    ),
)
