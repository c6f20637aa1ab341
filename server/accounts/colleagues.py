"""What owners and managers do about staff: owners about everybody, managers about cashiers of their own stores."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from loyalty.staff import Role
from server.accounts import audit, members
from server.accounts.audit import Actor
from server.accounts.members import Member
from server.accounts.rights import Right, Scope, scope_of
from server.companies import staff
from server.companies.staff import Colleague
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
    _found(conn, by, staff_id)
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


def _logged(person: Colleague) -> dict[str, object]:
    ids = None if person.store_ids is None else sorted(map(str, person.store_ids))
    return {"name": person.name, "role": person.role.value, "stores": ids}
