"""The number on a printed slip, by which its transactions are found again without a network.

It is the second in the transaction's id, which begins with the time: a search in the ids needs no column of its own.
All transactions of one second share a number; a list of them names their cards.
"""

import re
from datetime import datetime, timedelta
from uuid import UUID

DIGITS = 8
_SECONDS = 10**DIGITS  # a number comes again after three years
_SCANNED = "orion-slip:"
_SLIP = re.compile(rf"(?:{_SCANNED})?([0-9]{{4}})[ -]?([0-9]{{4}})", re.IGNORECASE)
_CLOCK_WRONG = timedelta(days=1)  # how much later than now a slip may be, after the clock was set back


def slip_number(transaction: UUID) -> str:
    """The number as printed: "4821-0937"."""
    digits = f"{(transaction.int >> 80) // 1000 % _SECONDS:0{DIGITS}}"
    return f"{digits[:4]}-{digits[4:]}"


def slip_code(number: str) -> str:
    """The text of the QR code on a slip."""
    return _SCANNED + number.replace("-", "")


def is_slip_code(text: str) -> bool:
    """True for a text that only the QR code of a slip has."""
    return text.strip().lower().startswith(_SCANNED) and _SLIP.fullmatch(text.strip()) is not None


def ids_of_slip(text: str, now: datetime) -> tuple[UUID, UUID] | None:
    """The first id a slip with this number may have, and the first one beyond; None for other texts."""
    found = _SLIP.fullmatch(text.strip())
    if found is None:
        return None
    latest = int((now + _CLOCK_WRONG).timestamp())
    second = latest - (latest - int(found[1] + found[2])) % _SECONDS
    return UUID(int=second * 1000 << 80), UUID(int=(second + 1) * 1000 << 80)
