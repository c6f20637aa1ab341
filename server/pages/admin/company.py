"""One company as an admin sees it: who owns it, how it does, its stores, terminals, program and settings.

Each tab is an address of its own under the same head.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal
from zoneinfo import ZoneInfoNotFoundError

from loyalty import case_phrases
from server.accounts import links, ownership, support_view
from server.accounts.ownership import Former
from server.accounts.rights import Right
from server.cards import pools
from server.companies import choices, companies, programs, setting_words
from server.companies import stores as company_stores
from server.companies.choices import Kind, Setting
from server.companies.companies import Company
from server.companies.programs import State
from server.edge import lists
from server.edge.asks import Ask
from server.edge.lists import PageQuery
from server.edge.routes import Body, Page, Route
from server.figures import overview
from server.pages import forms, program_words
from server.pages.admin.companies import PATH as LIST
from server.pages.formats import Formats
from server.pages.forms import Form
from server.pages.office.set_up.settings import value_in_words
from server.pages.plots import sparklines
from server.pages.program_words import StepSaid
from server.terminals import contacts
from server.terminals.contacts import Standing

PATH = LIST + "/{company_id}"
_VERSIONS_SHOWN = 4
_TILLS_SHOWN = 12
Act = Literal["", "suspend", "resume", "hand-over", "support", "invite"]


class Opened(Body):
    """The form that is open on the page, and what was done just now."""

    open: Act = ""
    done: Literal["", "created", "suspended", "resumed", "handed-over", "invited"] = ""


@dataclass(frozen=True, slots=True)
class SettingRow:
    """A setting beside its limit."""

    setting: Setting
    label: str
    value: str
    unit: str


def shown(ask: Ask) -> Page:
    return overview_page(ask, ask.query.open, forms.stored(former=Former.MANAGERS.value))


def overview_page(ask: Ask, opened: str, form: Form) -> Page:
    """The first tab, with a form open in which an action is asked for."""
    company = companies.by_id(ask.conn, ask.company_id)
    tills = _tills(ask, company)
    versions = _versions(ask, company)
    held = [one for one in versions if one.one.state is not State.WITHDRAWN]
    numbers = list(_settings(ask, company, {Kind.NUMBER}))
    values = {
        "seen": overview.of_company(ask.conn, company, [one.state for one in tills], ask.now),
        "cases": overview.open_cases(ask.conn, company.id),
        "case_titles": case_phrases.TITLES,
        "tills": tills[:_TILLS_SHOWN],
        "stores": _stores(ask, company, tills),
        "versions": held[:_VERSIONS_SHOWN],
        "version_count": len(held),
        "settings": numbers,
        "at_limit": sum(one.setting.is_at_limit for one in numbers),
        "opened": opened,
        "form": form,
        "done": getattr(ask.query, "done", ""),
        "can_mail": ask.installation.can_mail,
        "minutes": support_view.MINUTES_MAX,
    }
    return Page("admin/company.html", framed(ask, company) | values, form.status, is_still=bool(opened))


def stores(ask: Ask) -> Page:
    company = companies.by_id(ask.conn, ask.company_id)
    query: PageQuery = ask.query
    tills = _tills(ask, company)
    rows = _stores(ask, company, tills)
    part = rows[query.offset : query.offset + lists.ROWS]
    values = {
        "stores": part,
        "place": lists.paging(query, len(part), len(rows)),
        "seen": overview.of_company(ask.conn, company, [one.state for one in tills], ask.now),
    }
    return Page("admin/company_stores.html", framed(ask, company) | values)


def terminals(ask: Ask) -> Page:
    company = companies.by_id(ask.conn, ask.company_id)
    query: PageQuery = ask.query
    tills = _tills(ask, company)
    rows = tills[query.offset : query.offset + lists.ROWS]
    values = {
        "tills": rows,
        "place": lists.paging(query, len(rows), len(tills)),
        "blanks": pools.left(ask.conn, company.id),
        "attention": sum(one.needs_attention for one in tills),
    }
    return Page("admin/company_terminals.html", framed(ask, company) | values)


def program(ask: Ask) -> Page:
    company = companies.by_id(ask.conn, ask.company_id)
    return Page("admin/company_program.html", framed(ask, company) | {"versions": _versions(ask, company)})


def settings(ask: Ask) -> Page:
    company = companies.by_id(ask.conn, ask.company_id)
    rows = {one.setting.name: one for one in _settings(ask, company, set(Kind))}
    groups = [
        (ask.words.gettext(title), [rows.pop(name) for name in members if name in rows])
        for title, members in setting_words.SECTIONS.items()
    ]
    groups += [(ask.words.gettext(setting_words.OTHER), list(rows.values()))] if rows else []
    at_limit = sum(one.setting.is_at_limit for _title, members in groups for one in members)
    values = {"groups": groups, "at_limit": at_limit}
    return Page("admin/company_settings.html", framed(ask, company) | values)


def framed(ask: Ask, company: Company) -> dict[str, Any]:
    """What the head and the tabs of every one of these pages show."""
    conn = ask.conn
    held = programs.versions(conn, company.id).at(ask.now)
    return {
        "company": company,
        "f": formats(ask, company),
        "owners": ownership.owners(conn, company.id),
        "invited": [one.email for one in links.invitations(conn, company.id, ask.now) if one.role == "owner"],
        "store_count": company_stores.counts(conn, [company.id])[company.id],
        "till_count": contacts.in_use(conn, company.id),
        "held": held,
        "here": ask.route.path.format(company_id=company.id),
    }


def formats(ask: Ask, company: Company) -> Formats:
    """Numbers and times as the company has them."""
    settings = company.settings
    try:
        return Formats(ask.words, ask.now, settings.time_zone, settings.currency)
    except ZoneInfoNotFoundError:
        return Formats(ask.words, ask.now, currency=settings.currency)


def _tills(ask: Ask, company: Company) -> list[Standing]:
    return contacts.standings(ask.conn, company.id, None, company.settings, ask.now)


def _stores(ask: Ask, company: Company, tills: Iterable[Standing]) -> list[dict[str, Any]]:
    """Each store with its line of 30 days, the busiest first."""
    found = overview.by_store(ask.conn, company, [(one.store_id, one.state) for one in tills], ask.now)
    return [{"seen": one, "spark": sparklines.of_days(one.by_day, ask.words)} for one in found]


def _versions(ask: Ask, company: Company) -> list[StepSaid]:
    """The versions of the program, the newest first."""
    known = programs.listed(ask.conn, company.id, ask.now)
    return program_words.history(ask.words, formats(ask, company), known)


def _settings(ask: Ask, company: Company, kinds: set[Kind]) -> Iterable[SettingRow]:
    for one in choices.of_company(ask.conn, company.id).settings:
        if one.kind in kinds:
            label, unit = setting_words.label(one.name, ask.words), setting_words.unit(one.name, ask.words)
            yield SettingRow(one, label, value_in_words(ask, one, one.value), unit)


def _tab(name: str, handler: Any, title: str, **more: Any) -> Route:
    return Route(method="GET", path=PATH + name, right=Right.PLATFORM, handler=handler, title=title, **more)


ROUTES = (
    _tab("", shown, "Company", query=Opened, is_live=True),
    _tab("/stores", stores, "Stores of a company", query=PageQuery, is_live=True),
    _tab("/terminals", terminals, "Terminals of a company", query=PageQuery, is_live=True),
    _tab("/program", program, "Program of a company"),
    _tab("/settings", settings, "Settings of a company"),
)
