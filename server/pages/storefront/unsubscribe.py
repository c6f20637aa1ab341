"""An end of notices: a page with a button, and what a mail program's own button sends (RFC 8058).

What opens every link of a mail and sends every form that it finds there ends nothing.
"""

from server.accounts.rights import Right
from server.customers import unsubscribe
from server.edge.asks import Ask
from server.edge.problem_json import HttpProblem
from server.edge.routes import Page, Route


def asked(ask: Ask) -> Page:
    return _page(ask)


def stopped(ask: Ask) -> Page:
    is_one_click = (ask.form or {}).get("List-Unsubscribe") == "One-Click"
    if not (is_one_click or ask.is_same_site):
        raise HttpProblem("cross_site")
    unsubscribe.stop(ask.conn, unsubscribe.read(ask.installation.keys, ask.path["token"]), ask.now)
    return _page(ask)


def _page(ask: Ask) -> Page:
    whom = unsubscribe.read(ask.installation.keys, ask.path["token"])
    values = {
        "sender": unsubscribe.company_name(ask.conn, whom),
        "is_stopped": unsubscribe.is_stopped(ask.conn, whom),
    }
    return Page("storefront/unsubscribe.html", values)


ROUTES = (
    Route(method="GET", path=unsubscribe.PATH, right=Right.ANYBODY, handler=asked, title="Messages"),
    Route(
        method="POST",
        path=unsubscribe.PATH,
        right=Right.ANYBODY,
        handler=stopped,
        title="Messages",
        is_one_click=True,
    ),
)
