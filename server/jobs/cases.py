"""The job `cases`: settles cases whose entries have come by another way."""

from server.cases import settling
from server.companies import companies
from server.jobs.runner import Run

AT_ONCE = 200


def settle(run: Run) -> None:
    """Settles what there is, after each change of the company."""
    with run.services.units.read() as conn:
        version = companies.version(conn, run.company)
    while True:
        with run.services.units.read() as conn:
            found = settling.come_otherwise(conn, run.company, AT_ONCE)
        if not found:
            break
        with run.batch(books=True) as conn:
            settling.settle(conn, run.company, found, run.now)
            run.did(len(found))
    run.read_version = version
