"""Import and export: a file is sent, its columns are named, a dry run says what would become of each row, and then the
rows are carried out. Beside it everything of the company as a file."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import UploadFile
from starlette.responses import Response, StreamingResponse

from server import phrases
from server.accounts.rights import Right
from server.companies import stores
from server.edge import lists
from server.edge.asks import Ask
from server.edge.dispatcher import AGAIN_FIELD
from server.edge.lists import PageQuery
from server.edge.routes import Body, Page, Redirect, Route, Unit
from server.pages import forms
from server.pages.csv_files import CsvFile
from server.pages.forms import Form
from server.refusals import Refused
from server.transfer import csv_reading, exports, import_words, imports, row_values, staged_rows
from server.transfer.csv_reading import Encoding
from server.transfer.import_plan import Word
from server.transfer.imports import Import, State
from server.transfer.row_values import Choice, DateOrder
from server.transfer.staged_rows import StagedRow

_PATH = "/office/{slug}/import"
_IMPORT = _PATH + "/{import_id}"
_EXPORTS = _PATH + "/exports"
_EXPORTS_SHOWN = 5
_FORM_BYTES = 64 << 10  # of a form beside its file
_NOT_ASKED = ""


def _(message: str) -> str:
    """Marks a word for the catalogues; it is translated when used."""
    return message


STATES = {
    State.ARRIVING: ("info", _("Arriving")),
    State.SENT: ("warn", _("Columns to choose")),
    State.PLANNING: ("info", _("Dry run")),
    State.PLANNED: ("warn", _("To be started")),
    State.RUNNING: ("info", _("Importing")),
    State.DONE: ("ok", _("Imported")),
    State.FAILED: ("bad", _("Not readable")),
    State.DISCARDED: ("quiet", _("Discarded")),
}
WORDS = {
    Word.MAKES: _("Make a card"),
    Word.ADDS: _("Add to a card"),
    Word.CLASHES: _("Clash"),
    Word.REFUSED: _("Refused"),
}
_DATES = {
    DateOrder.ISO: _("2026-03-31, the year first"),
    DateOrder.DAY_FIRST: _("31.03.2026, the day first"),
    DateOrder.MONTH_FIRST: _("03/31/2026, the month first"),
}


class FileForm(Body):
    model_config = ConfigDict(arbitrary_types_allowed=True)

    file: UploadFile | str | None = None  # a text if the browser had none to send
    again: bool = False


class ColumnsForm(Body):
    """The place of each field's column, or nothing."""

    old_code: str = _NOT_ASKED
    card_number: str = _NOT_ASKED
    name: str = _NOT_ASKED
    email: str = _NOT_ASKED
    phone: str = _NOT_ASKED
    language: str = _NOT_ASKED
    consent: str = _NOT_ASKED
    consent_on: str = _NOT_ASKED
    stamps: str = _NOT_ASKED
    points: str = _NOT_ASKED
    enrolled_on: str = _NOT_ASKED
    last_activity_on: str = _NOT_ASKED
    store: str = _NOT_ASKED
    dates: DateOrder = DateOrder.ISO
    default_store: UUID

    def choice(self) -> Choice:
        """What was chosen; a field whose column is no number has none."""
        places = {field: getattr(self, field.value) for field in row_values.Field}
        columns = {field: int(place) for field, place in places.items() if place.isascii() and place.isdecimal()}
        return Choice(columns=columns, dates=self.dates, store=self.default_store)


class RowsQuery(BaseModel):
    """Which rows of the import are shown."""

    word: Annotated[Word | None, Field()] = None


def listed(ask: Ask) -> Page:
    return _list_page(ask, forms.stored(), ask.query)


def send(ask: Ask) -> Page | Redirect:
    here, sent = ask.installation, ask.body
    file = None if ask.errors else sent.file
    if not isinstance(file, UploadFile):
        return _again(ask, forms.Form({}, {"file": ask.words.gettext(_("Please choose a file."))}))
    own = here.keys.company(ask.company_id)
    try:
        looked = imports.looked_through(file.filename or "import.csv", file.file)
        import_id = imports.store(
            here.units, ask.company_id, own, looked, file.file, by=ask.who.staff_id, is_again=sent.again, now=ask.now
        )
    except Refused as no:
        return _again(ask, forms.refused(ask, no))
    with here.units.write(ask.company_id) as conn:
        found = imports.arrived(conn, ask.company_id, import_id, ask.now)
        ask.within(conn).log("import_sent", "import", import_id, after=imports.logged(found))
    return Redirect(_IMPORT.format(**ask.path, import_id=import_id))


def shown(ask: Ask) -> Page:
    found = imports.by_id(ask.conn, ask.company_id, ask.id("import_id"))
    return _import_page(ask, found, _chosen(found))


def plan(ask: Ask) -> Page | Redirect:
    found = imports.by_id(ask.conn, ask.company_id, ask.id("import_id"))
    if ask.errors:
        return _import_page(ask, found, forms.typed(ask))
    try:
        imports.plan(ask.conn, ask.company_id, found.id, ask.body.choice(), ask.now)
    except Refused as no:
        return _import_page(ask, found, forms.refused(ask, no))
    return _done(ask, found, "import_planned")


def start(ask: Ask) -> Redirect:
    found = imports.by_id(ask.conn, ask.company_id, ask.id("import_id"))
    imports.start(ask.conn, ask.company_id, found.id, run_by=ask.who.staff_id, now=ask.now)
    return _done(ask, found, "import_started")


def discard(ask: Ask) -> Redirect:
    found = imports.by_id(ask.conn, ask.company_id, ask.id("import_id"))
    imports.discard(ask.conn, ask.company_id, found.id, ask.now)
    ask.log("import_discarded", "import", found.id, after=imports.logged(found))
    return Redirect(_PATH.format(slug=ask.path["slug"]))


def refused(ask: Ask) -> Response:
    """The rows that are not taken, as they came and with the reason, for whoever mends them."""
    assert ask.company is not None, "the path names a company"
    here, import_id = ask.installation, ask.id("import_id")
    own, after = here.keys.company(ask.company_id), 0
    with here.units.read() as conn:
        found = imports.by_id(conn, ask.company_id, import_id)
        head = [*found.shape.columns, "row", "reason", "clashes_with_row"]
        file = CsvFile(ask.words.language, ask.company.settings.time_zone, head)
        while rows := staged_rows.listed(
            conn, ask.company_id, import_id, own, (Word.CLASHES, Word.REFUSED), after=after
        ):
            file.add(_refused_cells(found, row) for row in rows)
            after = rows[-1].number
    with here.units.write_unlocked() as conn:
        ask.within(conn).log("import_refused_taken", "import", import_id, after={"count": file.rows})
    return file.response(f"{ask.company.slug}-refused-{ask.now:%Y-%m-%d}")


def export(ask: Ask) -> Redirect:
    found = exports.ask(ask.conn, ask.company_id, by=ask.who.staff_id, now=ask.now)
    ask.log("export_asked", "export", found.id)
    return Redirect(f"{_PATH.format(**ask.path)}#exports")


def take(ask: Ask) -> Response | Redirect:
    """The file of an export. With the password comes the list again, whose button then gives the file."""
    if (ask.form or {}).get(AGAIN_FIELD):
        return Redirect(f"{_PATH.format(slug=ask.path['slug'])}#exports")
    here, export_id = ask.installation, ask.id("export_id")
    with here.units.write_unlocked() as conn:
        exports.taken(conn, ask.company_id, export_id)
        ask.within(conn).log("export_taken", "export", export_id)
    content = exports.content(here.units, ask.company_id, export_id, here.keys.company(ask.company_id))
    headers = {"Content-Disposition": f'attachment; filename="{ask.path["slug"]}-{ask.now:%Y-%m-%d}.zip"'}
    return StreamingResponse(content, media_type="application/zip", headers=headers)


def _refused_cells(found: Import, row: StagedRow) -> list[str | int | None]:
    wide = len(found.shape.columns)
    cells = [*(row.cells or ()), *[""] * wide][:wide]
    return [*cells, row.number, row.reason, row.other_row]


def _again(ask: Ask, form: Form) -> Page:
    """The list with what is wrong with a file that was sent."""
    with ask.installation.units.read() as conn:
        return _list_page(ask.within(conn), Form({"again": ""}, form.errors), PageQuery())


def _list_page(ask: Ask, form: Form, query: PageQuery) -> Page:
    rows = imports.listed(ask.conn, ask.company_id, limit=lists.ROWS, offset=query.offset)
    values = {
        "form": form,
        "asks_password": not ask.who.session.is_confirmed(ask.now),
        "imports": rows,
        "states": {state: (kind, ask.words.gettext(said)) for state, (kind, said) in STATES.items()},
        "place": lists.paging(query, len(rows), imports.count(ask.conn, ask.company_id)),
        "exports": exports.listed(ask.conn, ask.company_id, limit=_EXPORTS_SHOWN),
    }
    return Page("office/set_up/transfer.html", values, form.status)


def _import_page(ask: Ask, found: Import, form: Form) -> Page:
    assert ask.company is not None, "the path names a company"
    words = ask.words
    chosen = ask.query.word if isinstance(ask.query, RowsQuery) else None
    word = chosen or next((one for one in (Word.REFUSED, Word.CLASHES, *Word) if found.counts[one]), Word.MAKES)
    may = ask.who.may(Right.SETUP_CHANGE)
    is_staged = found.state in (State.PLANNED, State.RUNNING, State.DONE) and not found.is_cleared
    rows = []
    if may and is_staged:
        keys = ask.installation.keys.company(ask.company_id)
        rows = staged_rows.listed(ask.conn, ask.company_id, found.id, keys, [word])
    columns = [(str(place), name or f"{place + 1}") for place, name in enumerate(found.shape.columns)]
    kind, said = STATES[found.state]
    values = {
        "form": form,
        "one": found,
        "kind": kind,
        "state": words.gettext(said),
        "wrong_file": "" if found.wrong is None else phrases.csv_file(found.wrong, words),
        "is_guess": found.shape.encoding is Encoding.WINDOWS_1252,
        "fields": [(field.value, words.gettext(label)) for field, label in import_words.FIELDS.items()],
        "columns": [("", words.gettext(_("no column"))), *columns],
        "dates": [(order.value, words.gettext(label)) for order, label in _DATES.items()],
        "stores": forms.store_options(ask, stores.listed(ask.conn, ask.company_id)),
        "chooses": may and not found.is_cleared and found.state in (State.SENT, State.PLANNED, State.FAILED),
        "is_staged": is_staged,
        "is_weak": bool(found.weak_codes) and ask.company.settings.old_codes_redeem,
        "words": [(one.value, words.gettext(label), found.counts[one]) for one, label in WORDS.items()],
        "word": word.value,
        "rows": rows,
        "most": staged_rows.SHOWN_MAX,
        "reasons": {row.reason: import_words.of_row(row.reason, words) for row in rows if row.reason is not None},
    }
    return Page("office/set_up/import.html", values, form.status, is_still=found.state not in imports.BUSY)


def _chosen(found: Import) -> Form:
    """The columns that were chosen, or as their names say."""
    choice = found.choice
    columns = row_values.guessed(found.shape.columns) if choice is None else choice.columns
    chosen = {field.value: str(columns[field]) if field in columns else "" for field in row_values.Field}
    dates = DateOrder.ISO if choice is None else choice.dates
    return forms.stored(**chosen, dates=dates.value, default_store="" if choice is None else choice.store)


def _done(ask: Ask, found: Import, action: str) -> Redirect:
    ask.log(action, "import", found.id, after=imports.logged(imports.by_id(ask.conn, ask.company_id, found.id)))
    return Redirect(_IMPORT.format(**ask.path))


ROUTES = (
    Route(
        method="GET",
        path=_PATH,
        right=Right.SETUP_READ,
        handler=listed,
        title="Import and export",
        query=PageQuery,
        is_live=True,
    ),
    Route(
        method="POST",
        path=_PATH,
        right=Right.SETUP_CHANGE,
        handler=send,
        title="Import and export",
        body=FileForm,
        unit=Unit.OWN,
        confirms=True,
        body_max=csv_reading.FILE_BYTES_MAX + _FORM_BYTES,
        takes_file="multipart/form-data",
    ),
    Route(
        method="GET",
        path=_IMPORT,
        right=Right.SETUP_READ,
        handler=shown,
        title="Import",
        query=RowsQuery,
        is_live=True,
    ),
    Route(
        method="POST",
        path=_IMPORT + "/plan",
        right=Right.SETUP_CHANGE,
        handler=plan,
        title="Import",
        body=ColumnsForm,
    ),
    Route(
        method="POST", path=_IMPORT + "/start", right=Right.SETUP_CHANGE, handler=start, title="Import", confirms=True
    ),
    Route(method="POST", path=_IMPORT + "/discard", right=Right.SETUP_CHANGE, handler=discard, title="Import"),
    Route(
        method="POST",
        path=_IMPORT + "/refused.csv",
        right=Right.SETUP_CHANGE,
        handler=refused,
        title="Import",
        unit=Unit.OWN,
        while_suspended=True,
    ),
    Route(
        method="POST",
        path=_EXPORTS,
        right=Right.SETUP_CHANGE,
        handler=export,
        title="Import and export",
        confirms=True,
        while_suspended=True,
    ),
    Route(
        method="POST",
        path=_EXPORTS + "/{export_id}/file",
        right=Right.SETUP_CHANGE,
        handler=take,
        title="Import and export",
        unit=Unit.OWN,
        confirms=True,
        while_suspended=True,
    ),
)
