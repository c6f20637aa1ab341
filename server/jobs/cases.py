"""The job `cases` settles cases whose entries have come by another way; `case_digest` tells managers what waits."""

from server.cases import digest, settling
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


def tell(run: Run) -> None:
    """One mail to each who decides and has an open case; without a mail server nobody is told."""
    services = run.services
    if services.smtp is None:
        return
    with services.units.read() as conn:
        company = companies.by_id(conn, run.company)
        readers = digest.readers(conn, run.company)
    for reader in readers:
        with run.batch() as conn:
            run.did(digest.queue(conn, services.keys, company, reader, url=services.url, now=run.now))
