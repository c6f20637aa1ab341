"""Types of values in requests, with the limits that all pages and routes share."""

import re
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

NAME_CHARS_MAX = 80
REASON_CHARS_MAX = 200
EMAIL_CHARS_MAX = 254
NOTE_CHARS_MAX = 500
PASSWORD_CHARS_MAX = 500  # of what is sent; `passwords` says what a good one is
WHOLE_MAX = (1 << 53) - 1  # the largest number that every JSON reader reads exactly


def _(message: str) -> str:
    """Marks a sentence for the catalogues; it is translated when used."""
    return message


_DAY = re.compile(r"(19|2\d)\d\d-\d\d-\d\d")  # with room to count a year or two back
_NOT_A_DAY = _("Please type a date as 2026-11-30.")
_NOT_AN_EMAIL = _("Please type an e-mail address, like name@example.com.")


def _email(text: str) -> str:
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415 - loads slowly

    try:
        return validate_email(text.strip(), check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        raise PydanticCustomError("email_invalid", "{sentence}", {"sentence": _NOT_AN_EMAIL}) from None


def _day(given: object) -> object:
    """Days come as text; a number would be taken for a moment."""
    if isinstance(given, str) and not _DAY.fullmatch(given):
        raise PydanticCustomError("day_invalid", "{sentence}", {"sentence": _NOT_A_DAY})
    return given


Day = Annotated[date, BeforeValidator(_day)]
Name = Annotated[str, Field(min_length=1, max_length=NAME_CHARS_MAX)]
Slug = Annotated[str, Field(min_length=1, max_length=40)]
Reason = Annotated[str, Field(min_length=1, max_length=REASON_CHARS_MAX)]
Note = Annotated[str, Field(max_length=NOTE_CHARS_MAX)]
Email = Annotated[str, Field(min_length=3, max_length=EMAIL_CHARS_MAX), AfterValidator(_email)]
Password = Annotated[str, Field(min_length=1, max_length=PASSWORD_CHARS_MAX, repr=False)]
Whole = Annotated[int, Field(ge=-WHOLE_MAX, le=WHOLE_MAX)]
Version = Annotated[int, Field(ge=0, le=WHOLE_MAX)]  # of the row that an edit saw
