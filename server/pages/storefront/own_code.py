"""A card's own address, which its QR code holds: the browser keeps the code and goes on to the company's pages.

So the secret stands in no later address.
"""

from starlette.responses import Response

from server.accounts import attempts, ip_networks
from server.accounts.attempts import CODES_OF_ADDRESS
from server.accounts.rights import Right
from server.companies import companies
from server.customers import holders
from server.customers.holders import Code, CodeState
from server.customers.joining import self_enrolment
from server.edge import visitors
from server.edge.asks import Ask
from server.edge.routes import Page, Route
from server.edge.visitors import Keepsake
from server.refusals import Refused

PATH = "/c/{token}"


def opened(ask: Ask) -> Page | Response:
    here = ask.installation
    try:
        code = holders.find(ask.conn, ask.path["token"])
    except Refused:
        with here.units.platform_write() as conn:
            attempts.take(conn, here.keys.platform, CODES_OF_ADDRESS, ip_networks.limited(ask.address), ask.now)
        return Page("storefront/own_code.html", {"state": None}, 404)
    if not _leads_on(ask, code):
        return Page("storefront/own_code.html", {"state": code.state})
    to = "card" if code.state is CodeState.CARD else "join"
    answer = Response(status_code=303, headers={"Location": f"/{code.slug}/{to}"})
    visitors.hand(answer, Keepsake.CARD, code.token, here.place, code.slug)
    return answer


def _leads_on(ask: Ask, code: Code) -> bool:
    """True if there is a page for who has this code: a printed blank can be made one's own if the company allows it."""
    if code.state is not CodeState.BLANK:
        return code.state is not CodeState.REPLACED
    company = companies.by_slug(ask.conn, code.slug)
    return self_enrolment.store_of(ask.conn, company, None) is not None


ROUTES = (Route(method="GET", path=PATH, right=Right.ANYBODY, handler=opened, title="A card's code"),)
