"""A card: its balances and what they reach, its history, its customer and its ledger."""

from typing import Any
from uuid import UUID

from loyalty.codes import written
from loyalty.transactions import Kind
from server.accounts.rights import Right
from server.cards import card_ledger, detail, names, rewards
from server.cards.card_ledger import CardLedger, Group, HistoryFilters, State
from server.cards.detail import CardDetail
from server.companies import programs
from server.edge import lists
from server.edge.asks import Ask
from server.edge.lists import PageQuery
from server.edge.routes import Page, Route
from server.pages.office.card_history import Story
from server.pages.office.cards import STATES
from server.pages.render import formats
from server.translations import LANGUAGES

_PATH = "/office/{slug}/cards/{card_id}"


class CardQuery(PageQuery):
    """The part of the history that is shown."""

    kind: Group | None = None
    store: UUID | None = None
    state: State | None = None


def shown(ask: Ask) -> Page:
    card, ledger = _found(ask)
    return Page("office/card.html", _values(ask, card, ledger))


def _found(ask: Ask) -> tuple[CardDetail, CardLedger]:
    assert ask.company is not None, "the path names a company"
    keys = ask.installation.keys.company(ask.company_id)
    card = detail.of_card(ask.conn, ask.company, keys, ask.id("card_id"), ask.now)
    return card, card_ledger.of_card(ask.conn, ask.company, card.opened)


def _values(ask: Ask, card: CardDetail, ledger: CardLedger) -> dict[str, Any]:
    query: CardQuery = ask.query if isinstance(ask.query, CardQuery) else CardQuery()
    story = Story(
        ask.words,
        formats(ask),
        names.names(ask.conn, ask.company_id),
        programs.versions(ask.conn, ask.company_id),
    )
    events = ledger.listed(HistoryFilters(query.kind, query.store, query.state))
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
        "place": lists.paging(query, len(part), len(events)),
        "query": query.model_dump(mode="json", exclude_defaults=True, exclude={"page"}),
        "stores": sorted(named.stores.items(), key=lambda pair: pair[1]),
        "store": named.stores.get(state.enrolled_at_store, "") if state.enrolled_at_store else "",
        "enrolled_by": "" if created is None else named.person(created.context.staff_id),
        "story": story,
        "spoken": LANGUAGES,
    }


ROUTES = (Route(method="GET", path=_PATH, right=Right.CARDS_READ, handler=shown, title="Card", query=CardQuery),)
