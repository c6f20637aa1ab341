"""No number is too wide for PostgreSQL either; `python -m tests.company.api promises` runs all promises there."""

import pytest

from tests.company.api.test_bad_input import (  # noqa: F401 - it is run here, too
    pytestmark,
    test_no_number_is_wider_than_a_database_holds,
)


@pytest.fixture(scope="module")
def api_database() -> str:
    return "partitioned"
