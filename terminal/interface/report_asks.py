"""What a till tells beyond the card in front: what is unusual, how it stands, its day. Frozen values."""

from uuid import UUID

from terminal.interface.ask import Ask


class Decided(Ask, frozen=True, tag="decided"):
    """What the company adjusted, rejected or holds of this till's entries, newest first."""

    limit: int = 20
    skip: int = 0


class Served(Ask, frozen=True, tag="served"):
    """The cards served by this till in the last 7 days, each with its last transaction here. For managers."""

    limit: int = 20
    skip: int = 0


class Open(Ask, frozen=True, tag="open"):
    """Puts a card of that list in front, without its code. For managers."""

    card: UUID


class Report(Ask, frozen=True, tag="report"):
    """What this till did today; of more days for managers."""

    days: int = 1
