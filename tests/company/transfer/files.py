"""Imports on a shop on paper: a file is sent, its columns are named, and a worker plans and carries it out."""

from collections.abc import Sequence
from io import BytesIO
from uuid import UUID

from sqlalchemy import select

from server.db.job_queue import DueJob
from server.db.tables import transactions
from server.jobs.imports import carry_on, due_again
from server.jobs.runner import Job
from server.transfer import imports, row_values, staged_rows
from server.transfer.import_plan import Word
from server.transfer.imports import Import
from server.transfer.row_values import Choice, DateOrder
from tests.company.jobs.workers import Hands, PaperClock, a_worker
from tests.support.paper_shop import PaperShop

JOB = Job(imports.JOB, carry_on, due_again)


def csv_of(head: str, *rows: str) -> bytes:
    """A file of these rows."""
    return "\r\n".join([head, *rows]).encode()


def sent(shop: PaperShop, content: bytes, *, is_again: bool = False) -> UUID:
    """The import of a file that has arrived."""
    file, own = BytesIO(content), shop.keys.company(shop.company_id)
    looked = imports.looked_through("old.csv", file)
    import_id = imports.store(
        shop.units, shop.company_id, own, looked, file, by=shop.manager, is_again=is_again, now=shop.now
    )
    with shop.units.write(shop.company_id) as conn:
        imports.arrived(conn, shop.company_id, import_id, shop.now)
    return import_id


def planned(
    shop: PaperShop, content: bytes, store: str = "Gare", dates: DateOrder = DateOrder.ISO, *, is_again: bool = False
) -> UUID:
    """The import of a file after its dry run, with the columns as their names say."""
    import_id = sent(shop, content, is_again=is_again)
    choose(shop, import_id, store, dates)
    work(shop)
    return import_id


def choose(shop: PaperShop, import_id: UUID, store: str = "Gare", dates: DateOrder = DateOrder.ISO) -> None:
    """Begins the dry run."""
    with shop.units.write(shop.company_id) as conn:
        place = shop.store(conn, store).id
        columns = row_values.guessed(imports.by_id(conn, shop.company_id, import_id).shape.columns)
        choice = Choice(columns=columns, dates=dates, store=place)
        imports.plan(conn, shop.company_id, import_id, choice, shop.now)


def started(shop: PaperShop, import_id: UUID) -> None:
    with shop.units.write(shop.company_id) as conn:
        imports.start(conn, shop.company_id, import_id, run_by=shop.manager, now=shop.now)


def imported(shop: PaperShop, content: bytes, store: str = "Gare", dates: DateOrder = DateOrder.ISO) -> UUID:
    """The import of a file that was carried out."""
    import_id = planned(shop, content, store, dates)
    started(shop, import_id)
    work(shop)
    return import_id


def work(shop: PaperShop, hands: Hands | None = None) -> None:
    """A worker carries on with what there is."""
    shop.passes(minutes=2)  # the lease of a worker that died has ended
    worker = a_worker(shop, PaperClock(shop.now), JOB, hands=hands)
    worker.run(DueJob(shop.company_id, imports.JOB), shop.now)


def found(shop: PaperShop, import_id: UUID) -> Import:
    with shop.units.read() as conn:
        return imports.by_id(conn, shop.company_id, import_id)


def outcomes(shop: PaperShop, import_id: UUID) -> list[tuple[int, Word, str | None]]:
    """What becomes of each row."""
    keys = shop.keys.company(shop.company_id)
    with shop.units.read() as conn:
        rows = staged_rows.listed(conn, shop.company_id, import_id, keys, list(Word), limit=10_000)
    return [(row.number, row.word, row.reason) for row in rows]


def booked(shop: PaperShop) -> Sequence[tuple[UUID, str, int, int]]:
    """What the ledger holds, in its order."""
    columns = (transactions.c.transaction_id, transactions.c.kind, transactions.c.stamps, transactions.c.points)
    with shop.units.read() as conn:
        rows = conn.execute(select(*columns).order_by(transactions.c.version)).all()
    return [(row.transaction_id, row.kind, row.stamps, row.points) for row in rows]
