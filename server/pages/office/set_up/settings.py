"""A company's settings, each beside its default and the platform's limit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, Field, create_model

from loyalty.settings import names
from server.accounts.rights import Right
from server.companies import choices, setting_words
from server.companies.choices import Choices, Kind, Setting
from server.edge.asks import Ask
from server.edge.fields import Version
from server.edge.routes import Body, Page, Redirect, Route
from server.pages import forms
from server.pages.forms import Form
from server.pages.render import formats
from server.refusals import ChangedMeanwhile, Refused
from server.translations import LANGUAGES

_PATH = "/office/{slug}/settings"
_SAVED_MAX = 2000
# A form sends a ticked list as one text or several, so the fields are read by hand.
_FIELDS: dict[str, Any] = dict.fromkeys(names(), (Any, ""))
SettingsForm = create_model("SettingsForm", __base__=Body, version=(Version, ...), **_FIELDS)


class Saved(BaseModel):
    """The names of the settings that were saved just now."""

    saved: Annotated[str, Field(max_length=_SAVED_MAX)] = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A setting with its words."""

    setting: Setting
    label: str
    sentence: str
    unit: str
    default: str
    options: Sequence[tuple[str, str, bool]]  # value, words, whether it can be chosen


def shown(ask: Ask) -> Page:
    found = choices.of_company(ask.conn, ask.company_id)
    return _page(ask, found, forms.stored(**_fields(found)), saved=frozenset(ask.query.saved.split(",")))


def save(ask: Ask) -> Page | Redirect:
    found = choices.of_company(ask.conn, ask.company_id)
    if ask.errors:
        return _page(ask, found, Form(_fields(found), ask.errors))
    chosen = {one.name: _text(ask.body, one) for one in found.settings}
    try:
        before, after = choices.change(ask.conn, ask.company_id, chosen, version=ask.body.version, now=ask.now)
    except ChangedMeanwhile:
        return _page(ask, found, _as_typed(ask, found, chosen), stale=True)
    except Refused as no:
        errors = forms.refused(ask, no).errors
        return _page(ask, found, Form(_as_typed(ask, found, chosen).values, errors))
    if not after:
        return Redirect(_PATH.format(**ask.path))
    ask.log("settings_changed", "company", ask.company_id, before=before, after=after)
    first = next(name for name in names() if name in after)
    return Redirect(f"{_PATH.format(**ask.path)}?saved={','.join(sorted(after))}#s-{first}")


def _page(ask: Ask, found: Choices, form: Form, *, saved: frozenset[str] = frozenset(), stale: bool = False) -> Page:
    values = {
        "groups": _groups(ask, found),
        "form": form,
        "saved": saved,
        "saved_at": found.changed_at,
        "stale": stale,
        "present": _other_values(ask, found, form) if stale else {},
        "at_limit": sum(one.is_at_limit for one in found.settings),
    }
    return Page("office/set_up/settings.html", values, 409 if stale else form.status)


def _groups(ask: Ask, found: Choices) -> list[tuple[str, list[Shown]]]:
    """The settings by section; what has no words yet stands in the last one."""
    rest = {one.name: one for one in found.settings}
    sections = []
    for title, members in setting_words.SECTIONS.items():
        rows = [_shown(ask, rest.pop(name)) for name in members if name in rest]
        if rows:
            sections.append((ask.words.gettext(title), rows))
    if rest:
        sections.append((ask.words.gettext(setting_words.OTHER), [_shown(ask, one) for one in rest.values()]))
    return sections


def _shown(ask: Ask, setting: Setting) -> Shown:
    name, words = setting.name, ask.words
    default = value_in_words(ask, setting, setting.default)
    options = [
        (value, setting_words.choice(name, value, words), value not in setting.not_yet) for value in setting.choices
    ]
    label, sentence = setting_words.label(name, words), setting_words.sentence(name, words)
    return Shown(setting, label, sentence, setting_words.unit(name, words), default, options)


def _other_values(ask: Ask, found: Choices, form: Form) -> dict[str, str]:
    """What holds now, for each setting that was typed otherwise."""
    fields = _fields(found)
    typed = [one for one in found.settings if fields[one.name] != form.value(one.name)]
    return {one.name: value_in_words(ask, one, one.value) for one in typed}


def value_in_words(ask: Ask, setting: Setting, value: str) -> str:
    """A value as people read it."""
    parts = value.split(",")
    match setting.kind:
        case Kind.SOME:
            return ", ".join(LANGUAGES[one] for one in parts)
        case Kind.PAIR:
            f = formats(ask)
            card, person = (f.number(int(one)) for one in parts)
            return ask.words.gettext("{card} a card, {person} a person").format(card=card, person=person)
        case Kind.NUMBER:
            return formats(ask).number(int(value))
    return setting_words.choice(setting.name, value, ask.words)


def _fields(found: Choices) -> dict[str, Any]:
    """What stands in the fields."""
    fields: dict[str, Any] = {"version": found.version}
    for one in found.settings:
        fields[one.name] = one.value.split(",") if one.kind in (Kind.SOME, Kind.PAIR) else one.value
    return fields


def _as_typed(ask: Ask, found: Choices, chosen: Mapping[str, str]) -> Form:
    """The fields as sent, under the version that holds now, so that sending them again overwrites knowingly."""
    fields = _fields(found)
    for one in found.settings:
        fields[one.name] = chosen[one.name].split(",") if one.kind in (Kind.SOME, Kind.PAIR) else chosen[one.name]
    return Form(fields)


def _text(body: Any, setting: Setting) -> str:
    """A field in the spelling of the rules; empty if nothing was sent."""
    sent = getattr(body, setting.name)
    return ",".join(map(str, sent)) if isinstance(sent, list) else str(sent).strip()


ROUTES = (
    Route(method="GET", path=_PATH, right=Right.SETUP_READ, handler=shown, title="Settings", query=Saved),
    Route(method="POST", path=_PATH, right=Right.SETUP_CHANGE, handler=save, title="Settings", body=SettingsForm),
)
