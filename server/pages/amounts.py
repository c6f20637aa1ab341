"""Amounts of money as people type them."""

import re

from loyalty.money import AMOUNT_MINOR_MAX, minor_digits

_TYPED = re.compile(r"(\d{1,12})(?:[.,](\d+))?")


def minor(text: str, currency: str) -> int | None:
    """ "12.40" or "12,40" in minor units; None for what is no amount. Thousands are typed without a mark."""
    digits = minor_digits(currency)
    found = _TYPED.fullmatch("".join(text.split()))
    if found is None or len(found[2] or "") > digits:
        return None
    amount = int(found[1] + (found[2] or "").ljust(digits, "0"))
    return min(amount, AMOUNT_MINOR_MAX + 1)  # which the rules refuse
