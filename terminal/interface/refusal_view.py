"""The view of a refusal. Apart from `phrases`, so that a window can show problems without loading the rules."""

from loyalty.phrases import Words
from loyalty.phrases import refusal as refusal_text
from loyalty.refusals import Refusal
from terminal.interface.views import RefusalView


def refused(refusal: Refusal, words: Words) -> RefusalView:
    """The view of a refusal, with its sentence."""
    return RefusalView(
        reason=refusal.reason,
        text=refusal_text(refusal, words),
        minutes=refusal.minutes,
        hours=refusal.hours,
        days=refusal.days,
        missing=refusal.missing,
        limit=refusal.limit,
        left=refusal.left,
        minimum=refusal.minimum,
        minimum_minor=refusal.minimum_minor,
        why=refusal.why,
        seems=refusal.seems,
        by=refusal.by,
    )
