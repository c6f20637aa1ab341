"""The platform's limits of settings."""

from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field, create_model

from loyalty.settings import BOUNDS
from server.accounts.rights import Right
from server.companies import platform_limits, setting_words
from server.edge.asks import Ask
from server.edge.fields import Version
from server.edge.routes import Body, Page, Redirect, Route
from server.pages import forms
from server.pages.forms import Form
from server.refusals import ChangedMeanwhile, SettingsRefused

_PATH = "/admin/limits"
_FIELDS: dict[str, Any] = dict.fromkeys(BOUNDS, (Annotated[str, Field(max_length=12)], ""))
LimitsForm = create_model("LimitsForm", __base__=Body, version=(Version, ...), **_FIELDS)


class Saved(Body):
    saved: bool = False


def shown(ask: Ask) -> Page:
    found = platform_limits.of_platform(ask.conn)
    fields = {one.name: one.allowed for one in found.limits}
    return _page(ask, found, forms.stored(version=found.version, **fields), is_saved=ask.query.saved)


def save(ask: Ask) -> Page | Redirect:
    found = platform_limits.of_platform(ask.conn)
    form = forms.typed(ask)
    if ask.errors:
        return _page(ask, found, form)
    typed = {name: str(getattr(ask.body, name)).strip() for name in BOUNDS}
    chosen = {name: _number(text) for name, text in typed.items()}
    try:
        before, after = platform_limits.change(ask.conn, chosen, version=ask.body.version, now=ask.now)
    except ChangedMeanwhile:
        sentence = ask.words.gettext("Somebody else has changed this in the meantime. Please look at it again.")
        changed = Form({**form.values, "version": found.version}, {forms.TOP: sentence})
        return replace(_page(ask, found, changed), status=409)
    except SettingsRefused as no:
        bounds = {one.name: (one.lowest, one.highest) for one in found.limits}
        from_to = ask.words.gettext("From {low} to {high}.")
        errors = {name: from_to.format(low=bounds[name][0], high=bounds[name][1]) for name in no.wrong}
        return _page(ask, found, Form(form.values, errors))
    if after:
        ask.log("limits_changed", "platform", before=before, after=after)
    return Redirect(f"{_PATH}?saved=true")


def _number(text: str) -> int | None:
    """The number typed; nothing typed is no limit, and what is no number is refused as too small."""
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() else -1


def _page(ask: Ask, found: platform_limits.PlatformLimits, form: Form, *, is_saved: bool = False) -> Page:
    rows = [
        {
            "limit": one,
            "label": setting_words.label(one.name, ask.words),
            "about": setting_words.sentence(one.name, ask.words),
            "unit": setting_words.unit(one.name, ask.words),
        }
        for one in found.limits
    ]
    return Page("admin/limits.html", {"rows": rows, "form": form, "is_saved": is_saved}, form.status)


ROUTES = (
    Route(method="GET", path=_PATH, right=Right.PLATFORM, handler=shown, title="Limits", query=Saved),
    Route(method="POST", path=_PATH, right=Right.PLATFORM, handler=save, title="Limits", body=LimitsForm),
)
