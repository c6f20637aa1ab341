"""Requests for lists and reports. Frozen values."""

from uuid import UUID

from terminal.interface.ask import Ask


class Decided(Ask, frozen=True, tag="decided"):
    """Requests this till's entries that the company adjusted, rejected or holds, newest first."""

    limit: int = 20
    skip: int = 0


class Served(Ask, frozen=True, tag="served"):
    """Requests the cards served here in the last 7 days, each with its last transaction; for managers."""

    limit: int = 20
    skip: int = 0


class Open(Ask, frozen=True, tag="open"):
    """Puts a card of that list in front, without its code; for managers."""

    card: UUID


class Report(Ask, frozen=True, tag="report"):
    """Requests this till's figures of today; of more days for managers."""

    days: int = 1
