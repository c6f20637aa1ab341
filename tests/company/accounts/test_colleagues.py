"""What owners and managers change about staff."""

from uuid import UUID, uuid4

import msgspec
import pytest

from loyalty.staff import Role
from server.accounts import colleagues
from server.accounts.accounts import Account
from server.accounts.audit import Actor
from server.companies import companies, staff
from server.companies.staff import Colleague
from server.db.tables import phone_answers
from server.db.tables import staff as staff_rows
from server.refusals import ChangedMeanwhile, No, Refused
from sync.protocol.entries import PinSet
from sync.protocol.rows import VerifierRow
from tests.support import cheap_secrets
from tests.support.people import SLUG, People
from tests.support.pin_entries import set_by

pytestmark = pytest.mark.parametrize(
    "database_url", ["sqlite", pytest.param("partitioned", marks=pytest.mark.slow)], indirect=True
)


def person(people: People, staff_id: UUID) -> Colleague:
    with people.shop.units.read() as conn:
        return staff.by_id(conn, people.shop.company_id, staff_id)


def change(people: People, by: Account, who: Colleague, **changes: object) -> Colleague:
    values: dict[str, object] = {"name": who.name, "role": who.role, "store_ids": who.store_ids, "version": who.version}
    member, actor = people.acting(by), Actor(by.id, "owner", "")
    with people.shop.units.write(people.shop.company_id) as conn:
        return colleagues.change(
            conn,
            member,
            actor,
            staff_id=who.id,
            now=people.shop.now,
            **(values | changes),  # type: ignore[arg-type]
        )


def test_a_new_role_ends_sessions_and_a_new_name_does_not(people: People) -> None:
    olga, ben = people.member("Olga", Role.OWNER), people.member("Ben", Role.CASHIER, "Gare")
    session = people.signed_in(ben)
    before = person(people, people.acting(ben).staff_id or uuid4())
    renamed = change(people, olga, before, name="Benjamin")
    assert renamed.name == "Benjamin" and people.found(session) is not None
    promoted = change(people, olga, renamed, role=Role.MANAGER, store_ids=None)
    assert (promoted.role, promoted.store_ids, people.found(session)) == (Role.MANAGER, None, None)
    with pytest.raises(ChangedMeanwhile) as stale:
        change(people, olga, before, name="Bénédict")
    assert stale.value.present["version"] == promoted.version
    first, *_ = (line for line in people.log(people.shop.company_id) if (line.after or {}).get("role") == "manager")
    assert first.before is not None and (first.before["role"], first.before["name"]) == ("cashier", None)


def test_managers_change_cashiers_of_their_own_stores_only(people: People) -> None:
    mine = people.member("Ina", Role.MANAGER, "Gare")
    lena, max_ = people.hired("Lena", Role.CASHIER, "Gare"), people.hired("Max", Role.CASHIER, "Ville")
    assert change(people, mine, person(people, lena), name="Lina").name == "Lina"
    other = person(people, max_)
    for who, changes in (
        (other, {"name": "Mux"}),
        (person(people, lena), {"role": Role.MANAGER}),
        (person(people, lena), {"store_ids": None}),
        (person(people, lena), {"store_ids": other.store_ids}),
        (person(people, people.acting(mine).staff_id or uuid4()), {"name": "Ina 2"}),
    ):
        with pytest.raises(Refused) as refused:
            change(people, mine, who, **changes)
        assert refused.value.reason is No.NOT_ALLOWED


def test_who_is_dismissed_is_signed_out_and_gone(people: People) -> None:
    olga, ben = people.member("Olga", Role.OWNER), people.member("Ben", Role.CASHIER)
    session, staff_id = people.signed_in(ben), people.acting(ben).staff_id
    assert staff_id is not None
    actor = Actor(olga.id, "owner", "")
    with people.shop.units.write(people.shop.company_id) as conn:
        colleagues.dismiss(conn, people.acting(olga), actor, staff_id=staff_id, now=people.shop.now)
    assert people.found(session) is None and not person(people, staff_id).active
    with people.shop.units.write(people.shop.company_id) as conn, pytest.raises(Refused) as again:
        colleagues.dismiss(conn, people.acting(olga), actor, staff_id=staff_id, now=people.shop.now)
    assert again.value.reason is No.STAFF_UNKNOWN


def test_the_last_owner_stays_one(people: People) -> None:
    olga = people.member("Olga", Role.OWNER)
    member, actor = people.acting(olga), Actor(olga.id, "owner", "")
    assert member.staff_id is not None

    def dismiss() -> None:
        with people.shop.units.write(people.shop.company_id) as conn:
            colleagues.dismiss(conn, member, actor, staff_id=member.staff_id or uuid4(), now=people.shop.now)

    for leave in (dismiss, lambda: change(people, olga, person(people, member.staff_id or uuid4()), role=Role.MANAGER)):
        with pytest.raises(Refused) as refused:
            leave()
        assert refused.value.reason is No.LAST_OWNER
    people.hired("Oscar", Role.OWNER)
    dismiss()
    assert not person(people, member.staff_id).active


@pytest.mark.slow
def test_a_pin_of_the_office_replaces_an_older_one_of_a_till_whichever_arrives_first(people: People) -> None:
    olga, lena = people.member("Olga", Role.OWNER), people.hired("Lena", Role.CASHIER)
    till, shop = people.shop.till(), people.shop
    with shop.units.read() as conn:
        settings = companies.by_slug(conn, SLUG).settings
    pepper = shop.keys.company(shop.company_id).pepper
    with pytest.raises(Refused) as trivial:
        staff.pin_verifier(lena, "1234", settings, pepper)
    assert trivial.value.reason is No.PIN_REFUSED
    verifier = staff.pin_verifier(lena, "8264", settings, pepper)
    row = msgspec.convert(cheap_secrets.verifier("9053", lena, pepper), VerifierRow, from_attributes=True)
    earlier = till.write(PinSet(lena, row), staff=lena)
    shop.passes(minutes=5)
    member, actor = people.acting(olga), Actor(olga.id, "owner", "")
    with shop.units.write(shop.company_id) as conn:
        colleagues.set_pin(conn, member, actor, staff_id=lena, verifier=verifier, now=shop.now)
    till.sync()
    assert till.verdict(earlier).word != "accepted"
    assert shop.rows(staff_rows, staff_id=lena)[0].verifier == msgspec.to_builtins(verifier)
    assert person(people, lena).has_pin
    shop.passes(minutes=5)
    assert set_by(till, shop, lena, staff=lena) == ("accepted", None)


@pytest.mark.slow
def test_a_name_spelled_like_an_id_unlocks_nobody_else(people: People) -> None:
    olga = people.member("Olga", Role.OWNER)
    owner_id = people.acting(olga).staff_id
    namesake = people.hired(str(owner_id), Role.CASHIER)
    people.shop.till("Till 1")
    with people.shop.units.write(people.shop.company_id) as conn:
        colleagues.unlock(
            conn,
            people.shop.keys,
            people.acting(olga),
            Actor(olga.id, "owner", ""),
            staff_id=namesake,
            till="Till 1",
            challenge="12345678",
            now=people.shop.now,
        )
    assert [row.staff_id for row in people.shop.rows(phone_answers)] == [namesake]
