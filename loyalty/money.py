"""Money as integer minor units of a currency, and conversion to points. No floats."""

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

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


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units, for instance 350 cents."""

    minor: int
    currency: str

    def units(self) -> Decimal:
        """The amount in whole currency units."""
        return Decimal(self.minor).scaleb(-minor_digits(self.currency))


def points_for(amount: Money, points_per_unit: Decimal) -> int:
    """The points for a purchase, rounded down once for the whole amount."""
    return int((amount.units() * points_per_unit).to_integral_value(ROUND_FLOOR))
