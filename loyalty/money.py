"""Money as integer minor units of a currency, and conversion to points. No floats."""

from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

# Currencies whose number of minor digits is not 2 (ISO 4217).
_DIGITS = {
    **dict.fromkeys(
        (
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ),
        0,
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}

# Limits of a purchase, a balance and a lifetime counter: above any real value, below the range of a database integer.
AMOUNT_MINOR_MAX = 10**9
POINTS_MAX = 10**12
STAMPS_MAX = 10**6
COUNTED_MAX = 10**15


def minor_digits(currency: str) -> int:
    """The number of decimal digits of *currency*."""
    return _DIGITS.get(currency, 2)


class Money(NamedTuple):
    """An amount in minor units, for instance 350 cents."""

    minor: int
    currency: str


def points_for(amount: Money, points_per_unit: Decimal) -> int:
    """The points for a purchase, rounded down once for the whole amount."""
    points, minor = _ratio(points_per_unit, amount.currency)
    return amount.minor * points // minor


@lru_cache(maxsize=1024)
def _ratio(points_per_unit: Decimal, currency: str) -> tuple[int, int]:
    """So many points for so many minor units, exactly."""
    points, units = points_per_unit.as_integer_ratio()
    return points, units * 10 ** minor_digits(currency)
