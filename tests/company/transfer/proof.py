"""An import that is killed while it is planned and carried out, and goes on, beside the same one in one go."""

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, select

from server import bootstrap, logs, settings
from server.bootstrap import Server
from server.companies import companies, stores
from server.db import job_queue
from server.db.job_queue import DueJob
from server.db.tables import transactions
from server.db.transfer_tables import old_codes
from server.demo.filling import fill
from server.jobs.runner import Runner, Services
from server.jobs.schedule import JOBS
from server.ledger.feed.check import check
from server.transfer import imports, row_values
from server.transfer.imports import Import, State
from server.transfer.row_values import Choice, DateOrder
from tests.support.child_process import started

CUSTOMERS, BLANKS = 8, 4
LEASE_S = 61  # what a killed worker leaves behind is waited out by a clock, not by the proof
_WORK = "tests.company.transfer"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import has led to."""

    ledger: list[tuple[Any, ...]]  # by row instead of by id
    codes: int
    found: Import
    is_sound: bool
    kills: int
    seconds: float


def rows(count: int) -> Iterator[str]:
    """Rows of every kind: most make cards, some clash with an earlier one, some cannot be read."""
    yield "code,name,email,phone,stamps,points,enrolled_on,last_activity_on"
    for n in range(count):
        code = f"4.8E+{n}" if n % 97 == 0 else f"OLD-{n - 1 if n % 53 == 0 else n:07}"
        email = f"person{n}@example.com" if n % 3 else ""
        phone = f"+35262{n:07}" if n % 5 == 0 else ""
        enrolled, active = f"2024-0{1 + n % 9}-1{n % 9}", f"2026-0{1 + n % 6}-2{n % 8}"
        yield f"{code},Person {n},{email},{phone},{n % 12},{n % 400},{enrolled},{active}"


def prove(folder: Path, count: int, kills: int, seed: int) -> tuple[Outcome, Outcome]:
    """Imports the same rows in one go, and killed so often at random."""
    content = "\r\n".join(rows(count)).encode()
    whole = _imported(folder / "whole", content, 0, random.Random(seed), None)
    killed = _imported(folder / "killed", content, kills, random.Random(seed), whole.seconds)
    return whole, killed


def work(folder: Path, offset_s: int) -> None:
    """Carries on with the import, as a process of a server does; its clock is ahead by so many seconds."""
    logs.configure()
    server = _server(folder)
    with server.units.read() as conn:
        (company,) = companies.listed(conn)

    def clock(conn: Connection) -> Any:
        return job_queue.database_time(conn) + timedelta(seconds=offset_s)

    Runner(Services(server.units, server.keys), JOBS, clock=clock).run(DueJob(company.id, imports.JOB))


def _imported(folder: Path, content: bytes, kills: int, chance: random.Random, whole_s: float | None) -> Outcome:
    folder.mkdir()
    server = _server(folder, create=True)
    company_id = fill(server, CUSTOMERS, BLANKS).company.id
    bootstrap.runner(server).round()
    import_id = _sent(server, company_id, content)
    began, offset_s, done = time.monotonic(), 0, 0
    while (found := _found(server, company_id, import_id)).state is not State.DONE:
        if found.state is State.PLANNED:
            with server.units.write(company_id) as conn:
                imports.start(conn, company_id, import_id, run_by=None, now=server.now())
        wait_s = None if done >= kills or whole_s is None else chance.uniform(0.5, 1.5) * whole_s / (kills + 1)
        command = [sys.executable, "-m", _WORK, "work", str(folder), str(offset_s)]
        with started(command) as worker:
            try:
                is_well = worker.wait(wait_s) == 0
                if not is_well or _found(server, company_id, import_id).state in imports.BUSY:
                    raise AssertionError("a worker failed")
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()
                done += 1
        offset_s += LEASE_S
    seconds = time.monotonic() - began
    with server.units.read() as conn:
        checked = check(conn, company_id)
        ledger = _ledger(conn, company_id, import_id, len(content.splitlines()))
        codes = len(conn.execute(select(old_codes.c.hash).where(old_codes.c.company_id == company_id)).all())
    is_sound = not checked.wrong and not checked.wrong_sums
    return Outcome(ledger, codes, found, is_sound, done, seconds)


def _sent(server: Server, company_id: UUID, content: bytes) -> UUID:
    now, own, file = server.now(), server.keys.company(company_id), BytesIO(content)
    sent = imports.looked_through("proof.csv", file)
    import_id = imports.store(server.units, company_id, own, sent, file, by=None, is_again=False, now=now)
    with server.units.write(company_id) as conn:
        columns = row_values.guessed(imports.arrived(conn, company_id, import_id, now).shape.columns)
        store = stores.listed(conn, company_id)[0]
        imports.plan(conn, company_id, import_id, Choice(columns=columns, dates=DateOrder.ISO, store=store.id), now)
    return import_id


def _ledger(conn: Connection, company_id: UUID, import_id: UUID, lines: int) -> list[tuple[Any, ...]]:
    """The transactions that the import has booked, in their order, by the row that each is of."""
    kinds = ("card_created", "stamps_adjusted", "points_adjusted")
    of_row = {uuid5(import_id, f"{number} {kind}"): number for number in range(lines + 1) for kind in kinds}
    columns = ("transaction_id", "kind", "stamps", "points", "occurred_at", "reason", "store_id", "program_number")
    query = select(*(transactions.c[name] for name in columns)).where(transactions.c.company_id == company_id)
    found = conn.execute(query.order_by(transactions.c.version)).all()
    return [(of_row[row[0]], row[1], row[2], row[3], row[4], row[5]) for row in found if row[0] in of_row]


def _found(server: Server, company_id: UUID, import_id: UUID) -> Import:
    with server.units.read() as conn:
        return imports.by_id(conn, company_id, import_id)


def _server(folder: Path, *, create: bool = False) -> Server:
    return bootstrap.open_server(settings.read({"ORION_DATABASE": f"sqlite:///{folder / 'server.db'}"}), create=create)
