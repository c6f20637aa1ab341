"""The bar beside every page: its places, which of them somebody sees, and the switch between stores on top.

A place without a page is left out.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from server.accounts.rights import Right, Scope, scope_of
from server.cases import case_list
from server.companies import stores
from server.edge.asks import Ask
from server.edge.lists import COUNT_MAX
from server.edge.problem_json import HttpProblem
from server.edge.public_url import with_store
from server.edge.routes import Redirect, Route
from server.pages import forms
from server.terminals import contacts


def _(message: str) -> str:
    """Marks a word for the catalogues; it is translated when used."""
    return message


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the bar."""

    label: str
    icon: str
    path: str
    right: Right
    section: str = ""
    badge: Callable[[Ask], int] | None = None  # what waits there for this person


def _tills_to_look_after(ask: Ask) -> int:
    """Terminals that somebody should look after, in the stores of who asks."""
    if ask.unit is None or ask.company is None or ask.who.member is None:
        return 0
    is_all = scope_of(Right.TERMINALS_READ, ask.who.role) is Scope.ALL
    store_ids = None if is_all else ask.who.member.store_ids
    return contacts.waiting_for_attention(ask.unit, ask.company.id, store_ids, ask.company.settings, ask.now)


def _tills_of_all_companies(ask: Ask) -> int:
    """The same of all companies."""
    return 0 if ask.unit is None else contacts.waiting_everywhere(ask.unit, ask.now)


def _cases_to_decide(ask: Ask) -> int:
    """Cases that wait for who asks; a group is one."""
    if ask.unit is None or ask.company is None or ask.who.member is None or not ask.who.may(Right.CASES_DECIDE):
        return 0
    return case_list.waiting_lines(ask.unit, ask.company.id, ask.who.stores_with(Right.CASES_DECIDE), COUNT_MAX)


OFFICE: tuple[Place, ...] = (
    Place(_("Counter"), "scan-line", "/office/{slug}/counter", Right.COUNTER),
    Place(_("Cards"), "credit-card", "/office/{slug}/cards", Right.CARDS_READ),
    Place(_("Cases"), "inbox", "/office/{slug}/cases", Right.CASES_READ, badge=_cases_to_decide),
    Place(_("Stats"), "chart-column", "/office/{slug}/stats", Right.STATS_READ),
    Place(_("Enrolment"), "user-plus", "/office/{slug}/enrolment", Right.ENROLMENT_READ),
    Place(_("Program"), "gift", "/office/{slug}/program", Right.SETUP_READ, _("Set up")),
    Place(_("Stores"), "store", "/office/{slug}/stores", Right.SETUP_READ, _("Set up")),
    Place(
        _("Terminals"),
        "monitor-smartphone",
        "/office/{slug}/terminals",
        Right.TERMINALS_READ,
        _("Set up"),
        _tills_to_look_after,
    ),
    Place(_("Staff"), "users", "/office/{slug}/staff", Right.STAFF_READ, _("Set up")),
    Place(_("Settings"), "sliders-horizontal", "/office/{slug}/settings", Right.SETUP_READ, _("Set up")),
    Place(_("Look"), "palette", "/office/{slug}/look", Right.SETUP_READ, _("Set up")),
    Place(_("Import and export"), "file-down", "/office/{slug}/import", Right.SETUP_READ, _("Set up")),
    Place(_("Audit log"), "scroll-text", "/office/{slug}/audit", Right.AUDIT_READ, _("Set up")),
)

ADMIN: tuple[Place, ...] = (
    Place(_("Programs"), "layers", "/admin/programs", Right.PLATFORM),
    Place(_("Companies"), "building-2", "/admin/companies", Right.PLATFORM),
    Place(_("Terminals"), "monitor-smartphone", "/admin/terminals", Right.PLATFORM, badge=_tills_of_all_companies),
    Place(_("Jobs"), "timer", "/admin/jobs", Right.PLATFORM, _("Platform")),
    Place(_("Limits"), "scale", "/admin/limits", Right.PLATFORM, _("Platform")),
    Place(_("Admins"), "shield-check", "/admin/admins", Right.PLATFORM, _("Platform")),
    Place(_("Audit log"), "scroll-text", "/admin/audit", Right.PLATFORM, _("Platform")),
    Place(_("Mail outbox"), "mail", "/admin/mails", Right.PLATFORM, _("Platform")),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A place as one person sees it."""

    label: str
    icon: str
    path: str
    is_here: bool
    badge: int


def entries(places: Sequence[Place], ask: Ask, paths: Iterable[str]) -> list[tuple[str, list[Entry]]]:
    """The places that *ask*'s sender may use, by section; only those of *paths*."""
    known = frozenset(paths)
    sections: dict[str, list[Entry]] = {}
    for place in places:
        if place.path not in known or not ask.who.may(place.right):
            continue
        is_here = ask.route.path == place.path or ask.route.path.startswith(f"{place.path}/")
        path = place.path.format(slug=ask.who.slug)
        badge = 0 if place.badge is None else place.badge(ask)
        sections.setdefault(place.section, []).append(
            Entry(ask.words.gettext(place.label), place.icon, path, is_here, badge)
        )
    return [(ask.words.gettext(section) if section else "", found) for section, found in sections.items()]


@dataclass(frozen=True, slots=True)
class StoreChoice:
    """An entry of the switch."""

    label: str
    path: str
    is_chosen: bool
    is_all: bool = False


@dataclass(frozen=True, slots=True)
class StoreSwitch:
    """What the switch says, and what can be chosen instead; nothing for who works in one store."""

    line: str
    choices: Sequence[StoreChoice] = ()
    chosen: UUID | None = None


def store_switch(ask: Ask, path: str) -> StoreSwitch:
    """The stores in which who asks works; *path* is the place of the bar they are at."""
    member = ask.who.member
    if ask.unit is None or member is None:
        return StoreSwitch("")
    mine = [
        one
        for one in stores.listed(ask.unit, member.company_id)
        if member.store_ids is None or one.id in member.store_ids
    ]
    words, count = ask.words, sum(not one.is_closed for one in mine)
    if not count:
        every = words.gettext("No store yet") if not mine else words.gettext("No open store")
    elif member.store_ids is None:
        every = words.ngettext("{count} store in all", "All {count} stores", count).format(count=count)
    elif len(mine) == 1:
        every = forms.store_name(ask, mine[0])
    else:
        every = words.ngettext("{count} store", "{count} stores", count).format(count=count)
    if len(mine) < 2:
        return StoreSwitch(every)
    chosen = next((one for one in mine if one.id == ask.store_id), None)
    choices = [
        StoreChoice(forms.store_name(ask, one), with_store(path, member.slug, one.id), one == chosen) for one in mine
    ]
    first = StoreChoice(every, path, chosen is None, is_all=True)
    if chosen is None:
        return StoreSwitch(every, [first, *choices])
    return StoreSwitch(forms.store_name(ask, chosen), [first, *choices], chosen.id)


def here(sections: Iterable[tuple[str, Iterable[Entry]]]) -> str | None:
    """The path of the place that is shown as present."""
    return next((one.path for _section, found in sections for one in found if one.is_here), None)


def first_pages(routes: Iterable[Route]) -> tuple[Route, ...]:
    """Where somebody begins in a company, and an admin on the platform: the first place they may use."""
    paths = pages(routes)

    def first(places: Sequence[Place]) -> Callable[[Ask], Redirect]:
        def handler(ask: Ask) -> Redirect:
            for _section, found in entries(places, ask, paths):
                return Redirect(found[0].path)
            raise HttpProblem("not_allowed")

        return handler

    return (
        Route(method="GET", path="/office/{slug}", right=Right.COMPANY_READ, handler=first(OFFICE), title="Office"),
        Route(method="GET", path="/admin", right=Right.PLATFORM, handler=first(ADMIN), title="Platform admin"),
    )


def first_page(ask: Ask) -> str:
    """Where to begin again: in the company or on the platform, or where somebody who is not signed in goes."""
    if ask.asker is None:
        return "/"
    if ask.who.slug is not None:
        return f"/office/{ask.who.slug}"
    return "/admin" if ask.who.may(Right.PLATFORM) else "/"


def page_of(ask: Ask, paths: Iterable[str]) -> str:
    """The address of the page that a form stands on: the nearest one above the form's own; a file's is its list."""
    path = ask.route.path.removesuffix(".csv")
    while path and path not in paths:
        path = path.rpartition("/")[0]
    return path.format(**ask.path) or "/"


def pages(routes: Iterable[Route]) -> list[str]:
    """The paths of all pages."""
    return [route.path for route in routes if not route.is_api and route.method == "GET"]
