"""A company's staff: where they may work, their PIN verifiers, and dismissals.

A PIN is hashed before the company's lock is taken, because hashing is slow on purpose; it must not be stored or logged.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, delete, insert, select, update

from loyalty.settings import Settings
from loyalty.staff import Role, pin_refusal
from loyalty.texts import clean, folded, matches
from server.companies.companies import authority_changed, checked_name
from server.db.tables import phone_answers, pin_changes, staff, stores, terminals
from server.db.units import next_version
from server.keys import Keys
from server.refusals import ChangedMeanwhile, No, Refused
from sync.protocol import sealing
from sync.protocol.sealing import Key, PinVerifier, make_verifier


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A new member of staff, with the PIN already checked and hashed."""

    id: UUID
    name: str
    role: Role
    verifier: PinVerifier
    has_pin: bool = True  # False: the verifier fits no PIN


def newcomer(name: str, role: Role, pin: str, settings: Settings, pepper: Key) -> Newcomer:
    """Checks and hashes the PIN of a new member of staff; raises a refusal."""
    staff_id = uuid4()
    return Newcomer(staff_id, checked_name(name), role, pin_verifier(staff_id, pin, settings, pepper))


def without_pin(name: str, role: Role, pepper: Key) -> Newcomer:
    """A new member of staff who has no PIN yet: tills need a verifier, so it is one of a secret that nobody knows."""
    staff_id = uuid4()
    return Newcomer(staff_id, checked_name(name), role, sealing.no_pin(staff_id, pepper), has_pin=False)


def create(conn: Connection, company_id: UUID, person: Newcomer, store_ids: Sequence[UUID], now: datetime) -> None:
    """Stores a new member of staff for the given stores, or for all if none is given. Folded names are unique."""
    require_free_name(conn, company_id, person.name)
    values = {
        "company_id": company_id,
        "staff_id": person.id,
        "name": person.name,
        "role": person.role.value,
        "stores": [str(store_id) for store_id in store_ids] or None,
        "verifier": msgspec.to_builtins(person.verifier),
        "has_pin": person.has_pin,
        "is_active": True,
        "version": next_version(conn, company_id),
        "created_at": now,
        "updated_at": now,
    }
    conn.execute(insert(staff).values(values))


def require_free_name(conn: Connection, company_id: UUID, name: str) -> None:
    """Refuses a name that somebody who works or worked here has."""
    names = conn.execute(select(staff.c.name).where(staff.c.company_id == company_id)).scalars()
    if folded(name) in map(folded, names):
        raise Refused(No.NAME_TAKEN, name)


@dataclass(frozen=True, slots=True)
class Colleague:
    """A present or former member of staff; *stores* is None for all stores."""

    id: UUID
    name: str
    role: Role
    stores: tuple[str, ...] | None  # their names
    active: bool
    store_ids: frozenset[UUID] | None
    has_pin: bool
    has_account: bool
    version: int


def listed(conn: Connection, company_id: UUID) -> list[Colleague]:
    """All present and former staff, by name."""
    people = select(staff).where(staff.c.company_id == company_id).order_by(staff.c.name)
    return _read(conn, company_id, people)


def only_in(conn: Connection, company_id: UUID, store_id: UUID) -> int:
    """How many people work in this store and in no other."""
    return sum(one.active and one.store_ids == frozenset({store_id}) for one in listed(conn, company_id))


def has_other_manager(conn: Connection, company_id: UUID, staff_id: UUID, store_id: UUID | None) -> bool:
    """True if somebody else manages here: for a store, those who work in it."""
    present = (staff.c.company_id == company_id, staff.c.is_active.is_(True), staff.c.staff_id != staff_id)
    managing = staff.c.role.in_([role.value for role in Role if role.manages])
    found = conn.execute(select(staff.c.stores).where(*present, managing)).scalars()
    return any(places is None or store_id is None or str(store_id) in places for places in found)


def by_id(conn: Connection, company_id: UUID, staff_id: UUID) -> Colleague:
    """A present or former member of staff."""
    found = _read(conn, company_id, select(staff).where(*_person(company_id, staff_id)))
    if not found:
        raise Refused(No.STAFF_UNKNOWN, str(staff_id))
    return found[0]


def change(
    conn: Connection,
    company_id: UUID,
    staff_id: UUID,
    *,
    version: int,
    name: str,
    role: Role,
    store_ids: frozenset[UUID] | None,
    now: datetime,
) -> Colleague:
    """Changes name, role and stores; refuses an edit of an older *version*.

    What they did before their till could know stays valid, as with a dismissal.
    """
    present = by_id(conn, company_id, staff_id)
    if present.version != version:
        stores_now = None if present.store_ids is None else sorted(map(str, present.store_ids))
        shown = {"id": str(staff_id), "name": present.name, "role": present.role.value, "stores": stores_now}
        raise ChangedMeanwhile(shown | {"version": present.version})
    known = set(conn.execute(select(stores.c.store_id).where(stores.c.company_id == company_id)).scalars())
    if store_ids is not None and not (store_ids and known.issuperset(store_ids)):
        raise Refused(No.STORE_UNKNOWN)
    name = checked_name(name)
    if folded(name) != folded(present.name):
        require_free_name(conn, company_id, name)
    version_now = next_version(conn, company_id)
    values: dict[str, object] = {
        "name": name,
        "role": role.value,
        "stores": None if store_ids is None else sorted(map(str, store_ids)),
        "version": version_now,
        "updated_at": now,
    }
    if (role, store_ids) != (present.role, present.store_ids):
        values["changed_version"] = version_now
        authority_changed(conn, company_id, version_now)
    conn.execute(update(staff).where(*_person(company_id, staff_id)).values(values))
    return by_id(conn, company_id, staff_id)


def pin_verifier(staff_id: UUID, pin: str, settings: Settings, pepper: Key) -> PinVerifier:
    """Checks and hashes a new PIN; raises a refusal."""
    refusal = pin_refusal(pin, settings)
    if refusal is not None:
        raise Refused(No.PIN_REFUSED, refusal.reason, refusal)
    return make_verifier(pin, staff_id, pepper)


def set_pin(conn: Connection, company_id: UUID, staff_id: UUID, verifier: PinVerifier, now: datetime) -> None:
    """Sets the PIN that a person has from now on; one set at a till earlier and heard of later does not replace it."""
    of_person = (*_person(company_id, staff_id), staff.c.is_active)
    values = {
        "verifier": msgspec.to_builtins(verifier),
        "former_verifier": staff.c.verifier,
        "has_pin": True,
        "pin_set_at": now,
        "version": next_version(conn, company_id),
        "updated_at": now,
    }
    if conn.execute(update(staff).where(*of_person).values(values)).rowcount == 0:
        raise Refused(No.STAFF_UNKNOWN, str(staff_id))


def end_pins(  # noqa: PLR0917 - each says which PINs
    conn: Connection, company_id: UUID, first_change: UUID, until: datetime, pepper: Key, now: datetime
) -> int:
    """Ends the PINs that a till has set from one change on, where they still hold; returns how many people need new
    ones."""
    changes = pin_changes.c
    first = conn.execute(
        select(pin_changes).where(changes.company_id == company_id, changes.change_id == first_change)
    ).one_or_none()
    if first is None:
        return 0
    series = select(changes.staff_id, changes.occurred_at).where(
        changes.company_id == company_id,
        changes.terminal_id == first.terminal_id,
        changes.created_at.between(first.created_at, until),
    )
    ended = 0
    for change in conn.execute(series).all():
        holds = (*_person(company_id, change.staff_id), staff.c.pin_set_at == change.occurred_at)
        values = {
            "verifier": msgspec.to_builtins(sealing.no_pin(change.staff_id, pepper)),
            "former_verifier": None,
            "has_pin": False,
            "pin_set_at": now,
            "version": next_version(conn, company_id),
            "updated_at": now,
        }
        ended += conn.execute(update(staff).where(*holds).values(values)).rowcount
    return ended


def _person(company_id: UUID, staff_id: UUID) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return staff.c.company_id == company_id, staff.c.staff_id == staff_id


def _read(conn: Connection, company_id: UUID, people: Select[Any]) -> list[Colleague]:
    query = select(stores.c.store_id, stores.c.name).where(stores.c.company_id == company_id)
    names = {str(row.store_id): row.name for row in conn.execute(query)}
    return [
        Colleague(
            row.staff_id,
            row.name,
            Role(row.role),
            None if row.stores is None else tuple(sorted(names.get(one, one) for one in row.stores)),
            row.is_active,
            None if row.stores is None else frozenset(map(UUID, row.stores)),
            row.has_pin,
            row.account_id is not None,
            row.version,
        )
        for row in conn.execute(people)
    ]


def named(conn: Connection, company_id: UUID, who: str) -> tuple[UUID, str]:
    """Id and name of the person who works here with this id or name; refuses a name that several people could have."""
    query = select(staff.c.staff_id, staff.c.name).where(staff.c.company_id == company_id, staff.c.is_active)
    people: list[tuple[UUID, str]] = [(row.staff_id, row.name) for row in conn.execute(query)]
    by_id = [person for person in people if str(person[0]) == who.strip().lower()]
    found = by_id or matches(who, ((person[1], person) for person in people))
    if not found:
        raise Refused(No.STAFF_UNKNOWN, who)
    if len(found) > 1:
        raise Refused(No.STAFF_AMBIGUOUS, who)
    return found[0]


def phone_answer(
    conn: Connection, company_id: UUID, keys: Keys, *, terminal: str, name: str, challenge: str, now: datetime
) -> str:
    """What head office reads to the person of this name or id at the till called *terminal*, whose digits it was told.

    It is written down: a till could make the answer itself, but not that head office was asked.
    """
    digits = sealing.spoken_digits(challenge)
    if digits is None:
        raise Refused(No.CHALLENGE_INVALID)
    till = (terminals.c.company_id == company_id, terminals.c.name == clean(terminal), terminals.c.revoked_at.is_(None))
    found = conn.execute(select(terminals.c.terminal_id, terminals.c.sealing_public).where(*till)).one_or_none()
    if found is None:
        raise Refused(No.TERMINAL_UNKNOWN, terminal)
    person, _ = named(conn, company_id, name)
    answered = {"company_id": company_id, "terminal_id": found.terminal_id, "staff_id": person}
    conn.execute(delete(phone_answers).where(*(phone_answers.c[key] == value for key, value in answered.items())))
    conn.execute(insert(phone_answers).values(answered | {"answered_at": now, "created_at": now, "updated_at": now}))
    theirs, ours = found.sealing_public, keys.sealing.public
    key = sealing.phone_key(keys.sealing, theirs, terminal_public=theirs, server_public=ours)
    return sealing.phone_answer(key, company_id, found.terminal_id, person, digits)


def dismiss(conn: Connection, company_id: UUID, name: str, now: datetime) -> None:
    """Ends the work of the person with this name or id. What they did before their till could know remains valid."""
    person, _ = named(conn, company_id, name)
    dismiss_one(conn, company_id, person, now)


def dismiss_one(conn: Connection, company_id: UUID, staff_id: UUID, now: datetime) -> None:
    """The same by id."""
    of_person = (*_person(company_id, staff_id), staff.c.is_active)
    version = next_version(conn, company_id)
    values = {"is_active": False, "changed_version": version, "version": version, "updated_at": now}
    if conn.execute(update(staff).where(*of_person).values(values)).rowcount == 0:
        raise Refused(No.STAFF_UNKNOWN, str(staff_id))
    authority_changed(conn, company_id, version)


@dataclass(frozen=True, slots=True)
class PinChange:
    """A PIN that a till has set, or was not let set."""

    at: datetime
    name: str
    answering: str | None  # who let them choose it; None for their own
    terminal: str
    store: str
    word: str
    reason: str | None


def pins(conn: Connection, company_id: UUID, store_ids: Collection[UUID] | None = None) -> Sequence[PinChange]:
    """Every new PIN that tills of these stores, or of all, have sent, the latest first."""
    people = select(staff.c.staff_id, staff.c.name).where(staff.c.company_id == company_id)
    names = {row.staff_id: row.name for row in conn.execute(people)}
    till = (terminals.c.company_id == pin_changes.c.company_id) & (terminals.c.terminal_id == pin_changes.c.terminal_id)
    place = (stores.c.company_id == terminals.c.company_id) & (stores.c.store_id == terminals.c.store_id)
    query = select(pin_changes, terminals.c.name.label("terminal"), stores.c.name.label("store"))
    query = query.join(terminals, till).join(stores, place).where(pin_changes.c.company_id == company_id)
    if store_ids is not None:
        query = query.where(terminals.c.store_id.in_(store_ids))
    return [
        PinChange(
            row.occurred_at,
            names.get(row.staff_id, str(row.staff_id)),
            None if row.answering_id in (None, row.staff_id) else names.get(row.answering_id, str(row.answering_id)),
            row.terminal,
            row.store,
            row.word,
            row.reason,
        )
        for row in conn.execute(query.order_by(pin_changes.c.created_at.desc(), pin_changes.c.occurred_at.desc()))
    ]
