"""`/api/store/v1/{slug}/imports` and `exports`: cards from a CSV file, and everything of the company as a file."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field
from starlette.responses import Response, StreamingResponse

from server.accounts.rights import Right
from server.edge import lists
from server.edge.asks import Ask
from server.edge.lists import Listed, ListQuery
from server.edge.routes import Body, Example, Route, Unit
from server.transfer import csv_reading, exports, imports, row_values, staged_rows
from server.transfer.import_plan import Word
from server.transfer.imports import NAME_CHARS_MAX, State
from server.transfer.row_values import Choice, DateOrder
from server.transfer.staged_rows import StagedRow

_IMPORTS = "/api/store/v1/{slug}/imports"
_IMPORT = _IMPORTS + "/{import_id}"
_EXPORTS = "/api/store/v1/{slug}/exports"
_CSV, _ZIP = "text/csv", "application/zip"
_COLUMNS = {"old_code": 0, "name": 1, "points": 2}
_EXAMPLE = {
    "id": "0e5c9a57-8a4e-4b7e-9d43-5b1d9a0c7f21",
    "name": "customers.csv",
    "size": 48213,
    "encoding": "utf-8",
    "columns": ["Code", "Name", "Points"],
    "guess": _COLUMNS,
    "choice": {"columns": _COLUMNS, "dates": "iso", "store": "0b6f3a52-6f0e-4c55-9d3e-0d8f0d2a7c11"},
    "state": "planned",
    "wrong": None,
    "makes": 812,
    "adds": 3,
    "clashes": 5,
    "refused": 2,
    "done": 0,
    "sent_at": "2026-11-30T12:00:00Z",
    "done_at": None,
}
_ROW = {
    "number": 17,
    "word": "refused",
    "reason": "number_mangled",
    "other_row": None,
    "card": None,
    "cells": ["4.8E+11", "Marie Weber", "120"],
}


_EXPORT = {
    "id": "5d1f9a34-6b7c-4a0e-9f21-0e5c9a578a4e",
    "state": "done",
    "size": 1048213,
    "rows": 48211,
    "has_file": True,
    "asked_at": "2026-11-30T12:00:00Z",
    "done_at": "2026-11-30T12:00:08Z",
}


class Chosen(Body):
    """The column of each field, counted from 0; how dates are written; and the store of rows without one."""

    columns: Annotated[
        dict[row_values.Field, Annotated[int, Field(ge=0, le=csv_reading.COLUMNS_MAX - 1)]], Field(min_length=1)
    ]
    dates: DateOrder = DateOrder.ISO
    store: UUID


class ImportView(BaseModel):
    """An import: the file, what was chosen for it, and what becomes or became of its rows."""

    id: UUID
    name: str
    size: int
    encoding: str
    columns: list[str]
    guess: dict[row_values.Field, int]
    choice: Chosen | None
    state: State
    wrong: str | None
    makes: int
    adds: int
    clashes: int
    refused: int
    done: int
    sent_at: datetime
    done_at: datetime | None


class FileQuery(BaseModel):
    """The file's name, and whether it may be one that was imported before."""

    name: Annotated[str, Field(min_length=1, max_length=NAME_CHARS_MAX)] = "import.csv"
    again: bool = False


class RowsQuery(ListQuery):
    """Which rows: what becomes of them."""

    word: Word = Word.REFUSED


class ImportRow(BaseModel):
    """A row of the file; `cells` are gone once the import was cleared away."""

    number: int
    word: Word
    reason: str | None
    other_row: int | None
    card: UUID | None
    cells: list[str] | None


class ExportView(BaseModel):
    """An export of everything, whose file can be had for 24 hours."""

    id: UUID
    state: exports.State
    size: int
    rows: int
    has_file: bool
    asked_at: datetime
    done_at: datetime | None


def listed(ask: Ask) -> Listed[ImportView]:
    query: ListQuery = ask.query
    found = lists.after(query, (datetime, UUID))
    after = None if found is None else (found[0], found[1])
    rows = imports.listed(ask.conn, ask.company_id, limit=query.limit + 1, after=after)
    return lists.listed(query, rows, imports.count(ask.conn, ask.company_id), _shown, lambda one: (one.sent_at, one.id))


def send(ask: Ask) -> ImportView:
    query: FileQuery = ask.query
    assert ask.file is not None, "the route takes a file"
    here, own = ask.installation, ask.installation.keys.company(ask.company_id)
    sent = imports.looked_through(query.name, ask.file)
    import_id = imports.store(
        here.units, ask.company_id, own, sent, ask.file, by=ask.who.staff_id, is_again=query.again, now=ask.now
    )
    with here.units.write(ask.company_id) as conn:
        found = imports.arrived(conn, ask.company_id, import_id, ask.now)
        ask.within(conn).log("import_sent", "import", import_id, after=imports.logged(found))
    return _shown(found)


def shown(ask: Ask) -> ImportView:
    return _shown(imports.by_id(ask.conn, ask.company_id, ask.id("import_id")))


def plan(ask: Ask) -> ImportView:
    sent: Chosen = ask.body
    choice = Choice(columns=dict(sent.columns), dates=sent.dates, store=sent.store)
    imports.plan(ask.conn, ask.company_id, ask.id("import_id"), choice, ask.now)
    return _logged(ask, "import_planned")


def start(ask: Ask) -> ImportView:
    imports.start(ask.conn, ask.company_id, ask.id("import_id"), run_by=ask.who.staff_id, now=ask.now)
    return _logged(ask, "import_started")


def discard(ask: Ask) -> ImportView:
    imports.discard(ask.conn, ask.company_id, ask.id("import_id"), ask.now)
    return _logged(ask, "import_discarded")


def rows(ask: Ask) -> Listed[ImportRow]:
    query: RowsQuery = ask.query
    found = imports.by_id(ask.conn, ask.company_id, ask.id("import_id"))
    after = lists.after(query, (int,))
    keys = ask.installation.keys.company(ask.company_id)
    staged = staged_rows.listed(
        ask.conn,
        ask.company_id,
        found.id,
        keys,
        [query.word],
        after=0 if after is None else after[0],
        limit=query.limit + 1,
    )
    return lists.listed(query, staged, found.counts[query.word], _row, lambda one: (one.number,))


def exports_listed(ask: Ask) -> Listed[ExportView]:
    query: ListQuery = ask.query
    found = lists.after(query, (datetime, UUID))
    after = None if found is None else (found[0], found[1])
    rows = exports.listed(ask.conn, ask.company_id, limit=query.limit + 1, after=after)
    number = exports.count(ask.conn, ask.company_id)
    return lists.listed(query, rows, number, _export, lambda one: (one.asked_at, one.id))


def export(ask: Ask) -> ExportView:
    found = exports.ask(ask.conn, ask.company_id, by=ask.who.staff_id, now=ask.now)
    ask.log("export_asked", "export", found.id)
    return _export(found)


def take(ask: Ask) -> Response:
    """The file; that it was taken is in the audit log."""
    here, export_id = ask.installation, ask.id("export_id")
    with here.units.write_unlocked() as conn:
        exports.taken(conn, ask.company_id, export_id)
        ask.within(conn).log("export_taken", "export", export_id)
    content = exports.content(here.units, ask.company_id, export_id, here.keys.company(ask.company_id))
    headers = {"Content-Disposition": f'attachment; filename="{ask.path["slug"]}-{ask.now:%Y-%m-%d}.zip"'}
    return StreamingResponse(content, media_type=_ZIP, headers=headers)


def _export(found: exports.Export) -> ExportView:
    return ExportView(
        id=found.id,
        state=found.state,
        size=found.size,
        rows=found.rows,
        has_file=found.has_file,
        asked_at=found.asked_at,
        done_at=found.done_at,
    )


def _logged(ask: Ask, action: str) -> ImportView:
    found = imports.by_id(ask.conn, ask.company_id, ask.id("import_id"))
    ask.log(action, "import", found.id, after=imports.logged(found))
    return _shown(found)


def _shown(found: imports.Import) -> ImportView:
    choice = found.choice
    return ImportView(
        id=found.id,
        name=found.name,
        size=found.size,
        encoding=found.shape.encoding.value,
        columns=list(found.shape.columns),
        guess=row_values.guessed(found.shape.columns),
        choice=None if choice is None else Chosen(columns=choice.columns, dates=choice.dates, store=choice.store),
        state=found.state,
        wrong=found.wrong,
        makes=found.counts[Word.MAKES],
        adds=found.counts[Word.ADDS],
        clashes=found.counts[Word.CLASHES],
        refused=found.counts[Word.REFUSED],
        done=found.done,
        sent_at=found.sent_at,
        done_at=found.done_at,
    )


def _row(row: StagedRow) -> ImportRow:
    return ImportRow(
        number=row.number,
        word=row.word,
        reason=row.reason,
        other_row=row.other_row,
        card=row.card_id,
        cells=None if row.cells is None else list(row.cells),
    )


ROUTES = (
    Route(
        method="GET",
        path=_IMPORTS,
        right=Right.SETUP_READ,
        handler=listed,
        title="Lists the imports, the newest first.",
        query=ListQuery,
        answer=Listed[ImportView],
        example=Example(answer={"items": [_EXAMPLE], "next": None, "count": 1, "count_is_least": False}),
    ),
    Route(
        method="POST",
        path=_IMPORTS,
        right=Right.SETUP_CHANGE,
        handler=send,
        title="Sends a CSV file to import.",
        query=FileQuery,
        answer=ImportView,
        status=201,
        unit=Unit.OWN,
        confirms=True,
        body_max=csv_reading.FILE_BYTES_MAX,
        takes_file=_CSV,
        example=Example(
            query={"name": "customers.csv", "again": True},
            answer=_EXAMPLE | {"choice": None, "state": "sent", "makes": 0, "adds": 0, "clashes": 0, "refused": 0},
        ),
    ),
    Route(
        method="GET",
        path=_IMPORT,
        right=Right.SETUP_READ,
        handler=shown,
        title="Shows an import.",
        answer=ImportView,
        example=Example(answer=_EXAMPLE),
    ),
    Route(
        method="POST",
        path=_IMPORT + "/plan",
        right=Right.SETUP_CHANGE,
        handler=plan,
        title="Tries an import out with these columns, without importing anything.",
        body=Chosen,
        answer=ImportView,
        status=202,
        example=Example(body=_EXAMPLE["choice"], answer=_EXAMPLE | {"state": "planning"}),  # type: ignore[arg-type]
    ),
    Route(
        method="POST",
        path=_IMPORT + "/start",
        right=Right.SETUP_CHANGE,
        handler=start,
        title="Has the rows imported that were found good.",
        answer=ImportView,
        status=202,
        confirms=True,
        example=Example(answer=_EXAMPLE | {"state": "running"}),
    ),
    Route(
        method="POST",
        path=_IMPORT + "/discard",
        right=Right.SETUP_CHANGE,
        handler=discard,
        title="Gives up an import, whose file is then deleted.",
        answer=ImportView,
        example=Example(answer=_EXAMPLE | {"state": "discarded"}),
    ),
    Route(
        method="GET",
        path=_IMPORT + "/rows",
        right=Right.SETUP_CHANGE,
        handler=rows,
        title="Lists the rows of an import with what becomes of each.",
        query=RowsQuery,
        answer=Listed[ImportRow],
        example=Example(
            query={"word": "refused"}, answer={"items": [_ROW], "next": None, "count": 2, "count_is_least": False}
        ),
    ),
    Route(
        method="GET",
        path=_EXPORTS,
        right=Right.SETUP_READ,
        handler=exports_listed,
        title="Lists the exports of everything, the newest first.",
        query=ListQuery,
        answer=Listed[ExportView],
        example=Example(answer={"items": [_EXPORT], "next": None, "count": 1, "count_is_least": False}),
    ),
    Route(
        method="POST",
        path=_EXPORTS,
        right=Right.SETUP_CHANGE,
        handler=export,
        title="Has everything of the company exported.",
        answer=ExportView,
        status=202,
        confirms=True,
        while_suspended=True,
        example=Example(answer=_EXPORT | {"state": "asked", "size": 0, "rows": 0, "has_file": False, "done_at": None}),
    ),
    Route(
        method="POST",
        path=_EXPORTS + "/{export_id}/file",
        right=Right.SETUP_CHANGE,
        handler=take,
        title="Gives the file of an export: a ZIP of JSON lines, with codes and contacts in clear.",
        media_type=_ZIP,
        unit=Unit.OWN,
        confirms=True,
        while_suspended=True,
    ),
)
