"""A company's figures of a period: plots with their tables, beside the period before, and a file of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from babel.numbers import format_decimal
from pydantic import Field
from starlette.responses import Response

from loyalty.money import minor_digits
from server import phrases
from server.accounts.rights import Right
from server.cards import display_names
from server.cards.display_names import Names
from server.companies.companies import Company
from server.edge.asks import Ask
from server.edge.fields import Day
from server.edge.lists import OfStore
from server.edge.routes import Body, Example, Page, Route
from server.figures import report, stats
from server.figures.report import Compare, Question
from server.figures.stats import Figures
from server.pages.csv_files import Cell, CsvFile
from server.pages.plots import of_stats
from server.pages.render import formats
from server.refusals import Refused
from server.terminals import contacts
from server.terminals.contacts import NEED_ATTENTION

_PATH = "/office/{slug}/stats"
_API_PATH = "/api/store/v1/{slug}/stats.csv"


def _(message: str) -> str:
    """Marks a word for the catalogues; it is translated when used."""
    return message


_COLUMNS = (
    _("Day"),
    _("Store"),
    _("Transactions"),
    _("Stamps given"),
    _("Points given"),
    _("Rewards given"),
    _("Rewards reached"),
    _("Rewards taken"),
    _("Points lapsed"),
    _("Purchases"),
)


class StatsQuery(Body):
    """The period and what it is about, as the page's address has it."""

    days: Annotated[int | None, Field(ge=1, le=report.DAYS_MAX)] = None  # to today
    first: Annotated[Day | None, Field(alias="from")] = None
    to: Day | None = None
    enrolled: UUID | None = None
    staff: UUID | None = None
    compare: Compare = Compare.BEFORE


class FileQuery(OfStore, StatsQuery):
    """The same for programs, which name the store here."""


@dataclass(frozen=True, slots=True)
class Row:
    """A store or person with its figures, in a table."""

    name: str
    figures: Figures


def shown(ask: Ask) -> Page:
    company, query, names = _company(ask), ask.query, display_names.names(ask.conn, ask.company_id)
    try:
        question, sentence = _question(ask), ""
    except Refused as no:
        question, sentence = report.asked(company, ask.now, None, None, ask.shown_stores, None, None, query.compare), ""
        sentence = phrases.refusal(no, ask.words)
    found = report.of_company(ask.conn, company, question, ask.now)
    tills = contacts.standings(ask.conn, company.id, ask.shown_stores, company.settings, ask.now)
    f = formats(ask)
    silent = [one for one in tills if one.state in NEED_ATTENTION]
    is_all = ask.who.store_ids is None
    mine = {one: name for one, name in names.stores.items() if is_all or one in (ask.who.store_ids or ())}
    values = {
        "sentence": sentence,
        "report": found,
        "question": question,
        "is_today": question.last == question.today,
        "silent": len(silent),
        "waiting": sum(one.waiting or 0 for one in tills),
        "query": _address(ask, query),
        "chosen_days": _days(question),
        "stores": sorted(mine.items(), key=lambda pair: pair[1]),
        "store": ask.store_id,
        "origins": names.stores,
        "people": names.people,
        "by_day": of_stats.by_day(found, ask.words, f),
        "by_hour": of_stats.by_hour(found, ask.words, f),
        "rates": of_stats.rates(found, ask.words, f),
        "owed": of_stats.owed(found, ask.words, f),
        "by_store": _rows(found.by_store, mine),
        "by_staff": None if found.by_staff is None else _rows(found.by_staff, names.people),
        "by_origin": None if found.by_origin is None else _rows(found.by_origin, names.stores),
        "share": of_stats.share,
    }
    return Page("office/stats.html", values, 422 if sentence else 200)


def filed(ask: Ask) -> Response:
    """The figures of each day and store as a file."""
    company, question = _company(ask), _question(ask)
    named = display_names.names(ask.conn, company.id)
    file = CsvFile(ask.words.language, company.settings.time_zone, [ask.words.gettext(one) for one in _COLUMNS])
    file.add(_lines(ask, stats.by_store_and_day(ask.conn, company.id, question.span), named))
    return file.response(f"{company.slug}-stats-{question.first}-{question.last}")


def _lines(ask: Ask, found: Mapping[UUID, Mapping[date, Figures]], named: Names) -> Iterator[list[Cell]]:
    digits = minor_digits(formats(ask).currency)
    pattern = f"0.{'0' * digits}" if digits else "0"
    rows = [(day, store_id, figures) for store_id, days in found.items() for day, figures in days.items()]
    for day, store_id, of_day in sorted(rows, key=lambda row: (row[0], named.stores.get(row[1], ""))):
        yield [
            day.isoformat(),
            named.stores.get(store_id, ""),
            of_day.transactions,
            of_day.stamps_given,
            of_day.points_given,
            of_day.rewards_given,
            of_day.reached,
            of_day.taken,
            of_day.points_lapsed,
            format_decimal(Decimal(of_day.purchases_minor).scaleb(-digits), pattern, locale=ask.words.language),
        ]


def _question(ask: Ask) -> Question:
    query, company = ask.query, _company(ask)
    first, last = query.first, query.to
    if query.days is not None:
        first, last = report.since(company, ask.now, query.days), None
    return report.asked(company, ask.now, first, last, ask.shown_stores, query.staff, query.enrolled, query.compare)


def _address(ask: Ask, query: StatsQuery) -> dict[str, Any]:
    """What differs from the page without a query, as links carry it on."""
    chosen = query.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return chosen if ask.store_id is None else chosen | {"store": str(ask.store_id)}


def _days(question: Question) -> int | None:
    """How many days to today are shown; None if they end earlier."""
    return (question.last - question.first).days + 1 if question.last == question.today else None


def _rows(found: Mapping[Any, Figures], names: Mapping[UUID, str]) -> list[Row]:
    """Those with transactions, the busiest first."""
    rows = [Row(names.get(one, ""), figures) for one, figures in found.items() if figures != stats.NOTHING]
    return sorted(rows, key=lambda row: (-row.figures.transactions, row.name))


def _company(ask: Ask) -> Company:
    assert ask.company is not None, "the path names a company"
    return ask.company


ROUTES = (
    Route(method="GET", path=_PATH, right=Right.STATS_READ, handler=shown, title="Stats", query=StatsQuery),
    Route(
        method="GET",
        path=_PATH + ".csv",
        right=Right.STATS_READ,
        handler=filed,
        title="Stats",
        query=StatsQuery,
        media_type="text/csv",
    ),
    Route(
        method="GET",
        path=_API_PATH,
        right=Right.STATS_READ,
        handler=filed,
        title="Gives a company's figures of each day and store as a file.",
        query=FileQuery,
        media_type="text/csv",
        example=Example(query={"from": "2026-10-23", "to": "2026-11-21"}),
    ),
)
