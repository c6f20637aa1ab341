"""Warns of unusual amounts, which may be mistyped. It never refuses.

Amounts are compared with this till's recent ones, which suits a bakery and a jeweller alike; a till with few purchases
has a fixed limit.
"""

from collections.abc import Sequence

from loyalty.money import minor_digits
from loyalty.transactions import Kind, PointsEarned
from sync.protocol.entries import transaction_body
from terminal.counter.ask_context import AskContext
from terminal.interface.report_views import UnusualView

LATELY = 50  # recent purchases considered
ENOUGH = 10  # with fewer, the fixed limit applies
TIMES_USUAL = 3  # a missed decimal point is a factor of 100, a large party rarely more than 3
PLAIN_LIMIT = 500  # in whole units of the currency


def unusual(context: AskContext, amount_minor: int) -> UnusualView | None:
    """A warning that *amount_minor* should be confirmed; None if it is usual."""
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
    """Three times the 90th percentile of *amounts*; None if there are too few."""
    if len(amounts) < ENOUGH:
        return None
    return TIMES_USUAL * sorted(amounts)[-(-len(amounts) * 9 // 10) - 1]
