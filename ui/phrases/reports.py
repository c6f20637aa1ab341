"""The texts of reports: figures, plots with their days, and a line on the connection."""

from datetime import date

from msgspec import Struct

from terminal.interface.report_views import ReportView, Tally
from ui.phrases.phrases import Phrases


class Series(Struct, frozen=True):
    """A plot's numbers. `empty` is shown if all are 0; `spoken` is the table for screen readers."""

    title: str
    labels: tuple[str, ...]
    values: tuple[int, ...]
    empty: str
    spoken: str
    line: bool = False


class ReportPhrases:
    """Sentences for the numbers of one or more days."""

    def __init__(self, phrases: Phrases) -> None:
        self._say, self.labels = phrases, phrases.labels
        self._ = phrases._
        self.ngettext = phrases.ngettext

    def title(self, days: int) -> str:
        if days == 1:
            return self._("Today at this till")
        return self.ngettext("The last {count} day", "The last {count} days", days).format(count=days)

    def figures(self, report: ReportView, currency: str) -> tuple[tuple[str, str, str, str], ...]:
        """Icon, name, number and parts for each tile."""
        done = total(report)
        undone = self.ngettext("{count} taken back", "{count} taken back", done.taken_back)
        blanks = self.ngettext("{count} blank card left", "{count} blank cards left", report.blanks)
        amount = self._("for {amount}").format(amount=self._say.formats.amount(done.amount_minor, currency))
        number = self._say.formats.number
        return (
            ("coffee", self._("Stamps"), number(done.stamps), undone.format(count=number(done.taken_back))),
            ("coins", self._("Points"), number(done.points), amount),
            ("gift", self._("Rewards"), number(done.rewards), self._rewards(report)),
            ("user-plus", self._("New cards"), number(done.new_cards), blanks.format(count=number(report.blanks))),
        )

    def _rewards(self, report: ReportView) -> str:
        """Which rewards were given, each with how often."""
        number = self._say.formats.number
        return ", ".join(f"{number(one.count)}\u00a0\u00d7\u00a0{one.name}" for one in report.rewards)

    def plots(self, report: ReportView) -> tuple[Series, ...]:
        """The plots, by hour for one day, by day for more."""
        if len(report.days) == 1:
            return self._by_hour(report.hours)
        days = tuple(self._day(view.day, report.days[-1].day) for view in report.days)
        done = [view.done for view in report.days]
        offline = tuple(round(view.offline_minutes / 60) for view in report.days)
        return (
            self._series(self._("Stamps by day"), days, tuple(one.stamps for one in done), self._("No stamps yet")),
            self._series(
                self._("Points by day"), days, tuple(one.points for one in done), self._("No points yet"), line=True
            ),
            self._series(self._("Rewards by day"), days, tuple(one.rewards for one in done), self._("No rewards yet")),
            self._series(
                self._("New cards by day"), days, tuple(one.new_cards for one in done), self._("No new cards yet")
            ),
            self._series(self._("Hours offline by day"), days, offline, self._("Not an hour offline")),
        )

    def contact(self, report: ReportView) -> str:
        """What waits, how long the till was offline, and how long it could go on."""
        waits = self._("Everything is with the company.")
        if report.waiting:
            waits = self.ngettext(
                "{count} transaction waits, saved here.", "{count} transactions wait, saved here.", report.waiting
            ).format(count=self._say.formats.number(report.waiting))
        minutes = sum(view.offline_minutes for view in report.days)
        gone = self._("Never offline for over two minutes while somebody was served.")
        if minutes:
            gone = self._("Offline for {time}.").format(time=self._duration(minutes))
        ready = self.ngettext(
            "If the line goes now, this till can serve for {count} day.",
            "If the line goes now, this till can serve for {count} days.",
            report.serve_days,
        ).format(count=report.serve_days)
        return f"{waits} {gone} {ready}"

    def _duration(self, minutes: int) -> str:
        if minutes < 90:
            return self._("{count} min").format(count=minutes)
        if minutes % 60 == 0:
            return self._("{hours} h").format(hours=minutes // 60)
        return self._("{hours} h {minutes} min").format(hours=minutes // 60, minutes=minutes % 60)

    def _by_hour(self, hours: tuple[Tally, ...]) -> tuple[Series, ...]:
        busy = [hour for hour, done in enumerate(hours) if done.stamps or done.points]
        first, last = (min([8, *busy]), max([17, *busy]))
        names = tuple(str(hour) for hour in range(first, last + 1))
        shown = hours[first : last + 1]
        return (
            self._series(self._("Stamps by hour"), names, tuple(one.stamps for one in shown), self._("No stamps yet")),
            self._series(self._("Points by hour"), names, tuple(one.points for one in shown), self._("No points yet")),
        )

    def _series(
        self, title: str, labels: tuple[str, ...], values: tuple[int, ...], empty: str, *, line: bool = False
    ) -> Series:
        listed = ", ".join(
            f"{name}: {self._say.formats.number(value)}" for name, value in zip(labels, values, strict=True)
        )
        return Series(title, labels, values, empty, listed, line)

    def _day(self, day: date, today: date) -> str:
        return self._("today") if day == today else self._say.formats.day(day)


def total(report: ReportView) -> Tally:
    """The sum of all days."""
    done = [view.done for view in report.days]
    return Tally(
        stamps=sum(one.stamps for one in done),
        points=sum(one.points for one in done),
        amount_minor=sum(one.amount_minor for one in done),
        rewards=sum(one.rewards for one in done),
        new_cards=sum(one.new_cards for one in done),
        taken_back=sum(one.taken_back for one in done),
    )
