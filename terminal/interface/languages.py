"""The languages a till speaks, and which one to begin with. It translates nothing itself."""

import os
from collections.abc import Iterable, Mapping

LANGUAGES = {"en": "English", "fr": "Français", "de": "Deutsch", "lb": "Lëtzebuergesch"}
LANGUAGE_VARIABLE = "ORION_LANGUAGE"
_OF_THE_SYSTEM = ("LC_ALL", "LC_MESSAGES", "LANG")


def first_known(wanted: Iterable[str | None]) -> str:
    """The first language of *wanted* ("de-LU", "fr_BE.UTF-8", "lb") that the till speaks; English where none is."""
    for name in wanted:
        code = (name or "").replace("_", "-").split("-", 1)[0].split(".", 1)[0].lower()
        if code in LANGUAGES:
            return code
    return "en"


def begin_with(
    preferred: str | None, environment: Mapping[str, str] = os.environ, system: Iterable[str | None] = ()
) -> str:
    """What was set for this start, then what was chosen at this till, then the system's language."""
    of_the_system = system or (environment.get(name) for name in _OF_THE_SYSTEM)
    return first_known((environment.get(LANGUAGE_VARIABLE), preferred, *of_the_system))
