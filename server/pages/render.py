"""Pages from templates: the frame around them, the words of one language, icons, and the page of a refusal.

A template has the name of the module that renders it. Everything written into one is escaped.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID
from zoneinfo import ZoneInfoNotFoundError

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import Response

import resources
from server.accounts import members
from server.accounts.rights import Right
from server.companies import looks
from server.edge import problem_json
from server.edge.asks import Ask
from server.edge.dispatcher import AGAIN_FIELD
from server.edge.idempotency import KEY_FIELD, new_key
from server.edge.problem_json import HttpProblem
from server.edge.public_url import with_store
from server.edge.routes import Page, Route
from server.pages import assets, navigation
from server.pages.formats import Formats
from server.pages.forms import is_secret
from server.pages.role_names import ROLES
from server.translations import LANGUAGES, Translator

TEMPLATES = Path(__file__).with_name("templates")
_SVG = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
_LEADS = re.compile(r"<(?:a|form|button|div)\b(?:(?!\bdata-every-store\b)[^>])*>")  # but back to all stores
_ADDRESS = re.compile(r'\b(href|action|formaction|hx-get)="(/office/[^"]*)"')
_LOGIN = "/account/sign-in"
_HTML = "text/html"


class Pages:
    """Renders every page; the dispatcher's `Frame`."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._paths = navigation.pages(routes)

    def page(self, ask: Ask, page: Page) -> bytes:
        """A page's HTML; where its handler began units of work of its own, the frame is read in another."""
        if ask.unit is None and (ask.asker is not None or ask.visitor is not None):
            with ask.installation.units.read() as conn:
                return self._rendered(replace(ask, unit=conn), page)
        return self._rendered(ask, page)

    def _rendered(self, ask: Ask, page: Page) -> bytes:
        frame = self._frame(ask) | {"is_live": _is_live(ask, page)}
        html = _environment(ask.words.language).get_template(page.template).render(frame | dict(page.values))
        chosen = frame["switch"].chosen
        if chosen is not None and ask.who.slug is not None:
            html = _keeping_store(html, ask.who.slug, chosen)
        return html.encode()

    def problem(self, ask: Ask, problem: HttpProblem) -> Response:
        """A refusal as a page; who is not signed in is sent to where they can."""
        if problem.reason == "sign_in_needed":
            return Response(status_code=303, headers={"Location": sign_in_path(ask)})
        if problem.reason == "card_needed":
            return Response(status_code=303, headers={"Location": f"/{ask.path['slug']}/join"})
        if problem.reason == "code_needed":
            after = ask.route.path.split("/")[2]  # the page that the form belongs to
            to = address(f"/{ask.path['slug']}/sign-in", next=after)
            return Response(status_code=303, headers={"Location": to})
        headers = problem_json.headers(problem)
        if problem.reason == "confirm_needed" or (problem.reason == "sign_in_failed" and ask.route.confirms):
            sentence = "" if problem.reason == "confirm_needed" else problem.detail(ask.words)
            typed = {name: value for name, value in (ask.form or {}).items() if name != AGAIN_FIELD}
            repeated = {name: value for name, value in typed.items() if not is_secret(name)}
            back = navigation.page_of(ask, self._paths)
            if ask.route.path.endswith(".csv"):  # its form holds the filters of the list
                back = address(back, **repeated)
            asked = {"fields": _pairs(repeated), "asks_pin": bool(typed.get("pin")), "sentence": sentence, "back": back}
            return Response(self.page(ask, Page("account/confirm.html", asked, 403)), 403, media_type=_HTML)
        first = navigation.first_page(ask)
        back = navigation.page_of(ask, self._paths) if ask.route.changes else first
        values = {"sentence": problem.detail(ask.words), "errors": problem.errors, "back": back, "first": first}
        page = Page("problem.html", values, problem.status)
        return Response(self.page(ask, page), problem.status, headers=headers, media_type=_HTML)

    def _frame(self, ask: Ask) -> dict[str, Any]:
        found: dict[str, Any] = {
            "ask": ask,
            "who": ask.asker,
            "company": ask.company,
            "f": formats(ask),
            "language": ask.words.language,
            "languages": LANGUAGES,
            "layout": "account.html",
            "sections": [],
            "memberships": [],
            "logos": {},
            "role": "",
            "switch": navigation.StoreSwitch(""),
        }
        if ask.visitor is not None and ask.unit is not None:
            return found | {"layout": "storefront/storefront.html", "look": looks.of_company(ask.unit, ask.company_id)}
        who = ask.asker
        if who is None:
            return found
        found["role"] = ask.words.gettext(ROLES[who.role]) if who.role in ROLES else ""
        if ask.unit is not None:
            found["memberships"] = members.companies_of(ask.unit, who.account_id)
            companies = {one.company_id for one in found["memberships"]}
            companies |= set() if ask.company is None else {ask.company.id}
            found["logos"] = {one: looks.logo_mark(ask.unit, one) for one in companies}
        if who.member is not None:
            sections = navigation.entries(navigation.OFFICE, ask, self._paths)
            path = navigation.here(sections) or f"/office/{who.slug}"
            return found | {"layout": "office.html", "sections": sections, "switch": navigation.store_switch(ask, path)}
        if ask.route.path.startswith("/admin") and who.may(Right.PLATFORM):
            sections = navigation.entries(navigation.ADMIN, ask, self._paths)
            return found | {"layout": "admin.html", "sections": sections}
        return found


def _is_live(ask: Ask, page: Page) -> bool:
    """True if the page asks for itself again; not in a support view, where each request is a line in the audit log."""
    is_support = ask.asker is not None and ask.asker.is_support
    return ask.route.is_live and page.status == 200 and not page.is_still and not is_support


def _keeping_store(html: str, slug: str, store_id: UUID) -> str:
    """A page whose links and forms keep the store that is chosen."""

    def link(found: re.Match[str]) -> str:
        return f'{found[1]}="{with_store(found[2], slug, store_id, ampersand="&amp;")}"'

    return _LEADS.sub(lambda tag: _ADDRESS.sub(link, tag[0]), html)


def formats(ask: Ask) -> Formats:
    """Numbers and times for who asks: the company's zone and currency, where there is one."""
    if ask.company is None:
        return Formats(ask.words, ask.now)
    settings = ask.company.settings
    try:
        return Formats(ask.words, ask.now, settings.time_zone, settings.currency)
    except ZoneInfoNotFoundError:
        return Formats(ask.words, ask.now, currency=settings.currency)


def sign_in_path(ask: Ask) -> str:
    """Where to sign in, coming back to the page that was asked for."""
    return _LOGIN if ask.route.changes else f"{_LOGIN}?{urlencode({'next': ask.url})}"


def address(path: str, **query: Any) -> str:
    """A path with a query; what is None or empty is left out, and a list is repeated."""
    pairs = [
        (name, one)
        for name, value in query.items()
        for one in (value if isinstance(value, list | tuple | set | frozenset) else [value])
        if one is not None and one != ""
    ]
    return f"{path}?{urlencode(pairs, quote_via=quote)}" if pairs else path


@lru_cache(maxsize=512)
def icon(name: str, kind: str = "") -> Markup:
    """A bundled icon as SVG in the colour of its text; it is hidden from screen readers, which read the word beside."""
    found = Markup('<svg class="icon {}" viewBox="0 0 24 24" aria-hidden="true">{}</svg>')
    return found.format(kind, icon_shape(name))


@lru_cache(maxsize=512)
def icon_shape(name: str) -> Markup:
    """What an icon is drawn of, in a field 24 wide and high, for a drawing that holds it."""
    file = resources.path(f"icons/{name}.svg").read_text("utf-8")
    found = _SVG.search(file)
    assert found is not None, f"{name} is no icon"
    return Markup(" ".join(found[1].split()))  # noqa: S704 - a file of our own


def initials(name: str) -> str:
    """Up to two letters for an avatar."""
    parts = re.findall(r"\w+", name.partition("@")[0])
    return (parts[0][0] + (parts[-1][0] if len(parts) > 1 else "")).upper() if parts else "?"


def _pairs(fields: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The fields of a form, one pair for each value."""
    return [
        (name, str(one)) for name, value in fields.items() for one in (value if isinstance(value, list) else [value])
    ]


def _worded(translator: Translator) -> tuple[Callable[..., Markup], Callable[..., Markup]]:
    """`_` and `ngettext` for templates: values are filled into the translated sentence, escaped."""

    @cache
    def escaped(message: str) -> str:
        return str(escape(translator.gettext(message)))

    def gettext(message: str, **values: Any) -> Markup:
        return _filled(escaped(message), values)

    def ngettext(one: str, many: str, count: int, /, **values: Any) -> Markup:  # values may write count otherwise
        return _filled(str(escape(translator.ngettext(one, many, count))), {"count": count} | values)

    return gettext, ngettext


def _filled(sentence: str, values: dict[str, Any]) -> Markup:
    """An escaped sentence with its values, which are escaped too."""
    return Markup(sentence.format(**{name: escape(value) for name, value in values.items()}))  # noqa: S704 - as said


@cache
def _environment(language: str) -> Environment:
    """The templates in one language, compiled once."""
    found = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    gettext, ngettext = _worded(Translator(language))
    found.globals |= {
        "_": gettext,
        "ngettext": ngettext,
        "icon": icon,
        "icon_shape": icon_shape,
        "asset": assets.address,
        "address": address,
        "initials": initials,
        "new_key": new_key,
        "KEY_FIELD": KEY_FIELD,
        "AGAIN_FIELD": AGAIN_FIELD,
    }
    return found
