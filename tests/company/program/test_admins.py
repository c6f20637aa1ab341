"""`orion-server admin`: the first admin, and who takes over."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from server.accounts import accounts, attempts, audit, invitations, links, passwords, sessions, sign_in
from server.accounts.accounts import Account
from server.db import account_tables
from tests.support.companies import Office

pytestmark = pytest.mark.slow

PASSWORD = "correct horse battery"
ANA = ("--email", "Ana@example.org")
LINK = "http://127.0.0.1:8400/account/links/"
FORGOTTEN = (
    account_tables.sessions,
    account_tables.links,
    account_tables.attempts,
    account_tables.platform_audit,
)


def account(office: Office) -> Account | None:
    with office.server().units.read() as conn:
        return accounts.by_email(conn, "ana@example.org")


def test_the_first_admin_signs_in_with_the_password_given(bare_office: Office) -> None:
    answer = bare_office.done("admin", "create", *ANA, "--password", "-", stdin=f"{PASSWORD}\n")
    assert answer == {"email": "Ana@example.org", "link": None}
    server = bare_office.server()
    new = sign_in.sign_in(
        server.units,
        server.keys,
        email="ana@example.org",
        password=PASSWORD,
        device="",
        address="",
        now=server.now(),
    )
    assert new.session.is_admin
    assert PASSWORD.encode() not in bare_office.stored()


def test_without_a_password_a_link_sets_it_once(bare_office: Office) -> None:
    link = bare_office.done("admin", "create", *ANA)["link"]
    assert link.startswith(LINK) and account(bare_office) is None
    assert bare_office.run("admin", "list").objects == [{"email": "Ana@example.org", "invited": True}]
    server, token = bare_office.server(), link.removeprefix(LINK)
    assert token.encode() not in bare_office.stored()
    given = {"token": token, "password": PASSWORD, "device": "", "address": "", "now": server.now()}
    assert invitations.accept(server.units, server.keys, **given).session.is_admin
    assert bare_office.run("admin", "list").objects == [{"email": "Ana@example.org", "invited": False}]


def test_who_has_an_account_becomes_an_admin_and_gets_a_link_for_a_new_password(bare_office: Office) -> None:
    bare_office.done("migrate")
    server = bare_office.server()
    with server.units.platform_write() as conn:
        ana = accounts.create(conn, "ana@example.org", "forgotten", is_admin=False, now=server.now())
    link = bare_office.done("admin", "create", *ANA)["link"]
    found = account(bare_office)
    assert found is not None and found.is_admin
    with server.units.read() as conn:
        assert links.read(conn, link.removeprefix(LINK), server.now()).account_id == ana.id
    bare_office.done("admin", "create", *ANA, "--password", "-", stdin=f"{PASSWORD}\n")
    with server.units.read() as conn:
        assert passwords.matches(PASSWORD, accounts.password_hash(conn, ana.id))


def test_an_admin_or_an_invitation_is_taken_back_but_not_the_last_admin(bare_office: Office) -> None:
    bare_office.done("admin", "create", *ANA, "--password", "-", stdin=f"{PASSWORD}\n")
    assert bare_office.refused("admin", "remove", *ANA) == "last_admin"
    bare_office.done("admin", "create", "--email", "ben@example.org")
    bare_office.done("admin", "remove", "--email", "BEN@example.org")
    assert bare_office.refused("admin", "remove", "--email", "ben@example.org") == "account_unknown"
    server = bare_office.server()
    with server.units.platform_write() as conn:
        accounts.create(conn, "ben@example.org", "x", is_admin=True, now=server.now())
    bare_office.done("admin", "remove", *ANA)
    found = account(bare_office)
    assert found is not None and not found.is_admin
    with server.units.read() as conn:
        lines = audit.listed(conn, None, limit=9)
    assert {line.role for line in lines} == {"command"}
    assert sorted(line.action for line in lines) == [
        "admin_created",
        "admin_invited",
        "admin_removed",
        "invitation_withdrawn",
    ]


@pytest.mark.parametrize(
    ("email", "password", "reason"),
    [("no address", PASSWORD, "email_invalid"), ("ana@example.org", "password123", "password_common")],
)
def test_a_bad_address_or_password_makes_no_admin(bare_office: Office, email: str, password: str, reason: str) -> None:
    create = ("admin", "create", "--email", email, "--password", "-")
    assert bare_office.refused(*create, stdin=f"{password}\n") == reason
    assert account(bare_office) is None


def test_a_password_is_taken_from_standard_input_only(tmp_path: Path, bare_office: Office) -> None:
    answer = bare_office.run("admin", "create", *ANA, "--password", PASSWORD)
    assert answer.code == 2 and PASSWORD not in answer.errors
    assert list(tmp_path.iterdir()) == []


def test_the_job_clean_forgets_what_is_over(bare_office: Office) -> None:
    bare_office.done("admin", "create", *ANA, "--password", "-", stdin=f"{PASSWORD}\n")
    bare_office.done("admin", "create", "--email", "ben@example.org")
    server = bare_office.server()
    found = account(bare_office)
    assert found is not None
    with server.units.platform_write() as conn:
        sessions.begin(conn, found.id, device="", address="", now=server.now())
        attempts.take_password(conn, server.keys.platform, "eve@example.org", server.now())
    bare_office.run("jobs", "run", "clean")
    with server.units.read() as conn:
        kept = [conn.execute(select(func.count()).select_from(table)).scalar_one() for table in FORGOTTEN]
    assert kept == [1, 1, 1, 2]
    bare_office.run("jobs", "run", "clean", "--now", f"{server.now() + timedelta(days=4 * 365):%Y-%m-%dT%H:%M:%S%z}")
    with server.units.read() as conn:
        kept = [conn.execute(select(func.count()).select_from(table)).scalar_one() for table in FORGOTTEN]
    assert kept == [0, 0, 0, 0]
