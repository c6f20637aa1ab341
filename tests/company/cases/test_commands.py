"""The commands `case list`, `case show` and `case decide`."""

import pytest

from server.commands import cases
from tests.support.companies import Office
from tests.support.office_cases import an_unreadable_case

pytestmark = pytest.mark.slow


def test_an_operator_lists_shows_and_decides_a_case(office: Office) -> None:
    slug = office.a_company("Bean Scene", "Main Street")
    server = office.server()
    case_id = str(an_unreadable_case(server, server.company(slug).id, "Till 1"))
    of_company = ("--company", slug)
    (listed,) = office.run("case", "list", *of_company).objects
    assert (listed["id"], listed["number"], listed["kind"]) == (case_id, 1, "unreadable")
    assert (listed["stake_minor"], listed["choices"]) == (None, ["set_aside"])
    shown = office.done("case", "show", *of_company, "1")
    assert [one["choice"] for one in shown["choices"]] == ["set_aside"]
    assert office.refused("case", "decide", *of_company, "1", "accept") == "choice_unknown"
    assert office.refused("case", "decide", *of_company, "2", "accept") == "case_unknown"
    decided = office.done("case", "decide", *of_company, "1", "set_aside", "--note", "seen")
    assert decided == {"ok": True, "booked": []}
    assert office.run("case", "list", *of_company).objects == []
    (after,) = office.run("case", "list", *of_company, "--state", "decided").objects
    assert after["number"] == 1
    assert office.done("case", "show", *of_company, "1")["note"] == "seen"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_case_is_listed_however_many_are_read_at_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    slug = office.a_company("Bean Scene", "Main Street")
    server = office.server()
    for till in range(4):
        an_unreadable_case(server, server.company(slug).id, f"Till {till}")
    monkeypatch.setattr(cases, "BATCH", 2)
    listed = office.run("case", "list", "--company", slug).objects
    assert [one["number"] for one in listed] == [1, 2, 3, 4]


@pytest.mark.parametrize("number", ["0", "-1", str(1 << 31), "9" * 40])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_number_that_no_case_can_have_is_a_usage_error(office: Office, number: str) -> None:
    assert office.run("case", "show", "--company", "bean-scene", "--", number).code == 2
    assert office.run("case", "decide", "--company", "bean-scene", "--amount", number, "1", "take_points").code == 2


@pytest.mark.parametrize("slug", ["nobody", "caf\u00e9", "\udcff"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_company_that_there_is_not_is_refused_however_it_is_spelt(office: Office, slug: str) -> None:
    assert office.refused("case", "list", "--company", slug) == "company_unknown"
