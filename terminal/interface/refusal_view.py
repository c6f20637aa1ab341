"""The view of a refusal. Apart from `phrases`, so that a window can show problems without loading the rules."""

from loyalty.phrases import Words, refusal
from loyalty.refusals import Refusal
from terminal.interface.views import RefusalView


def refused(no: Refusal, words: Words) -> RefusalView:
    """The view of a refusal, with its sentence."""
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
