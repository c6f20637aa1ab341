"""An end of notices: a page with a button, whose form a mail program's own button sends as well."""

from server.accounts.rights import Right
from server.customers import unsubscribe
from server.edge.asks import Ask
from server.edge.routes import Page, Route


def asked(ask: Ask) -> Page:
    return _page(ask)


def stopped(ask: Ask) -> Page:
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
