"""Which receipts are one: the same letters and digits in one store, on one day or ever, as the company has it."""

from datetime import datetime

from loyalty.settings import Receipts, Settings
from loyalty.texts import folded

_KEY_CHARS_MAX = 200  # folding can make a letter many


def folded_receipt(receipt: str) -> str:
    """The receipt without case and width of its letters."""
    return folded(receipt)[:_KEY_CHARS_MAX]


def receipt_key(receipt: str, at: datetime, settings: Settings) -> str:
    """What two earnings of one store have in common that are of the same receipt."""
    plain = folded_receipt(receipt)
    return plain if settings.receipts is Receipts.EVER else f"{at.astimezone(settings.zone):%Y-%m-%d} {plain}"
