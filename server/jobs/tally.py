"""The job `tally`: adds the company's new transactions to its sums by day."""

from server.companies import companies
from server.figures import tallies
from server.jobs.runner import Run


def follow(run: Run) -> None:
    """Adds each store's transactions from its cursor on."""
    with run.services.units.read() as conn:
        clock = companies.version(conn, run.company)
        zone = companies.by_id(conn, run.company).settings.zone
        done = tallies.cursors(conn, run.company, zone)
        store_ids = tallies.store_ids(conn, run.company)
    if done is None:
        with run.batch() as conn:
            tallies.forget(conn, run.company)
        done = {}
    for store_id in store_ids:
        after = done.get(store_id, 0)
        is_all = False
        while not is_all:
            with run.services.units.read() as conn:
                part = tallies.next_part(conn, run.company, store_id, after, zone)
            if part.count:
                with run.batch() as conn:
                    tallies.write(conn, run.company, part, run.now)
                    run.did(part.count)
            after, is_all = part.until, part.is_all
    run.read_version = clock
