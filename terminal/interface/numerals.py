"""Amounts, numbers and days as a language writes them; the currency always stands after the amount."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import lru_cache

from loyalty.money import minor_digits

KEPT_MAX = 1024  # a card is painted with a dozen numbers, nearly always the same ones
_MONEY = "#,##0.00 ¤"
_DAY = {"en": "d MMM", "fr": "d MMM", "de": "d. MMM", "lb": "d. MMM"}


def load(languages: Iterable[str]) -> None:
    """Reads what each language needs, on a thread that may wait: the first number of a language reads a file."""
    for language in languages:
        number(0, language)
        money(0, "EUR", language)
        day(date(2000, 1, 1), language, year=False)


@lru_cache(KEPT_MAX)
def money(amount_minor: int, currency: str, language: str) -> str:
    """118640 cents as "1,186.40 €" in English, "1.186,40 €" in German."""
    from babel.numbers import format_currency  # noqa: PLC0415 - a command that writes no amount need not load it

    amount = Decimal(amount_minor).scaleb(-minor_digits(currency))
    return format_currency(amount, currency, _MONEY, locale=language)


@lru_cache(KEPT_MAX)
def number(value: int, language: str) -> str:
    """1240 as "1,240"; a minus as long as a plus."""
    from babel.numbers import format_decimal  # noqa: PLC0415

    return format_decimal(value, locale=language).replace("-", "\u2212")


@lru_cache(KEPT_MAX)
def day(when: date, language: str, *, year: bool) -> str:
    """19 Nov, and 12 May 2025 with its *year*."""
    from babel.dates import format_date  # noqa: PLC0415

    pattern = _DAY.get(language, _DAY["en"])
    return format_date(when, f"{pattern} y" if year else pattern, locale=language)
