"""A card: its balances and what they reach, its history, its customer and its ledger."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from loyalty import case_phrases
from loyalty.card import Card
from loyalty.codes import written
from loyalty.transactions import Effect, Kind
from loyalty.voids import Original, amount_of, take_back, void_body
from server.accounts.rights import Right
from server.cards import card_detail, card_ledger, display_names, rewards
from server.cards.card_detail import CardDetail, Merged
from server.cards.card_ledger import CardLedger, Group, HistoryFilters, State
from server.cards.customer import customer_edit
from server.cases import case_list
from server.cases.case_list import CaseFilters
from server.companies import programs
from server.customers import erasure
from server.edge import lists
from server.edge.asks import Ask
from server.edge.lists import COUNT_MAX, PageQuery
from server.edge.routes import Page, Route
from server.pages import forms, wallet_words
from server.pages.forms import Form
from server.pages.office.card_history_words import Story
from server.pages.office.cards import STATES
from server.pages.render import formats
from server.translations import LANGUAGES

PATH = "/office/{slug}/cards/{card_id}"
_CASES_SHOWN = 5


class Action(StrEnum):
    """What can be done on the page; its form opens by its address."""

    ADJUST = "adjust"
    VOID = "void"
    DEACTIVATE = "deactivate"
    REACTIVATE = "reactivate"
    REPLACE = "replace"
    REPRINT = "reprint"
    EDIT = "edit"
    MERGE = "merge"  # on a page of its own


class CardQuery(PageQuery):
    """The part of the history that is shown, the form that is open, and what was done just before."""

    do: Action | None = None
    row: UUID | None = None  # of the history
    done: Action | None = None

    kind: Group | None = None
    where: UUID | None = None  # the store of what is listed; the one chosen in the bar hides nothing here
    state: State | None = None


def shown(ask: Ask) -> Page:
    query: CardQuery = ask.query
    gone = card_detail.merged(ask.conn, ask.company_id, ask.id("card_id"))
    return page(ask, query.do, query.row) if gone is None else _merged(ask, gone)


def _merged(ask: Ask, gone: Merged) -> Page:
    """Where the ledger of a merged card goes on."""
    assert ask.company is not None, "the path names a company"
    keys = ask.installation.keys.company(ask.company_id)
    into = card_detail.of_card(ask.conn, ask.company, keys, gone.into, ask.now)
    by = display_names.names(ask.conn, ask.company_id).person(gone.staff_id)
    return Page("office/card_merged.html", {"gone": gone, "into": into, "by": by})


def page(ask: Ask, do: Action | None, row_id: UUID | None = None, form: Form | None = None) -> Page:
    """The card's page with a form on it, which may have been refused."""
    card, ledger = _found(ask)
    erased = erasure.standing(ask.conn, ask.company_id, card.card.id)
    may_change = ask.who.may(Right.CARDS_CHANGE) and erased is None
    values = _values(ask, card, ledger) | {
        "do": do if may_change else None,
        "row_id": row_id,
        "may_change": may_change,
        "may_erase": ask.who.may(Right.CARDS_ERASE),
        "erased": erased,
    }
    if form is None:
        person = card.customer
        form = (
            forms.stored(what="points", **customer_edit.fields(person))
            if do is Action.EDIT
            else forms.stored(what="points")
        )
    quoted = None if row_id is None or not may_change else _quote(card, ledger, row_id)
    return Page("office/card.html", values | {"form": form, "quote": quoted}, form.status, is_still=do is not None)


def _first(card: CardDetail) -> str:
    """The balance that a correction is first offered for."""
    return "stamps" if card.program is not None and not card.program.gives_points else "points"


@dataclass(frozen=True, slots=True)
class Quote:
    """What taking a transaction back would do."""

    original: Original
    effect: Effect | None  # None: it cannot be taken back
    left_minor: int


def _quote(card: CardDetail, ledger: CardLedger, row_id: UUID) -> Quote | None:
    original = ledger.original(row_id)
    body = None if original is None else void_body(original.transaction)
    if original is None or body is None:
        return None
    effect = take_back(card.card, body, original)
    left = amount_of(original.transaction) - original.returned_minor
    return Quote(original, effect if isinstance(effect, Effect) else None, left)


def _found(ask: Ask) -> tuple[CardDetail, CardLedger]:
    assert ask.company is not None, "the path names a company"
    keys = ask.installation.keys.company(ask.company_id)
    card = card_detail.of_card(ask.conn, ask.company, keys, ask.id("card_id"), ask.now)
    return card, card_ledger.of_card(ask.conn, ask.company, card.opened)


def _values(ask: Ask, card: CardDetail, ledger: CardLedger) -> dict[str, Any]:
    query: CardQuery = ask.query if isinstance(ask.query, CardQuery) else CardQuery()
    story = Story(
        ask.words,
        formats(ask),
        display_names.names(ask.conn, ask.company_id),
        programs.versions(ask.conn, ask.company_id),
        card_detail.number_ends(ask.conn, ask.company_id, card.card.merged),
    )
    events = ledger.listed(HistoryFilters(query.kind, query.where, query.state))
    part = events[query.offset : query.offset + lists.ROWS]
    program, state = card.program, card.card
    created = next((one.fact for one in reversed(ledger.events) if one.fact.kind is Kind.CARD_CREATED), None)
    named = story.names
    return {
        "card": state,
        "detail": card if ask.who.may(Right.CONTACTS_READ) else card.masked(),
        "number": written(card.codes.number) if card.codes and ask.who.may(Right.CONTACTS_READ) else None,
        "kind": rewards.state_of(
            program, is_active=state.is_active, stamps=state.stamp_count, points=state.points_balance
        ),
        "states": STATES,
        "program": program,
        "row_offer": rewards.for_stamps(program, state.stamp_count) if program else None,
        "offers": rewards.for_points(program, state.points_balance) if program else (),
        "ledger": ledger,
        "rows": [story.row(event) for event in part],
        "place_page": query.page if query.page > 1 else None,
        "place": lists.paging(query, len(part), len(events)),
        "query": query.model_dump(mode="json", exclude_defaults=True, exclude={"page", "do", "row", "done"}),
        "done": query.done,
        "stores": sorted(named.stores.items(), key=lambda pair: pair[1]),
        "store": named.stores.get(state.enrolled_at_store, "") if state.enrolled_at_store else "",
        "enrolled_by": "" if created is None else named.person(created.context.staff_id),
        "story": story,
        "spoken": LANGUAGES,
        "cases": _cases(ask, state),
        "passes": wallet_words.of_card(ask, (state.id, *state.merged)),
    }


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case about the card that nobody has decided."""

    id: UUID
    title: str
    opened_at: datetime
    stake_minor: int | None


@dataclass(frozen=True, slots=True)
class OpenCases:
    """The first of a card's open cases, and how many there are."""

    first: tuple[OpenCase, ...]
    count: int


def _cases(ask: Ask, card: Card) -> OpenCases:
    filters = CaseFilters(stores=ask.who.stores_with(Right.CASES_READ), cards=(card.id, *card.merged))
    lines = case_list.listed(ask.conn, ask.company_id, filters, limit=_CASES_SHOWN)
    rows = [line.row for line in lines]
    first = [
        OpenCase(row.case_id, case_phrases.title(row.kind, ask.words), row.created_at, row.stake_minor) for row in rows
    ]
    number = len(rows) if len(rows) < _CASES_SHOWN else case_list.count(ask.conn, ask.company_id, filters, COUNT_MAX)
    return OpenCases(tuple(first), number)


ROUTES = (
    Route(method="GET", path=PATH, right=Right.CARDS_READ, handler=shown, title="Card", query=CardQuery, is_live=True),
)
