"""What has happened on a card, by day, in its holder's words."""

from itertools import groupby

from server.accounts.rights import Right
from server.cards import card_detail, card_ledger, display_names
from server.companies import programs
from server.customers import my_card
from server.edge import lists
from server.edge.asks import Ask
from server.edge.lists import PageQuery
from server.edge.routes import Page, Route, Visit
from server.pages.render import formats
from server.pages.storefront.history_words import HolderStory

HISTORY = "/{slug}/history"


def history(ask: Ask) -> Page:
    company, query = ask.visit.company, ask.query
    keys = ask.installation.keys.company(company.id)
    found = card_detail.of_card(ask.conn, company, keys, ask.visit.held, ask.now)
    ledger = card_ledger.of_card(ask.conn, company, found.opened)
    f = formats(ask)
    story = HolderStory(
        ask.words, f, display_names.names(ask.conn, company.id), programs.versions(ask.conn, company.id)
    )
    events = [event for event in ledger.events if my_card.tells(event.fact.kind)]
    part = events[query.offset : query.offset + lists.ROWS]
    days = groupby(part, key=lambda event: f.when(event.fact.context.occurred_at, whole=True))
    values = {
        "days": [(day[:1].upper() + day[1:], [story.row(event) for event in group]) for day, group in days],
        "place": lists.paging(query, len(part), len(events)),
        "card": found.card,
        "program": found.program,
    }
    return Page("storefront/history.html", values)


ROUTES = (
    Route(
        method="GET",
        path=HISTORY,
        right=Right.STOREFRONT,
        visit=Visit.HOLDER,
        handler=history,
        title="History",
        query=PageQuery,
    ),
)
