"""Signing in, giving the password again, changing it, and choosing a new one by a link."""

import logging
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from server.accounts import accounts, attempts, ip_networks, passwords, sessions, sign_in
from server.accounts.sessions import NewSession
from server.db.tables import metadata
from server.mail.outbox import MailState
from server.refusals import No, Refused, TooMany
from tests.support.people import ENGLISH, PASSWORD, People

URL = "https://loyalty.example"
NEW = "another fine phrase"
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def enter(
    people: People, email: str, password: str = PASSWORD, *, address: str = "192.0.2.7", former: str | None = None
) -> NewSession:
    return sign_in.sign_in(
        people.shop.units,
        people.shop.keys,
        email=email,
        password=password,
        device="Firefox",
        address=address,
        now=people.shop.now,
        former=former,
    )


def refusal(people: People, email: str, password: str = PASSWORD, *, address: str = "192.0.2.7") -> No:
    with pytest.raises(Refused) as refused:
        enter(people, email, password, address=address)
    return refused.value.reason


def ask_for_reset(people: People, email: str, *, address: str = "192.0.2.7") -> None:
    sign_in.request_reset(
        people.shop.units,
        people.shop.keys,
        email=email,
        address=address,
        words=ENGLISH,
        url=URL,
        now=people.shop.now,
    )


def reset(people: People, token: str, new: str = NEW) -> NewSession:
    return sign_in.reset_password(
        people.shop.units,
        people.shop.keys,
        token=token,
        new=new,
        device="Firefox",
        address="192.0.2.7",
        now=people.shop.now,
    )


def mailed_token(people: People) -> str:
    body = people.mails()[0].body
    assert body is not None
    (token,) = re.findall(f"{URL}/account/links/(\\S+)", body.text)
    return str(token)


@pytest.mark.slow
def test_an_address_in_any_spelling_signs_in_and_a_weak_hash_is_renewed(people: People) -> None:
    ana = people.account("Ana@Example.org", password=PASSWORD)
    new = enter(people, " ana@EXAMPLE.org ")
    session = people.found(new)
    assert session is not None and session.account_id == ana.id
    assert (session.address, session.email) == ("192.0.2.0", "Ana@Example.org")
    with people.shop.units.read() as conn:
        assert "m=19456,t=6,p=1" in accounts.password_hash(conn, ana.id)
    assert people.found(enter(people, "ana@example.org")) is not None
    (latest, *_) = people.log()
    assert (latest.action, latest.who, latest.address) == ("signed_in", "Ana@Example.org", "192.0.2.0")


@pytest.fixture
def weak(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes stay as weak as the tests make them: a real one takes long."""
    monkeypatch.setattr(passwords, "is_outdated", lambda _hash: False)


def test_signing_in_ends_the_session_that_the_browser_brought(people: People, weak: None) -> None:
    """A token planted in a browser beforehand never belongs to who signs in there."""
    people.account("ana@example.org", password=PASSWORD)
    planted = people.signed_in(people.account("eve@example.org"))
    new = enter(people, "ana@example.org", former=planted.token)
    assert new.token != planted.token and people.found(planted) is None
    session = people.found(new)
    assert session is not None and session.email == "ana@example.org"


def test_a_password_that_was_changed_while_it_was_hashed_signs_nobody_in(
    people: People, weak: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = people.account("ana@example.org", password=PASSWORD)

    def matches(_password: str, _hash: str | None) -> bool:
        with people.shop.units.platform_write() as conn:
            accounts.set_password(conn, ana.id, "another hash", now=people.shop.now)
        return True

    monkeypatch.setattr(passwords, "matches", matches)
    assert refusal(people, "ana@example.org") is No.SIGN_IN_FAILED
    with people.shop.units.read() as conn:
        assert sessions.listed(conn, ana.id, people.shop.now) == []


@pytest.mark.slow
def test_known_and_unknown_addresses_get_the_same_answers_and_locks(people: People) -> None:
    people.account("ana@example.org", password=PASSWORD)
    for email in ("ana@example.org", "nobody@example.org", "no address"):
        answers = [refusal(people, email, "wrong") for _ in range(6)]
        assert answers == [No.SIGN_IN_FAILED] * 5 + [No.TOO_MANY], email
    assert refusal(people, "ana@example.org") is No.TOO_MANY  # also with the right one
    people.shop.passes(seconds=60)
    enter(people, "ana@example.org")
    assert refusal(people, "ana@example.org", "wrong") is No.SIGN_IN_FAILED


@pytest.mark.slow
def test_one_network_tries_thirty_passwords_an_hour(people: People) -> None:
    for number in range(30):
        with people.shop.units.platform_write() as conn:
            attempts.take(
                conn,
                people.shop.keys.platform,
                attempts.SIGN_INS_OF_ADDRESS,
                ip_networks.limited(f"2001:db8:1:2::{number:x}"),
                people.shop.now,
            )
    people.account("ana@example.org", password=PASSWORD)
    assert refusal(people, "ana@example.org", address="2001:db8:1:2:ffff::1") is No.TOO_MANY
    enter(people, "ana@example.org", address="2001:db8:1:3::1")


def test_the_password_is_asked_for_again_and_counted(people: People) -> None:
    new = people.signed_in(people.account("ana@example.org", password=PASSWORD))
    units, keys = people.shop.units, people.shop.keys
    for _ in range(4):
        with pytest.raises(Refused) as wrong:
            sign_in.confirm(units, keys, new.session, "wrong", people.shop.now)
        assert wrong.value.reason is No.SIGN_IN_FAILED
    sign_in.confirm(units, keys, new.session, PASSWORD, people.shop.now)
    session = people.found(new)
    assert session is not None
    session.require_confirmed(people.shop.now + timedelta(minutes=4))
    for _ in range(5):
        with pytest.raises(Refused):
            sign_in.confirm(units, keys, new.session, "wrong", people.shop.now)
    with pytest.raises(TooMany):
        sign_in.confirm(units, keys, new.session, PASSWORD, people.shop.now)


@pytest.mark.slow
def test_a_changed_password_gives_a_new_token_and_ends_the_others(people: People) -> None:
    ana = people.account("ana@example.org", password=PASSWORD)
    mine, elsewhere = people.signed_in(ana), people.signed_in(ana)

    def change(old: str, new: str) -> NewSession:
        return sign_in.change_password(
            people.shop.units, people.shop.keys, mine.session, password=old, new=new, address="", now=people.shop.now
        )

    with pytest.raises(Refused) as known:
        change(PASSWORD, "ANA@example.org")
    assert known.value.reason is No.PASSWORD_KNOWN
    with pytest.raises(Refused):
        change("wrong", NEW)
    after = change(PASSWORD, NEW)
    assert [people.found(one) is None for one in (mine, elsewhere, after)] == [True, True, False]
    assert refusal(people, "ana@example.org", PASSWORD) is No.SIGN_IN_FAILED
    enter(people, "ana@example.org", NEW)


@pytest.mark.slow
def test_a_link_sets_a_new_password_once_within_an_hour(people: People) -> None:
    ana = people.account("ana@example.org", password=PASSWORD)
    before = people.signed_in(ana)
    ask_for_reset(people, "ANA@example.org")
    former = mailed_token(people)
    people.shop.passes(minutes=1)
    ask_for_reset(people, "ana@example.org")
    token = mailed_token(people)
    assert token != former
    with pytest.raises(Refused) as common:
        reset(people, token, "password123")
    assert common.value.reason is No.PASSWORD_COMMON
    session = people.found(reset(people, token))
    assert session is not None and session.account_id == ana.id and people.found(before) is None
    for used_up in (former, token, "x" * 43, "\ud800"):
        with pytest.raises(Refused) as refused:
            reset(people, used_up)
        assert refused.value.reason is No.LINK_INVALID
    enter(people, "ana@example.org", NEW)

    people.shop.passes(hours=1)
    ask_for_reset(people, "ana@example.org")
    people.shop.passes(hours=1)
    with pytest.raises(Refused):
        reset(people, mailed_token(people))


@pytest.mark.slow
def test_who_has_no_account_gets_no_mail_and_the_caller_cannot_tell(people: People) -> None:
    people.account("ana@example.org", password=PASSWORD)
    for email in ("ana@example.org", "nobody@example.org"):
        for _ in range(3):
            ask_for_reset(people, email)
        with pytest.raises(TooMany):
            ask_for_reset(people, email)
    waiting = {mail.address for mail in people.mails() if mail.state is MailState.QUEUED}
    assert waiting == {"ana@example.org"}
    assert {mail.next_at is None for mail in people.mails() if mail.address == "nobody@example.org"} == {True}


@pytest.mark.slow
def test_no_secret_is_stored_in_clear_or_logged(
    people: People, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    people.account("ana@example.org", password=PASSWORD)
    with caplog.at_level(logging.DEBUG):
        ask_for_reset(people, "ana@example.org")
        token, new = mailed_token(people), enter(people, "ana@example.org")
        wrong = "this was somebody's other password"
        assert refusal(people, "ana@example.org", wrong) is No.SIGN_IN_FAILED
    with people.shop.units.read() as conn:
        stored = [repr(dict(row._mapping)) for table in metadata.sorted_tables for row in conn.execute(select(table))]
    dump, printed = "".join(stored), capfd.readouterr()
    assert "ana@example.org" in dump
    for secret in (PASSWORD, wrong, token, new.token):
        assert secret not in dump
        assert secret not in caplog.text + printed.out + printed.err + repr(new)
