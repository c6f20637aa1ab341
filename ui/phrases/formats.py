"""Amounts, numbers, days and hours in the till's language, and what is counted: stamps, points, rows, seconds."""

from collections.abc import Callable
from datetime import date, datetime, tzinfo
from typing import Protocol
from zoneinfo import ZoneInfo

from terminal.interface import numerals

MINUS = "\u2212"


class Translator(Protocol):
    """gettext's two calls in the language of now, and which that is."""

    @property
    def language(self) -> str: ...

    def gettext(self, message: str) -> str: ...

    def ngettext(self, one: str, many: str, count: int) -> str: ...


class Formats:
    """As one language writes them, with the hours of one time zone."""

    def __init__(self, words: Translator, now: Callable[[], datetime], zone: tzinfo | None = None) -> None:
        self._words, self._ = words, words.gettext
        self._now = now
        self._zone = zone  # None: the machine's own, until the company's is known

    def tell_hours_of(self, zone: str) -> None:
        """Tells hours and days in the company's time zone, as its statistics do."""
        if zone and str(self._zone) != zone:
            self._zone = ZoneInfo(zone)

    def titled(self, title: str, words: str) -> str:
        """A title with a name, like "Reward reached: Paul", with the language's colon."""
        return self._("{title}: {words}").format(title=title, words=words)

    def amount(self, minor: int, currency: str) -> str:
        return numerals.money(minor, currency, self._words.language)

    def number(self, value: int) -> str:
        return numerals.number(value, self._words.language)

    def signed(self, value: int) -> str:
        return f"+{self.number(value)}" if value >= 0 else self.number(value)

    def here(self, at: datetime) -> datetime:
        return at.astimezone(self._zone)

    def moment(self, at: datetime) -> str:
        """The hour if today, else with the day."""
        here, now = self.here(at), self.here(self._now())
        hour = f"{here:%H:%M}"
        days = (now.date() - here.date()).days
        if days == 0:
            return hour
        if days == 1:
            return self._("yesterday {hour}").format(hour=hour)
        return f"{self.day(here.date())} {hour}"

    def at(self, at: datetime) -> str:
        """Like `moment`, for the end of a sentence: "at 14:02", "yesterday 12:06"."""
        moment = self.moment(at)
        return self._("at {hour}").format(hour=moment) if self.today(at) else moment

    def today(self, at: datetime) -> bool:
        return self.here(at).date() == self.here(self._now()).date()

    def day(self, day: date) -> str:
        return numerals.day(day, self._words.language, year=day.year != self._now().year)

    def stamps(self, count: int) -> str:
        return self._words.ngettext("{count} stamp", "{count} stamps", abs(count)).format(count=self.number(count))

    def points(self, count: int) -> str:
        return self._words.ngettext("{count} point", "{count} points", abs(count)).format(count=self.number(count))

    def points_word(self, count: int) -> str:
        return self._words.ngettext("point", "points", abs(count))

    def gained(self, stamps: int, points: int) -> str:
        parts = []
        if stamps:
            parts.append(
                self._words.ngettext("{count} stamp", "{count} stamps", abs(stamps)).format(count=self.signed(stamps))
            )
        if points:
            parts.append(
                self._words.ngettext("{count} point", "{count} points", abs(points)).format(count=self.signed(points))
            )
        return ", ".join(parts)

    def of_rows(self, of: int | None) -> str:
        return self._("rows") if of is None else self._("of {count} rows").format(count=self.number(of))

    def seconds(self, seconds: float) -> str:
        whole = max(1, round(seconds))
        if whole < 90:
            return self._("{count} s").format(count=whole)
        return self._("{count} min").format(count=-(-whole // 60))
