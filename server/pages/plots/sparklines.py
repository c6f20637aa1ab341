"""Small lines of a series of days, drawn as SVG whose colours come from the style sheet."""

from collections.abc import Sequence

from markupsafe import Markup

from server.translations import Translator

WIDTH, HEIGHT = 88, 22
_ROOM = 2  # above the highest and below the lowest point, for the width of the line


def line(values: Sequence[int], label: str) -> Markup:
    """The series as a line over its area, from 0 to its highest; *label* says it in words."""
    highest = max(values, default=0) or 1
    step = WIDTH / max(len(values) - 1, 1)
    points = [
        f"{place * step:.1f},{HEIGHT - _ROOM - max(value, 0) / highest * (HEIGHT - 2 * _ROOM):.1f}"
        for place, value in enumerate(values)
    ]
    path = "M" + "L".join(points)
    return Markup(
        '<svg class="spark" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" aria-label="{label}">'
        '<path class="spark-area" d="{path}L{w},{h}L0,{h}Z"/><path class="spark-line" d="{path}"/></svg>'
    ).format(w=WIDTH, h=HEIGHT, label=label, path=path)


def of_days(transactions: Sequence[int], words: Translator) -> Markup:
    """The line of transactions by day."""
    highest = max(transactions)
    label = words.ngettext(
        "Transactions of each day: at most {count}", "Transactions of each day: at most {count}", highest
    )
    return line(transactions, label.format(count=highest))
