"""Customers as readers of mails: whether they want notices, and in which words."""

from datetime import date
from typing import Any

from server.companies.companies import Company
from server.translations import Translator


def wants_notices(row: Any) -> bool:
    """True if a customer's row says that notices may be sent to them."""
    return row.verified_at is not None and row.consent and not row.mail_off and row.undeliverable_at is None


def words_for(language: str | None, company: Company) -> Translator:
    """In the customer's language, if the company speaks it, else in the company's first."""
    spoken = company.settings.languages
    return Translator(language if language in spoken else spoken[0], company.settings.currency)


def spelled(day: date, language: str) -> str:
    """A date as it is written in a letter."""
    from babel.dates import format_date  # noqa: PLC0415 - loads slowly

    return format_date(day, "long", locale=language)
