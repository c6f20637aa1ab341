"""The API answers as its description says, whatever it is asked; `python -m tests.company.api` asks more."""

import pytest

from tests.company.api import conformance
from tests.company.api.called_office import CalledOffice, called_office
from tests.support.companies import Office

pytestmark = pytest.mark.slow


def test_every_operation_answers_as_described(called: CalledOffice) -> None:
    found = conformance.Found()
    conformance.accepted(called, found)
    conformance.any_other(called, found, examples=0)
    assert (found.unused, found.failures, found.server_errors) == ([], [], 0), found.line()
    assert len(found.succeeded) > 70


@pytest.mark.parametrize("database_url", ["partitioned"], indirect=True)
def test_every_operation_succeeds_on_postgresql_too(office: Office) -> None:
    found, called = conformance.Found(), called_office(office)
    conformance.accepted(called, found)
    assert (found.unused, found.failures, found.server_errors) == ([], [], 0), found.line()
