"""Amounts, numbers and days formatted for a language; the currency always follows the amount."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import lru_cache

from loyalty.money import minor_digits

KEPT_MAX = 1024  # formatted texts cached; a card has a dozen numbers
NO_CURRENCY = "XXX"  # the code of ISO 4217
_MONEY = "#,##0.00 ¤"
_DAY = {"en": "d MMM", "fr": "d MMM", "de": "d. MMM", "lb": "d. MMM"}


def load(languages: Iterable[str]) -> None:
    """Loads the languages' data; call it on a thread that may wait for a file."""
    for language in languages:
        number(0, language)
        money(0, NO_CURRENCY, language)
        day(date(2000, 1, 1), language, year=False)


@lru_cache(KEPT_MAX)
def money(amount_minor: int, currency: str, language: str) -> str:
    """Formats 118640 cents as "1,186.40 €" in English, "1.186,40 €" in German."""
    from babel.numbers import format_currency  # noqa: PLC0415 - not needed by every command

    amount = Decimal(amount_minor).scaleb(-minor_digits(currency))
    return format_currency(amount, currency, _MONEY, locale=language)


@lru_cache(KEPT_MAX)
def number(value: int, language: str) -> str:
    """Formats 1240 as "1,240"; a minus is as wide as a plus."""
    from babel.numbers import format_decimal  # noqa: PLC0415

    return format_decimal(value, locale=language).replace("-", "\u2212")


@lru_cache(KEPT_MAX)
def day(when: date, language: str, *, year: bool) -> str:
    """Formats "19 Nov", or "12 May 2025" with *year*."""
    from babel.dates import format_date  # noqa: PLC0415

    pattern = _DAY.get(language, _DAY["en"])
    return format_date(when, f"{pattern} y" if year else pattern, locale=language)
