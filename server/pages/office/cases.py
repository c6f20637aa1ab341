"""Cases: the list on the left, one case on the right with its story and its choices."""

from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from loyalty import case_phrases
from loyalty.cases import CaseKind, Choice
from loyalty.codes import written
from loyalty.staff import Role
from server.accounts.rights import Right
from server.cards import display_names
from server.cases import case_detail, case_list, case_words, deciding, groups
from server.cases.case_detail import CaseDetail
from server.cases.case_list import CaseFilters, Line, Sort
from server.cases.deciding import Decider, Typed
from server.companies import programs
from server.edge import lists
from server.edge.asks import Ask
from server.edge.fields import Note
from server.edge.lists import COUNT_MAX, ROWS, PageQuery
from server.edge.routes import Body, Page, Redirect, Route
from server.ledger.rows import cards as card_rows
from server.ledger.rows.cases import State
from server.pages import forms
from server.pages.forms import TOP, Form
from server.pages.office.card_merge import to_type
from server.pages.render import address
from server.refusals import ChangedMeanwhile, Refused

_PATH = "/office/{slug}/cases"


def _(message: str) -> str:
    """Marks a sentence for the catalogues; it is translated when used."""
    return message


_WRONG = _("That is not what stands there.")
_CHANGED = _("This has changed in the meantime: the choices show what they would do now.")


class CasesQuery(PageQuery):
    """The state, filters and order of the list, the case that is open, and the number of the one just decided."""

    state: State = State.OPEN
    kind: CaseKind | None = None
    group: UUID | None = None
    card: UUID | None = None
    sort: Sort = Sort.OLDEST
    case: UUID | None = None
    done: UUID | None = None
    asked: Annotated[int | None, Field(ge=1, le=COUNT_MAX)] = None

    def chosen(self) -> dict[str, Any]:
        """What the address says of the list."""
        return self.model_dump(mode="json", include={"state", "kind", "group", "card", "sort"}, exclude_defaults=True)


class DecisionForm(Body):
    choice: Choice
    card: Annotated[str, Field(max_length=200)] = ""
    blank: Annotated[str, Field(max_length=200)] = ""
    amount: Annotated[str, Field(max_length=12)] = ""
    note: Note = ""
    typed: Annotated[str, Field(max_length=80)] = ""  # the name that a merge asks for
    seen: Annotated[str, Field(max_length=2000)] = ""  # the marks of all choices as they were shown


class GroupForm(Body):
    for_all: Choice


def listed(ask: Ask) -> Page:
    query: CasesQuery = ask.query
    return _page(ask, query, query.case)


def decide(ask: Ask) -> Page | Redirect:
    case_id = ask.id("case_id")
    if ask.errors:
        return _page(ask, CasesQuery(case=case_id), case_id, forms.typed(ask))
    sent: DecisionForm = ask.body
    amount = int(sent.amount) if sent.amount.isascii() and sent.amount.isdigit() else None
    typed = Typed(
        choice=sent.choice.value,
        card=sent.card.strip(),
        blank=sent.blank.strip(),
        amount=amount,
        note=sent.note,
        seen=_mark_of(sent),
    )
    row = case_detail.row_of(ask.conn, ask.company_id, case_id, ask.who.store_ids)
    if sent.choice is Choice.MERGE and not _is_typed(ask, case_id, sent.typed):
        form = Form(forms.typed(ask).values, {"typed": ask.words.gettext(_WRONG)})
        return _page(ask, CasesQuery(case=case_id), case_id, form)
    try:
        deciding.decide(ask.ledger, case_id, typed, _decider(ask))
    except ChangedMeanwhile:
        form = Form(forms.typed(ask).values, {TOP: ask.words.gettext(_CHANGED)})
        return replace(_page(ask, CasesQuery(case=case_id), case_id, form), status=409)
    except Refused as no:
        return _page(ask, CasesQuery(case=case_id), case_id, forms.refused(ask, no))
    ask.log("case_decided", "case", case_id, after={"choice": sent.choice.value})
    following = _next(ask, row.number)
    return Redirect(address(_PATH.format(**ask.path), case=following, done=case_id))


def decide_group(ask: Ask) -> Page | Redirect:
    assert ask.booking_id is not None, "this form books"
    group_id = ask.id("group_id")
    query = CasesQuery(group=group_id)
    if ask.errors:
        return _page(ask, query, None, forms.typed(ask))
    choice = ask.body.for_all.value
    try:
        found = groups.ask(
            ask.conn, ask.company_id, group_id, choice, _decider(ask), decision_id=ask.booking_id, now=ask.now
        )
    except Refused as no:
        return _page(ask, query, None, forms.refused(ask, no))
    ask.log("case_group_decided", "case_group", group_id, after={"choice": choice, "cases": found})
    return Redirect(address(_PATH.format(**ask.path), asked=found))


def _is_typed(ask: Ask, case_id: UUID, typed: str) -> bool:
    """True if the name stands there that a merge asks for, or nothing can be merged."""
    merge = _found(ask, case_id).merge
    return merge is None or typed.strip() == to_type(merge)


def _mark_of(sent: DecisionForm) -> str | None:
    """The mark of the choice that was taken, among those that the form carries."""
    pairs = (part.partition(":") for part in sent.seen.split())
    return next((mark for name, _, mark in pairs if name == sent.choice.value and mark), None)


def _decider(ask: Ask) -> Decider:
    return Decider(ask.who.staff_id, Role(ask.who.role.value), ask.who.store_ids)


def _next(ask: Ask, number: int) -> UUID | None:
    """The next open case after one that was decided."""
    filters = CaseFilters(stores=ask.shown_stores)
    rows = case_list.listed(ask.conn, ask.company_id, filters, limit=1, after=(number, number))
    rows = rows or case_list.listed(ask.conn, ask.company_id, filters, limit=1)
    return rows[0].row.case_id if rows else None


def _page(ask: Ask, query: CasesQuery, case_id: UUID | None, form: Form | None = None) -> Page:
    assert ask.company is not None, "the path names a company"
    company, conn = ask.company, ask.conn
    stores_shown = ask.shown_stores
    filters = CaseFilters(
        state=query.state,
        kind=query.kind,
        stores=stores_shown,
        group=query.group,
        cards=None if query.card is None else card_rows.together(conn, company.id, query.card),
        sort=query.sort,
    )
    rows = case_list.listed(conn, company.id, filters, limit=ROWS, offset=query.offset)
    number = case_list.count(conn, company.id, filters, COUNT_MAX)
    names = display_names.names(conn, company.id)
    is_chosen = case_id is not None
    if case_id is None:
        case_id = next((line.row.case_id for line in rows if not line.is_group), None)
    found = None if case_id is None else _found(ask, case_id)
    program = None if found is None else programs.versions(conn, company.id).at(found.row.occurred_at)
    group_row = rows[0].row if query.group is not None and rows else None
    return Page(
        "office/cases.html",
        {
            "lines": [_line(ask, line) for line in rows],
            "place": lists.paging(query, len(rows), number),
            "query": query,
            "chosen": query.chosen(),
            "waiting": case_list.waiting(conn, company.id, stores_shown),
            "names": names,
            "kinds": [(kind.value, ask.words.gettext(title)) for kind, title in case_phrases.TITLES.items()],
            "found": found,
            "is_chosen": is_chosen,
            "case": None if found is None else _shown(ask, found, program),
            "form": form or Form({"choice": found.options[0].choice.value if found and found.options else ""}),
            "merge": None if found is None else found.merge,
            "named": "" if found is None or found.merge is None else to_type(found.merge),
            "written": written,
            "may_take_bytes": ask.who.may(Right.CASES_BYTES),
            "may_decide": ask.who.may(Right.CASES_DECIDE),
            "may_read_contacts": ask.who.may(Right.CONTACTS_READ),
            "group_choices": [] if group_row is None else _group_choices(ask, group_row.kind),
            "is_under_way": query.group is not None and groups.is_under_way(conn, company.id, query.group),
            "done": None if query.done is None else _done(ask, query.done),
        },
        status=200 if form is None else form.status,
        is_still=found is not None and bool(found.options),
    )


def _found(ask: Ask, case_id: UUID) -> CaseDetail:
    assert ask.company is not None, "the path names a company"
    row = case_detail.row_of(ask.conn, ask.company_id, case_id, ask.who.store_ids)
    keys = ask.installation.keys.company(ask.company_id)
    return case_detail.of_row(ask.conn, ask.company, keys, row, ask.now)


def _line(ask: Ask, line: Line) -> dict[str, Any]:
    row = line.row
    return {
        "line": line,
        "row": row,
        "title": case_phrases.title(row.kind, ask.words),
        "sentence": case_phrases.sentence(row.kind, ask.words),
        "choice": "" if row.choice is None else case_phrases.choice(row.choice, ask.words),
    }


def _shown(ask: Ask, found: CaseDetail, program: Any) -> dict[str, Any]:
    row = found.row
    return {
        "title": case_phrases.title(row.kind, ask.words),
        "sentence": case_phrases.sentence(row.kind, ask.words),
        "amount": case_words.amount(row.unit, row.amount, ask.words) if row.amount else "",
        "settled": case_phrases.settled(row.settled_by, ask.words),
        "choice": "" if row.choice is None else case_phrases.choice(row.choice, ask.words),
        "story": [(one, case_words.line(one, program, ask.words)) for one in found.story.lines],
        "options": [
            {
                "choice": one.choice.value,
                "title": case_phrases.choice(one.choice.value, ask.words),
                "effect": case_words.effect(one, found.card, ask.words),
                "refusal": case_words.refusal(one.refusal, ask.words),
                "stake_minor": one.stake_minor,
                "needs": one.needs,
            }
            for one in found.options
        ],
        "seen": " ".join(f"{one.choice.value}:{one.mark}" for one in found.options if one.needs is None),
    }


def _group_choices(ask: Ask, kind: str) -> list[tuple[str, str]]:
    return [(one.value, case_phrases.choice(one.value, ask.words)) for one in groups.choices_of(kind)]


def _done(ask: Ask, case_id: UUID) -> dict[str, Any]:
    """The case that was decided just before."""
    row = case_detail.row_of(ask.conn, ask.company_id, case_id, ask.who.store_ids)
    choice = "" if row.choice is None else case_phrases.choice(row.choice, ask.words)
    return {"number": row.number, "state": row.state, "choice": choice, "id": row.case_id}


ROUTES = (
    Route(
        method="GET",
        path=_PATH,
        right=Right.CASES_READ,
        handler=listed,
        title="Cases",
        query=CasesQuery,
        is_live=True,
    ),
    Route(
        method="POST",
        path=_PATH + "/{case_id}/decision",
        right=Right.CASES_DECIDE,
        handler=decide,
        title="Cases",
        body=DecisionForm,
        books=True,
    ),
    Route(
        method="POST",
        path=_PATH + "/groups/{group_id}/decision",
        right=Right.CASES_DECIDE,
        handler=decide_group,
        title="Cases",
        body=GroupForm,
        books=True,
    ),
)
