"""The owner's data as a file, and their end: what goes, what stays, and where it takes longer."""

from typing import Any

from starlette.responses import Response

from server.accounts.rights import Right
from server.customers import erasure
from server.customers.own_acts import download, farewell
from server.edge import visitors
from server.edge.asks import Ask
from server.edge.routes import Page, Route, Visit
from server.edge.visitors import Keepsake
from server.wallet import state
from server.wallet.makers import MakerName

DOWNLOAD, FILE, ERASE, ERASED = "/{slug}/download", "/{slug}/download/data.zip", "/{slug}/erase", "/{slug}/erased"


def offered(_ask: Ask) -> Page:
    return Page("storefront/own_acts/download.html", {"a_day": download.A_DAY.count})


def file(ask: Ask) -> Response:
    here = ask.installation
    with here.units.platform_write() as conn:
        download.take(conn, here.keys, ask.visit.owner, ask.now)
    made = download.made(
        ask.conn, ask.visit.company, here.keys.company(ask.company_id), ask.visit.owner, ask.words, now=ask.now
    )
    name = f'attachment; filename="{ask.visit.company.slug}.zip"'
    return Response(made, media_type=download.ZIP, headers={"Content-Disposition": name})


def asked(ask: Ask) -> Page:
    keys = ask.installation.keys.company(ask.company_id)
    what = farewell.of_owner(ask.conn, ask.visit.company, keys, ask.visit.owner, ask.now)
    passes = state.of_cards(ask.conn, ask.company_id, [ask.visit.owner.card_id])
    values = {"what": what, "in_google": any(one.maker is MakerName.GOOGLE for one in passes)}
    return Page("storefront/own_acts/erase.html", values)


def erased(ask: Ask) -> Response:
    company, here = ask.visit.company, ask.installation
    erasure.erase(ask.ledger, company, [ask.visit.owner.card_id], by=None, can_mail=here.can_mail)
    answer = Response(status_code=303, headers={"Location": ERASED.format(slug=company.slug)})
    for one in Keepsake:
        visitors.hand(answer, one, "", here.place, company.slug)
    return answer


def gone(_ask: Ask) -> Page:
    return Page("storefront/own_acts/erased.html")


_PROVEN: dict[str, Any] = {"right": Right.STOREFRONT, "visit": Visit.PROVEN, "while_suspended": True}

ROUTES = (
    Route(**_PROVEN, method="GET", path=DOWNLOAD, handler=offered, title="Download your data"),
    Route(**_PROVEN, method="GET", path=FILE, handler=file, title="Your data", media_type=download.ZIP),
    Route(**_PROVEN, method="GET", path=ERASE, handler=asked, title="Erase your data"),
    Route(**_PROVEN, method="POST", path=ERASE, handler=erased, title="Erase your data"),
    Route(
        method="GET",
        path=ERASED,
        right=Right.STOREFRONT,
        visit=Visit.ANYBODY,
        handler=gone,
        title="Your data is erased",
    ),
)
