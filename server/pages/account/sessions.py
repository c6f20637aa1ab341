"""Where somebody is signed in, and the language of their pages and mails."""

from typing import Literal

from server.accounts import accounts, sessions
from server.accounts.rights import Right
from server.edge.asks import Ask
from server.edge.routes import Body, Page, Redirect, Route
from server.pages import forms
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
        "options": [("", ask.words.gettext("As the browser says")), *LANGUAGES.items()],
    }
    return Page("account/sessions.html", values)


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
