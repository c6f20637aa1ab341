"""The way of a card into Google Wallet.

The link to Google stands on a page that follows it by itself: a redirect would be held up by the policy for forms,
which covers every address that Google leads on to.
"""

from datetime import timedelta

from server.accounts import attempts
from server.accounts.attempts import Limit
from server.accounts.rights import Right
from server.edge.asks import Ask
from server.edge.problem_json import HttpProblem
from server.edge.routes import Page, Route, Unit, Visit
from server.wallet.google import offering

SAVE = "/{slug}/card/google"
SAVED_BY_CARD = Limit("google_wallet", 20, timedelta(hours=1))


def save(ask: Ask) -> Page:
    """Has Google keep the card and leads to it, or says that this takes a moment."""
    here, google, card_id = ask.installation, ask.installation.google, ask.visit.held
    if google is None:
        raise HttpProblem("unknown")
    with here.units.write_unlocked() as conn:
        attempts.take(conn, here.keys.platform, SAVED_BY_CARD, str(card_id), ask.now)
    link = offering.link_for(
        google, here.units, here.keys, ask.company_id, card_id, language=ask.words.language, now=ask.now
    )
    return Page("storefront/google_wallet.html", {"link": link})


ROUTES = (
    Route(
        method="POST",
        path=SAVE,
        right=Right.STOREFRONT,
        visit=Visit.HOLDER,
        handler=save,
        title="Google Wallet",
        unit=Unit.OWN,
    ),
)
