"""The languages of pages, mails and answers: their translated sentences, and the choice among them.

The server's own sentences are in `resources/translations/*/LC_MESSAGES/office.po`, which is read as it is; those it
shares with the till are in the till's catalogue.
"""

import gettext
import io
import re
from collections.abc import Sequence
from functools import cache
from typing import Protocol

import resources
from loyalty.money import minor_digits

LANGUAGES = {"en": "English", "fr": "Français", "de": "Deutsch", "lb": "Lëtzebuergesch"}
DEFAULT = "en"
DOMAIN = "office"
SHARED = "orion"  # the till's catalogue
_PARTS_MAX = 20  # of a header that a stranger may have written
_QUALITY = re.compile(r";\s*q=([01](?:\.\d{0,3})?)\s*\Z")
_MONEY = "#,##0.00 ¤"


class Catalogue(Protocol):
    """gettext's two calls."""

    def gettext(self, message: str) -> str: ...

    def ngettext(self, one: str, many: str, count: int) -> str: ...


class Translator:
    """Sentences in one language, and amounts in one currency."""

    def __init__(self, language: str, currency: str = "EUR") -> None:
        self.language = language if language in LANGUAGES else DEFAULT
        self.currency = currency
        self._catalogue = _catalogue(self.language)

    def gettext(self, message: str) -> str:
        """The sentence in this language."""
        return self._catalogue.gettext(message)

    def ngettext(self, one: str, many: str, count: int) -> str:
        """The form of a sentence that fits *count*."""
        return self._catalogue.ngettext(one, many, count)

    def money(self, amount_minor: int) -> str:
        """An amount with two decimals, the currency after it."""
        return money(amount_minor, self.currency, self.language)


def money(amount_minor: int, currency: str, language: str) -> str:
    """Formats 118640 cents as "1,186.40 €" in English, "1.186,40 €" in German."""
    from decimal import Decimal  # noqa: PLC0415

    from babel.numbers import format_currency  # noqa: PLC0415 - loads slowly, and most commands name no amount

    amount = Decimal(amount_minor).scaleb(-minor_digits(currency))
    return format_currency(amount, currency, _MONEY, locale=language).replace("-", "\u2212")


def chosen(accepted: str | None, preferred: str | None = None, *, among: Sequence[str] = tuple(LANGUAGES)) -> str:
    """The language to answer in: the person's own, else the best of an `Accept-Language`, else the first."""
    if preferred in among:
        return str(preferred)
    weighed = []
    for place, part in enumerate((accepted or "").split(",")[:_PARTS_MAX]):
        quality = _QUALITY.search(part)
        code = part.split(";", 1)[0].strip().split("-", 1)[0].lower()
        if code in among:
            weighed.append((-float(quality[1]) if quality else -1.0, place, code))
    best = min(weighed, default=None)
    return among[0] if best is None or best[0] == 0 else best[2]


@cache
def _catalogue(language: str) -> Catalogue:
    """The server's sentences in *language*; what it lacks is looked up in the till's catalogue."""
    from babel.messages.mofile import write_mo  # noqa: PLC0415 - a language is loaded when somebody first reads it
    from babel.messages.pofile import read_po  # noqa: PLC0415

    shared = gettext.translation(SHARED, resources.path("translations"), [language], fallback=True)
    file = resources.path(f"translations/{language}/LC_MESSAGES/{DOMAIN}.po")
    if not file.exists():  # English is the language of the code
        return shared
    packed = io.BytesIO()
    with file.open("rb") as stream:
        write_mo(packed, read_po(stream, locale=language))
    packed.seek(0)
    own = gettext.GNUTranslations(packed)
    own.add_fallback(shared)
    return own
