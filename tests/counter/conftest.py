"""A company on paper and a till of it, in a folder of the test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paper_company import PaperCompany, PaperTill


@pytest.fixture
def company() -> PaperCompany:
    return PaperCompany()


@pytest.fixture
def till(tmp_path: Path, company: PaperCompany) -> Iterator[PaperTill]:
    """One with Lena the cashier (4711) and Anna the manager (2580)."""
    opened = PaperTill(tmp_path, company)
    yield opened
    opened.stop()
