"""Who did what a till wrote: the people that entries name, as the company knows them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
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


class Known(NamedTuple):
    """What a till knew that had read up to some version."""

    settings: tuple[str, ...]  # whose present values it had been told
    program: int  # the newest version it had been told of


class _Colleague(NamedTuple):
    role: Role | None  # None: one that only a newer program knows
    is_active: bool
    stores: frozenset[str] | None  # None: all
    changed_version: int


@dataclass(slots=True)
class People:
    """Those that the entries of one unit of work name."""

    company_id: UUID
    policy: Policy
    announced: Mapping[int, int]  # the version at which tills could be told of a program, by its number
    _people: dict[UUID, _Colleague] = field(default_factory=dict)
    _known: dict[int, Known] = field(default_factory=dict)  # by how far a till had read, as most of a page had alike

    def gather(self, conn: Connection, items: Iterable[ParsedEntry]) -> None:
        """Loads the people whom *items* name and who are not loaded yet."""
        named = {one for item in items if item.entry is not None for one in (item.entry.staff, item.entry.override)}
        wanted = {one for one in named if one is not None} - self._people.keys()
        for row in _PEOPLE.rows(conn, wanted, company=self.company_id):
            role = Role(row.role) if row.role in set(Role) else None
            stores = None if row.stores is None else frozenset(row.stores)
            self._people[row.staff_id] = _Colleague(role, row.is_active, stores, row.changed_version or 0)

    def known_at(self, read: int) -> Known:
        """What a till knew that had read up to version *read*."""
        known = self._known.get(read)
        if known is None:
            since = self.policy.settings_since
            settings = tuple(name for name in ASKED_ABOUT if since.get(name, 0) <= read)
            program = max((one for one, version in self.announced.items() if version <= read), default=0)
            known = self._known[read] = Known(settings, program)
        return known

    def acting(self, item: ParsedEntry, entry: Entry, read: int) -> Acting:
        """Who did it, and what their till had been told when it had read up to version *read*."""
        return Acting(
            staff=None if entry.staff is None else self._person(entry.staff, item.store_id, read),
            override=None if entry.override is None else self._person(entry.override, item.store_id, read),
            pin_passed=item.told.pin_passed,
            settings_told=self.known_at(read).settings,
        )

    def _person(self, staff_id: UUID, store_id: UUID, read: int) -> Person:
        found = self._people.get(staff_id)
        if found is None:
            return Person(None, works_here=False)
        works_here = found.is_active and (found.stores is None or str(store_id) in found.stores)
        return Person(found.role, works_here, is_told=read >= found.changed_version)
