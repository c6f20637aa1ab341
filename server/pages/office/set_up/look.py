"""A company's look: its colour, name, promise and stamp picture beside two cards that show them, and its logo."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import UploadFile

from server.accounts.rights import Right
from server.companies import colours, logos, looks, programs
from server.companies.logos import Logo
from server.companies.looks import COLOUR, NAME_CHARS_MAX, PROMISE_CHARS_MAX, Choice, Look, StampPicture
from server.edge.asks import Ask
from server.edge.fields import Version
from server.edge.routes import Body, Page, Redirect, Route
from server.pages import card_preview, forms
from server.pages.forms import Form
from server.refusals import ChangedMeanwhile, Refused
from server.translations import LANGUAGES

_PATH = "/office/{slug}/look"
_LOGO = _PATH + "/logo"
_FORM_BYTES = 64 << 10  # of a form beside its file
_PROMISE = "promise_"

Colour = Annotated[str, Field(pattern=COLOUR)]
Name = Annotated[str, Field(max_length=NAME_CHARS_MAX)]
Promise = Annotated[str, Field(max_length=PROMISE_CHARS_MAX)]


def _(message: str) -> str:
    """Marks a word for the catalogues; it is translated when used."""
    return message


_STAMPS = {
    StampPicture.COFFEE: _("Coffee"),
    StampPicture.CROISSANT: _("Croissant"),
    StampPicture.CAKE: _("Cake"),
    StampPicture.ICE_CREAM: _("Ice cream"),
    StampPicture.PIZZA: _("Pizza"),
    StampPicture.SANDWICH: _("Sandwich"),
    StampPicture.SALAD: _("Salad"),
    StampPicture.BEER: _("Beer"),
    StampPicture.WINE: _("Wine"),
    StampPicture.FLOWER: _("Flower"),
    StampPicture.SCISSORS: _("Scissors"),
    StampPicture.SHIRT: _("Shirt"),
    StampPicture.BOOK: _("Book"),
    StampPicture.BAG: _("Bag"),
    StampPicture.STAR: _("Star"),
}


class LookForm(Body):
    version: Version
    name: Name = ""
    colour: Colour
    stamp: StampPicture
    promise_en: Promise = ""
    promise_fr: Promise = ""
    promise_de: Promise = ""
    promise_lb: Promise = ""


class LookQuery(BaseModel):
    """What the preview shows instead of what is kept, once a colour is among it; what was just saved, and
    whether the logo shall go."""

    name: Name = ""
    colour: Colour | None = None
    stamp: StampPicture = StampPicture.COFFEE
    promise_en: Promise = ""
    promise_fr: Promise = ""
    promise_de: Promise = ""
    promise_lb: Promise = ""
    saved: Literal["", "look", "logo"] = ""
    act: Literal["", "remove"] = ""


class LogoForm(Body):
    model_config = ConfigDict(arbitrary_types_allowed=True)

    version: Version
    logo: UploadFile | str | None = None  # one file; a text if the browser had none to send


def shown(ask: Ask) -> Page:
    look, query = looks.of_company(ask.conn, ask.company_id), ask.query
    if query.colour is None:
        return _page(ask, look, _stored(look), saved=query.saved, act=query.act)
    return _page(ask, look, Form(query.model_dump(mode="json") | {"version": look.version}))


def save(ask: Ask) -> Page | Redirect:
    look = looks.of_company(ask.conn, ask.company_id)
    if ask.errors:
        return _page(ask, look, forms.typed(ask))
    sent: LookForm = ask.body
    shown_now = _languages(ask)
    promises = {language: text for language, text in look.promises.items() if language not in shown_now}
    promises |= {language: getattr(sent, _PROMISE + language) for language in shown_now}
    choice = Choice(sent.name, sent.colour, sent.stamp, promises)
    try:
        before, after = looks.change(ask.conn, ask.company_id, choice, version=sent.version, now=ask.now)
    except ChangedMeanwhile:
        return _stale(ask, look)
    if after:
        ask.log("look_changed", "company", ask.company_id, before=before, after=after)
    return Redirect(f"{_PATH.format(**ask.path)}?saved=look")


def decoded(ask: Ask) -> Logo | Refused | None:
    """The logo that was sent, or why it is none; found out before the unit of work, as it takes a while."""
    file = ask.body.logo
    try:
        return logos.decoded(file.file.read() if isinstance(file, UploadFile) else b"")
    except Refused as no:
        return no


def set_logo(ask: Ask) -> Page | Redirect:
    look = looks.of_company(ask.conn, ask.company_id)
    if isinstance(ask.ahead, Refused):
        return _page(ask, look, Form(_stored(look).values, forms.refused(ask, ask.ahead).errors))
    return _with_logo(ask, look, ask.ahead, "logo_set")


def remove_logo(ask: Ask) -> Page | Redirect:
    look = looks.of_company(ask.conn, ask.company_id)
    if ask.errors:
        return _page(ask, look, Form(_stored(look).values, ask.errors))
    return _with_logo(ask, look, None, "logo_removed", act="remove")


def _with_logo(ask: Ask, look: Look, logo: Logo | None, action: str, *, act: str = "") -> Page | Redirect:
    if ask.errors:
        return _page(ask, look, Form(_stored(look).values, ask.errors))
    try:
        found = looks.set_logo(ask.conn, ask.company_id, logo, version=ask.body.version, now=ask.now)
    except ChangedMeanwhile:
        return _stale(ask, look, act=act)
    ask.log(action, "company", ask.company_id, after={"logo": found.logo})
    return Redirect(f"{_PATH.format(**ask.path)}?saved=logo#logo")


def _stale(ask: Ask, look: Look, *, act: str = "") -> Page:
    sentence = ask.words.gettext(_("Somebody else has changed the look meanwhile. This is it; please begin again."))
    return _page(ask, look, Form(_stored(look).values, {forms.TOP: sentence}), act=act, status=409)


def _page(ask: Ask, look: Look, form: Form, *, saved: str = "", act: str = "", status: int | None = None) -> Page:
    colour = form.value("colour") if "colour" not in form.errors else look.colour
    shade = colours.shade(colour)
    program = programs.versions(ask.conn, ask.company_id).at(ask.now)
    stamp, kept = form.value("stamp"), _stored(look).values
    languages = _languages(ask)
    values = {
        "form": form,
        "look": look,
        "stamps": [(one.value, ask.words.gettext(label)) for one, label in _STAMPS.items()],
        "spoken": {language: LANGUAGES[language] for language in languages},
        "shade": shade,
        "reads_at": colours.READS_AT,
        "is_darkened": shade.ground != colour.upper(),
        "name": form.value("name") or looks.own_name(ask.conn, ask.company_id),
        "promise": _promise(form, languages, ask.words.language),
        "preview": card_preview.of_program(program),
        "stamp": stamp if isinstance(stamp, str) and stamp in set(StampPicture) else look.stamp.value,
        "grounds": card_preview.GROUNDS,
        "left": card_preview.LEFT,
        "right": card_preview.RIGHT,
        "customer": card_preview.CUSTOMER,
        "card_number": card_preview.NUMBER,
        "white": colours.WHITE,
        "is_draft": any(str(form.value(name)).lower() != str(value).lower() for name, value in kept.items()),
        "saved": saved,
        "act": act,
        "name_max": NAME_CHARS_MAX,
        "promise_max": PROMISE_CHARS_MAX,
    }
    return Page("office/set_up/look.html", values, form.status if status is None else status)


def _stored(look: Look) -> Form:
    promises = {_PROMISE + language: look.promises.get(language, "") for language in LANGUAGES}
    return forms.stored(
        version=look.version, name=look.chosen_name, colour=look.colour.lower(), stamp=look.stamp.value, **promises
    )


def _languages(ask: Ask) -> list[str]:
    """The company's languages that pages are written in."""
    assert ask.company is not None, "the path names a company"
    return [one for one in ask.company.settings.languages if one in LANGUAGES] or list(LANGUAGES)


def _promise(form: Form, languages: list[str], language: str) -> str:
    """The promise in the reader's language, or in the first that has one."""
    order = [language, *languages]
    return next((found for one in order if (found := form.value(_PROMISE + one))), "")


ROUTES = (
    Route(method="GET", path=_PATH, right=Right.SETUP_READ, handler=shown, title="Look", query=LookQuery),
    Route(method="POST", path=_PATH, right=Right.SETUP_CHANGE, handler=save, title="Look", body=LookForm),
    Route(
        method="POST",
        path=_LOGO,
        right=Right.SETUP_CHANGE,
        handler=set_logo,
        ahead=decoded,
        title="Look",
        body=LogoForm,
        body_max=logos.BYTES_MAX + _FORM_BYTES,
    ),
    Route(
        method="POST",
        path=_LOGO + "/remove",
        right=Right.SETUP_CHANGE,
        handler=remove_logo,
        title="Look",
        body=LogoForm,
    ),
)
