"""Money is an integer number of minor units of a currency; points are integers. No float comes near either."""

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

# Minor digits that differ from 2, after ISO 4217.
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

# One purchase, one balance, one lifetime counter: far above any shop, far below what a database integer holds.
AMOUNT_MINOR_MAX = 10**9
POINTS_MAX = 10**12
STAMPS_MAX = 10**6
COUNTED_MAX = 10**15


def minor_digits(currency: str) -> int:
    """How many decimal digits the minor unit of *currency* stands behind the point."""
    return _DIGITS.get(currency, 2)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units, for instance 350 EUR cents."""

    minor: int
    currency: str

    def units(self) -> Decimal:
        """The amount in whole currency units."""
        return Decimal(self.minor).scaleb(-minor_digits(self.currency))


def points_for(amount: Money, points_per_unit: Decimal) -> int:
    """The points a purchase of *amount* is worth, rounded down once for the whole purchase."""
    return int((amount.units() * points_per_unit).to_integral_value(ROUND_FLOOR))
