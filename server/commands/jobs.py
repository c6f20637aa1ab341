"""The commands `jobs list` and `jobs run`."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import typer

from server import bootstrap
from server.commands.command_line import CommandContext, ServerCommand
from server.companies import companies
from server.db import job_queue
from server.db.job_queue import DueJob, JobState
from server.refusals import No, Refused


def add_to(app: typer.Typer) -> None:
    """Registers the commands."""
    jobs = typer.Typer(help="What the server does by itself.", no_args_is_help=True)
    app.add_typer(jobs, name="jobs")
    jobs.command("list", cls=ServerCommand)(list_jobs)
    jobs.command("run", cls=ServerCommand)(run_job)


def list_jobs(context: CommandContext) -> None:
    """Lists all jobs and how they stand."""
    server = bootstrap.open_server(context.settings)
    with server.units.read() as conn:
        slugs: dict[UUID | None, str] = {one.id: one.slug for one in companies.listed(conn)}
        states = job_queue.listed(conn, job_queue.database_time(conn))
    for state in states:
        slug = slugs.get(state.job.company_id)
        context.say(_answer(state, slug), _line(state, slug))


def run_job(
    context: CommandContext,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A job that `jobs list` names.")],
    company: Annotated[str | None, typer.Option(metavar="SLUG", help="Only this company.")] = None,
    now: Annotated[str | None, typer.Option(metavar="TIME", help="As if it were then: ISO 8601 with a zone.")] = None,
) -> None:
    """Runs a job at once, for the platform and all companies that have it."""
    at = None if now is None else _moment(now)
    server = bootstrap.open_server(context.settings)
    bootstrap.require_current(server)
    runner = bootstrap.runner(server)
    with server.units.read() as conn:
        owners = companies.listed(conn) if company is None else [companies.by_slug(conn, company)]
    slugs: dict[UUID | None, str] = {one.id: one.slug for one in owners}
    whole = [DueJob(None, name)] if company is None else []
    jobs = [job for job in (*whole, *(DueJob(one.id, name) for one in owners)) if runner.has(job)]
    if name not in runner.names:
        raise Refused(No.JOB_UNKNOWN, name)
    for job in jobs:
        if not runner.run(job, at):
            raise Refused(No.JOB_RUNNING, name)
    with server.units.read() as conn:
        states = [state for state in job_queue.listed(conn, job_queue.database_time(conn)) if state.job in jobs]
    for state in states:
        slug = slugs.get(state.job.company_id)
        context.say(_answer(state, slug), _line(state, slug))
    if any(state.failed for state in states):
        raise typer.Exit(1)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise typer.BadParameter("a time is written like 2027-01-01T03:00:00+01:00", param_hint="--now")
    return moment.astimezone(UTC)


def _answer(state: JobState, slug: str | None) -> dict[str, object]:
    return {
        "job": state.job.name,
        "company": slug,
        "due_at": state.due_at,
        "running": state.is_leased,
        "started_at": state.started_at,
        "done_at": state.done_at,
        "done": state.done,
        "failed": state.failed,
        "error": state.error,
    }


def _line(state: JobState, slug: str | None) -> str:
    who = state.job.name if slug is None else f"{state.job.name} of {slug}"
    ended = "not done yet" if state.done_at is None else f"{state.done} done by {state.done_at:%Y-%m-%d %H:%M} UTC"
    failed = f", failed {state.failed} times since: {state.error}" if state.failed else ""
    return f"{who}: {ended}{failed}" + (", running" if state.is_leased else "")
