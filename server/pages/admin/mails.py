"""The mail outbox: what waits, what was sent, and what could not be. Addresses are masked and bodies are not shown."""

from uuid import UUID

from server.accounts.rights import Right
from server.companies import companies
from server.edge import lists
from server.edge.asks import Ask
from server.edge.lists import PageQuery
from server.edge.routes import Page, Route
from server.mail import outbox
from server.mail.outbox import MailState

_PATH = "/admin/mails"


class Filter(PageQuery):
    """Whose mails (the platform's without one), and in which state."""

    company: UUID | None = None
    state: MailState | None = None


def listed(ask: Ask) -> Page:
    query: Filter = ask.query
    known = companies.listed(ask.conn)
    if query.company is not None:
        companies.by_id(ask.conn, query.company)  # refuses one that does not exist
    found = outbox.listed(ask.conn, ask.installation.keys, query.company)
    wanted = [one for one in found if query.state is None or one.state is query.state]
    shown = wanted[query.offset : query.offset + lists.ROWS]
    values = {
        "mails": [(one, outbox.masked(one.address)) for one in shown],
        "place": lists.paging(query, len(shown), len(wanted)),
        "queued": sum(one.state is MailState.QUEUED for one in found),
        "failed": sum(one.state is MailState.FAILED for one in found),
        "companies": [(str(one.id), one.name) for one in known],
        "query": {"company": None if query.company is None else str(query.company), "state": query.state},
        "most": outbox.LISTED_MAX,
        "can_mail": ask.installation.can_mail,
    }
    return Page("admin/mails.html", values)


ROUTES = (Route(method="GET", path=_PATH, right=Right.PLATFORM, handler=listed, title="Mail outbox", query=Filter),)
