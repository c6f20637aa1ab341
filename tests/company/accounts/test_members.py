"""As whom an account acts in a company, and which companies it does not see."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from loyalty.staff import Role as StaffRole
from server.accounts import accounts, members, rights, sessions
from server.accounts.members import Member
from server.accounts.rights import TABLE, Right, Role, Scope
from server.accounts.sessions import NewSession, Support
from server.companies import companies, stores
from server.db.tables import companies as company_rows
from server.db.tables import staff
from server.refusals import No, Refused
from sync.protocol.rows import Table
from tests.support.people import SLUG, People


def member(people: People, new: NewSession, slug: str = SLUG) -> Member:
    with people.shop.units.read() as conn:
        session = sessions.find(conn, new.token, people.shop.now)
        assert session is not None
        return members.in_company(conn, session, slug)


def refused(people: People, new: NewSession, slug: str = SLUG) -> No:
    with pytest.raises(Refused) as refusal:
        member(people, new, slug)
    return refusal.value.reason


def test_role_and_stores_are_those_of_the_staff_row(people: People) -> None:
    new = people.signed_in(people.member("Ana", StaffRole.CASHIER, "Gare"))
    with people.shop.units.read() as conn:
        gare = stores.by_name(conn, people.shop.company_id, "Gare").id
    ana = member(people, new)
    assert (ana.role, ana.name, ana.store_ids) == (Role.CASHIER, "Ana", frozenset({gare}))
    assert member(people, people.signed_in(people.member("Olga", StaffRole.OWNER))).store_ids is None


@pytest.mark.slow
def test_somebody_invited_becomes_a_member_of_staff_with_an_account_and_no_pin(people: People) -> None:
    olga = people.member("Olga", StaffRole.OWNER)
    invitation = people.invited(olga, StaffRole.MANAGER, "Gare", email="ben@example.org", name="Ben")
    assert invitation.token not in repr(invitation)
    people.shop.passes(minutes=1)
    session = people.found(people.accepted(invitation))
    assert session is not None and session.email == "ben@example.org"
    with people.shop.units.read() as conn:
        ben = members.in_company(conn, session, SLUG)
        row = conn.execute(select(staff).where(staff.c.staff_id == ben.staff_id)).one()
        gare = stores.by_name(conn, people.shop.company_id, "Gare").id
    assert (ben.name, ben.role, ben.store_ids) == ("Ben", Role.MANAGER, frozenset({gare}))
    assert not row.has_pin and row.verifier["memory_kib"] > 0
    assert [line.action for line in people.log(people.shop.company_id)] == ["member_joined", "member_invited"]
    till = people.shop.till(store="Gare")
    assert till.knows(Table.STAFF) == 3
    with pytest.raises(Refused) as used:
        people.accepted(invitation)
    assert used.value.reason is No.LINK_INVALID


def test_a_stranger_learns_no_more_than_of_a_company_that_does_not_exist(people: People) -> None:
    stranger = people.signed_in(people.account("eve@example.org", is_admin=True))
    assert refused(people, stranger) == refused(people, stranger, "no-such-company") == No.COMPANY_UNKNOWN


def test_a_member_of_one_company_is_a_stranger_to_another(people: People) -> None:
    ana = people.member("Ana", StaffRole.OWNER)
    with people.shop.units.platform_write() as conn:
        other = uuid4()
        companies.create(conn, other, name="Aurora", slug=None, choices={}, now=people.shop.now)
        people.shop.keys.add_company(other)
    assert refused(people, people.signed_in(ana), "aurora") == No.COMPANY_UNKNOWN
    with people.shop.units.read() as conn:
        assert [one.slug for one in members.companies_of(conn, ana.id)] == [SLUG]


def test_who_is_dismissed_is_out_at_once(people: People) -> None:
    ana = people.member("Ana", StaffRole.MANAGER)
    new = people.signed_in(ana)
    people.shop.dismiss("Ana")
    assert refused(people, new) == No.COMPANY_UNKNOWN
    with people.shop.units.read() as conn:
        assert members.companies_of(conn, ana.id) == []


def test_an_account_is_one_person_in_a_company(people: People) -> None:
    ana, ben = people.member("Ana", StaffRole.CASHIER), people.hired("Ben", StaffRole.MANAGER)
    another, third = people.account("ana.home@example.org"), people.account("third@example.org")
    with people.shop.units.write(people.shop.company_id) as conn, pytest.raises(Refused) as twice:
        members.join(conn, people.shop.company_id, ben, ana.id, people.shop.now)
    assert twice.value.reason is No.ALREADY_MEMBER
    with people.shop.units.write(people.shop.company_id) as conn:
        members.join(conn, people.shop.company_id, ben, another.id, people.shop.now)
    with people.shop.units.write(people.shop.company_id) as conn, pytest.raises(Refused):
        members.join(conn, people.shop.company_id, ben, third.id, people.shop.now)


def test_a_support_view_is_for_one_company_for_a_time_and_for_admins(people: People) -> None:
    admin = people.account("root@example.org", is_admin=True)
    people.account("other@example.org", is_admin=True)  # as the last admin stays one
    until = people.shop.now + timedelta(minutes=20)
    with people.shop.units.platform_write() as conn:
        view = sessions.renewed(
            conn,
            sessions.begin(conn, admin.id, device="", address="", now=people.shop.now).session,
            people.shop.now,
            Support(people.shop.company_id, until),
        )
    seen = member(people, view)
    assert (seen.role, seen.staff_id, seen.store_ids) == (Role.SUPPORT, None, None)
    people.shop.now = until
    assert refused(people, view) == No.COMPANY_UNKNOWN
    people.shop.now = until - timedelta(seconds=1)
    with people.shop.units.platform_write() as conn:
        accounts.set_admin(conn, admin.id, False, people.shop.now)
        assert sessions.find(conn, view.token, people.shop.now) is None


def test_people_of_a_suspended_company_read_and_change_nothing(people: People) -> None:
    new = people.signed_in(people.member("Ana", StaffRole.OWNER))
    member(people, new).require_unsuspended()
    with people.shop.units.write(people.shop.company_id) as conn:
        conn.execute(update(company_rows).values(suspended_at=people.shop.now))
    with pytest.raises(Refused) as suspended:
        member(people, new).require_unsuspended()
    assert suspended.value.reason is No.SUSPENDED


def test_a_change_of_role_ends_the_sessions_of_whom_it_is_about(people: People) -> None:
    ana, ben = people.member("Ana", StaffRole.CASHIER), people.member("Ben", StaffRole.CASHIER)
    hers, his = people.signed_in(ana), people.signed_in(ben)
    staff_id = member(people, hers).staff_id
    assert staff_id is not None
    with people.shop.units.write(people.shop.company_id) as conn:
        members.end_sessions_of(conn, people.shop.company_id, staff_id)
        assert sessions.find(conn, hers.token, people.shop.now) is None
        assert sessions.find(conn, his.token, people.shop.now) is not None


# As the contract's table has it, row by row: owner, manager, cashier, support, admin.
ALLOWED = {
    Right.PLATFORM: "- - - - all",
    Right.COMPANY_READ: "all all all all -",
    Right.COUNTER: "all all own_stores - -",
    Right.VOID: "all all own_last - -",
    Right.CARDS_READ: "all all - all -",
    Right.CONTACTS_READ: "all all own_stores - -",
    Right.CARDS_EXPORT: "all own_stores - - -",
    Right.CARDS_CHANGE: "all all - - -",
    Right.CASES_READ: "all own_stores - all -",
    Right.CASES_DECIDE: "all own_stores - - -",
    Right.CASES_BYTES: "all - - - -",
    Right.STATS_READ: "all own_stores - all -",
    Right.CARDS_ERASE: "all - - - -",
    Right.ENROLMENT_READ: "all all - all -",
    Right.ENROLMENT_CHANGE: "all all - - -",
    Right.TERMINALS_READ: "all own_stores - all -",
    Right.TERMINALS_CHANGE: "all own_stores - - -",
    Right.STAFF_READ: "all own_stores - all -",
    Right.STAFF_CHANGE: "all cashiers - - -",
    Right.SETUP_READ: "all - - all -",
    Right.SETUP_CHANGE: "all - - - -",
    Right.AUDIT_READ: "all - - - -",
}


@pytest.mark.parametrize("right", ALLOWED)
def test_each_role_may_what_the_contract_says(right: Right) -> None:
    roles = (Role.OWNER, Role.MANAGER, Role.CASHIER, Role.SUPPORT, Role.ADMIN)
    said = [Scope.NO if word == "-" else Scope(word) for word in ALLOWED[right].split()]
    assert [rights.scope_of(right, role) for role in roles] == said
    for outside in (Role.ACCOUNT, Role.NOBODY):
        with pytest.raises(Refused) as refusal:
            rights.require(right, outside)
        assert refusal.value.reason is No.NOT_ALLOWED


def test_every_right_says_something_of_every_role() -> None:
    assert TABLE.keys() == set(Right)
    assert all(row.keys() == set(Role) for row in TABLE.values())
    assert ALLOWED.keys() == set(Right) - {Right.ANYBODY, Right.STOREFRONT, Right.OWN_ACCOUNT}
    open_to_all = (Right.ANYBODY, Right.STOREFRONT)
    assert {rights.scope_of(right, role) for right in open_to_all for role in Role} == {Scope.ALL}
    own = {role for role in Role if rights.scope_of(Right.OWN_ACCOUNT, role) is Scope.ALL}
    assert own == {Role.ACCOUNT, Role.ADMIN}


def test_a_support_view_changes_nothing() -> None:
    may = {right for right in Right if rights.scope_of(right, Role.SUPPORT) is not Scope.NO}
    may -= {Right.ANYBODY, Right.STOREFRONT}
    assert may and all(right.endswith("_read") for right in may)
