"""`/api/admin/v1/jobs`: what the server does by itself."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from server.accounts.rights import Right
from server.db.job_queue import DueJob
from server.edge.asks import Ask
from server.edge.fields import Name
from server.edge.routes import Body, Example, Route
from server.jobs import standings
from server.jobs.standings import Condition

_PATH = "/api/admin/v1/jobs"


class Job(BaseModel):
    """A job of a company, or of the platform."""

    name: str
    company_id: UUID | None
    condition: Condition
    due_at: datetime
    late_s: int
    done_at: datetime | None
    failed: int
    error: str | None


class Asked(Body):
    name: Name
    company_id: UUID | None = None


def listed(ask: Ask) -> list[Job]:
    return [
        Job(
            name=one.state.job.name,
            company_id=one.state.job.company_id,
            condition=one.condition,
            due_at=one.state.due_at,
            late_s=one.late_s,
            done_at=one.state.done_at,
            failed=one.state.failed,
            error=one.state.error,
        )
        for one in standings.all_of(ask.conn)
    ]


def run(ask: Ask) -> None:
    name, company_id = ask.body.name, ask.body.company_id
    standings.run_soon(ask.conn, DueJob(company_id, name))
    ask.log("job_asked", "job", name, after={"company_id": None if company_id is None else str(company_id)})


ROUTES = (
    Route(
        method="GET",
        path=_PATH,
        right=Right.PLATFORM,
        handler=listed,
        title="Lists the jobs, the worst first.",
        answer=list[Job],
        example=Example(
            answer=[
                {
                    "name": "clean",
                    "company_id": None,
                    "condition": "well",
                    "due_at": "2026-11-30T13:00:00Z",
                    "late_s": 0,
                    "done_at": "2026-11-30T12:00:00Z",
                    "failed": 0,
                    "error": None,
                }
            ]
        ),
    ),
    Route(
        method="POST",
        path=_PATH,
        right=Right.PLATFORM,
        handler=run,
        title="Has a worker run a job at once.",
        body=Asked,
        example=Example(body={"name": "clean"}),
    ),
)
