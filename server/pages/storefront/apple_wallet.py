"""The way of a card into Apple Wallet: a button makes the pass, and the phone opens its file."""

from typing import Any

from starlette.responses import Response

from server.accounts.rights import Right
from server.edge.asks import Ask
from server.edge.problem_json import HttpProblem
from server.edge.routes import Redirect, Route, Unit, Visit
from server.pages.storefront.card import CARD
from server.refusals import No, Refused
from server.wallet import state, telling
from server.wallet.apple import maker, pass_file
from server.wallet.apple.signer import IdentityUnusable
from server.wallet.card_content import Reader
from server.wallet.makers import MakerName
from server.wallet.state import Pass

ADD, FILE = "/{slug}/card/apple", "/{slug}/card/apple.pkpass"


def add(ask: Ask) -> Redirect:
    """Makes the card's pass, unless it has one, and leads to its file."""
    here = ask.installation
    if here.apple is None:
        raise HttpProblem("unknown")
    with here.units.write_unlocked() as conn:
        reader = Reader(conn, ask.company_id, here.keys, here.place.url, ask.now)
        made, _ = telling.offer(reader, ask.visit.held, MakerName.APPLE, ask.words.language)
        state.fetched(conn, made, ask.now)  # should it change before it is in the wallet, it is told of then
    return Redirect(FILE.format(slug=ask.path["slug"]))


def file(ask: Ask) -> Response | Redirect:
    """The card's pass; back to the card where none was made."""
    here, apple = ask.installation, ask.installation.apple
    one = _present(state.of_cards(ask.conn, ask.company_id, [ask.visit.held]))
    if apple is None or one is None:
        return Redirect(CARD.format(slug=ask.path["slug"]))
    content = Reader(ask.conn, ask.company_id, here.keys, here.place.url, ask.now).shown(one).content
    try:
        made = apple.file(one, content, maker.logo_of(ask.conn, ask.company_id, content), ask.now)
    except IdentityUnusable:
        raise Refused(No.BUSY) from None
    headers = {"Content-Disposition": 'attachment; filename="card.pkpass"'}
    return Response(made, media_type=pass_file.MEDIA_TYPE, headers=headers)


def _present(found: list[Pass]) -> Pass | None:
    return next((one for one in found if one.maker is MakerName.APPLE and one.voided_at is None), None)


_OF_CARD: dict[str, Any] = {"right": Right.STOREFRONT, "visit": Visit.HOLDER}

ROUTES = (
    Route(**_OF_CARD, method="POST", path=ADD, handler=add, title="Apple Wallet", unit=Unit.OWN),
    Route(**_OF_CARD, method="GET", path=FILE, handler=file, title="The pass", media_type=pass_file.MEDIA_TYPE),
)
