"""The plots of a company's figures with the tables that stand beside them."""

from collections.abc import Sequence
from dataclasses import dataclass

from babel.dates import get_day_names
from markupsafe import Markup

from server.figures.report import Report
from server.pages.formats import Formats
from server.pages.plots import shapes
from server.pages.plots.shapes import Series
from server.translations import Translator

_QUIET_HOURS = (8, 18)  # shown where nothing has happened


def _(message: str) -> str:
    """Marks a word for the catalogues; it is translated when used."""
    return message


@dataclass(frozen=True, slots=True)
class Drawn:
    """A plot and its table: what stands above each column, and the rows."""

    plot: Markup
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""  # the highest value, where the plot has a scale of colours


def by_day(report: Report, words: Translator, f: Formats) -> Drawn:
    """Transactions of each day, those about stamps below those about points."""
    days, before = report.now.days, report.before
    names = _named(report, words, f)
    stamps = [figures.of_stamps for _, figures in days]
    points = [figures.transactions - figures.of_stamps for _, figures in days]
    earlier = [figures.transactions for _, figures in before.days] if before is not None else None
    label = words.gettext(_("Transactions by day, from {first} to {last}: {count} in all")).format(
        first=names[0], last=names[-1], count=f.number(report.now.total.transactions)
    )
    plot = shapes.bars(
        [Series(stamps, "one"), Series(points, "two")],
        None if earlier is None else Series(earlier, "before"),
        names,
        lambda value: f.number(int(value)),
        label,
        pale=int(days[-1][0] == report.question.today),
    )
    head = [_("Day"), _("Stamps"), _("Points"), _("All"), *([_("Before")] if earlier is not None else [])]
    rows = [
        [f.day(day), *map(f.number, (one, two, one + two)), *([f.number(earlier[place])] if earlier else [])]
        for place, ((day, _figures), one, two) in enumerate(zip(days, stamps, points, strict=True))
    ]
    return Drawn(plot, [words.gettext(one) for one in head], rows)


def by_hour(report: Report, words: Translator, f: Formats) -> Drawn | None:
    """Transactions by weekday and hour, on average."""
    hours = report.hours
    if hours is None:
        return None
    used = {hour for _, hour in hours} or set(_QUIET_HOURS)
    columns, highest = range(min(used), max(used) + 1), max(hours.values(), default=0.0)
    weekdays = [
        str(name).rstrip(".") for _, name in sorted(get_day_names("abbreviated", locale=words.language).items())
    ]
    said = words.gettext(_("Average transactions by weekday and hour: at most {count} an hour"))
    plot = shapes.heat(hours, weekdays, columns, highest, said.format(count=_average(f, highest)))
    rows = [
        [name, *(_average(f, hours.get((place, hour), 0)) for hour in columns)] for place, name in enumerate(weekdays)
    ]
    return Drawn(plot, [words.gettext(_("Day")), *(f"{hour:02}" for hour in columns)], rows, _average(f, highest))


def rates(report: Report, words: Translator, f: Formats) -> Drawn:
    """The share of rewards reached that were taken, of the 90 days to each day."""
    names, before = _named(report, words, f), report.before
    series = [Series(report.now.rates, "one")]
    if before is not None:
        series.append(Series(before.rates, "before"))
    last = report.now.rate
    label = words.gettext(_("Rewards taken of those reached, to {last}: {share}")).format(
        last=names[-1], share=words.gettext(_("not known")) if last is None else f.percent(last)
    )
    unknown = words.gettext(_("not known"))
    head = [_("Day"), _("Taken"), *([_("Before")] if before is not None else [])]
    rows = [
        [
            f.day(day),
            *(unknown if one.values[place] is None else f.percent(one.values[place] or 0) for one in series),
        ]
        for place, (day, _figures) in enumerate(report.now.days)
    ]
    return Drawn(shapes.lines(series, names, f.percent, label, top=1), [words.gettext(one) for one in head], rows)


def owed(report: Report, words: Translator, f: Formats) -> Drawn | None:
    """What is owed on each day, for stamps below what is owed for points; a part that is not known is left out."""
    gauges = report.gauges
    if gauges is None:
        return None
    names, days = _named(report, words, f), [day for day, _ in report.now.days]
    noted = [gauges[day].owed if day in gauges else None for day in days]
    stamps = [None if one is None else one.stamps_minor for one in noted]
    points = [None if one is None else one.points_minor for one in noted]
    known = [Series(values, kind) for values, kind in ((stamps, "one"), (points, "two")) if any(map(_is_known, values))]
    label = words.gettext(_("Owed on {last}, if all were taken: {amount}")).format(
        last=names[-1], amount=f.owed(None if noted[-1] is None else noted[-1].all_minor)
    )
    plot = shapes.areas(known, names, lambda value: f.units(int(value)), label)
    gap = words.gettext(_("not counted"))
    rows = [
        [f.day(day), *([gap, gap] if one is None else [f.owed(one.stamps_minor), f.owed(one.points_minor)])]
        for day, one in zip(days, noted, strict=True)
    ]
    return Drawn(plot, [words.gettext(one) for one in (_("Day"), _("Stamps"), _("Points"))], rows)


def share(value: int, highest: int) -> Markup:
    """A bar beside a number of a table."""
    return shapes.share(value, highest)


def _named(report: Report, words: Translator, f: Formats) -> list[str]:
    today = words.gettext(_("today"))
    return [f.day(day) if day != report.question.today else today for day, _figures in report.now.days]


def _average(f: Formats, value: float) -> str:
    """Whole from 10 on; below, the first decimal counts."""
    return f.number(round(value)) if value >= 10 or value == int(value) else f.decimal(value)


def _is_known(value: object) -> bool:
    return value is not None
