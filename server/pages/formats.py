"""Numbers, amounts, days and hours as pages write them, in one language and with the days of one time zone."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_timedelta
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_symbol
from markupsafe import Markup, escape

from loyalty.money import minor_digits
from server.translations import Translator, money

MINUS = "\u2212"
_DAY = {"en": "d MMM", "fr": "d MMM", "de": "d. MMM", "lb": "d. MMM"}
_WHOLE_DAY = {"en": "EEEE, d MMMM y", "fr": "EEEE d MMMM y", "de": "EEEE, d. MMMM y", "lb": "EEEE, d. MMMM y"}
_WHOLE_FROM = 1000  # euros; cents are noise beside them


class Formats:
    """As one language writes them, seen at one moment."""

    def __init__(self, words: Translator, now: datetime, zone: str = "UTC", currency: str = "EUR") -> None:
        self._words, self._ = words, words.gettext
        self._language = words.language
        self._zone = ZoneInfo(zone)
        self._zone_name = zone
        self._today = now.astimezone(self._zone).date()
        self.currency = currency

    def number(self, value: int) -> str:
        """1240 as "1,240"."""
        return _number(value, self._language)

    def decimal(self, value: float) -> str:
        """4.5 as "4.5", with one decimal place."""
        return format_decimal(value, "#,##0.0", locale=self._language)

    def exact(self, value: Decimal) -> str:
        """A rate as "1" or "1.25", with the decimal places that it has."""
        return format_decimal(value, "#,##0.######", locale=self._language)

    def signed(self, value: int) -> str:
        """A change with its sign: "+3", "0"."""
        return f"+{self.number(value)}" if value > 0 else self.number(value)

    def money(self, amount_minor: int) -> str:
        """118640 cents as "1,186.40 €"."""
        return money(amount_minor, self.currency, self._language)

    def figure(self, amount_minor: int) -> str:
        """An amount in figures and tables of sums: without cents from 1,000 on."""
        digits = minor_digits(self.currency)
        if abs(amount_minor) < _WHOLE_FROM * 10**digits:
            return self.money(amount_minor)
        whole = Decimal(amount_minor).scaleb(-digits)
        said = format_currency(whole, self.currency, "#,##0\u00a0¤", locale=self._language, currency_digits=False)
        return said.replace("-", MINUS)

    def owed(self, amount_minor: int | None) -> str:
        """The same of an amount that may not be known."""
        return self._("not known") if amount_minor is None else self.figure(amount_minor)

    @property
    def symbol(self) -> str:
        """The currency's sign: "€"."""
        return get_currency_symbol(self.currency, self._language)

    def percent(self, share: float) -> str:
        """0.67 as "67 %"."""
        return format_percent(share, "#,##0\u00a0%", locale=self._language)

    def units(self, amount_minor: int) -> str:
        """An amount at the edge of a plot, in whole units: 3000000 cents as "30,000"."""
        return self.number(int(Decimal(amount_minor).scaleb(-minor_digits(self.currency))))

    def change(self, share: float) -> str:
        """A growth with its sign: 0.034 as "+3 %"."""
        return f"+{self.percent(share)}" if share > 0 else self.percent(share).replace("-", MINUS)

    def day(self, day: date) -> str:
        """ "19 Nov", "12 May 2025" in another year."""
        pattern = _DAY[self._language]
        return _day(day, pattern if day.year == self._today.year else f"{pattern} y", self._language)

    def hour(self, at: datetime) -> str:
        """ "13:58" by the company's clock; "12:58 UTC" where there is none, as the reader's clock says otherwise."""
        told = f"{at.astimezone(self._zone):%H:%M}"
        return told if self._zone_name != "UTC" else f"{told}\u00a0UTC"

    def moment(self, at: datetime) -> Markup:
        """Today "13:58", yesterday "Yesterday", else the day; the full time stands in its title."""
        here = at.astimezone(self._zone)
        days = (self._today - here.date()).days
        if days == 0:
            return self._time(at, self.hour(at))
        return self._time(at, self._("Yesterday") if days == 1 else self.day(here.date()))

    def day_or_hour(self, at: datetime) -> Markup:
        """Today "13:58", yesterday "Yesterday, 13:58", else the day with the hour."""
        is_today = at.astimezone(self._zone).date() == self._today
        return self._time(at, self.hour(at)) if is_today else self.full(at, at_start=True)

    def when(self, at: datetime, *, whole: bool = False) -> str:
        """The day alone, as words in a sentence: "today", "19 Nov", *whole* "Thursday, 19 November 2026"."""
        here = at.astimezone(self._zone).date()
        days = (self._today - here).days
        if days in (0, 1):
            return self._("yesterday") if days else self._("today")
        return _day(here, _WHOLE_DAY[self._language], self._language) if whole else self.day(here)

    def day_and_hour(self, at: datetime) -> Markup:
        """Two lines: "Today" or the day, and the hour."""
        here = at.astimezone(self._zone)
        days = (self._today - here.date()).days
        day = self._("Today") if days == 0 else self._("Yesterday") if days == 1 else self.day(here.date())
        return self._time(at, day) + Markup('<small class="secondary">{}</small>').format(self.hour(at))

    def full(self, at: datetime, *, at_start: bool = False) -> Markup:
        """The day with the hour: "today, 13:58", "19 Nov, 18:20"; with a capital where it stands first."""
        here = at.astimezone(self._zone)
        days = (self._today - here.date()).days
        if days == 0:
            said = self._("today, {hour}")
        elif days == 1:
            said = self._("yesterday, {hour}")
        else:
            said = f"{self.day(here.date())}, {{hour}}"
        said = said[:1].upper() + said[1:] if at_start else said
        return self._time(at, said.format(hour=self.hour(at)))

    def date_of(self, at: datetime) -> Markup:
        """The day alone."""
        return self._time(at, self.day(at.astimezone(self._zone).date()))

    def card_number(self, number: str) -> str:
        """Twelve digits in three groups."""
        return "-".join(number[place : place + 4] for place in range(0, len(number), 4))

    def _time(self, at: datetime, shown: str) -> Markup:
        here = at.astimezone(self._zone)
        title = f"{_day(here.date(), _WHOLE_DAY[self._language], self._language)}, {here:%H:%M:%S} ({self._zone_name})"
        return Markup(f'<time datetime="{here.isoformat()}" title="{escape(title)}">{escape(shown)}</time>')  # noqa: S704


# A page has dozens of numbers and days, the next page much the same ones, and writing one takes as long as looking up a
# row of the database.
@lru_cache(maxsize=10_000)
def _number(value: int, language: str) -> str:
    return format_decimal(value, locale=language).replace("-", MINUS)


@lru_cache(maxsize=10_000)
def _day(day: date, pattern: str, language: str) -> str:
    return format_date(day, pattern, locale=language)


def span(seconds: int, language: str) -> str:
    """7300 as "2 hours"."""
    return format_timedelta(timedelta(seconds=seconds), locale=language)
