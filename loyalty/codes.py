"""Card numbers and QR tokens: making, parsing and formatting them. Random bytes are passed in."""

import base64
import re
import unicodedata
from dataclasses import dataclass
from typing import assert_never

from loyalty.refusals import Seems

TOKEN_BYTES = 24
TOKEN_CHARS = 32
NUMBER_DIGITS = 12
TEXT_CHARS_MAX = 4096  # the largest QR code holds 4,296; our codes are far shorter

PART_PREFIX = "part-of-several-codes:"  # put by the scanner before the text of one of several linked codes

_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}\Z")
_NUMBER = re.compile(r"[0-9]{12}\Z")
_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_PAYMENT = re.compile(r"(BCD\s|bitcoin:|ethereum:|lightning:|upi:|payconiq|SPC\s|https://payconiq)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Token:
    """The secret token of a QR code."""

    text: str


@dataclass(frozen=True, slots=True)
class Number:
    """A card number: 12 digits without dashes."""

    digits: str


@dataclass(frozen=True, slots=True)
class Foreign:
    """A text that is not a code of ours, with what it seems to be."""

    seems: Seems


Code = Token | Number | Foreign


def parse(text: str) -> Code:
    """Classifies a scanned or typed text: a token, bare or at the end of a URL; a card number; or something foreign."""
    if len(text) > TEXT_CHARS_MAX:
        return Foreign(Seems.OTHER)
    text = _bare(text)
    if text.startswith(PART_PREFIX):
        return Foreign(Seems.PART)
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


def _bare(text: str) -> str:
    """The text without invisible characters around it: spaces, a byte order mark, control characters."""
    start, end = 0, len(text)
    while start < end and _unseen(text[start]):
        start += 1
    while start < end and _unseen(text[end - 1]):
        end -= 1
    return text[start:end]


def _unseen(sign: str) -> bool:
    return sign.isspace() or unicodedata.category(sign) in ("Cc", "Cf")


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
    """The kind of *text* as spelled in the scanner's reports: card, number, part or foreign."""
    code = parse(text)
    match code:
        case Token():
            return "card"
        case Number():
            return "number"
        case Foreign(seems=seems):
            return "part" if seems is Seems.PART else "foreign"
    assert_never(code)


def make_token(random_bytes: bytes) -> str:
    """A QR token made of 24 random bytes."""
    if len(random_bytes) != TOKEN_BYTES:
        raise ValueError(f"a token is made of {TOKEN_BYTES} bytes, not {len(random_bytes)}")
    return base64.urlsafe_b64encode(random_bytes).decode("ascii")


def make_number(random_bytes: bytes) -> str:
    """A card number made of 16 random bytes; its first digit is not 0, so that spreadsheets keep its length."""
    if len(random_bytes) != 16:
        raise ValueError(f"a card number is made of 16 bytes, not {len(random_bytes)}")
    low = 10 ** (NUMBER_DIGITS - 1)
    return str(low + int.from_bytes(random_bytes) % (9 * low))


def written(digits: str) -> str:
    """A card number in printed form: XXXX-XXXX-XXXX."""
    return "-".join(digits[i : i + 4] for i in range(0, NUMBER_DIGITS, 4))
