"""Sessions: how long they last, and what ends them."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from server.accounts import accounts, sessions
from server.accounts.sessions import NewSession, Support
from server.db.account_tables import sessions as table
from server.refusals import No, Refused
from tests.support.people import People

pytestmark = pytest.mark.parametrize(
    "database_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)], indirect=True
)


def used(people: People, new: NewSession) -> None:
    with people.shop.units.platform_write() as conn:
        sessions.seen(conn, new.session, people.shop.now)


def test_a_session_is_found_by_its_token_alone_which_is_not_stored(people: People) -> None:
    ana = people.account("ana@example.org")
    new = people.signed_in(ana)
    session = people.found(new)
    assert session is not None and (session.id, session.account_id) == (new.session.id, ana.id)
    assert (session.email, session.is_admin, session.device, session.address) == (
        "ana@example.org",
        False,
        "Firefox",
        "192.0.2.0",
    )
    with people.shop.units.read() as conn:
        assert sessions.find(conn, "x" * 43, people.shop.now) is None
        assert sessions.find(conn, "\ud800", people.shop.now) is None
        (row,) = conn.execute(select(table)).all()
        assert new.token not in repr(row) and new.token.encode() not in row.token_hash
    assert new.token not in repr(new)


@pytest.mark.parametrize(
    ("is_admin", "idle", "longest"),
    [(False, timedelta(hours=12), timedelta(days=30)), (True, timedelta(minutes=30), timedelta(hours=12))],
)
def test_a_session_ends_idle_or_old(people: People, is_admin: bool, idle: timedelta, longest: timedelta) -> None:
    new = people.signed_in(people.account("ana@example.org", is_admin=is_admin))
    began, a_moment = people.shop.now, timedelta(microseconds=1)
    while people.shop.now + idle < began + longest:
        people.shop.now += idle - a_moment
        assert people.found(new) is not None
        used(people, new)
    people.shop.now = began + longest - a_moment
    assert people.found(new) is not None
    used(people, new)
    people.shop.now += a_moment
    assert people.found(new) is None

    idle_one = people.signed_in(people.account("ben@example.org", is_admin=is_admin))
    people.shop.now += idle
    assert people.found(idle_one) is None


def test_a_new_token_ends_the_former_one(people: People) -> None:
    before = people.signed_in(people.account("ana@example.org", is_admin=True))
    support = Support(people.shop.company_id, people.shop.now + timedelta(minutes=60))
    with people.shop.units.platform_write() as conn:
        after = sessions.renewed(conn, before.session, people.shop.now, support)
    assert people.found(before) is None
    session = people.found(after)
    assert session is not None and session.id == before.session.id and session.support == support


def test_one_or_all_sessions_of_an_account_can_be_ended(people: People) -> None:
    ana, ben = people.account("ana@example.org"), people.account("ben@example.org")
    one, two, three, other = *(people.signed_in(ana) for _ in range(3)), people.signed_in(ben)
    with people.shop.units.platform_write() as conn:
        assert {session.id for session in sessions.listed(conn, ana.id, people.shop.now)} == {
            new.session.id for new in (one, two, three)
        }
        sessions.end(conn, ana.id, other.session.id)  # not hers to end
        sessions.end(conn, ana.id, two.session.id)
        sessions.end_all(conn, ana.id, keep=one.session.id)
    assert [people.found(new) is not None for new in (one, two, three, other)] == [True, False, False, True]


def test_a_changed_password_ends_all_other_sessions(people: People) -> None:
    ana = people.account("ana@example.org")
    kept, ended = people.signed_in(ana), people.signed_in(ana)
    with people.shop.units.platform_write() as conn:
        accounts.set_password(conn, ana.id, "another hash", now=people.shop.now, keep=kept.session.id)
    assert people.found(kept) is not None and people.found(ended) is None


def test_the_password_counts_as_confirmed_for_five_minutes(people: People) -> None:
    new = people.signed_in(people.account("ana@example.org"))
    with pytest.raises(Refused) as refused:
        new.session.require_confirmed(people.shop.now)
    assert refused.value.reason is No.CONFIRM_NEEDED
    with people.shop.units.platform_write() as conn:
        sessions.confirm(conn, new.session, people.shop.now)
    session = people.found(new)
    assert session is not None
    session.require_confirmed(people.shop.now + timedelta(minutes=5, microseconds=-1))
    with pytest.raises(Refused):
        session.require_confirmed(people.shop.now + timedelta(minutes=5))


def test_sessions_that_are_over_are_deleted_and_others_kept(people: People) -> None:
    people.signed_in(people.account("ana@example.org"))
    people.shop.passes(hours=12)
    kept = people.signed_in(people.account("ben@example.org"))
    with people.shop.units.platform_write() as conn:
        assert sessions.end_expired(conn, people.shop.now) == 1
    assert people.found(kept) is not None
