"""The counter's no as a view. Apart from `phrases`, so that a window need not load the rules to say what went wrong."""

from loyalty.phrases import Words, refusal
from loyalty.refusals import Refusal
from terminal.interface.views import RefusalView


def refused(no: Refusal, words: Words) -> RefusalView:
    """The counter's no, ready to be shown."""
    return RefusalView(
        reason=no.reason,
        text=refusal(no, words),
        minutes=no.minutes,
        hours=no.hours,
        days=no.days,
        missing=no.missing,
        limit=no.limit,
        left=no.left,
        minimum=no.minimum,
        minimum_minor=no.minimum_minor,
        why=no.why,
        seems=no.seems,
        by=no.by,
    )
