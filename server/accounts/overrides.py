"""A manager who agrees by their PIN to what somebody else asks in a browser. Every try is counted before it is checked.

Hashing is slow on purpose: called while no lock is held.
"""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from msgspec.structs import asdict
from sqlalchemy import Connection, select

from loyalty.refusals import Reason, Refusal
from loyalty.staff import Role
from loyalty.texts import matches
from server.accounts import attempts, passwords
from server.companies.companies import Company
from server.db.tables import staff
from server.db.units import Units
from server.keys import CompanyKeys, Keys
from sync.protocol.rows import VerifierRow
from sync.protocol.sealing import PinVerifier, Unopenable, pin_matches

PIN_DIGITS_MAX = 8


class Colleague(NamedTuple):
    """Somebody who works in a store, and has a PIN."""

    id: UUID
    name: str
    role: Role
    verifier: Any


def managers(conn: Connection, company_id: UUID, store_id: UUID) -> list[Colleague]:
    """Who can agree in this store, by name."""
    return [one for one in _working(conn, company_id, store_id) if one.role.manages]


def checked(
    units: Units, keys: Keys, company: Company, store_id: UUID, *, staff_named: str, pin: str, now: datetime
) -> UUID | Refusal:
    """The manager with this name or id, if the PIN is theirs."""
    with units.read() as conn:
        people = _working(conn, company.id, store_id)
    by_id = next((one for one in people if str(one.id) == staff_named.strip()), None)
    named = [by_id] if by_id else matches(staff_named, ((one.name, one) for one in people))
    if not named:
        return Refusal(Reason.STAFF_UNKNOWN)
    if len(named) > 1:
        return Refusal(Reason.STAFF_AMBIGUOUS)
    (person,) = named
    passwords.require_free()
    with units.platform_write() as conn:
        left = attempts.take_pin(conn, keys.platform, company.id, person.id, settings=company.settings, now=now)
    if isinstance(left, Refusal):
        return left
    if not _is_right(person, pin, keys.company(company.id)):
        if left:
            return Refusal(Reason.PIN_WRONG, left=left)
        with units.platform_write() as conn:
            locked = attempts.pin_lock(conn, keys.platform, company.id, person.id, now)
        return locked or Refusal(Reason.PIN_WRONG, left=0)
    with units.platform_write() as conn:
        attempts.pin_passed(conn, keys.platform, company.id, person.id)
    return person.id if person.role.manages else Refusal(Reason.NOT_A_MANAGER)


def _working(conn: Connection, company_id: UUID, store_id: UUID) -> list[Colleague]:
    query = select(staff).where(staff.c.company_id == company_id, staff.c.is_active, staff.c.has_pin)
    return [
        Colleague(row.staff_id, row.name, Role(row.role), row.verifier)
        for row in conn.execute(query.order_by(staff.c.name))
        if row.role in set(Role) and (row.stores is None or str(store_id) in row.stores)
    ]


def _is_right(person: Colleague, pin: str, keys: CompanyKeys) -> bool:
    if not (pin.isascii() and pin.isdigit() and len(pin) <= PIN_DIGITS_MAX):
        return False
    verifier = PinVerifier(**asdict(msgspec.convert(person.verifier, VerifierRow)))
    pepper = keys.pepper_with(verifier.pepper_id)
    try:
        with passwords.admission(), passwords.turn():
            return pepper is not None and pin_matches(pin, person.id, verifier, pepper)
    except Unopenable:
        return False
