"""Who may invite whom, and what becomes of somebody invited."""

from contextlib import nullcontext
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from loyalty.staff import Role
from server.accounts import accounts, colleagues, invitations, links, members
from server.accounts.accounts import Account
from server.accounts.audit import BY_COMMAND, Actor
from server.accounts.invitations import Invitation
from server.accounts.sessions import NewSession
from server.companies import companies, stores
from server.companies import staff as company_staff
from server.db.tables import staff
from server.refusals import No, Refused
from tests.support.people import PASSWORD, SLUG, People
from tests.support.pin_entries import set_by

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
HIS = "a phrase of his own"


def invite(
    people: People, by: Account, role: Role, *stores: str, email: str = "ben@example.org", name: str = "Ben"
) -> Invitation:
    return people.invited(by, role, *stores, email=email, name=name)


def accept(people: People, invitation: Invitation, password: str = HIS) -> NewSession:
    return people.accepted(invitation, password)


def refused(people: People, invitation: Invitation, password: str = HIS) -> No:
    with pytest.raises(Refused) as refusal:
        accept(people, invitation, password)
    return refusal.value.reason


@pytest.mark.parametrize(
    ("inviter", "invited", "may"),
    [
        ((Role.OWNER,), (Role.OWNER,), True),
        ((Role.OWNER, "Gare"), (Role.CASHIER, "Ville"), True),
        ((Role.MANAGER, "Gare", "Ville"), (Role.CASHIER, "Gare"), True),
        ((Role.MANAGER, "Gare"), (Role.CASHIER, "Gare", "Ville"), False),
        ((Role.MANAGER, "Gare"), (Role.CASHIER,), False),
        ((Role.MANAGER,), (Role.CASHIER,), True),
        ((Role.MANAGER,), (Role.MANAGER,), False),
        ((Role.MANAGER,), (Role.OWNER,), False),
        ((Role.CASHIER,), (Role.CASHIER,), False),
    ],
)
def test_owners_invite_all_roles_and_managers_cashiers_of_their_stores(
    people: People, inviter: tuple[Role, *tuple[str, ...]], invited: tuple[Role, *tuple[str, ...]], may: bool
) -> None:
    by = people.member("Ina", *inviter)
    if may:
        assert invite(people, by, *invited).email == "ben@example.org"
    else:
        with pytest.raises(Refused) as refusal:
            invite(people, by, *invited)
        assert refusal.value.reason is No.NOT_ALLOWED


def test_a_new_invitation_voids_the_former_and_a_week_ends_it(people: People) -> None:
    olga = people.member("Olga", Role.OWNER)
    first, second = invite(people, olga, Role.OWNER), invite(people, olga, Role.CASHIER, email="BEN@example.org")
    assert refused(people, first) is No.LINK_INVALID
    with people.shop.units.read() as conn:
        (waiting,) = links.invitations(conn, people.shop.company_id, people.shop.now)
        assert waiting.role == "cashier" and invitations.needs_new_password(conn, waiting)
    people.shop.passes(days=7)
    assert refused(people, second) is No.LINK_INVALID
    with people.shop.units.platform_write() as conn:
        assert links.invitations(conn, people.shop.company_id, people.shop.now) == []
        assert links.forget_expired(conn, people.shop.now + timedelta(days=7)) == 1


def test_an_invitation_of_one_company_leaves_those_of_others_and_of_admins(people: People) -> None:
    first = invite(people, people.member("Olga", Role.OWNER), Role.CASHIER)
    with people.shop.units.platform_write() as conn:
        invitations.invite_admin(conn, BY_COMMAND, "ben@example.org", people.shop.now)
        assert links.read(conn, first.token, people.shop.now).company_id == people.shop.company_id
        assert [one.role for one in links.invitations(conn, None, people.shop.now)] == [links.ADMIN]


def test_a_link_is_used_once_and_before_its_end(people: People) -> None:
    token = invite(people, people.member("Olga", Role.OWNER), Role.CASHIER).token
    end = people.shop.now + links.LASTS[links.LinkKind.INVITATION]
    with people.shop.units.platform_write() as conn:
        for moment, may in ((end, False), (end - timedelta(seconds=1), True), (people.shop.now, False)):
            with nullcontext() if may else pytest.raises(Refused):
                assert links.use(conn, token, moment).email == "ben@example.org"


@pytest.mark.slow
@pytest.mark.parametrize("open_one", [(Role.OWNER,), (Role.MANAGER, "Gare"), (Role.CASHIER, "Ville"), (Role.CASHIER,)])
def test_nobody_voids_an_invitation_that_they_could_not_make(
    people: People, open_one: tuple[Role, *tuple[str, ...]]
) -> None:
    olga, ina = people.member("Olga", Role.OWNER), people.member("Ina", Role.MANAGER, "Gare")
    first = invite(people, olga, *open_one)
    with pytest.raises(Refused) as refusal:
        invite(people, ina, Role.CASHIER, "Gare", email="BEN@example.org")
    assert refusal.value.reason is No.ALREADY_INVITED
    accept(people, first)


@pytest.mark.slow
def test_an_invitation_that_is_over_keeps_nobody_from_inviting(people: People) -> None:
    olga, ina = people.member("Olga", Role.OWNER), people.member("Ina", Role.MANAGER, "Gare")
    invite(people, olga, Role.OWNER)
    people.shop.passes(days=7)
    accept(people, invite(people, ina, Role.CASHIER, "Gare"))


def test_an_invitation_can_be_withdrawn_by_its_company_alone(people: People) -> None:
    olga = people.member("Olga", Role.OWNER)
    invitation = invite(people, olga, Role.OWNER)
    by = Actor(olga.id, "owner", "")
    with people.shop.units.write(people.shop.company_id) as conn:
        (waiting,) = links.invitations(conn, people.shop.company_id, people.shop.now)
        with pytest.raises(Refused):
            invitations.withdraw(conn, uuid4(), by, waiting.id, people.shop.now)
        with pytest.raises(Refused):
            invitations.withdraw(conn, None, by, waiting.id, people.shop.now)
        invitations.withdraw(conn, people.shop.company_id, by, waiting.id, people.shop.now)
    assert refused(people, invitation) is No.LINK_INVALID


@pytest.mark.slow
def test_what_an_inviter_may_no_longer_do_is_not_done(people: People) -> None:
    olga = people.member("Olga", Role.OWNER)
    invitation = invite(people, olga, Role.OWNER)
    people.shop.dismiss("Olga")
    assert refused(people, invitation) is No.LINK_INVALID


@pytest.mark.slow
def test_an_account_joins_another_company_with_its_own_password(people: People) -> None:
    ben = people.account("ben@example.org", password=PASSWORD)
    invitation = invite(people, people.member("Olga", Role.OWNER), Role.CASHIER)
    with people.shop.units.read() as conn:
        assert not invitations.needs_new_password(conn, links.read(conn, invitation.token, people.shop.now))
    assert refused(people, invitation, HIS) is No.SIGN_IN_FAILED
    session = people.found(accept(people, invitation, PASSWORD))
    assert session is not None and session.account_id == ben.id
    with people.shop.units.read() as conn:
        assert [one.slug for one in members.companies_of(conn, ben.id)] == [SLUG]


@pytest.mark.slow
def test_a_chosen_password_is_neither_the_address_nor_the_company(people: People) -> None:
    invitation = invite(people, people.member("Olga", Role.OWNER), Role.CASHIER)
    for password in ("Ben@example.org", "bean  SCENE", "bean-scene"):
        assert refused(people, invitation, password) is No.PASSWORD_KNOWN
    accept(people, invitation)


def test_nobody_is_invited_twice_or_under_a_name_that_is_taken_or_to_a_foreign_store(people: People) -> None:
    olga = people.member("Olga", Role.OWNER)
    with pytest.raises(Refused) as member:
        invite(people, olga, Role.OWNER, email="olga@example.org", name="Olga 2")
    assert member.value.reason is No.ALREADY_MEMBER
    with pytest.raises(Refused) as name:
        invite(people, olga, Role.OWNER, name="olga")
    assert name.value.reason is No.NAME_TAKEN
    other = uuid4()
    with people.shop.units.platform_write() as conn:
        companies.create(conn, other, name="Aurora", slug=None, choices={}, now=people.shop.now)
        people.shop.keys.add_company(other)
    with people.shop.units.write(other) as conn:
        foreign = stores.create(conn, other, "Nord", people.shop.now)
    asker, actor = people.acting(olga), Actor(olga.id, "owner", "")
    for ids in ([foreign.id], []):
        with people.shop.units.write(people.shop.company_id) as conn, pytest.raises(Refused) as store:
            invitations.invite(
                conn,
                asker,
                actor,
                email="x@example.org",
                name="X",
                role=Role.CASHIER,
                store_ids=ids,
                now=people.shop.now,
            )
        assert store.value.reason is No.STORE_UNKNOWN


@pytest.mark.slow
def test_a_colleague_keeps_role_stores_and_pin(people: People) -> None:
    ina = people.member("Ina", Role.MANAGER, "Gare")
    lena, max_ = people.hired("Lena", Role.CASHIER, "Gare"), people.hired("Max", Role.CASHIER, "Ville")
    actor = Actor(ina.id, "manager", "")

    def invited(staff_id: UUID, email: str) -> Invitation:
        with people.shop.units.write(people.shop.company_id) as conn:
            return invitations.invite_colleague(
                conn, people.acting(ina), actor, staff_id=staff_id, email=email, now=people.shop.now
            )

    for somebody, reason in ((max_, No.NOT_ALLOWED), (uuid4(), No.STAFF_UNKNOWN)):
        with pytest.raises(Refused) as refusal:
            invited(somebody, "max@example.org")
        assert refusal.value.reason is reason
    session = people.found(accept(people, invited(lena, "lena@example.org")))
    assert session is not None
    with people.shop.units.read() as conn:
        member = members.in_company(conn, session, SLUG)
        assert (member.staff_id, member.role) == (lena, "cashier")
        assert conn.execute(select(staff.c.has_pin).where(staff.c.staff_id == lena)).scalar_one()
    with pytest.raises(Refused) as again:
        invited(lena, "lena.at.home@example.org")
    assert again.value.reason is No.ALREADY_MEMBER


@pytest.mark.slow
def test_an_invitation_gives_nobody_a_role_that_its_inviter_may_not_give(people: People) -> None:
    olga, ina = people.member("Olga", Role.OWNER), people.member("Ina", Role.MANAGER, "Gare")
    lena = people.hired("Lena", Role.CASHIER, "Gare")
    with people.shop.units.write(people.shop.company_id) as conn:
        invitation = invitations.invite_colleague(
            conn,
            people.acting(ina),
            Actor(ina.id, "manager", ""),
            staff_id=lena,
            email="lena@example.org",
            now=people.shop.now,
        )
    with people.shop.units.write(people.shop.company_id) as conn:
        colleagues.change(
            conn,
            people.acting(olga),
            Actor(olga.id, "owner", ""),
            staff_id=lena,
            version=company_staff.by_id(conn, people.shop.company_id, lena).version,
            name="Lena",
            role=Role.OWNER,
            store_ids=None,
            now=people.shop.now,
        )
    assert refused(people, invitation) is No.LINK_INVALID


@pytest.mark.slow
def test_nobody_joins_a_suspended_company_but_its_owner(people: People) -> None:
    olga = people.member("Olga", Role.OWNER)
    cashier = invite(people, olga, Role.CASHIER)
    successor = invite(people, olga, Role.OWNER, email="nina@example.org", name="Nina")
    with people.shop.units.write(people.shop.company_id) as conn:
        companies.set_suspended(conn, people.shop.company_id, True, people.shop.now)
    assert refused(people, cashier) is No.SUSPENDED
    accept(people, successor)


@pytest.mark.slow
def test_a_pin_set_at_a_till_is_the_first_one_of_somebody_invited(people: People) -> None:
    accept(people, invite(people, people.member("Olga", Role.OWNER), Role.CASHIER))
    (ben,) = people.shop.rows(staff, name="Ben")
    assert not ben.has_pin
    assert set_by(people.shop.till(), people.shop, ben.staff_id, staff=ben.staff_id) == ("accepted", None)
    assert people.shop.rows(staff, name="Ben")[0].has_pin


@pytest.mark.slow
def test_who_was_dismissed_comes_back_with_the_same_account(people: People) -> None:
    olga = people.member("Olga", Role.OWNER)
    ben = people.member("Ben", Role.MANAGER, password=PASSWORD)
    people.shop.dismiss("Ben")
    accept(people, invite(people, olga, Role.CASHIER, email="ben@example.org", name="Ben B."), PASSWORD)
    assert people.acting(ben).role == "cashier"


@pytest.mark.slow
def test_admins_are_invited_by_admins_and_invite_owners(people: People) -> None:
    root = people.account("root@example.org", is_admin=True)
    actor = Actor(root.id, "admin", "192.0.2.7")
    with people.shop.units.platform_write() as conn:
        second = invitations.invite_admin(conn, BY_COMMAND, "second@example.org", people.shop.now)
        with pytest.raises(Refused) as taken:
            invitations.invite_admin(conn, actor, "ROOT@example.org", people.shop.now)
        assert taken.value.reason is No.EMAIL_TAKEN
    session = people.found(accept(people, second))
    assert session is not None and session.is_admin
    with people.shop.units.write(people.shop.company_id) as conn:
        owner = invitations.invite_owner(
            conn, people.shop.company_id, actor, email="olga@example.org", name="Olga", now=people.shop.now
        )
    with people.shop.units.platform_write() as conn:
        accounts.set_admin(conn, root.id, False, people.shop.now)
    assert refused(people, owner) is No.LINK_INVALID  # of an admin who is one no longer
    with people.shop.units.platform_write() as conn:
        accounts.set_admin(conn, root.id, True, people.shop.now)
    accept(people, owner)
    with people.shop.units.read() as conn:
        olga = accounts.by_email(conn, "olga@example.org")
    assert olga is not None and people.acting(olga).role == "owner"
    with people.shop.units.platform_write() as conn, pytest.raises(Refused) as last:
        for one in accounts.admins(conn):
            accounts.set_admin(conn, one.id, False, people.shop.now)
    assert last.value.reason is No.LAST_ADMIN
