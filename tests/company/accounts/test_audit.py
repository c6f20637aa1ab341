"""The audit log and support views."""

import inspect
from datetime import timedelta
from uuid import uuid4

import pytest

from loyalty.staff import Role
from server.accounts import audit, members, sessions, support_view
from server.accounts.audit import BY_COMMAND, Actor, Line
from server.accounts.sessions import NewSession
from server.companies import companies
from server.refusals import No, Refused
from tests.support.people import ENGLISH, SLUG, People

on_both = pytest.mark.parametrize(
    "database_url", ["sqlite", pytest.param("partitioned", marks=pytest.mark.slow)], indirect=True
)


@on_both
def test_a_row_says_who_did_what_without_personal_fields(people: People) -> None:
    olga = people.member("Olga", Role.OWNER)
    company_id, by = people.shop.company_id, Actor(olga.id, "owner", "203.0.113.99")
    before = {"name": "Lena", "email": "lena@example.org", "role": "cashier", "stores": [uuid4()]}
    with people.shop.units.write(company_id) as conn:
        audit.append(
            conn,
            company_id,
            by,
            "staff_changed",
            subject="staff",
            subject_id=uuid4(),
            before=before,
            after=before | {"role": "manager", "name": "Lina"},
            now=people.shop.now,
        )
        audit.append(
            conn, company_id, BY_COMMAND, "store_changed", subject="store", after={"name": "Gare"}, now=people.shop.now
        )
    command, line = sorted(people.log(company_id), key=lambda line: line.action, reverse=True)
    assert (line.who, line.role, line.address) == ("Olga", "owner", "203.0.113.0")
    assert line.before is not None and line.after is not None
    assert (line.before["role"], line.after["role"]) == ("cashier", "manager")
    assert {line.before[name] for name in ("name", "email")} == {None} == {line.after["name"]}
    assert (command.who, command.role, command.after) == (None, "command", {"name": "Gare"})


@on_both
def test_rows_are_read_in_pages_and_belong_to_one_log(people: People) -> None:
    company_id = people.shop.company_id
    for number in range(7):
        people.shop.passes(seconds=number // 2)  # some within one moment
        with people.shop.units.write(company_id) as conn:
            audit.append(conn, company_id, BY_COMMAND, f"{number}", subject="company", now=people.shop.now)
            audit.append(conn, None, BY_COMMAND, "platform", subject="company", now=people.shop.now)
    whole = people.log(company_id)
    paged: list[Line] = []
    with people.shop.units.read() as conn:
        while page := audit.listed(
            conn, company_id, limit=3, after=None if not paged else (paged[-1].at, paged[-1].id)
        ):
            paged += page
        assert audit.listed(conn, uuid4(), limit=9) == []
    assert paged == whole and {line.action for line in whole} == set("0123456")
    assert [line.at for line in whole] == sorted((line.at for line in whole), reverse=True)
    with people.shop.units.write(company_id) as conn:
        old = whole[3].at + audit.KEPT_FOR
        assert audit.forget_old(conn, company_id, old) == len([line for line in whole if line.at < whole[3].at])
    assert len(people.log()) == 7


def test_rows_can_only_be_appended_read_and_forgotten() -> None:
    functions = {
        name for name, one in inspect.getmembers(audit, inspect.isfunction) if one.__module__ == audit.__name__
    }
    assert {name for name in functions if not name.startswith("_")} == {"append", "listed", "counted", "forget_old"}


WHY = "A till shows no cards"


def viewed(people: People, new: NewSession, reason: str = WHY, *, can_mail: bool = True) -> NewSession:
    with people.shop.units.write(people.shop.company_id) as conn:
        return support_view.begin(
            conn,
            people.shop.keys,
            new.session,
            companies.by_slug(conn, SLUG),
            reason=reason,
            address="192.0.2.7",
            words=lambda _: ENGLISH,
            can_mail=can_mail,
            now=people.shop.now,
        )


@on_both
def test_a_support_view_is_told_to_the_owners_and_each_page_is_logged(people: People) -> None:
    company_id = people.shop.company_id
    people.member("Olga", Role.OWNER)
    people.member("Max", Role.MANAGER)
    people.member("Gone", Role.OWNER)
    people.shop.dismiss("Gone")
    new = people.signed_in(people.account("root@example.org", is_admin=True))
    view = viewed(people, new)
    (mail,) = people.mails(company_id)
    assert mail.address == "Olga@example.org" and mail.body is not None and WHY in mail.body.text
    with people.shop.units.write(company_id) as conn:
        support_view.page_opened(conn, view.session, "/office/bean-scene/cards", address="", now=people.shop.now)
    people.shop.passes(minutes=1)
    with people.shop.units.write(company_id) as conn:
        left = support_view.end(conn, view.session, address="", now=people.shop.now)
    assert people.found(new) is None and people.found(view) is None
    session = people.found(left)
    assert session is not None and session.support is None
    lines = people.log(company_id)
    assert sorted((line.action, line.role, line.who) for line in lines) == [
        ("page_opened", "support", "root@example.org"),
        ("support_view_began", "admin", "root@example.org"),
        ("support_view_ended", "admin", "root@example.org"),
    ]
    assert {line.subject_id for line in lines} == {"/office/bean-scene/cards", str(company_id)}
    assert [line.action for line in people.log()] == ["support_view_ended", "support_view_began"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_support_view_needs_an_admin_and_a_reason_and_ends_after_an_hour(people: People) -> None:
    admin = people.signed_in(people.account("root@example.org", is_admin=True))
    for reason in ("", " \u200b", "x" * 201, "hidden \u202e text"):
        with pytest.raises(Refused) as invalid:
            viewed(people, admin, reason)
        assert invalid.value.reason is No.REASON_INVALID
    with pytest.raises(Refused) as nobody:
        viewed(people, people.signed_in(people.member("Olga", Role.OWNER)))
    assert nobody.value.reason is No.NOT_ALLOWED
    view = viewed(people, admin, can_mail=False)
    assert people.mails(people.shop.company_id) == []
    for _ in range(2):
        people.shop.passes(minutes=29)
        with people.shop.units.platform_write() as conn:
            session = sessions.find(conn, view.token, people.shop.now)
            assert session is not None and session.support is not None
            sessions.seen(conn, session, people.shop.now)
    people.shop.now += timedelta(minutes=2)
    session = people.found(view)
    assert session is not None and session.support is None
    with people.shop.units.read() as conn, pytest.raises(Refused):
        members.in_company(conn, session, SLUG)
