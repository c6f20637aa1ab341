"""Enrolment: sheets of blank cards, ordered, printed, counted and withdrawn."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field
from starlette.responses import Response

from server.accounts.rights import Right
from server.cards.paper import drawing, sheets
from server.cards.paper.drawing import CARD_MM, CODE_MM, LAYOUTS, MARGIN_MM
from server.cards.paper.sheets import COUNT_MAX, Order, Paper
from server.companies import programs, stores
from server.edge import lists
from server.edge.asks import Ask
from server.edge.lists import PageQuery
from server.edge.routes import Body, Page, Redirect, Route, Unit
from server.pages import forms
from server.pages.forms import Form
from server.refusals import Refused
from server.translations import LANGUAGES

_PATH = "/office/{slug}/enrolment"
_SHEET = _PATH + "/{sheet_id}"
_SAMPLE_TOKEN = "sample" * 5 + "00"  # as long as a real one
_SAMPLE_NUMBER = "0000-0000-0000"
_COUNT = 50
_LANGUAGES = ("fr", "de")


def _(message: str) -> str:
    """Marks a word for the catalogues; it is translated when used."""
    return message


_PAPERS = {
    Paper.A4: _("A4, 10 cards of 85 \u00d7 54 mm"),
    Paper.LETTER: _("Letter, 8 cards of 85 \u00d7 54 mm"),
    Paper.SINGLE: _("One card a page, 85 \u00d7 54 mm"),
}


class EnrolmentQuery(PageQuery):
    """The page of the list, and what the preview shows."""

    store: UUID | None = None
    count: Annotated[int, Field(ge=1, le=COUNT_MAX)] = _COUNT
    paper: Paper = Paper.A4
    language: str = _LANGUAGES[0]
    second_language: str = _LANGUAGES[1]


class NewSheet(Body):
    store: UUID
    count: Annotated[int, Field(ge=1, le=COUNT_MAX)]
    paper: Paper
    language: str
    second_language: str


class _Asked(BaseModel):
    """A form without fields."""


def shown(ask: Ask) -> Page:
    query: EnrolmentQuery = ask.query
    return _page(
        ask,
        forms.stored(
            store=query.store,
            count=query.count,
            paper=query.paper.value,
            language=_known(query.language, 0),
            second_language=_known(query.second_language, 1),
        ),
        query,
    )


def make(ask: Ask) -> Page | Redirect:
    if ask.errors:
        return _page(ask, forms.typed(ask), EnrolmentQuery())
    assert ask.booking_id is not None, "the route books"
    sent: NewSheet = ask.body
    languages = _known(sent.language, 0), _known(sent.second_language, 1)
    order = Order(sent.store, sent.count, sent.paper, languages)
    try:
        sheet = sheets.make(ask.conn, ask.company_id, ask.installation.keys, ask.booking_id, order, ask.now)
    except Refused as no:
        return _page(ask, forms.refused(ask, no), EnrolmentQuery())
    ask.log("sheet_made", "sheet", sheet.id, after=sheets.logged(sheet))
    return Redirect(f"{_PATH.format(slug=ask.path['slug'])}#sheets")


def printed(ask: Ask) -> Response:
    """The PDF of a sheet. It is drawn after the unit of work, as that holds the company's lock."""
    assert ask.company is not None, "the path names a company"
    keys, sheet_id = ask.installation.keys, ask.id("sheet_id")
    with drawing.turn():
        with ask.installation.units.write(ask.company_id) as conn:
            sheet, codes = sheets.codes(conn, ask.company_id, keys.company(ask.company_id), sheet_id, ask.now)
            program = programs.versions(conn, ask.company_id).at(ask.now)
            ask.within(conn).log("sheet_printed", "sheet", sheet_id, after={"cards": sheet.count})
        wording = drawing.wording(
            ask.company.name, program, sheet.languages, self_enrolment=ask.company.settings.self_enrolment
        )
        content = drawing.pdf(codes, wording, sheet.paper, ask.to(""))
    name = f"{ask.path['slug']}-{sheet.made_at:%Y-%m-%d}-{sheet.count}.pdf"
    return Response(
        content, media_type="application/pdf", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def asked(ask: Ask) -> Page:
    """Asks before the rest of a sheet is withdrawn."""
    sheet = sheets.by_id(ask.conn, ask.company_id, ask.id("sheet_id"))
    store = stores.by_id(ask.conn, ask.company_id, sheet.store_id)
    return Page("office/sheet_withdraw.html", {"sheet": sheet, "store": store})


def withdraw(ask: Ask) -> Redirect:
    sheet_id = ask.id("sheet_id")
    count = sheets.withdraw(ask.conn, ask.company_id, sheet_id, ask.now)
    ask.log("sheet_withdrawn", "sheet", sheet_id, after={"cards": count})
    return Redirect(f"{_PATH.format(slug=ask.path['slug'])}#sheets")


def _page(ask: Ask, form: Form, query: EnrolmentQuery) -> Page:
    assert ask.company is not None, "the path names a company"
    known = stores.listed(ask.conn, ask.company_id)
    rows = sheets.listed(ask.conn, ask.company_id, limit=lists.ROWS, offset=query.offset)
    program = programs.versions(ask.conn, ask.company_id).at(ask.now)
    layout = LAYOUTS[query.paper]
    text = drawing.code_text(_SAMPLE_TOKEN, ask.to(""))
    languages = [_known(query.language, 0), _known(query.second_language, 1)]
    wording = drawing.wording(ask.company.name, program, languages, self_enrolment=ask.company.settings.self_enrolment)
    values = {
        "form": form,
        "stores": forms.store_options(ask, known),
        "names": {one.id: one.name for one in known},
        "papers": [(paper.value, ask.words.gettext(label)) for paper, label in _PAPERS.items()],
        "spoken": list(LANGUAGES.items()),
        "count_max": COUNT_MAX,
        "sheets": rows,
        "place": lists.paging(query, len(rows), sheets.count(ask.conn, ask.company_id)),
        "layout": layout,
        "places": list(layout.places())[: query.count],
        "pages": drawing.pages(query.count, query.paper),
        "card": CARD_MM,
        "margin": MARGIN_MM,
        "code": (*drawing.code_place(), CODE_MM, *drawing.runs(text)),
        "lines": [*drawing.lines(wording, text), drawing.number_line(_SAMPLE_NUMBER)],
        "query": query,
    }
    return Page("office/enrolment.html", values, form.status)


def _known(language: str, place: int) -> str:
    return language if language in LANGUAGES else _LANGUAGES[place]


ROUTES = (
    Route(
        method="GET",
        path=_PATH,
        right=Right.ENROLMENT_READ,
        handler=shown,
        title="Enrolment",
        query=EnrolmentQuery,
    ),
    Route(
        method="POST",
        path=_PATH,
        right=Right.ENROLMENT_CHANGE,
        handler=make,
        title="Enrolment",
        body=NewSheet,
        books=True,
    ),
    Route(
        method="POST",
        path=_SHEET + "/pdf",
        right=Right.ENROLMENT_CHANGE,
        handler=printed,
        title="Enrolment",
        unit=Unit.OWN,
    ),
    Route(
        method="GET",
        path=_SHEET + "/withdraw",
        right=Right.ENROLMENT_CHANGE,
        handler=asked,
        title="Withdraw cards",
    ),
    Route(
        method="POST",
        path=_SHEET + "/withdraw",
        right=Right.ENROLMENT_CHANGE,
        handler=withdraw,
        title="Withdraw cards",
    ),
)
