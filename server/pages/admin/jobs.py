"""What the server does by itself: how each job stands, and running one now."""

from typing import Literal
from uuid import UUID

from server.accounts.rights import Right
from server.db.job_queue import DueJob
from server.edge import lists
from server.edge.asks import Ask
from server.edge.lists import PageQuery
from server.edge.routes import Body, Page, Redirect, Route
from server.jobs import standings
from server.jobs.standings import Condition
from server.pages import wallet_words
from server.pages.formats import span

_PATH = "/admin/jobs"


def _(message: str) -> str:
    """Marks a word for the catalogues; it is translated when used."""
    return message


WORDS = {
    "mail": _("Sends mails"),
    "clean": _("Clears away what is past its time"),
    "lists": _("Keeps the list of cards"),
    "keys": _("Renews the keys after a till was revoked"),
    "tally": _("Sums transactions by day"),
    "gauges": _("Notes the company's figures of the day"),
    "expiry": _("Takes points that have lapsed"),
    "expiry_notice": _("Tells customers of points that are about to lapse"),
    "retention": _("Erases customers who have not come for years"),
    "cases": _("Settles cases by themselves"),
    "case_digest": _("Tells managers of open cases"),
    "case_groups": _("Decides groups of cases"),
    "imports": _("Carries imports out"),
    "exports": _("Makes exports"),
    "program_start": _("Begins a version of the program"),
    "pass_changes": _("Finds passes in wallets that have changed"),
    "wallets": _("Tells phones of changed passes"),
}


class Filter(PageQuery):
    """Which jobs, and the one that was asked for just now."""

    state: Condition | None = None
    asked: str = ""


class Asked(Body):
    name: str
    company_id: UUID | Literal[""] = ""


def listed(ask: Ask) -> Page:
    found = standings.all_of(ask.conn)
    query: Filter = ask.query
    wanted = [one for one in found if query.state is None or one.condition is query.state]
    shown = wanted[query.offset : query.offset + lists.ROWS]
    values = {
        "rows": [(one, _what(ask, one.state.job.name), span(one.late_s, ask.words.language)) for one in shown],
        "place": lists.paging(query, len(shown), len(wanted)),
        "count": len(found),
        "counts": {condition: sum(one.condition is condition for one in found) for condition in Condition},
        "query": {"state": query.state},
        "asked": query.asked,
        "makers": wallet_words.of_makers(ask),
    }
    return Page("admin/jobs.html", values)


def _what(ask: Ask, name: str) -> str:
    return ask.words.gettext(WORDS[name]) if name in WORDS else name


def run(ask: Ask) -> Redirect:
    if ask.errors:
        return Redirect(_PATH)
    name, company_id = ask.body.name, ask.body.company_id or None
    standings.run_soon(ask.conn, DueJob(company_id, name))
    ask.log("job_asked", "job", name, after={"company_id": None if company_id is None else str(company_id)})
    return Redirect(f"{_PATH}?asked={name}")


ROUTES = (
    Route(method="GET", path=_PATH, right=Right.PLATFORM, handler=listed, title="Jobs", query=Filter),
    Route(method="POST", path=_PATH, right=Right.PLATFORM, handler=run, title="Run a job", body=Asked),
)
