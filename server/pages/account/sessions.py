"""Where somebody is signed in, and the language of their pages and mails."""

from dataclasses import replace
from typing import Literal

from server.accounts import accounts, members, sessions
from server.accounts.rights import Right
from server.companies import companies
from server.edge.asks import Ask
from server.edge.routes import Body, Page, Redirect, Route
from server.pages import forms
from server.pages.formats import Formats
from server.pages.render import formats
from server.translations import LANGUAGES

_PATH = "/account/sessions"
_AGENT_CHARS = 30
# In this order, as browsers claim to be others too.
_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


class Saved(Body):
    saved: Literal["", "password", "language"] = ""


class Language(Body):
    language: Literal["", "en", "fr", "de", "lb"] = ""


def listed(ask: Ask) -> Page:
    values = {
        "found": [(one, device_name(one.device)) for one in sessions.listed(ask.conn, ask.who.account_id, ask.now)],
        "saved": ask.query.saved,
        "form": forms.stored(language=ask.who.language),
        "f": _formats(ask),
        "options": [("", ask.words.gettext("As the browser says")), *LANGUAGES.items()],
    }
    return Page("account/sessions.html", values)


def _formats(ask: Ask) -> Formats:
    """Times by the clock of the only company somebody works in; with several, or none, UTC, which is named."""
    mine = members.companies_of(ask.conn, ask.who.account_id)
    company = companies.by_id(ask.conn, mine[0].company_id) if len(mine) == 1 else None
    return formats(replace(ask, company=company))


def ended(ask: Ask) -> Redirect:
    session_id = ask.id("session_id")
    sessions.end(ask.conn, ask.who.account_id, session_id)
    return Redirect("/account/sign-in", "") if session_id == ask.who.session.id else Redirect(_PATH)


def others_ended(ask: Ask) -> Redirect:
    sessions.end_all(ask.conn, ask.who.account_id, keep=ask.who.session.id)
    return Redirect(_PATH)


def language_chosen(ask: Ask) -> Redirect:
    if not ask.errors:
        accounts.set_language(ask.conn, ask.who.account_id, ask.body.language or None, ask.now)
    return Redirect(f"{_PATH}?saved=language")


def device_name(agent: str) -> str:
    """The browser and system that a `User-Agent` names, or its beginning."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return ", ".join(one for one in (browser, system) if one) or agent[:_AGENT_CHARS] or "?"


ROUTES = (
    Route(method="GET", path=_PATH, right=Right.OWN_ACCOUNT, handler=listed, title="My account", query=Saved),
    Route(
        method="POST",
        path=_PATH + "/end-others",
        right=Right.OWN_ACCOUNT,
        handler=others_ended,
        title="End the other sessions",
    ),
    Route(
        method="POST", path=_PATH + "/{session_id}/end", right=Right.OWN_ACCOUNT, handler=ended, title="End a session"
    ),
    Route(
        method="POST",
        path="/account/language",
        right=Right.OWN_ACCOUNT,
        handler=language_chosen,
        title="Choose the language",
        body=Language,
    ),
)
