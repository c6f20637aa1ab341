"""`/api/store/v1/{slug}/settings`: a company's settings beside the platform's limits."""

from typing import Annotated

from pydantic import BaseModel, Field

from server.accounts.rights import Right
from server.companies import choices, setting_words
from server.companies.choices import Choices, Kind
from server.edge.asks import Ask
from server.edge.fields import Version, Whole
from server.edge.routes import Body, Example, Route

VALUE_CHARS_MAX = 100  # longer than any that is one
_PATH = "/api/store/v1/{slug}/settings"
Text = Annotated[str, Field(max_length=VALUE_CHARS_MAX)]
Value = bool | Whole | Text | list[Whole] | list[Text]


class Setting(BaseModel):
    """A setting: its value in force, its default, and what may be chosen instead."""

    name: str
    meaning: str
    kind: Kind
    value: str
    default: str
    lowest: int | None = None
    highest: int | None = None
    at_limit: bool
    choices: list[str]
    not_yet: list[str]


class Settings(BaseModel):
    """All settings; an edit sends the `version` it saw."""

    version: int
    settings: list[Setting]


class SettingsEdit(Body):
    """The settings to change, by name; those that are left out stay as they are."""

    version: Version
    values: dict[str, Value]


_EXAMPLE = {
    "version": 12,
    "settings": [
        {
            "name": "offline_stop_days",
            "meaning": "A till that had no contact for so long gives no rewards.",
            "kind": "number",
            "value": "7",
            "default": "7",
            "lowest": 1,
            "highest": 14,
            "at_limit": False,
            "choices": [],
            "not_yet": [],
        }
    ],
}


def shown(ask: Ask) -> Settings:
    return _answer(ask, choices.of_company(ask.conn, ask.company_id))


def edit(ask: Ask) -> Settings:
    edited: SettingsEdit = ask.body
    chosen = {name: spelled(value) for name, value in edited.values.items()}
    before, after = choices.change(ask.conn, ask.company_id, chosen, version=edited.version, now=ask.now)
    if after:
        ask.log("settings_changed", "company", ask.company_id, before=before, after=after)
    return _answer(ask, choices.of_company(ask.conn, ask.company_id))


def spelled(value: Value) -> str:
    """A value in the spelling of the rules: `true`, `5,100`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _answer(ask: Ask, found: Choices) -> Settings:
    settings = [
        Setting(
            name=one.name,
            meaning=setting_words.sentence(one.name, ask.words),
            kind=one.kind,
            value=one.value,
            default=one.default,
            lowest=one.lowest,
            highest=one.highest,
            at_limit=one.is_at_limit,
            choices=list(one.choices),
            not_yet=list(one.not_yet),
        )
        for one in found.settings
    ]
    return Settings(version=found.version, settings=settings)


ROUTES = (
    Route(
        method="GET",
        path=_PATH,
        right=Right.SETUP_READ,
        handler=shown,
        title="Lists the settings.",
        answer=Settings,
        example=Example(answer=_EXAMPLE),
    ),
    Route(
        method="PATCH",
        path=_PATH,
        right=Right.SETUP_CHANGE,
        handler=edit,
        title="Changes settings.",
        body=SettingsEdit,
        answer=Settings,
        example=Example(body={"version": 12, "values": {"offline_stop_days": 7}}, answer=_EXAMPLE),
    ),
)
