"""Equality of receipts: the same letters and digits in one store, on one day or ever, by the company's setting."""

from datetime import datetime

from loyalty.settings import Receipts, Settings
from loyalty.texts import folded

_KEY_CHARS_MAX = 200  # folding can expand letters


def folded_receipt(receipt: str) -> str:
    """The receipt with case and width of its letters folded."""
    return folded(receipt)[:_KEY_CHARS_MAX]


def receipt_key(receipt: str, at: datetime, settings: Settings) -> str:
    """A key that is equal for earnings of one store with the same receipt."""
    plain = folded_receipt(receipt)
    return plain if settings.receipts is Receipts.EVER else f"{at.astimezone(settings.zone):%Y-%m-%d} {plain}"
