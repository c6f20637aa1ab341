"""Which amounts somebody should look at twice before they become points. It warns; it never refuses.

Measured against what this till has taken lately, so that a bakery and a jeweller are both served; a till that has taken
little yet has a plain limit.
"""

from collections.abc import Sequence

from loyalty.money import minor_digits
from loyalty.transactions import Kind, PointsEarned
from sync.protocol.entries import transaction_body
from terminal.counter.ask_context import AskContext
from terminal.interface.report_views import UnusualView

LATELY = 50  # purchases that are looked at
ENOUGH = 10  # fewer say nothing about what is usual
TIMES_USUAL = 3  # a missed decimal point is a hundred times, a large party rarely more than three
PLAIN_LIMIT = 500  # in whole units of the currency


def unusual(context: AskContext, amount_minor: int) -> UnusualView | None:
    """Why *amount_minor* should be confirmed; None when it is like the others."""
    lately = [
        body.amount_minor
        for written in context.journal.of_kinds([str(Kind.POINTS_EARNED)], limit=LATELY)
        if isinstance(body := transaction_body(written.entry), PointsEarned)
    ]
    limit = usual_limit(lately)
    why = "above_usual"
    if limit is None:
        limit, why = PLAIN_LIMIT * 10 ** minor_digits(context.essentials.settings.currency), "above_limit"
    if amount_minor <= limit:
        return None
    return UnusualView(why, limit, context.words.unusual(why, limit))


def usual_limit(amounts: Sequence[int]) -> int | None:
    """Three times what nine of ten purchases stay below; None when there are too few to tell."""
    if len(amounts) < ENOUGH:
        return None
    return TIMES_USUAL * sorted(amounts)[-(-len(amounts) * 9 // 10) - 1]
