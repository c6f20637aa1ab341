"""What a company's stores, tills and people are called, for lists and histories."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Column, Connection, select

from server.db.tables import staff, stores, terminals


@dataclass(frozen=True, slots=True)
class Names:
    """Names by id, of those who left too."""

    stores: dict[UUID, str]
    tills: dict[UUID, str]
    people: dict[UUID, str]

    def place(self, store_id: UUID | None, terminal_id: UUID | None) -> str:
        """Where something was: "Gare · Till 1"; the store alone if no till was there."""
        named = (self.stores.get(store_id) if store_id else None, self.tills.get(terminal_id) if terminal_id else None)
        return " · ".join(name for name in named if name)

    def person(self, staff_id: UUID | None) -> str:
        """Who did something; empty if nobody did."""
        return "" if staff_id is None else self.people.get(staff_id, "")


def names(conn: Connection, company_id: UUID) -> Names:
    """All names of a company."""

    def named(key: Column[UUID], name: Column[str]) -> dict[UUID, str]:
        query = select(key, name).where(key.table.c.company_id == company_id)
        return {row[0]: row[1] for row in conn.execute(query)}

    return Names(
        named(stores.c.store_id, stores.c.name),
        named(terminals.c.terminal_id, terminals.c.name),
        named(staff.c.staff_id, staff.c.name),
    )
