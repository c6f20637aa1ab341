"""What owners and managers do about staff: owners about everybody, managers about cashiers of their own stores."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, select

from loyalty.staff import Role
from server.accounts import audit, members
from server.accounts.audit import Actor
from server.accounts.members import Member
from server.accounts.rights import Right, Scope, scope_of
from server.companies import staff, stores
from server.companies.staff import Colleague, Newcomer
from server.db.account_tables import accounts
from server.db.tables import staff as people
from server.keys import Keys
from server.refusals import No, Refused
from sync.protocol.sealing import PinVerifier


def require_may(by: Member, role: Role, store_ids: frozenset[UUID] | None) -> None:
    """Refuses unless *by* may change somebody of this role and these stores; None is all stores."""
    scope = scope_of(Right.STAFF_CHANGE, by.role)
    if scope is Scope.ALL:
        return
    own = by.store_ids
    is_own = own is None or (store_ids is not None and store_ids <= own)
    if scope is not Scope.CASHIERS or role is not Role.CASHIER or not is_own:
        raise Refused(No.NOT_ALLOWED)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as the office lists them."""

    colleague: Colleague
    email: str | None  # of the account with which they sign in
    may_change: bool  # who asks may


def listed(conn: Connection, by: Member, store_ids: Collection[UUID] | None) -> list[Person]:
    """Present and former staff of these stores, or of all; who works in all stores belongs to each."""
    emails = _emails(conn, by.company_id)
    everybody = staff.listed(conn, by.company_id)
    return [_person(by, one, emails) for one in everybody if _works_in(one, store_ids)]


def found(conn: Connection, by: Member, store_ids: Collection[UUID] | None, staff_id: UUID) -> Person:
    """One of them; refuses somebody of other stores."""
    one = staff.by_id(conn, by.company_id, staff_id)
    if not _works_in(one, store_ids):
        raise Refused(No.NOT_ALLOWED)
    return _person(by, one, _emails(conn, by.company_id))


def may(by: Member, role: Role, store_ids: Collection[UUID] | None) -> bool:
    """True if *by* may change somebody of this role and these stores."""
    try:
        require_may(by, role, None if store_ids is None else frozenset(store_ids))
    except Refused:
        return False
    return True


def hire(
    conn: Connection,
    by: Member,
    actor: Actor,
    *,
    newcomer: Newcomer,
    store_ids: frozenset[UUID] | None,
    now: datetime,
) -> None:
    """Adds somebody, whose PIN was checked and hashed before the lock was taken."""
    require_may(by, newcomer.role, store_ids)
    for store_id in store_ids or ():
        stores.by_id(conn, by.company_id, store_id)
    staff.create(conn, by.company_id, newcomer, sorted(store_ids or ()), now)
    ids = None if store_ids is None else sorted(map(str, store_ids))
    after = {"name": newcomer.name, "role": newcomer.role.value, "stores": ids}
    audit.append(
        conn, by.company_id, actor, "staff_hired", subject="staff", subject_id=newcomer.id, after=after, now=now
    )


def unlock(
    conn: Connection,
    keys: Keys,
    by: Member,
    actor: Actor,
    *,
    staff_id: UUID,
    till: str,
    challenge: str,
    now: datetime,
) -> str:
    """What head office reads to a colleague who is locked out at the till called *till*."""
    _found(conn, by, staff_id)
    digits = staff.phone_answer(
        conn, by.company_id, keys, terminal=till, name=str(staff_id), challenge=challenge, now=now
    )  # by id: a name may be spelled like another person's id
    after = {"terminal": till}
    audit.append(
        conn, by.company_id, actor, "staff_unlocked", subject="staff", subject_id=staff_id, after=after, now=now
    )
    return digits


def change(
    conn: Connection,
    by: Member,
    actor: Actor,
    *,
    staff_id: UUID,
    version: int,
    name: str,
    role: Role,
    store_ids: frozenset[UUID] | None,
    now: datetime,
) -> Colleague:
    """Changes name, role and stores of a colleague. With another role their sessions end, for a new token."""
    before = _found(conn, by, staff_id)
    require_may(by, role, store_ids)
    if role is not Role.OWNER:
        _require_owner_left(conn, by.company_id, before)
    after = staff.change(
        conn, by.company_id, staff_id, version=version, name=name, role=role, store_ids=store_ids, now=now
    )
    if after.role is not before.role:
        members.end_sessions_of(conn, by.company_id, staff_id)
    audit.append(
        conn,
        by.company_id,
        actor,
        "staff_changed",
        subject="staff",
        subject_id=staff_id,
        before=_logged(before),
        after=_logged(after),
        now=now,
    )
    return after


def dismiss(conn: Connection, by: Member, actor: Actor, *, staff_id: UUID, now: datetime) -> None:
    """Ends a colleague's work and their sessions."""
    _require_owner_left(conn, by.company_id, _found(conn, by, staff_id))
    staff.dismiss_one(conn, by.company_id, staff_id, now)
    members.end_sessions_of(conn, by.company_id, staff_id)
    audit.append(conn, by.company_id, actor, "staff_dismissed", subject="staff", subject_id=staff_id, now=now)


def set_pin(
    conn: Connection, by: Member, actor: Actor, *, staff_id: UUID, verifier: PinVerifier, now: datetime
) -> None:
    """Sets a colleague's PIN, which `staff.pin_verifier` has checked and hashed before the lock was taken."""
    _found(conn, by, staff_id)
    staff.set_pin(conn, by.company_id, staff_id, verifier, now)
    audit.append(conn, by.company_id, actor, "pin_set", subject="staff", subject_id=staff_id, now=now)


def _found(conn: Connection, by: Member, staff_id: UUID) -> Colleague:
    person = staff.by_id(conn, by.company_id, staff_id)
    if not person.active:
        raise Refused(No.STAFF_UNKNOWN, person.name)
    require_may(by, person.role, person.store_ids)
    return person


def _require_owner_left(conn: Connection, company_id: UUID, leaving: Colleague) -> None:
    """Refuses to take the last owner from a company, whose settings nobody could change then."""
    owners = [one for one in staff.listed(conn, company_id) if one.active and one.role is Role.OWNER]
    if leaving.role is Role.OWNER and len(owners) < 2:
        raise Refused(No.LAST_OWNER)


def _person(by: Member, one: Colleague, emails: Mapping[UUID, str]) -> Person:
    return Person(one, emails.get(one.id), one.active and may(by, one.role, one.store_ids))


def _works_in(one: Colleague, store_ids: Collection[UUID] | None) -> bool:
    return store_ids is None or one.store_ids is None or not one.store_ids.isdisjoint(store_ids)


def _emails(conn: Connection, company_id: UUID) -> dict[UUID, str]:
    """The addresses of those who sign in, by member of staff."""
    query = select(people.c.staff_id, accounts.c.email).join(accounts, accounts.c.account_id == people.c.account_id)
    return {row.staff_id: row.email for row in conn.execute(query.where(people.c.company_id == company_id))}


def _logged(person: Colleague) -> dict[str, object]:
    ids = None if person.store_ids is None else sorted(map(str, person.store_ids))
    return {"name": person.name, "role": person.role.value, "stores": ids}
