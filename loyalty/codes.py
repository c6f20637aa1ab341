"""Card numbers and QR tokens: how they are made, read and written. Chance is handed in as bytes."""

import base64
import re
from dataclasses import dataclass
from typing import assert_never

from loyalty.refusals import Seems

TOKEN_BYTES = 24
TOKEN_CHARS = 32
NUMBER_DIGITS = 12
TEXT_CHARS_MAX = 4096  # the largest QR code holds 4,296; nothing of ours comes near

_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}\Z")
_NUMBER = re.compile(r"[0-9]{12}\Z")
_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_PAYMENT = re.compile(r"(BCD\s|bitcoin:|ethereum:|lightning:|upi:|payconiq|SPC\s|https://payconiq)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Token:
    """The secret of a QR code."""

    text: str


@dataclass(frozen=True, slots=True)
class Number:
    """A card number, 12 digits without dashes."""

    digits: str


@dataclass(frozen=True, slots=True)
class Foreign:
    """A text that is none of ours, and what it seems to be."""

    seems: Seems


Code = Token | Number | Foreign


def parse(text: str) -> Code:
    """What a scanned or typed *text* is: a token, bare or at the end of a URL; a card number; or something foreign."""
    if len(text) > TEXT_CHARS_MAX:
        return Foreign(Seems.OTHER)
    text = text.strip()
    if text.lower().startswith("orion-pair:"):
        return Foreign(Seems.PAIRING)
    digits = re.sub(r"[\s-]", "", text)
    if _NUMBER.match(digits):
        return Number(digits)
    if _TOKEN.match(text):
        return Token(text)
    if _URL.match(text) and "/" in (path := re.split(r"[?#]", text.split("://", 1)[1], maxsplit=1)[0]):
        last = path.rstrip("/").rsplit("/", 1)[-1]
        if _TOKEN.match(last) and "/" in path.rstrip("/"):
            return Token(last)
    return Foreign(_seems(text))


def _seems(text: str) -> Seems:
    head = text[:64]
    if _PAYMENT.match(head):
        return Seems.PAYMENT
    if head.upper().startswith("WIFI:"):
        return Seems.WIFI
    if head.upper().startswith(("BEGIN:VCARD", "MECARD:", "MAILTO:", "TEL:")):
        return Seems.CONTACT
    if _URL.match(head) or head.lower().startswith("www."):
        return Seems.WEB_ADDRESS
    return Seems.OTHER


def kind_of(text: str) -> str:
    """The word for what *text* is, as the scanner's reports spell it: card, number or foreign."""
    code = parse(text)
    match code:
        case Token():
            return "card"
        case Number():
            return "number"
        case Foreign():
            return "foreign"
    assert_never(code)


def make_token(chance: bytes) -> str:
    """A QR token from 24 random bytes."""
    if len(chance) != TOKEN_BYTES:
        raise ValueError(f"a token is made of {TOKEN_BYTES} bytes, not {len(chance)}")
    return base64.urlsafe_b64encode(chance).decode("ascii")


def make_number(chance: bytes) -> str:
    """A card number from 16 random bytes, its first digit not 0 so that no spreadsheet shortens it."""
    if len(chance) != 16:
        raise ValueError(f"a card number is made of 16 bytes, not {len(chance)}")
    low = 10 ** (NUMBER_DIGITS - 1)
    return str(low + int.from_bytes(chance) % (9 * low))


def written(digits: str) -> str:
    """A card number as it is printed: XXXX-XXXX-XXXX."""
    return "-".join(digits[i : i + 4] for i in range(0, NUMBER_DIGITS, 4))
