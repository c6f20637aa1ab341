"""The card right after it was made, to be kept; the contact is confirmed afterwards. A robot sees one that is none."""

from typing import Any

from starlette.responses import Response

from loyalty.codes import written
from server.accounts.rights import Right
from server.cards.decrypted_texts import PrintedCodes
from server.companies import looks, programs
from server.customers import my_card
from server.customers.joining import form_tokens
from server.customers.my_card import MyCard
from server.edge.asks import Ask
from server.edge.routes import Page, Redirect, Route, Visit
from server.edge.visitors import Keepsake
from server.pages import qr_codes
from server.pages.storefront import card_picture

WELCOME, PICTURE = "/{slug}/welcome", "/{slug}/card.png"
_PNG = "image/png"


def welcome(ask: Ask) -> Page | Redirect:
    visit, keys = ask.visit, ask.installation.keys
    if visit.card_id is not None:
        mine = _mine(ask)
        number = mine.number or ""
        can_confirm = mine.can_confirm and visit.session is None
        return _page(ask, mine.token, number, mine.first_name, mine.welcome, can_confirm=can_confirm)
    code = visit.kept[Keepsake.CARD]
    if not form_tokens.is_pretended(keys, code):
        return Redirect(f"/{visit.company.slug}/join")
    program = programs.versions(ask.conn, ask.company_id).at(ask.now)
    points = program.welcome_bonus if program is not None and program.gives_points else 0
    number = written(form_tokens.pretended_number(keys, code))
    return _page(ask, code, number, "", points, can_confirm=True)


def picture(ask: Ask) -> Response:
    """The card as a picture for the phone's photos."""
    mine, look = _mine(ask), looks.of_company(ask.conn, ask.company_id)
    codes = None if mine.token is None or mine.number is None else PrintedCodes(mine.token, mine.number)
    drawn = card_picture.drawn(look, mine.first_name, codes, ask.words)
    name = f'attachment; filename="{ask.visit.company.slug}.png"'
    return Response(drawn, media_type=_PNG, headers={"Content-Disposition": name})


def _mine(ask: Ask) -> MyCard:
    company = ask.visit.company
    keys = ask.installation.keys.company(company.id)
    return my_card.of_holder(ask.conn, company, keys, ask.visit.held, ask.now)


def _page(ask: Ask, code: str | None, number: str, name: str, points: int, *, can_confirm: bool) -> Page:
    values = {
        "code": None if code is None else qr_codes.outline(code),
        "number": number,
        "first_name": name,
        "welcome": points,
        "can_confirm": can_confirm and ask.installation.can_mail,
    }
    return Page("storefront/welcome.html", values)


_PAGE: dict[str, Any] = {"method": "GET", "right": Right.STOREFRONT}

ROUTES = (
    Route(**_PAGE, path=WELCOME, visit=Visit.ANYBODY, handler=welcome, title="Your card is ready"),
    Route(**_PAGE, path=PICTURE, visit=Visit.HOLDER, handler=picture, title="The card as a picture", media_type=_PNG),
)
