"""What somebody typed for a transaction: its reason, or the note of a decision.

It lies in the entry's side row, beside a chain that is never changed, so that it is erased with the customer.
"""

from dataclasses import replace
from typing import Any

from loyalty.transactions import (
    ERASED,
    Body,
    CardDeactivated,
    CardReactivated,
    CardReplaced,
    CaseDecided,
    PointsAdjusted,
    StampsAdjusted,
)

_FIELDS: dict[type[Body], str] = {
    CardDeactivated: "reason",
    CardReactivated: "reason",
    CardReplaced: "reason",
    PointsAdjusted: "reason",
    StampsAdjusted: "reason",
    CaseDecided: "note",
}


_MISSING = {"reason": ERASED, "note": ""}  # a reason is required of some


def has_text(body: Body) -> bool:
    """True for the kinds of transactions that somebody types a text for."""
    return type(body) in _FIELDS


def text_of(body: Body) -> str:
    """What was typed; empty if nothing was, or nothing can be."""
    return str(getattr(body, _FIELDS[type(body)])) if has_text(body) else ""


def without_text(body: Body) -> Body:
    """The body as the chain keeps it."""
    return _with(body, "") if text_of(body) else body


def with_text(body: Body, text: str | None) -> Body:
    """The body with the text of its side row; None where that is gone."""
    if not has_text(body) or text_of(body):
        return body  # of a till that still put it into the entry
    return _with(body, _MISSING[_FIELDS[type(body)]] if text is None else text)


def erased(body: Body) -> Body:
    """The body as it is booked on the card of somebody erased."""
    return _with(body, _MISSING[_FIELDS[type(body)]]) if text_of(body) else body


def _with(body: Body, text: str) -> Body:
    changed: dict[str, Any] = {_FIELDS[type(body)]: text}
    return replace(body, **changed)
