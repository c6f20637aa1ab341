"""The people and cards of the screen's tests: who works here, who comes in, and the hour it is."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from loyalty.codes import written

NOON = datetime(2026, 5, 12, 14, 2, tzinfo=UTC)
PINS = {"Lena Moreau": "4711", "Tim Bakker": "2580", "Anna Rossi": "7391", "Daniel Kim": "9052"}
ROLES = {"Anna Rossi": "manager", "Daniel Kim": "owner"}


@dataclass
class FakeCard:
    """A customer's card, or a blank one."""

    token: str
    number: str
    name: str = ""
    stamps: int = 0
    points: int = 0
    waiting_stamps: int = 0
    waiting_points: int = 0
    blank: bool = False
    active: bool = True
    last_stamp_at: datetime | None = None
    id: UUID = field(default_factory=lambda: UUID(int=0))


def token(seed: str) -> str:
    """A QR token that says whose it is."""
    return (seed + "-" * 32)[:32]


def the_cards() -> tuple[FakeCard, ...]:
    """Marie, who has seven stamps; Paul, who has nine; Ines, who has many points; and a blank."""
    return (
        FakeCard(token("marie"), "509311764821", "Marie Keller", stamps=7, points=264),
        FakeCard(token("paul"), "509311760042", "Paul Dumont", stamps=9, points=12),
        FakeCard(token("ines"), "509311761111", "Ines Vieira", stamps=2, points=590),
        FakeCard(token("blank"), "509311767730", blank=True),
    )


def printed(card: FakeCard) -> str:
    """The number as it is printed under the code."""
    return written(card.number)
