"""`/api/store/v1/{slug}/look`: what a company looks like to its customers, and its logo."""

from typing import Annotated, Literal

from pydantic import Base64Bytes, BaseModel, Field
from starlette.responses import Response

from server.accounts.rights import Right
from server.companies import logos, looks
from server.companies.looks import COLOUR, NAME_CHARS_MAX, PROMISE_CHARS_MAX, Choice, LogoSize, StampPicture
from server.edge.asks import Ask
from server.edge.fields import Version
from server.edge.routes import Body, Example, Route

_PATH = "/api/store/v1/{slug}/look"
_LOGO = _PATH + "/logo"
_PNG = "image/png"
_KEPT = "private, max-age=31536000, immutable"  # under an address with the logo's mark
LOGO_BODY_MAX = logos.BYTES_MAX * 4 // 3 + 1024  # base64 within JSON

Colour = Annotated[str, Field(pattern=COLOUR)]
Promise = Annotated[str, Field(max_length=PROMISE_CHARS_MAX)]
Language = Literal["en", "fr", "de", "lb"]


class Shade(BaseModel):
    """The colour as it is shown: darkened where neither white nor ink would read on it."""

    ground: str
    text: str
    contrast: float


class Look(BaseModel):
    """A company's look; an edit sends the `version` it saw. `logo` is the mark of the logo, null without one."""

    version: int
    name: str
    colour: str
    shade: Shade
    stamp: StampPicture
    promises: dict[str, str]
    logo: str | None


class LookEdit(Body):
    """The whole look but for the logo; an empty name is the company's own."""

    version: Version
    name: Annotated[str, Field(max_length=NAME_CHARS_MAX)] = ""
    colour: Colour
    stamp: StampPicture
    promises: dict[Language, Promise]


class LogoEdit(Body):
    """A PNG, JPEG or WebP file of at most 2 MB and 40 megapixels in Base64, or null to take the logo away."""

    version: Version
    logo: Base64Bytes | None


class LogoQuery(BaseModel):
    """How large; with the logo's mark as `v` the answer may be kept for good."""

    size: LogoSize = LogoSize.PICTURE
    v: str = ""


_EXAMPLE = {
    "version": 418,
    "name": "Café Lumière",
    "colour": "#0E4754",
    "shade": {"ground": "#0E4754", "text": "#FFFFFF", "contrast": 10.18},
    "stamp": "coffee",
    "promises": {"en": "Ten stamps, one free coffee", "fr": "Dix tampons, un café offert"},
    "logo": "5f0c1c3a9b7e",
}
_DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def shown(ask: Ask) -> Look:
    return _answer(looks.of_company(ask.conn, ask.company_id))


def edit(ask: Ask) -> Look:
    edited: LookEdit = ask.body
    promises = {str(language): text for language, text in edited.promises.items()}
    choice = Choice(edited.name, edited.colour, edited.stamp, promises)
    before, after = looks.change(ask.conn, ask.company_id, choice, version=edited.version, now=ask.now)
    if after:
        ask.log("look_changed", "company", ask.company_id, before=before, after=after)
    return shown(ask)


def decoded(ask: Ask) -> logos.Logo | None:
    """The logo that was sent; decoded before the unit of work, as it takes a while."""
    sent: LogoEdit = ask.body
    return None if sent.logo is None else logos.decoded(sent.logo)


def set_logo(ask: Ask) -> Look:
    found = looks.set_logo(ask.conn, ask.company_id, ask.ahead, version=ask.body.version, now=ask.now)
    ask.log("logo_set" if found.logo else "logo_removed", "company", ask.company_id, after={"logo": found.logo})
    return _answer(found)


def logo(ask: Ask) -> Response:
    query: LogoQuery = ask.query
    picture, mark = looks.logo(ask.conn, ask.company_id, query.size)
    headers = {"Cache-Control": _KEPT} if query.v == mark else {}
    return Response(picture, media_type=_PNG, headers=headers)


def _answer(look: looks.Look) -> Look:
    shade = look.shade
    return Look(
        version=look.version,
        name=look.name,
        colour=look.colour,
        shade=Shade(ground=shade.ground, text=shade.text, contrast=round(shade.contrast, 2)),
        stamp=look.stamp,
        promises=dict(look.promises),
        logo=look.logo,
    )


ROUTES = (
    Route(
        method="GET",
        path=_PATH,
        right=Right.SETUP_READ,
        handler=shown,
        title="Shows the company's look.",
        answer=Look,
        example=Example(answer=_EXAMPLE),
    ),
    Route(
        method="PUT",
        path=_PATH,
        right=Right.SETUP_CHANGE,
        handler=edit,
        title="Sets the company's look, but for its logo.",
        body=LookEdit,
        answer=Look,
        example=Example(
            body={name: _EXAMPLE[name] for name in ("version", "name", "colour", "stamp", "promises")}, answer=_EXAMPLE
        ),
    ),
    Route(
        method="GET",
        path=_LOGO,
        right=Right.COMPANY_READ,
        handler=logo,
        title="Shows the company's logo as PNG, at most 1,024 px wide and high, or as a square of 128 px.",
        query=LogoQuery,
        media_type=_PNG,
        example=Example(query={"size": "icon"}),
    ),
    Route(
        method="PUT",
        path=_LOGO,
        right=Right.SETUP_CHANGE,
        handler=set_logo,
        ahead=decoded,
        title="Sets the company's logo, or takes it away.",
        body=LogoEdit,
        answer=Look,
        body_max=LOGO_BODY_MAX,
        example=Example(body={"version": 418, "logo": _DOT}, answer=_EXAMPLE),
    ),
)
