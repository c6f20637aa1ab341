"""The languages of a till, and the choice of the first one."""

import os
from collections.abc import Iterable, Mapping

LANGUAGES = {"en": "English", "fr": "Français", "de": "Deutsch", "lb": "Lëtzebuergesch"}
LANGUAGE_VARIABLE = "ORION_LANGUAGE"
_OF_THE_SYSTEM = ("LC_ALL", "LC_MESSAGES", "LANG")


def first_known(candidates: Iterable[str | None]) -> str:
    """The first of the *wanted* languages ("de-LU", "fr_BE.UTF-8", "lb") that the till has, or English."""
    for name in candidates:
        code = (name or "").replace("_", "-").split("-", 1)[0].split(".", 1)[0].lower()
        if code in LANGUAGES:
            return code
    return "en"


def begin_with(
    preferred: str | None, environment: Mapping[str, str] = os.environ, system: Iterable[str | None] = ()
) -> str:
    """The language to start with: set for this start, else chosen at this till, else the system's."""
    of_the_system = system or (environment.get(name) for name in _OF_THE_SYSTEM)
    return first_known((environment.get(LANGUAGE_VARIABLE), preferred, *of_the_system))
