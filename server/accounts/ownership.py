"""What admins do about a company: create it, suspend and resume it, and hand it over to another owner.

Each stands in two audit logs, the platform's and the company's own.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Row, Select, select

from loyalty.staff import Role as StaffRole
from server.accounts import accounts as people
from server.accounts import audit, invitations, members
from server.accounts.audit import Actor
from server.accounts.invitations import Invitation
from server.accounts.rights import Role
from server.companies import companies
from server.companies import staff as colleagues
from server.companies.companies import Company
from server.db.account_tables import accounts
from server.db.tables import staff
from server.keys import Keys
from server.refusals import No, Refused

_OWNERS: Select[Any] = (
    select(staff.c.company_id, staff.c.staff_id, staff.c.name, accounts.c.email, accounts.c.language)
    .select_from(staff.outerjoin(accounts, accounts.c.account_id == staff.c.account_id))
    .where(staff.c.role == StaffRole.OWNER.value, staff.c.is_active)
    .order_by(staff.c.name)
)


class Former(StrEnum):
    """What becomes of the owners when a company is handed over."""

    MANAGERS = "managers"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Owner:
    """Somebody who owns a company; without an e-mail address they open tills only."""

    staff_id: UUID
    name: str
    email: str | None
    language: str | None


def owners(conn: Connection, company_id: UUID) -> list[Owner]:
    """The company's present owners, by name."""
    return [_owner(row) for row in conn.execute(_OWNERS.where(staff.c.company_id == company_id))]


def owners_of(conn: Connection, company_ids: Collection[UUID]) -> dict[UUID, list[Owner]]:
    """The present owners of several companies, by name."""
    found: dict[UUID, list[Owner]] = {company_id: [] for company_id in company_ids}
    for row in conn.execute(_OWNERS.where(staff.c.company_id.in_(company_ids))):
        found[row.company_id].append(_owner(row))
    return found


def _owner(row: Row[Any]) -> Owner:
    return Owner(row.staff_id, row.name, row.email, row.language)


def create(
    conn: Connection,
    keys: Keys,
    by: Actor,
    *,
    name: str,
    slug: str | None,
    choices: dict[str, str],
    now: datetime,
) -> Company:
    """Creates a company with keys of its own. It has no owner until one is invited."""
    company = companies.create(conn, uuid4(), name=name, slug=slug, choices=choices, now=now)
    keys.add_company(company.id)  # written to disk before the company is committed
    _log(conn, company.id, by, "company_created", now, name=company.name, slug=company.slug)
    return company


def set_suspended(conn: Connection, company_id: UUID, by: Actor, is_suspended: bool, now: datetime) -> None:
    """Suspends a company or resumes it; nothing if it is so already."""
    if (companies.by_id(conn, company_id).suspended_at is not None) is is_suspended:
        return
    companies.set_suspended(conn, company_id, is_suspended, now)
    _log(conn, company_id, by, "company_suspended" if is_suspended else "company_resumed", now)


def hand_over(
    conn: Connection, company_id: UUID, by: Actor, *, email: str, name: str, former: Former, now: datetime
) -> Invitation | None:
    """Takes a company from its owners for somebody else. The caller holds the company's lock.

    Who works there with an account is its owner at once, and the answer is None; everybody else is invited.
    """
    account = people.by_email(conn, email)
    successor = None if account is None else members.of_account(conn, company_id, account.id)
    if successor is not None and successor.role is Role.OWNER:
        raise Refused(No.ALREADY_MEMBER)
    before = owners(conn, company_id)
    for owner in before:
        if former is Former.DISMISSED:
            colleagues.dismiss_one(conn, company_id, owner.staff_id, now)
            members.end_sessions_of(conn, company_id, owner.staff_id)
        else:
            _set_role(conn, company_id, owner.staff_id, StaffRole.MANAGER, now)
    _log(conn, company_id, by, "company_handed_over", now, former=former.value, former_owners=len(before))
    if successor is None:
        return invitations.invite_owner(conn, company_id, by, email=email, name=name, now=now)
    assert successor.staff_id is not None, "a member who is no support view"
    _set_role(conn, company_id, successor.staff_id, StaffRole.OWNER, now)
    return None


def _set_role(conn: Connection, company_id: UUID, staff_id: UUID, role: StaffRole, now: datetime) -> None:
    """Gives somebody a role in all stores; their sessions end, for a new token."""
    person = colleagues.by_id(conn, company_id, staff_id)
    colleagues.change(
        conn, company_id, staff_id, version=person.version, name=person.name, role=role, store_ids=None, now=now
    )
    members.end_sessions_of(conn, company_id, staff_id)


def _log(conn: Connection, company_id: UUID, by: Actor, action: str, now: datetime, **after: Any) -> None:
    for log in (None, company_id):
        audit.append(conn, log, by, action, subject="company", subject_id=company_id, after=after or None, now=now)
