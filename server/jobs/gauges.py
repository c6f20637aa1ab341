"""The job `gauges`: notes each day what the company's cards are and hold."""

from server.companies import companies
from server.figures import gauges
from server.jobs.runner import Run


def note(run: Run) -> None:
    """Notes the present day's gauge."""
    with run.services.units.read() as conn:
        day = run.now.astimezone(companies.by_id(conn, run.company).settings.zone).date()
        gauge = gauges.present(conn, run.company, run.now)
    with run.batch() as conn:
        gauges.write(conn, run.company, day, gauge, run.now)
        run.did(1)
