"""`/api/store/v1/{slug}/cases`: what managers have to decide, one by one or as a group."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field
from starlette.responses import Response

from loyalty import case_phrases
from loyalty.cases import CaseKind, Choice, Unit
from loyalty.staff import Role
from loyalty.transactions import Transaction
from server.accounts.rights import Right
from server.cases import case_detail, case_list, case_words, deciding, groups
from server.cases.case_detail import CaseDetail, Option
from server.cases.case_list import CaseFilters, Line, Sort
from server.cases.clashes import ImportedRow
from server.cases.deciding import Decider, Typed
from server.cases.story import StoryLine
from server.companies import programs
from server.edge import lists
from server.edge.asks import Ask
from server.edge.fields import Note, Whole
from server.edge.lists import COUNT_MAX, Listed, ListQuery
from server.edge.problem_json import HttpProblem
from server.edge.routes import Body, Example, Route
from server.ledger.judging import case_facts
from server.ledger.rows import cards as card_rows
from server.ledger.rows.cases import State

_PATH = "/api/store/v1/{slug}/cases"
BYTES = "application/octet-stream"
_CASE = "7d1f0f43-5d0a-4f0c-9d0a-6d1f1b6d2c11"
_GROUP = "1c6b0f43-5d0a-4f0c-9d0a-6d1f1b6d2c11"
_CARD = "5b6b0f43-5d0a-4f0c-9d0a-6d1f1b6d2c11"
_STORE = "0b6f3a52-6f0e-4c55-9d3e-0d8f0d2a7c11"
_TERMINAL, _STAFF = "9a7f0f43-5d0a-4f0c-9d0a-6d1f1b6d2c11", "4e2f0f43-5d0a-4f0c-9d0a-6d1f1b6d2c11"
_AT = "2026-11-19T13:05:00Z"
_Code = Annotated[str, Field(max_length=200)]
_COLUMNS = {  # the fields of a case that stand in its row
    **{name: f"{name}_id" for name in ("group", "card", "other_card", "entry", "store", "terminal", "staff")},
    **{name: name for name in ("number", "kind", "state", "unit", "amount", "stake_minor", "occurred_at", "choice")},
    **{name: name for name in ("decided_at", "decided_by")},
    "id": "case_id",
    "opened_at": "created_at",
}


class CasesQuery(ListQuery):
    """Which cases are listed, and in which order; with `group` or `card` its cases one by one."""

    state: State = State.OPEN
    kind: CaseKind | None = None
    store: UUID | None = None
    group: UUID | None = None
    card: UUID | None = None
    sort: Sort = Sort.OLDEST


class CaseItem(BaseModel):
    """A case, or with `count` above 1 a group by its first one; a null stake is not known."""

    id: UUID
    number: int
    kind: str
    title: str
    sentence: str
    state: State
    group: UUID | None
    count: int
    card: UUID | None
    other_card: UUID | None
    entry: UUID | None
    unit: Unit | None
    amount: int
    stake_minor: int | None
    occurred_at: datetime
    opened_at: datetime
    store: UUID | None
    terminal: UUID | None
    staff: UUID | None
    choice: str | None
    decided_at: datetime | None
    decided_by: UUID | None


class StoryItem(BaseModel):
    """One thing that happened, with the balance before and after it."""

    at: datetime
    store: UUID | None
    terminal: UUID | None
    who: UUID | None
    text: str
    unit: Unit | None
    before: int | None
    after: int | None


class ChoiceItem(BaseModel):
    """A choice as things stand. `needs` names the field that it asks for, `mark` goes back as `seen`."""

    choice: Choice
    title: str
    effect: str
    stamps: int
    points: int
    shortfall: int
    stake_minor: int | None
    refusal: str | None
    needs: str | None
    mark: str


class ImportedItem(BaseModel):
    """What a row of an import says that has met the case's card."""

    name: str
    email: str | None
    phone: str | None
    code: str
    number: str
    stamps: int
    points: int


class CaseView(CaseItem):
    """A case to decide, or how it was decided."""

    note: str | None
    own: bool  # decided by who it was about, since nobody else could
    settled: str | None  # why it went away by itself
    customer: str | None
    imported: ImportedItem | None
    story: list[StoryItem]
    story_more: int  # lines that are left out
    choices: list[ChoiceItem]
    cases_lately: int  # of this card in 14 months


class DecisionBody(Body):
    """A choice, with what it asks for; with `seen` it is refused if it would book something else by now."""

    choice: Choice
    card: _Code = ""
    blank: _Code = ""
    amount: Whole | None = None
    note: Note = ""
    seen: Annotated[str | None, Field(max_length=40)] = None


class BookedItem(BaseModel):
    id: UUID
    kind: str
    card: UUID
    stamps: int
    points: int
    shortfall: int


class DecidedView(BaseModel):
    """What was booked, and how the case stands now."""

    state: State
    booked: list[BookedItem]


class GroupBody(Body):
    choice: Choice


class GroupAsked(BaseModel):
    """A decision of a group is carried out by a job; `cases` are those that are open."""

    job: str
    cases: int


def listed(ask: Ask) -> Listed[CaseItem]:
    query: CasesQuery = ask.query
    filters = CaseFilters(
        state=query.state,
        kind=query.kind,
        stores=_stores(ask, query.store),
        group=query.group,
        cards=None if query.card is None else card_rows.together(ask.conn, ask.company_id, query.card),
        sort=query.sort,
    )
    by = int if query.state is State.OPEN else datetime
    after: Any = lists.after(query, (by, int))
    rows = case_list.listed(ask.conn, ask.company_id, filters, limit=query.limit + 1, after=after)
    number = case_list.count(ask.conn, ask.company_id, filters, COUNT_MAX)
    return lists.listed(query, rows, number, lambda line: _item(ask, line), lambda line: line.place)


def shown(ask: Ask) -> CaseView:
    assert ask.company is not None, "the path names a company"
    row = case_detail.row_of(ask.conn, ask.company_id, ask.id("case_id"), ask.who.store_ids)
    keys = ask.installation.keys.company(ask.company_id)
    return _view(ask, case_detail.of_row(ask.conn, ask.company, keys, row, ask.now))


def decide(ask: Ask) -> DecidedView:
    typed: DecisionBody = ask.body
    case_id = ask.id("case_id")
    sent = Typed(**typed.model_dump() | {"choice": typed.choice.value})
    done = deciding.decide(ask.ledger, case_id, sent, _decider(ask))
    ask.log("case_decided", "case", case_id, after={"choice": typed.choice.value})
    return DecidedView(state=State(done.row.state), booked=[_booked(fact) for fact in done.booked])


def decide_group(ask: Ask) -> GroupAsked:
    assert ask.booking_id is not None, "this route books"
    group_id, choice = ask.id("group_id"), ask.body.choice.value
    found = groups.ask(
        ask.conn, ask.company_id, group_id, choice, _decider(ask), decision_id=ask.booking_id, now=ask.now
    )
    ask.log("case_group_decided", "case_group", group_id, after={"choice": choice, "cases": found})
    return GroupAsked(job=groups.JOB, cases=found)


def sent(ask: Ask) -> Response:
    """The bytes, as a file; who took them is written down."""
    row = case_detail.row_of(ask.conn, ask.company_id, ask.id("case_id"), ask.who.store_ids)
    found = case_facts.sent_bytes(ask.conn, row)
    if found is None:
        raise HttpProblem("unknown")
    with ask.installation.units.write_unlocked() as conn:
        ask.within(conn).log("case_entry_taken", "case", row.case_id)
    name = f"case-{row.number}.entry"
    return Response(found, media_type=BYTES, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _decider(ask: Ask) -> Decider:
    return Decider(ask.who.staff_id, Role(ask.who.role.value), ask.who.store_ids)


def _stores(ask: Ask, wanted: UUID | None) -> frozenset[UUID] | None:
    own = ask.who.store_ids
    if wanted is None:
        return own
    ask.who.require_in(wanted)
    return frozenset({wanted})


def _item(ask: Ask, line: Line) -> CaseItem:
    return CaseItem(**_fields(ask, line.row) | {"count": line.count, "stake_minor": line.stake_minor})


def _fields(ask: Ask, row: Any) -> dict[str, Any]:
    return {name: getattr(row, column) for name, column in _COLUMNS.items()} | {
        "title": case_phrases.title(row.kind, ask.words),
        "sentence": case_phrases.sentence(row.kind, ask.words),
        "count": 1,
    }


def _view(ask: Ask, found: CaseDetail) -> CaseView:
    row = found.row
    program = programs.versions(ask.conn, ask.company_id).at(row.occurred_at)
    may_decide = ask.who.may(Right.CASES_DECIDE)
    return CaseView(
        **_fields(ask, row),
        note=row.note,
        own=found.is_own,
        settled=case_phrases.settled(row.settled_by, ask.words) or None,
        customer=found.name,
        imported=_imported(ask, found.imported),
        story=[_line(ask, one, program) for one in found.story.lines],
        story_more=found.story.more,
        choices=[_choice(ask, one, found) for one in found.options] if may_decide else [],
        cases_lately=found.cases_lately,
    )


def _imported(ask: Ask, said: ImportedRow | None) -> ImportedItem | None:
    if said is None or not ask.who.may(Right.CONTACTS_READ):
        return None
    return ImportedItem(**{name: getattr(said, name) for name in ImportedItem.model_fields})


def _line(ask: Ask, one: StoryLine, program: Any) -> StoryItem:
    return StoryItem(
        at=one.at,
        store=one.store_id,
        terminal=one.terminal_id,
        who=one.staff_id,
        text=case_words.line(one, program, ask.words),
        unit=one.unit,
        before=one.before,
        after=one.after,
    )


def _choice(ask: Ask, one: Option, found: CaseDetail) -> ChoiceItem:
    return ChoiceItem(
        choice=one.choice,
        title=case_phrases.choice(one.choice, ask.words),
        effect=case_words.effect(one, found.card, ask.words),
        stamps=one.decision.stamps,
        points=one.decision.points,
        shortfall=one.decision.shortfall,
        stake_minor=one.stake_minor,
        refusal=case_words.refusal(one.refusal, ask.words),
        needs=one.needs,
        mark=one.mark,
    )


def _booked(fact: Transaction) -> BookedItem:
    effect = fact.effect
    return BookedItem(
        id=fact.id,
        kind=fact.kind.value,
        card=fact.card_id,
        stamps=effect.stamps,
        points=effect.points,
        shortfall=effect.shortfall,
    )


_KIND = {"kind": "balance_too_small", "title": "Balance too small"}
_KIND |= {"sentence": "A reward was given that the balance no longer covered."}
_WHERE = {"store": _STORE, "terminal": _TERMINAL}
_ITEM: dict[str, Any] = {"id": _CASE, "number": 308, "state": "open", "group": None, "count": 1, **_KIND, **_WHERE}
_ITEM |= {"card": _CARD, "other_card": None, "entry": "6f3a0f43-5d0a-7f0c-9d0a-6d1f1b6d2c11", "staff": _STAFF}
_ITEM |= {"unit": "stamps", "amount": 9, "stake_minor": 315, "occurred_at": _AT, "opened_at": "2026-11-19T14:20:00Z"}
_ITEM |= dict.fromkeys(("choice", "decided_at", "decided_by"))
_LINE: dict[str, Any] = {"at": _AT, "who": _STAFF, "text": "Free coffee", "unit": "stamps", "before": 1, "after": 0}
_LINE |= _WHERE
_BEARS = "The company bears it, and the card stays as it is."
_CHOICE: dict[str, Any] = {"choice": "accept", "title": "Accept", "effect": _BEARS, "stamps": 0, "points": 0}
_CHOICE |= {"shortfall": 0, "stake_minor": 315, "refusal": None, "needs": None, "mark": "4f53"}
_VIEW = _ITEM | {"note": None, "own": False, "settled": None, "customer": "Yann Becker", "cases_lately": 1}
_VIEW |= {"imported": None, "story": [_LINE], "story_more": 0, "choices": [_CHOICE]}
_BOOKED = {"id": _STAFF, "kind": "case_decided", "card": _CARD, "stamps": 0, "points": 0, "shortfall": 0}
_DECIDED = {"state": "decided", "booked": [_BOOKED]}

ROUTES = (
    Route(
        method="GET",
        path=_PATH,
        right=Right.CASES_READ,
        handler=listed,
        title="Lists the cases; those of a group are one line.",
        query=CasesQuery,
        answer=Listed[CaseItem],
        example=Example(
            query={"state": "open", "sort": "stake"},
            answer={"items": [_ITEM], "next": None, "count": 1, "count_is_least": False},
        ),
    ),
    Route(
        method="GET",
        path=_PATH + "/{case_id}",
        right=Right.CASES_READ,
        handler=shown,
        title="Shows a case with its story and choices.",
        answer=CaseView,
        example=Example(path={"case_id": _CASE}, answer=_VIEW),
    ),
    Route(
        method="POST",
        path=_PATH + "/{case_id}/decision",
        right=Right.CASES_DECIDE,
        handler=decide,
        title="Decides a case.",
        body=DecisionBody,
        answer=DecidedView,
        books=True,
        example=Example(
            path={"case_id": _CASE}, body={"choice": "accept", "note": "handed out by mistake"}, answer=_DECIDED
        ),
    ),
    Route(
        method="POST",
        path="/api/store/v1/{slug}/case-groups/{group_id}/decision",
        right=Right.CASES_DECIDE,
        handler=decide_group,
        title="Decides all open cases of a group; a job carries it out.",
        body=GroupBody,
        answer=GroupAsked,
        status=202,
        books=True,
        example=Example(path={"group_id": _GROUP}, body={"choice": "keep"}, answer={"job": groups.JOB, "cases": 3}),
    ),
    Route(
        method="GET",
        path=_PATH + "/{case_id}/entry",
        right=Right.CASES_BYTES,
        handler=sent,
        title="Gives the bytes of a case's entry as its till has sent them; this is written to the audit log.",
        media_type=BYTES,
        example=Example(path={"case_id": _CASE}),
    ),
)
