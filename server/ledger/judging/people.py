"""Who did what a till wrote: the people that entries name, as the company knows them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, select

from loyalty.authority import ASKED_ABOUT, Acting, Person
from loyalty.staff import Role
from server.db.lookups import Lookup
from server.db.tables import staff
from server.ledger.judging.policy import Policy
from server.ledger.rows.entries import ParsedEntry
from sync.protocol.entries import Entry

# Built once: building a statement takes longer than running it.
_PEOPLE = Lookup(
    select(staff.c.staff_id, staff.c.role, staff.c.stores, staff.c.is_active, staff.c.changed_version).where(
        staff.c.company_id == bindparam("company")
    ),
    staff.c.staff_id,
)


@dataclass(slots=True)
class People:
    """Those that the entries of one unit of work name."""

    company_id: UUID
    policy: Policy
    _rows: dict[UUID, Any] = field(default_factory=dict)

    def gather(self, conn: Connection, items: Iterable[ParsedEntry]) -> None:
        """Loads the people whom *items* name and who are not loaded yet."""
        named = {one for item in items if item.entry is not None for one in (item.entry.staff, item.entry.override)}
        wanted = {one for one in named if one is not None} - self._rows.keys()
        self._rows |= {row.staff_id: row for row in _PEOPLE.rows(conn, wanted, company=self.company_id)}

    def acting(self, item: ParsedEntry, entry: Entry, read: int) -> Acting:
        """Who did it, and what their till had been told when it had read up to version *read*."""
        since = self.policy.settings_since
        return Acting(
            staff=self._person(entry.staff, item.store_id, read),
            override=self._person(entry.override, item.store_id, read),
            pin_passed=item.told.pin_passed,
            settings_told=[name for name in ASKED_ABOUT if since.get(name, 0) <= read],
        )

    def _person(self, staff_id: UUID | None, store_id: UUID, read: int) -> Person | None:
        if staff_id is None:
            return None
        row = self._rows.get(staff_id)
        if row is None:
            return Person(None, works_here=False)
        works_here = row.is_active and (row.stores is None or str(store_id) in row.stores)
        role = Role(row.role) if row.role in set(Role) else None
        return Person(role, works_here, is_told=read >= (row.changed_version or 0))
