"""The job `wallets`: tells the makers of wallets what has changed on the passes of their phones.

A pass is told again if the process ends before the maker's answer is noted, so each change is told once at least. Tills
wait for none of it.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from server.companies import programs
from server.jobs.runner import Run
from server.jobs.wallets import changes
from server.wallet import makers, state, telling

LOOK_EACH = timedelta(hours=1)  # a change makes the job due at once


def tell(run: Run) -> None:
    """Tells what is due, and deletes the passes of cards that were erased a while ago."""
    services = run.services
    tellers = {one.maker: one for one in services.tellers}
    with services.units.read() as conn:
        if not state.has_passes(conn, run.company):
            return
        latest = state.company_version(conn, run.company)
    changes.mark_all(run, latest)
    while tellers:
        with services.units.read() as conn:
            among = tellers.keys() - makers.stopped(conn, run.now)
            found = telling.owed(conn, run.company, services.keys, among, url=services.url, now=run.now)
        if not found:
            break
        with run.batch() as conn:
            wanted = telling.take(conn, found, run.now)
        left_alone = set()
        for told, content in wanted:
            if told.maker in left_alone:
                continue  # it is due again soon
            run.goes_on()
            with run.waits():  # in no unit of work, as it may take 10 s
                outcome = tellers[told.maker].tell(told, content, run.now)
            with run.batch(is_record=True) as conn:
                if not telling.note(conn, told, outcome, run.now):
                    left_alone.add(told.maker)
                run.did(1)
    with run.batch() as conn:
        state.forget_erased(conn, run.company, run.now)


def due_again(conn: Connection, run: Run) -> datetime:
    """When the next pass is due, or a maker is asked again, or another program begins."""
    moments = [run.now + LOOK_EACH]
    stopped = makers.stopped(conn, run.now)
    for maker in {one.maker for one in run.services.tellers}:
        found = state.next_due(conn, run.company, [maker])
        if found is not None:
            moments.append(max(found, stopped.get(maker, found)))
    for program in programs.versions(conn, run.company).versions:
        if program.holds_from is not None and program.holds_from > run.now:
            moments.append(program.holds_from)
    return min(moments)
