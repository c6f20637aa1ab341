"""The filters and the order of the list of cards, as addresses of pages and routes have them."""

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from loyalty.program import Program
from server.cards import rewards
from server.cards.rewards import CardState
from server.cards.search import Filters, Listing, Sort

_DAYS_MAX = 3660
_COUNT_MAX = 1_000_000_000
Count = Annotated[int | None, Field(ge=0, le=_COUNT_MAX)]


class Direction(StrEnum):
    """Which way a list is sorted."""

    ASC = "asc"
    DESC = "desc"


class CardFilters(BaseModel):
    """Which cards are listed, and in which order."""

    q: Annotated[str, Field(max_length=254)] = ""
    active_days: Annotated[int | None, Field(ge=1, le=_DAYS_MAX)] = None
    store: tuple[UUID, ...] = ()  # that enrolled the card
    state: CardState | None = None
    stamps_min: Count = None
    points_min: Count = None
    sort: Sort = Sort.ACTIVITY
    dir: Direction = Direction.DESC

    def listing(self, program: Program | None) -> Listing:
        """The list that is meant; *program* says what a card with a reward is."""
        is_ready = self.state is CardState.REWARD_READY
        filters = Filters(
            stores=tuple(sorted(self.store)) or None,
            active_days=self.active_days,
            is_active=None if self.state is None else self.state is not CardState.INACTIVE,
            reached=rewards.reached_from(program) if is_ready else None,
            stamps_min=self.stamps_min,
            points_min=self.points_min,
        )
        return Listing(self.q, filters, self.sort, self.dir is Direction.DESC)

    def chosen(self) -> dict[str, Any]:
        """What differs from the list of all cards, as it stands in an address."""
        fields = CardFilters.model_fields
        return self.model_dump(mode="json", include=set(fields), exclude_defaults=True)
