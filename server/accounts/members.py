"""Members of companies: with which role and stores an account acts in a company.

Role and stores are read at every request, so that a dismissal holds at once.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from server.accounts import sessions
from server.accounts.rights import Role
from server.accounts.sessions import Session
from server.db.account_tables import memberships
from server.db.lookups import Query
from server.db.tables import companies, slugs, staff
from server.refusals import No, Refused

_COMPANIES = select(slugs.c.slug, companies.c.company_id, companies.c.name, companies.c.suspended_at).join(
    companies, companies.c.company_id == slugs.c.company_id
)
_BY_SLUG = Query(_COMPANIES.where(slugs.c.slug == bindparam("slug")))
_BY_ID = Query(_COMPANIES.where(slugs.c.company_id == bindparam("company")))
_MEMBER = Query(
    select(staff.c.staff_id, staff.c.name, staff.c.role, staff.c.stores).where(
        staff.c.company_id == bindparam("company"), staff.c.account_id == bindparam("account"), staff.c.is_active
    )
)


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a company."""

    company_id: UUID
    slug: str
    company: str  # its name
    is_suspended: bool
    role: Role  # owner, manager, cashier, or support
    staff_id: UUID | None  # None in a support view
    name: str  # of the member of staff; empty in a support view
    store_ids: frozenset[UUID] | None  # None: all

    def require_unsuspended(self) -> None:
        """Refuses changes of a suspended company."""
        if self.is_suspended:
            raise Refused(No.SUSPENDED)


def in_company(conn: Connection, session: Session, slug: str) -> Member:
    """As whom a session acts in the company called *slug*.

    A stranger gets the refusal for a company that does not exist.
    """
    company = _BY_SLUG.first(conn, slug=slug)
    if company is None:
        raise Refused(No.COMPANY_UNKNOWN, slug)
    if session.is_admin and session.support is not None and session.support.company_id == company.company_id:
        is_suspended = company.suspended_at is not None
        return Member(company.company_id, slug, company.name, is_suspended, Role.SUPPORT, None, "", None)
    member = _member(conn, company, session.account_id)
    if member is None:
        raise Refused(No.COMPANY_UNKNOWN, slug)
    return member


def of_account(conn: Connection, company_id: UUID, account_id: UUID) -> Member | None:
    """As whom an account acts in a company; None for a stranger and for who works there no longer."""
    company = _BY_ID.first(conn, company=company_id)
    return None if company is None else _member(conn, company, account_id)


def _member(conn: Connection, company: Any, account_id: UUID) -> Member | None:
    person = _MEMBER.first(conn, company=company.company_id, account=account_id)
    if person is None:
        return None
    return Member(
        company.company_id,
        company.slug,
        company.name,
        company.suspended_at is not None,
        Role(person.role),
        person.staff_id,
        person.name,
        None if person.stores is None else frozenset(map(UUID, person.stores)),
    )


@dataclass(frozen=True, slots=True)
class Membership:
    """A company of an account, for choosing among them."""

    company_id: UUID
    slug: str
    company: str
    role: Role


def companies_of(conn: Connection, account_id: UUID) -> list[Membership]:
    """The companies in which an account works now, by name."""
    mine = select(memberships.c.company_id, companies.c.name, slugs.c.slug)
    mine = mine.join(companies, companies.c.company_id == memberships.c.company_id)
    mine = mine.join(slugs, slugs.c.company_id == memberships.c.company_id)
    mine = mine.where(memberships.c.account_id == account_id).order_by(companies.c.name, slugs.c.slug)
    found = [(row, _MEMBER.first(conn, company=row.company_id, account=account_id)) for row in conn.execute(mine)]
    return [
        Membership(row.company_id, row.slug, row.name, Role(person.role)) for row, person in found if person is not None
    ]


def join(conn: Connection, company_id: UUID, staff_id: UUID, account_id: UUID, now: datetime) -> None:
    """Gives a member of staff an account; refuses if either has another one in this company.

    Who was dismissed and comes back is another member of staff, and takes the account along.
    """
    here, theirs = staff.c.company_id == company_id, staff.c.account_id == account_id
    conn.execute(update(staff).where(here, theirs, ~staff.c.is_active).values(account_id=None, updated_at=now))
    taken = conn.execute(select(staff.c.staff_id).where(here, theirs)).first()
    free = update(staff).where(here, staff.c.staff_id == staff_id, staff.c.account_id.is_(None))
    if taken is not None or conn.execute(free.values(account_id=account_id, updated_at=now)).rowcount == 0:
        raise Refused(No.ALREADY_MEMBER)
    before = (memberships.c.account_id == account_id, memberships.c.company_id == company_id)
    conn.execute(delete(memberships).where(*before))
    values = {"account_id": account_id, "company_id": company_id, "staff_id": staff_id}
    conn.execute(insert(memberships).values(values | {"created_at": now, "updated_at": now}))


def end_sessions_of(conn: Connection, company_id: UUID, staff_id: UUID) -> None:
    """Ends the sessions of a member of staff, as after a change of their role: they sign in again for a new token."""
    person = (staff.c.company_id == company_id, staff.c.staff_id == staff_id)
    account_id = conn.execute(select(staff.c.account_id).where(*person)).scalar_one_or_none()
    if account_id is not None:
        sessions.end_all(conn, account_id)
