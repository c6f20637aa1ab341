"""A support view over HTTP: what it opens is logged, on pages and routes, and nothing is changed."""

import gettext

import pytest

from server.accounts import audit, sessions, support_view
from server.edge.dispatcher import POLL_HEADER
from tests.support.office_web import Caller, reason
from tests.support.staffed_office import SLUG, Staffed

pytestmark = pytest.mark.slow


class English(gettext.NullTranslations):
    language = "en"


def test_every_page_and_route_that_a_support_view_opens_is_in_the_companys_log(staffed: Staffed) -> None:
    server, company = staffed.server, staffed.server.company(SLUG)
    assert staffed.admin.token is not None
    with server.units.write(company.id) as conn:
        session = sessions.find(conn, staffed.admin.token, server.now())
        assert session is not None
        view = support_view.begin(
            conn,
            server.keys,
            session,
            company,
            reason="A till shows no cards",
            address="192.0.2.7",
            words=lambda _: English(),
            can_mail=False,
            now=server.now(),
        )
    program = Caller(staffed.app, view.token)
    assert program.get(f"/api/store/v1/{SLUG}/stores?limit=9").status_code == 200
    by_itself = Caller(staffed.app, view.token, is_program=False, headers={POLL_HEADER: "1"})
    assert by_itself.get(f"/office/{SLUG}/stores").status_code == 200
    assert 'action="/account/support/leave"' in by_itself.get(f"/office/{SLUG}/nowhere").text, "a refusal has its band"
    assert reason(program.post(f"/api/store/v1/{SLUG}/stores", {"name": "Nord"})) == (403, "not_allowed")
    with server.units.read() as conn:
        lines = audit.listed(conn, company.id, limit=9)
    opened = {(line.role, line.subject_id) for line in lines if line.action == "page_opened"}
    assert opened == {("support", f"/api/store/v1/{SLUG}/stores"), ("support", f"/office/{SLUG}/stores")}
