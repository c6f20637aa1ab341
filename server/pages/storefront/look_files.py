"""The company's look as files that browsers keep: a new look has another address."""

from typing import Any

from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from server.accounts.rights import Right
from server.companies import looks
from server.companies.looks import LogoSize
from server.edge.asks import Ask
from server.edge.routes import Route, Visit
from server.edge.security_headers import FOREVER

STYLE, LOGO = "/{slug}/look.css", "/{slug}/logo"
_CSS, _PNG = "text/css; charset=utf-8", "image/png"


class Kept(BaseModel):
    """The version of the look, so that the answer may be kept for good."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    v: str = ""


def style(ask: Ask) -> Response:
    shade = looks.of_company(ask.conn, ask.company_id).shade
    rule = f":root{{--brand:{shade.ground};--on-brand:{shade.text}}}"
    return Response(rule, media_type=_CSS, headers={"Cache-Control": FOREVER})


def logo(ask: Ask) -> Response:
    picture, _mark = looks.logo(ask.conn, ask.company_id, LogoSize.ICON)
    return Response(picture, media_type=_PNG, headers={"Cache-Control": FOREVER})


_FILE: dict[str, Any] = {"method": "GET", "right": Right.STOREFRONT, "visit": Visit.ANYBODY, "query": Kept}

ROUTES = (
    Route(**_FILE, path=STYLE, handler=style, title="The company's colours", media_type=_CSS),
    Route(**_FILE, path=LOGO, handler=logo, title="The company's logo", media_type=_PNG),
)
