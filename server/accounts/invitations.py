"""Invitations: who may invite whom, and how somebody invited gets an account.

Admins invite admins and owners, owners all roles of their company, managers cashiers of their own stores.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, select

from loyalty.staff import Role as StaffRole
from server.accounts import accounts, audit, links, members, passwords, sign_in
from server.accounts.audit import Actor
from server.accounts.colleagues import may, require_may
from server.accounts.links import ADMIN, LASTS, Link, LinkKind
from server.accounts.members import Member
from server.accounts.rights import Role
from server.accounts.sessions import NewSession
from server.companies import companies
from server.companies import staff as people
from server.companies.companies import Company, checked_name
from server.db.tables import staff, stores
from server.db.units import Units
from server.keys import Keys
from server.mail import letters, outbox
from server.mail.letters import Words
from server.refusals import No, Refused


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation that was just made, with the token of its link, which is shown or sent this once."""

    email: str
    token: str

    def __repr__(self) -> str:
        return f"Invitation(email={self.email!r})"


def invite_admin(conn: Connection, by: Actor, email: str, now: datetime) -> Invitation:
    """Invites an admin. The caller has checked that *by* is one, or the command line."""
    known = accounts.by_email(conn, email)
    if known is not None and known.is_admin:
        raise Refused(No.EMAIL_TAKEN, known.email)
    audit.append(conn, None, by, "admin_invited", subject="account", now=now)
    link = Link(LinkKind.INVITATION, accounts.typed_email(email), now + LASTS[LinkKind.INVITATION])
    return _made(conn, link, ADMIN, by, now)


def remove_admin(conn: Connection, by: Actor, account_id: UUID, now: datetime) -> None:
    """Takes the administration from somebody; their account and companies stay. The last admin stays one."""
    account = accounts.by_id(conn, account_id)
    if account is None or not account.is_admin:
        raise Refused(No.ACCOUNT_UNKNOWN, str(account_id))
    accounts.set_admin(conn, account_id, False, now)
    audit.append(conn, None, by, "admin_removed", subject="account", subject_id=account_id, now=now)


def invite_owner(conn: Connection, company_id: UUID, by: Actor, *, email: str, name: str, now: datetime) -> Invitation:
    """Invites the owner of a company. The caller has checked that *by* is an admin."""
    return _invite(conn, company_id, None, by, email=email, name=name, role=StaffRole.OWNER, store_ids=None, now=now)


def invite(
    conn: Connection,
    by: Member,
    actor: Actor,
    *,
    email: str,
    name: str,
    role: StaffRole,
    store_ids: Sequence[UUID] | None,
    now: datetime,
) -> Invitation:
    """Invites somebody new to work in the inviter's company; *store_ids* is None for all stores."""
    require_may(by, role, None if store_ids is None else frozenset(store_ids))
    return _invite(conn, by.company_id, by, actor, email=email, name=name, role=role, store_ids=store_ids, now=now)


def invite_colleague(
    conn: Connection, by: Member, actor: Actor, *, staff_id: UUID, email: str, now: datetime
) -> Invitation:
    """Invites somebody who works in the inviter's company already; role and stores stay as they are."""
    person = conn.execute(
        select(staff).where(staff.c.company_id == by.company_id, staff.c.staff_id == staff_id, staff.c.is_active)
    ).first()
    if person is None:
        raise Refused(No.STAFF_UNKNOWN)
    if person.account_id is not None:
        raise Refused(No.ALREADY_MEMBER)
    store_ids = None if person.stores is None else frozenset(map(UUID, person.stores))
    require_may(by, StaffRole(person.role), store_ids)
    return _invite(
        conn,
        by.company_id,
        by,
        actor,
        email=email,
        name=person.name,
        role=StaffRole(person.role),
        store_ids=None if store_ids is None else sorted(store_ids),
        staff_id=staff_id,
        now=now,
    )


def deliver(
    conn: Connection,
    keys: Keys,
    made: Invitation,
    *,
    company: Company | None,
    by: str,
    words: Words,
    url: str,
    can_mail: bool,
    now: datetime,
) -> str | None:
    """Sends an invitation's link by mail, into a company or to be an admin; without mail it is returned, and shown
    this once. *by* is whom the mail names."""
    address = links.address(url, made.token)
    if not can_mail:
        return address
    letter = letters.invitation(words, link=address, by=by, company=None if company is None else company.name)
    outbox.queue(conn, keys, letter, made.email, company_id=None if company is None else company.id, now=now)
    return None


def withdraw(conn: Connection, company_id: UUID | None, by: Actor, link_id: str, now: datetime) -> None:
    """Takes an invitation back; `links.invitations` lists those that are open."""
    link = links.withdraw(conn, company_id, link_id)
    if link is None:
        raise Refused(No.LINK_INVALID)
    audit.append(conn, company_id, by, "invitation_withdrawn", subject="account", after={"role": link.role}, now=now)


def withdraw_own(conn: Connection, by: Member, actor: Actor, link_id: str, now: datetime) -> None:
    """The same by somebody of the company, who must be one who may make it."""
    for link in links.invitations(conn, by.company_id, now):
        if link.id == link_id:
            _require_may_make(by, link)
    withdraw(conn, by.company_id, actor, link_id, now)


def needs_new_password(conn: Connection, link: Link) -> bool:
    """True if who accepts chooses a password; False if they have an account, and give its password."""
    return accounts.by_email(conn, link.email) is None


def accept(
    units: Units, keys: Keys, *, token: str, password: str, device: str, address: str, now: datetime
) -> NewSession:
    """Makes who was invited an admin or a member of staff, and signs them in.

    *password* is a new one, or that of the account which the address has. Begins its own units of work, as it hashes.
    """
    with units.read() as conn:
        link = links.read(conn, token, now)
        if link.kind is not LinkKind.INVITATION:
            raise Refused(No.LINK_INVALID)
        company = None if link.company_id is None else companies.by_id(conn, link.company_id)
        account = accounts.by_email(conn, link.email)
    hashed = None
    if account is None:
        known = () if company is None else (company.name, company.slug)
        hashed = passwords.hashed(passwords.checked(password, link.email, *known))
    else:
        sign_in.check_password(units, keys, account.id, account.email, password=password, now=now)
    newcomer = None
    if company is not None and link.staff_id is None:
        assert link.name is not None and link.role is not None, "as every invitation into a company"
        pepper = keys.company(company.id).pepper
        newcomer = people.without_pin(link.name, StaffRole(link.role), pepper)
    unit = units.platform_write() if company is None else units.write(company.id)
    with unit as conn:
        link = _as_now(conn, links.use(conn, token, now))
        _require_inviter(conn, link)
        if company is not None and company.suspended_at is not None and link.role != StaffRole.OWNER:
            raise Refused(No.SUSPENDED)  # a successor may still take over
        if account is None:
            assert hashed is not None
            account = accounts.create(conn, link.email, hashed, is_admin=False, now=now)
        by = Actor(account.id, Role.ACCOUNT, address)
        if company is None:
            accounts.set_admin(conn, account.id, True, now)
            audit.append(conn, None, by, "admin_joined", subject="account", subject_id=account.id, now=now)
        else:
            staff_id = link.staff_id
            if newcomer is not None:
                staff_id = newcomer.id
                people.create(conn, company.id, newcomer, link.store_ids or (), now)
            assert staff_id is not None
            _require_active(conn, company.id, staff_id)
            members.join(conn, company.id, staff_id, account.id, now)
            after = {"role": link.role}
            audit.append(
                conn, company.id, by, "member_joined", subject="staff", subject_id=staff_id, after=after, now=now
            )
        folded = accounts.folded_email(account.email)
        return sign_in.signed_in(conn, keys, account.id, folded, device=device, address=address, now=now)


def _invite(
    conn: Connection,
    company_id: UUID,
    inviter: Member | None,
    by: Actor,
    *,
    email: str,
    name: str,
    role: StaffRole,
    store_ids: Sequence[UUID] | None,
    now: datetime,
    staff_id: UUID | None = None,
) -> Invitation:
    """An invitation in place of the open ones of the same address, which *inviter* could have made; an admin, who is
    none of the company, replaces any."""
    own = set(conn.execute(select(stores.c.store_id).where(stores.c.company_id == company_id)).scalars())
    if store_ids is not None and not (store_ids and own.issuperset(store_ids)):
        raise Refused(No.STORE_UNKNOWN)
    if staff_id is None:
        people.require_free_name(conn, company_id, name)
    known = accounts.by_email(conn, email)
    if known is not None and members.of_account(conn, company_id, known.id) is not None:
        raise Refused(No.ALREADY_MEMBER)
    if inviter is not None:
        _require_replaceable(conn, inviter, email, now)
    after = {"role": role, "stores": store_ids}
    audit.append(conn, company_id, by, "member_invited", subject="staff", subject_id=staff_id, after=after, now=now)
    link = Link(
        LinkKind.INVITATION,
        accounts.typed_email(email),
        now + LASTS[LinkKind.INVITATION],
        company_id=company_id,
        staff_id=staff_id,
        name=checked_name(name),
        store_ids=None if store_ids is None else tuple(store_ids),
    )
    return _made(conn, link, role, by, now)


def _made(conn: Connection, link: Link, role: str, by: Actor, now: datetime) -> Invitation:
    whole = replace(link, role=str(role), invited_by=by.account_id)
    return Invitation(whole.email, links.make(conn, whole, now))


def _require_inviter(conn: Connection, link: Link) -> None:
    """Refuses an invitation of somebody who has lost the right to it since."""
    if link.invited_by is None:  # the command line
        return
    inviter = accounts.by_id(conn, link.invited_by)
    if inviter is None:
        raise Refused(No.LINK_INVALID)
    if inviter.is_admin and link.role in {ADMIN, StaffRole.OWNER}:
        return
    if link.company_id is None or link.role is None:
        raise Refused(No.LINK_INVALID)
    member = members.of_account(conn, link.company_id, inviter.id)
    if member is None:
        raise Refused(No.LINK_INVALID)
    try:
        _require_may_make(member, link)
    except Refused:
        raise Refused(No.LINK_INVALID) from None


def _require_replaceable(conn: Connection, by: Member, email: str, now: datetime) -> None:
    """Refuses if an open invitation of this address gives what *by* may not give: a new one would void it."""
    folded = accounts.folded_email(email)
    for link in links.invitations(conn, by.company_id, now):
        if accounts.folded_email(link.email) == folded and not may_make(by, link):
            raise Refused(No.ALREADY_INVITED)


def may_make(by: Member, link: Link) -> bool:
    """True if *by* may make, replace and take back this invitation into their company."""
    assert link.role is not None, "as every invitation into a company"
    return may(by, StaffRole(link.role), link.store_ids)


def _require_may_make(by: Member, link: Link) -> None:
    if not may_make(by, link):
        raise Refused(No.NOT_ALLOWED)


def _as_now(conn: Connection, link: Link) -> Link:
    """The invitation with the role and stores that a person who works there has by now."""
    if link.staff_id is None:
        return link
    person = (staff.c.company_id == link.company_id, staff.c.staff_id == link.staff_id, staff.c.is_active)
    row = conn.execute(select(staff.c.role, staff.c.stores).where(*person)).first()
    if row is None:
        raise Refused(No.LINK_INVALID)
    return replace(link, role=row.role, store_ids=None if row.stores is None else tuple(map(UUID, row.stores)))


def _require_active(conn: Connection, company_id: UUID, staff_id: UUID) -> None:
    person = (staff.c.company_id == company_id, staff.c.staff_id == staff_id, staff.c.is_active)
    if conn.execute(select(staff.c.staff_id).where(*person)).first() is None:
        raise Refused(No.LINK_INVALID)
