"""How a card was found, said so that a browser cannot change it.

A reward without the card's code needs a manager, and a cashier acts on no card that they have not looked up.
"""

import base64
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sync.protocol.sealing import Key

HOLDS = timedelta(minutes=30)
_SIGNED_CHARS = 32


class FoundBy(StrEnum):
    """What a card was looked up by."""

    CODE = "code"
    NUMBER = "number"
    EMAIL = "email"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class FoundCard:
    """A card that somebody has looked up."""

    id: UUID
    by: FoundBy | None  # None: it was not looked up here, as on its page
    words: str = ""  # as it was said before: they are not made to hold longer

    def said(self, lookup: Key, account_id: UUID, now: datetime) -> str:
        """The words for `by`, which hold for this account and half an hour from the look-up."""
        if self.by is None or self.words:
            return self.words
        words = f"{self.by}.{int((now + HOLDS).timestamp())}"
        return f"{words}.{_signed(lookup, account_id, self.id, words)}"


def read(text: str, lookup: Key, account_id: UUID, card_id: UUID, now: datetime) -> FoundCard | None:
    """The card as the words say it was found; None if they are not ours, of another card or account, or too old."""
    words, _, signature = text.rpartition(".")
    if not hmac.compare_digest(signature.encode(), _signed(lookup, account_id, card_id, words).encode()):
        return None
    by, _, until = words.partition(".")
    if datetime.fromtimestamp(int(until), UTC) < now:
        return None
    return FoundCard(card_id, FoundBy(by), text)


def _signed(lookup: Key, account_id: UUID, card_id: UUID, words: str) -> str:
    said = b"found\x00" + account_id.bytes + card_id.bytes + words.encode("utf-8", "surrogatepass")
    return base64.urlsafe_b64encode(hmac.digest(lookup.secret, said, "sha256")).decode()[:_SIGNED_CHARS]
