"""The commands `case list`, `case show` and `case decide`."""

import pytest

from tests.support.companies import Office
from tests.support.office_cases import an_unreadable_case


@pytest.mark.slow
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
