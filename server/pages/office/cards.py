"""A company's cards: the list with its search and filters, and a file of what is filtered."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from starlette.responses import Response

from loyalty.codes import Foreign, parse, written
from loyalty.program import Program
from server.accounts.rights import Right
from server.cards import display_names, rewards, search
from server.cards.display_names import Names
from server.cards.rewards import CardState
from server.cards.search import ListedCard, Listing
from server.companies import programs
from server.companies.companies import Company
from server.db.paging import Count
from server.edge import lists
from server.edge.asks import Ask
from server.edge.card_filters import CardFilters
from server.edge.dispatcher import AGAIN_FIELD
from server.edge.lists import PageQuery
from server.edge.routes import Body, Page, Redirect, Route, Unit
from server.pages.csv_files import Cell, CsvFile
from server.pages.render import address

_PATH = "/office/{slug}/cards"
_NONE = Count(0, is_least=False)


def _(message: str) -> str:
    """Marks a word for the catalogues; it is translated when used."""
    return message


STATES = {
    CardState.ACTIVE: _("Active"),
    CardState.REWARD_READY: _("Reward ready"),
    CardState.INACTIVE: _("Inactive"),
}
_COLUMNS = (
    _("Card number"),
    _("Customer"),
    _("E-mail address"),
    _("Phone"),
    _("Contact verified"),
    _("Enrolled at"),
    _("Enrolled on"),
    _("Stamps"),
    _("Points"),
    _("Last activity"),
    _("Where"),
    _("State"),
)


class CardsQuery(PageQuery, CardFilters):
    """Search, filters, order and page of the list; and that the password for its file was just given."""

    confirmed: bool = False


class CardsFile(Body, CardFilters):
    """What the file holds."""


def listed(ask: Ask) -> Page:
    company, query = _company(ask), ask.query
    program = programs.versions(ask.conn, company.id).at(ask.now)
    listing, keys = query.listing(program), ask.installation.keys
    page = search.page_at(ask.conn, company, keys, listing, number=query.page, now=ask.now)
    every = page.count if listing == Listing() else search.count(ask.conn, company, keys, Listing(), ask.now)
    may_read = ask.who.may(Right.CONTACTS_READ)
    shown = page.cards if may_read else [card.masked() for card in page.cards]
    number = page.count.number + page.count.is_least
    return Page(
        "office/cards.html",
        {
            "cards": [(card, _state(card, program)) for card in shown],
            "program": program,
            "names": display_names.names(ask.conn, company.id),
            "states": STATES,
            "written": written,
            "query": query.chosen(),
            "is_confirmed": query.confirmed,
            "place": lists.paging(query, len(page.cards), number),
            "every": every,
            "filed": _in_file(ask, company, listing, page.count),
            "looks_like_a_card": not isinstance(parse(query.q), Foreign),
            "points_steps": sorted({1, *(one.cost for one in program.rewards if one.active)}) if program else [1],
        },
    )


def filed(ask: Ask) -> Response | Redirect:
    """The file, and a line in the audit log that says who took which cards.

    With the password comes the list again, whose button then gives the file: a download would leave the question open.
    """
    company, here = _company(ask), ask.installation
    if (ask.form or {}).get(AGAIN_FIELD):
        return Redirect(address(_PATH.format(**ask.path), **ask.body.chosen(), confirmed="true"))
    file = CsvFile(ask.words.language, company.settings.time_zone, [ask.words.gettext(one) for one in _COLUMNS])
    with here.units.read() as conn:
        program = programs.versions(conn, company.id).at(ask.now)
        listing = _of_own_stores(ask, ask.body.listing(program))
        named = display_names.names(conn, company.id)
        for part in search.matching(conn, company, here.keys, listing, ask.now):
            file.add(_rows(ask, part, program, named))
    with here.units.write_unlocked() as conn:
        said = ask.body.chosen() | ({"q": True} if ask.body.q else {})  # who was searched for is personal
        stores = listing.filters.stores
        said |= {"cards": file.rows, "store": None if stores is None else [str(one) for one in stores]}
        ask.within(conn).log("cards_exported", "cards", after=said)
    return file.response(f"{company.slug}-cards-{ask.now:%Y-%m-%d}")


def _rows(ask: Ask, part: Iterable[ListedCard], program: Program | None, named: Names) -> Iterator[list[Cell]]:
    yes, no = ask.words.gettext("yes"), ask.words.gettext("no")
    for card in part:
        has_contact = card.email is not None or card.phone is not None
        yield [
            None if card.number is None else written(card.number),
            card.name,
            card.email,
            card.phone,
            (yes if card.is_verified else no) if has_contact else None,
            named.place(card.enrolled_store_id, None),
            card.enrolled_at,
            card.stamps,
            card.points,
            card.last_activity_at,
            named.place(card.last_store_id, card.last_terminal_id),
            ask.words.gettext(STATES[_state(card, program)]),
        ]


def _company(ask: Ask) -> Company:
    assert ask.company is not None, "the path names a company"
    return ask.company


def _state(card: ListedCard, program: Program | None) -> CardState:
    return rewards.state_of(program, is_active=card.is_active, stamps=card.stamps, points=card.points)


def _of_own_stores(ask: Ask, listing: Listing) -> Listing:
    """The list without cards of stores whose cards somebody may not take along."""
    own, chosen = ask.who.stores_with(Right.CARDS_EXPORT), listing.filters.stores
    if own is None:
        return listing
    kept = own if chosen is None else own & frozenset(chosen)
    return replace(listing, filters=replace(listing.filters, stores=tuple(sorted(kept))))


def _in_file(ask: Ask, company: Company, listing: Listing, count: Count) -> Count:
    """How many cards the file would hold; none for who may not have one."""
    if not ask.who.may(Right.CARDS_EXPORT):
        return _NONE
    own = _of_own_stores(ask, listing)
    return count if own == listing else search.count(ask.conn, company, ask.installation.keys, own, ask.now)


ROUTES = (
    Route(
        method="GET", path=_PATH, right=Right.CARDS_READ, handler=listed, title="Cards", query=CardsQuery, is_live=True
    ),
    Route(
        method="POST",
        path=_PATH + ".csv",
        right=Right.CARDS_EXPORT,
        handler=filed,
        title="Cards",
        body=CardsFile,
        unit=Unit.OWN,
        confirms=True,
        while_suspended=True,
    ),
)
