"""What the counter with small rules of its own keeps, and two of its answers."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from loyalty.refusals import Reason
from terminal.interface.views import CardView, RefusalView, Reply
from tests.support.fake_cards import FakeCard


@dataclass
class Done:
    """A written transaction."""

    entry: UUID
    card: FakeCard | None
    kind: str
    stamps: int
    points: int
    at: datetime
    reward: str | None = None
    voided: bool = False
    amount_minor: int | None = None
    receipt: str | None = None
    returned_minor: int = 0
    word: str = ""  # what the company said of it; empty while nothing special
    note: str = ""


INACTIVE = RefusalView(Reason.CARD_INACTIVE, "This card is switched off.")


def refuse(reason: str, text: str, **numbers: object) -> Reply:
    return Reply(ok=False, refusal=msgspec.convert({"reason": reason, "text": text} | numbers, RefusalView))


def an_unknown_card() -> CardView:
    return CardView(
        id=None,
        known=False,
        number_end="",
        name="",
        active=True,
        blank=False,
        by_code=True,
        stamps=None,
        points=None,
        confirmed_at=None,
        rewards=(),
        next_stamp=None,
        expires_on=None,
    )
