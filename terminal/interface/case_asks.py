"""Requests for cases and their decision. Frozen values."""

from uuid import UUID

from terminal.interface.ask import Ask, Override


class Cases(Ask, frozen=True, tag="cases"):
    """Requests the store's cases: those to decide first, then those decided lately; for managers."""

    limit: int = 20
    skip: int = 0


class Case(Ask, frozen=True, tag="case"):
    """Requests one case with its choices and what happened on its card; for managers."""

    case: UUID


class DecideCase(Ask, frozen=True, tag="decide_case"):
    """Decides a case; for managers. `amount` is how many points to take, where the choice asks for it."""

    case: UUID
    choice: str
    amount: int | None = None
    note: str = ""
    override: Override | None = None
