"""The state of a card, computed from its transactions by `fold`, which alone may change it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

# How long a card keeps its stamp marks, for cooldown and daily limit: the longest possible cooldown
# (7 days) and a day for time zones. The newest mark is always kept.
MARKS_KEPT = timedelta(days=8)


@dataclass(frozen=True, slots=True)
class StampMark:
    """One earning of stamps that has not been voided."""

    transaction_id: UUID
    occurred_at: datetime
    count: int


class Card(NamedTuple):
    """The state of a card; a blank while `created_at` is None."""

    id: UUID
    created_at: datetime | None = None
    is_active: bool = True
    stamp_count: int = 0
    total_stamps_earned: int = 0
    stamps_redeemed: int = 0
    points_balance: int = 0
    total_points_earned: int = 0
    points_redeemed: int = 0
    welcome_given: bool = False
    last_points_at: datetime | None = None
    last_redemption_at: datetime | None = None
    last_activity_at: datetime | None = None
    enrolled_at_store: UUID | None = None
    marks: tuple[StampMark, ...] = ()  # ordered by time of occurrence
    merged: tuple[UUID, ...] = ()  # the cards whose ledgers go on in this one, those merged into them too
    merged_into: UUID | None = None  # the card in which this one's ledger goes on

    @property
    def is_blank(self) -> bool:
        return self.created_at is None

    def has_ledger_of(self, card_id: UUID) -> bool:
        """True if transactions of this card id are the card's own: its id, or a card that was merged into it."""
        return card_id == self.id or card_id in self.merged

    @property
    def last_stamp_at(self) -> datetime | None:
        return self.marks[-1].occurred_at if self.marks else None
